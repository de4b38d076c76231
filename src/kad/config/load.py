"""A file to a Config: reads it and all that it includes, parses, checks, and reports every mistake at once.

Whatever parses is in the Config; what is wrong is in the diagnostics, which also say whether a start or a reload may
use it (diagnostics.py: start_status, refuses_reload). Not here: any knowledge of keywords.
"""

from msgspec import Struct

from kad.config import acting, rules
from kad.config.blocks import Reading
from kad.config.config import Config
from kad.config.diagnostics import Diagnostic, Findings
from kad.config.drafts import schema_of
from kad.config.memory import Memory
from kad.config.parser import parse
from kad.config.preprocess import Preprocessor
from kad.config.reader import Facts, Reader


class Loaded(Struct, frozen=True, kw_only=True):
    """What was read. `diagnostics` are in the order of the text."""

    config: Config
    diagnostics: tuple[Diagnostic, ...]


def load(path: str, reader: Reader, facts: Facts, *, config_id: str = "", memory: Memory | None = None) -> Loaded:
    """The configuration in this file. No text makes it raise; a file that can't be read is a diagnostic too.

    `config_id` is what `@id` lines are compared with (-i). `memory` has what the last reading gave, and gets what this
    one gives: blocks whose text is unchanged are not read again.
    """
    findings = Findings()
    preprocessor = Preprocessor(reader, findings, config_id)
    pieces = preprocessor.read(path)
    parsed = parse(pieces, findings, None if memory is None else memory.begin())
    root = Reading(findings, schema_of(Config, ""), memory, rules.LOCAL).read(parsed.statements)
    if memory is not None:
        memory.known = parsed.known()
    if preprocessor.sources and not parsed.statements and not findings.count:
        findings.add("nothing-said", None, f"there is nothing in the configuration {path}", "was it being written?")
    rules.check(root, facts, findings)
    config: Config = root.build()
    acting.report(root, config, findings)
    return Loaded(config=config, diagnostics=findings.result([source.path for source in preprocessor.sources]))
