"""python -m tests.corpus --reference FOLDER: kad against keepalived on published files, samples and keywords.

Needs root, for the namespaces that the files are read in. Status 1 when a goal is missed. `--list-cascades` lists the
complaints of keepalived's that are no mistakes of their own (verdicts.py); `--only NAME` runs some of the parts.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from kad.config.lexical import LEXICAL
from tests.box import Box
from tests.corpus import compare, keywords, table, verdicts
from tests.corpus.compare import Answer, status_class
from tests.corpus.machine import NO_PATH, ask_kad, ask_keepalived, machine
from tests.corpus.verdicts import Complaint, Judged, Verdict
from tests.peers import PEERS, find

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SAMPLES = PEERS / "usr/share/doc/keepalived/samples"
PARTS = ("files", "samples", "keywords")

STATUS_GOAL = 205 / 212
LINES_GOAL = 0.95


class Report:
    """Prints as it goes, and remembers whether a goal was missed."""

    def __init__(self) -> None:
        self.good = True

    def say(self, *text: str) -> None:
        """Print lines."""
        for line in text:
            print(line, flush=True)

    def goal(self, name: str, figure: str, *, good: bool) -> None:
        """Print one figure and whether it is what it should be."""
        self.good = self.good and good
        self.say(f"  {'ok    ' if good else 'MISSED'}  {name}: {figure.strip()}")


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    report = Report()
    missing = [path for path in (arguments.corpus, arguments.reference / "keywords.tsv") if not path.exists()]
    if missing:
        report.say(f"{missing[0]} is not there: name the shared folder, make REFERENCE=FOLDER corpus")
        return 1
    if "keywords" in arguments.only:
        compare_keywords(arguments.reference / "keywords.tsv", report)
    if "files" in arguments.only or "samples" in arguments.only:
        if os.geteuid() != 0:
            report.say("The files are read in a network namespace: run this as root.")
            return 1
        with tempfile.TemporaryDirectory(prefix="kad-corpus-") as folder:
            compare_files(arguments, Path(folder), report)
    report.say("", "All goals are met." if report.good else "A goal is missed.")
    return 0 if report.good else 1


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--reference", type=Path, required=True, help="the folder that has corpus/ and reference/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--list-cascades", action="store_true", help="list the complaints that were left out")
    parser.add_argument("--jobs", type=int, default=2, help="runs of kad at a time")
    arguments = parser.parse_args(argv)
    # The make variable may name the shared folder or the folder of references in it.
    if not (arguments.reference / "keywords.tsv").exists():
        arguments.corpus = arguments.reference / "corpus"
        arguments.reference = arguments.reference / "reference"
    else:
        arguments.corpus = arguments.reference.parent / "corpus"
    return arguments


def compare_files(arguments: argparse.Namespace, folder: Path, report: Report) -> None:
    """The published files and Debian's samples, on one machine."""
    corpus: Path = arguments.corpus
    interfaces = (corpus / "interfaces.txt").read_text().split()
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in sorted(corpus.glob("*.conf"))}
    exceptions = compare.read_exceptions((HERE / "exceptions.tsv").read_text(encoding="utf-8"))
    copies = folder / "files"
    copies.mkdir()
    known = {path.stem for path in texts} | {path.name for path in SAMPLES.glob("*")}
    strangers = sorted(set(exceptions) - known)
    report.goal(
        "rows of exceptions.tsv that name no file", f"{len(strangers)} {' '.join(strangers)}", good=not strangers
    )
    for path in (*texts, *SAMPLES.glob("keepalived.conf*")):
        shutil.copy(path, copies / path.name)
    with machine(folder, interfaces, texts.values()) as made:
        if "files" in arguments.only:
            said = verdicts.read((corpus / "verdicts.tsv").read_text(encoding="utf-8"))
            options = _options((corpus / "args.tsv").read_text())
            files = [f"{verdict.name}.conf" for verdict in said]
            answers = ask_kad(made, copies, files, options, jobs=arguments.jobs, before=[NO_PATH])
            report_files(said, answers, copies, exceptions, report, list_cascades=arguments.list_cascades)
        if "samples" in arguments.only:
            report_samples(made, copies, exceptions, arguments.jobs, report)


def _options(text: str) -> dict[str, list[str]]:
    rows = (row.split("\t") for row in text.splitlines() if row)
    return {f"{number}.conf": words.split() for number, words in rows}


def report_files(
    said: Sequence[Verdict],
    answers: Mapping[str, Answer],
    folder: Path,
    exceptions: Mapping[str, compare.Exempted],
    report: Report,
    *,
    list_cascades: bool,
) -> None:
    """Statuses and lines of the published files."""
    report.say(f"{len(said)} published files, against the verdicts of keepalived:")
    ours = {verdict.name: answers[f"{verdict.name}.conf"] for verdict in said}
    theirs = {verdict.name: verdict.status for verdict in said}
    report_statuses(theirs, ours, exceptions, report, goal=STATUS_GOAL)
    judged: dict[str, Judged] = {}
    gaps: list[tuple[str, Complaint]] = []
    for verdict in said:
        file = f"{verdict.name}.conf"
        source = (folder / file).read_text(encoding="utf-8", errors="replace").split("\n")
        judged[verdict.name] = verdicts.judge(source, verdict.complaints)
        pointed = compare.lines_pointed_at(ours[verdict.name].text, file)
        missed = compare.missed(source, judged[verdict.name].first, pointed)
        gaps += [(verdict.name, complaint) for complaint in missed]
    report_lines(judged, gaps, report)
    if list_cascades:
        report_left_out(judged, report)


