"""The language around the keywords, as a table: lines, words, quotes, includes, definitions, repetitions.

What each entry says is done by the module of its subject (scan.py, statements.py, preprocess.py, definitions.py,
sequences.py, includes.py, commands.py, kinds.py) and shown by the test that the entry names. This table is what the
manual has of it.
"""

from msgspec import Struct


class Lexical(Struct, frozen=True):
    """One thing that the language has. `keyword` is its name, `arguments` how it is written; `test` shows it."""

    keyword: str
    arguments: str
    default: str
    meaning: str
    test: str


_WORDS = "tests/config/test_parser.py"
_TEXT = "tests/config/test_preprocess.py"
_SCRIPTS = "tests/config/test_commands.py"
_VALUES = "tests/config/test_kinds.py"
_BLOCKS = "tests/config/test_blocks.py"
_INCLUDES = "tests/config/test_includes.py"
_DEFINITIONS = "tests/config/test_definitions.py"
_SEQUENCES = "tests/config/test_sequences.py"


def _row(keyword: str, arguments: str, meaning: str, test: str, default: str = "") -> Lexical:
    return Lexical(keyword, arguments, default, meaning, test)


LEXICAL: tuple[Lexical, ...] = (
    # Lines and words.
    _row(
        "comment",
        "# TEXT | ! TEXT",
        "Either mark begins a comment that goes to the end of the line, unless it stands in double quotes.",
        _WORDS,
    ),
    _row("escaped comment mark", "\\# | \\!", "A backslash makes a comment mark a letter like any other.", _WORDS),
    _row(
        "line",
        "KEYWORD WORD ...",
        "A statement takes one line, however long it is; lines with nothing on them do not matter.",
        _WORDS,
    ),
    _row("keyword matching", "WORD", "The first word says which keyword it is; upper and lower case differ.", _BLOCKS),
    _row(
        "unknown keyword",
        "WORD",
        "It is complained about and skipped, with all that is in its braces if it opens a block.",
        _BLOCKS,
    ),
    _row(
        "missing argument",
        "KEYWORD",
        "A keyword without a word that it needs is an error; reading goes on, so that one run finds every mistake.",
        _BLOCKS,
    ),
    _row(
        "duplicate keyword",
        "KEYWORD",
        "Of two settings of one keyword the last one counts, for some keywords the first; either way it is told.",
        _BLOCKS,
    ),
    _row(
        "block",
        "KEYWORD [NAME] { ... }",
        "Braces hold what belongs to a keyword; the opening one may stand on the next line.",
        _WORDS,
    ),
    _row("brace splitting", "{ | }", "A brace outside of double quotes ends the word and the line before it.", _WORDS),
    _row(
        "value block",
        "KEYWORD { ITEM ... }",
        "The lines of some blocks are items of a list, not keywords; includes and definitions work in them too.",
        _BLOCKS,
    ),
    _row("word", "WORD ...", "Blanks and tabs separate words; so do the rarer blanks of ASCII.", _WORDS),
    _row(
        "double quotes",
        '"TEXT"',
        "What is in them is one word, marks, braces and blanks included; there are no escapes. They end with the line.",
        _WORDS,
    ),
    _row(
        "single quotes",
        "'TEXT'",
        "They group the words of a script's command; everywhere else they are letters.",
        _SCRIPTS,
    ),
    # Values.
    _row(
        "script value",
        "\"COMMAND ARG 'ARG 2'\" [USER [GROUP]]",
        "One pair of double quotes holds the command with its arguments; behind it may stand as whom it runs.",
        _SCRIPTS,
        "script_user",
    ),
    _row(
        "escapes",
        "\\a \\b \\E \\f \\n \\r \\t \\v \\NNN \\xHH \\cC \\C",
        "In a script's command a backslash stands for a special character, or takes the meaning from the next one.",
        _SCRIPTS,
    ),
    _row(
        "group with colon",
        "USER :[GROUP]",
        "The colon gives the script all groups that its user is in; alone it keeps the user's own group.",
        _VALUES,
        "set_supplementary_groups",
    ),
    _row(
        "BOOL",
        "on|true|yes|off|false|no",
        "A keyword that takes one of these is on when it stands alone.",
        _VALUES,
        "on",
    ),
    _row(
        "TIMER",
        "SECONDS[.FRACTION]",
        "A time in seconds, down to the microsecond where the keyword allows it.",
        _VALUES,
    ),
    _row("number", "DIGITS", "A whole number in decimal; each keyword says from where to where.", _VALUES),
    # Other files.
    _row(
        "include",
        "FILE",
        "The files of this name or pattern are read at this place; kad starts even when there are none, and says so.",
        _TEXT,
    ),
    _row(
        "includer",
        "FILE",
        "Reads the files of this name or pattern; kad does not start when one can't be read.",
        _INCLUDES,
    ),
    _row(
        "includem",
        "FILE",
        "Reads the files of this name or pattern; kad does not start when one can't be read or a name has no file.",
        _INCLUDES,
    ),
    _row(
        "includew",
        "FILE",
        "Reads the files of this name or pattern; kad does not start when one can't be read or it has no file.",
        _INCLUDES,
    ),
    _row(
        "includeb",
        "FILE",
        "Reads the files of this name or pattern; kad does not start when one of them, or of {a,b}, can't be read.",
        _INCLUDES,
    ),
    _row(
        "includea",
        "FILE",
        "Reads the files of this name or pattern; kad does not start when anything of it is missing or can't be read.",
        _INCLUDES,
    ),
    _row(
        "include directory",
        "FILE",
        "A relative name begins at the directory of the file that the include stands in.",
        _TEXT,
        "directory of the including file",
    ),
    _row(
        "include matches",
        "FILE",
        "The files of a pattern are read in the order of their names; what is no plain file is passed over.",
        _INCLUDES,
    ),
    _row(
        "include error exit",
        "",
        "An include that must succeed and does not keeps kad from starting, with the status for no configuration.",
        _INCLUDES,
    ),
    _row(
        "include with @ or $",
        "@ID include FILE | include $NAME",
        "An include may have a condition, and definitions in its name.",
        _TEXT,
    ),
    _row(
        "config file",
        "-f FILE",
        "The file to begin with; of a pattern, all its files as if they were one.",
        _TEXT,
        "/etc/keepalived/keepalived.conf",
    ),
    # Conditions.
    _row(
        "config-id", "-i NAME", "What this machine is called in conditions.", _TEXT, "the host name up to its first dot"
    ),
    _row("@id", "@NAME LINE", "The line is for the machine with this config-id; kad also reads those for @kad.", _TEXT),
    _row("@^id", "@^NAME LINE", "The line is for every machine but the one with this config-id.", _TEXT),
    # Definitions.
    _row(
        "$NAME=",
        "$NAME=VALUE",
        "From here on the name stands for the value, in files read later as well.",
        _DEFINITIONS,
    ),
    _row(
        "$NAME= multi-line",
        "$NAME= \\ LINE \\ ... LINE",
        "A backslash at the end of a line takes the next one into the value, so that a name may stand for a block.",
        _DEFINITIONS,
    ),
    _row(
        "$NAME",
        "$NAME",
        "Replaced by its value where a blank or the end of the line follows it.",
        _DEFINITIONS,
        "left as it is",
    ),
    _row("${NAME}", "${NAME}", "Replaced by its value, in the middle of a word too.", _DEFINITIONS, "left as it is"),
    _row(
        "multi-line use",
        "$NAME | ${NAME}",
        "A name for several lines stands last on its line; they are read as if they stood in the file.",
        _DEFINITIONS,
    ),
    _row(
        "recursive substitution",
        "${A} in the value of ${B}",
        "A value may contain other names; they are looked up when it is used.",
        _DEFINITIONS,
    ),
    _row(
        "substitution result",
        "",
        "After replacing, the line is looked at again as if it stood in the file.",
        _DEFINITIONS,
    ),
    # Repetitions.
    _row(
        "~SEQ",
        "~SEQ(VAR, [START, [STEP,]] END) TEXT",
        "The text once for each number from START to END, VAR being the number.",
        _SEQUENCES,
        "START 1, or -1 for an END below 0; STEP towards END",
    ),
    _row(
        "~SEQx",
        "~SEQx(VAR, [START, [STEP,]] END) TEXT",
        "As ~SEQ, with the number in hexadecimal.",
        _SEQUENCES,
        "as ~SEQ",
    ),
    _row("~LST", "~LST(VAR, VALUE, ...) TEXT", "The text once for each value, VAR being the value.", _SEQUENCES),
    _row(
        "~LST multi",
        "~LST({V1,V2}, {A1,A2}, ...) TEXT",
        "Several variables are set each time; a value that is left out is empty.",
        _SEQUENCES,
    ),
    _row(
        "nested ~SEQ and ~LST",
        "~SEQ(...) ~LST(...) TEXT",
        "Each repetition is done whole for every value of the one to its left.",
        _SEQUENCES,
    ),
    # What is predefined.
    _row("${_PWD}", "${_PWD}", "The directory of the file that it stands in.", _DEFINITIONS),
    _row("${_INSTANCE}", "${_INSTANCE}", "The config-id of this machine.", _DEFINITIONS, "config-id"),
    _row(
        "${_RANDOM}",
        "${_RANDOM [MIN [MAX]]}",
        "Another number each time, MIN and MAX among them.",
        _DEFINITIONS,
        "0 to 32767",
    ),
    _row("${_ENV}", "${_ENV NAME}", "The value of a variable of kad's environment.", _DEFINITIONS, "empty"),
    _row("${_HASH}", "${_HASH}", "The character #.", _DEFINITIONS, "#"),
    _row("${_BANG}", "${_BANG}", "The character !.", _DEFINITIONS, "!"),
    _row("${_HOST}", "", "Nothing: no such name is predefined, it stays as it is.", _DEFINITIONS),
)
"""All of it, in the order of the manual."""