def report_statuses(
    theirs: Mapping[str, int],
    ours: Mapping[str, Answer],
    exceptions: Mapping[str, compare.Exempted],
    report: Report,
    *,
    goal: float,
) -> None:
    """How many statuses and classes are equal, which are not, and whether the table says why."""
    pairs = {name: (status, ours[name].status) for name, status in theirs.items()}
    counts = Counter((status_class(wanted), status_class(got)) for wanted, got in pairs.values())
    rows = [(keepalived, kad, count) for (keepalived, kad), count in sorted(counts.items())]
    report.say(*table.lines([("keepalived", "kad", "files"), *rows]))
    mismatches = {name: pair for name, pair in pairs.items() if status_class(pair[0]) != status_class(pair[1])}
    equal = len(pairs) - len(mismatches)
    exact = [name for name, (wanted, got) in pairs.items() if wanted == got]
    report.goal("same class", f"{equal} of {len(pairs)}", good=equal >= goal * len(pairs))
    report.say(f"          same number: {len(exact)} of {len(pairs)}")
    others = [(name, *pair) for name, pair in pairs.items() if name not in mismatches and name not in exact]
    report.say(*table.lines([(name, f"keepalived {a}, kad {b}, the same class") for name, a, b in others], " " * 10))
    rest = [(name, *pair, exceptions[name].reason) for name, pair in mismatches.items() if name in exceptions]
    report.say(*table.lines([("differs", "keepalived", "kad", "because"), *rest] if rest else [], " " * 10))
    wrong = compare.unexplained(mismatches, exceptions, pairs)
    report.goal("differences without a row, rows without a difference", str(len(wrong)), good=not wrong)
    report.say(*(f"          {line}" for line in wrong))
    headlines = [
        (name, line) for name in mismatches if name not in exceptions for line in compare.headlines(ours[name].text)
    ]
    if headlines:
        report.say("          what kad says there:", *table.lines(headlines, " " * 12))
    broken = [name for name, answer in ours.items() if answer.broken]
    report.goal("tracebacks and hangs", f"{len(broken)} {' '.join(broken)}", good=not broken)


def report_lines(judged: Mapping[str, Judged], gaps: Sequence[tuple[str, Complaint]], report: Report) -> None:
    """How many of the lines with a mistake kad points at, and which it does not."""
    lines = sum(len(one.first) for one in judged.values())
    share = 1 - len(gaps) / max(lines, 1)
    report.goal(
        "lines with a mistake pointed at", f"{lines - len(gaps)} of {lines}, {share:.1%}", good=share >= LINES_GOAL
    )
    cascades, machines = (
        sum(len(found) for found in kind)
        for kind in ([one.cascades for one in judged.values()], [one.machine for one in judged.values()])
    )
    report.say(f"          left out: {cascades} lines of cascades, {machines} about the machine (--list-cascades)")
    if gaps:
        report.say("          not pointed at:")
        report.say(*table.lines([(name, f"line {found.line}", found.text) for name, found in gaps], " " * 12))


def report_left_out(judged: Mapping[str, Judged], report: Report) -> None:
    """What was left out, a line each."""
    for kind in ("cascades", "machine"):
        rows = [
            (name, f"line {found.line}", found.text) for name, one in judged.items() for found in getattr(one, kind)
        ]
        report.say(f"Left out, {kind}:", *table.lines(rows))


def report_samples(
    made: Box, folder: Path, exceptions: Mapping[str, compare.Exempted], jobs: int, report: Report
) -> None:
    """Debian's samples, against the keepalived they came with."""
    keepalived = find("usr/sbin/keepalived")
    files = sorted(path.name for path in folder.glob("keepalived.conf*"))
    if keepalived is None or not files:
        report.goal("Debian's keepalived and its samples", "not here: make peers", good=False)
        return
    report.say("", f"{len(files)} samples of Debian's package, against its keepalived:")
    theirs = {name: answer.status for name, answer in ask_keepalived(made, folder, files, keepalived).items()}
    report_statuses(theirs, ask_kad(made, folder, files, {}, jobs=jobs), exceptions, report, goal=0)


def compare_keywords(reference: Path, report: Report) -> None:
    """The project's table of keywords against the reference's."""
    report.say("Keywords, docs/keywords.tsv against the reference:")
    own = PROJECT / "docs" / "keywords.tsv"
    if not own.exists():
        report.goal("table of keywords", "docs/keywords.tsv is not there", good=False)
        return
    allowed = keywords.read_differences((HERE / "keyword_differences.tsv").read_text(encoding="utf-8"))
    project = keywords.read(own.read_text(encoding="utf-8"))
    found = keywords.compare(keywords.read(reference.read_text(encoding="utf-8")), project, allowed)
    rows = [(name, getattr(found, name)) for name in ("rows", "blocks", "defaults", "ranges")]
    report.say(*table.lines([("compared", "count"), *rows]))
    report.say(f"  differences explained: {found.explained}")
    report.goal("differences unexplained", str(len(found.unexplained)), good=not found.unexplained)
    if found.unexplained:
        report.say(*table.lines([("block", "keyword", "column", "reference", "project"), *found.unexplained], " " * 10))
    report.goal("rows of explanations without a difference", str(len(found.stale)), good=not found.stale)
    report.say(*table.lines(found.stale, " " * 10))
    tested = {entry.keyword for entry in LEXICAL if (PROJECT / entry.test).is_file()}
    untested = keywords.without_test(project, tested)
    report.goal("lexical rows that no test shows", f"{len(untested)} {', '.join(untested)}", good=not untested)
    report.say("")


if __name__ == "__main__":
    sys.exit(main())
