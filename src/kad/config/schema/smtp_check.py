"""SMTP_CHECK { … }: a server is up when it greets, and answers HELO and QUIT."""

from typing import Annotated, ClassVar

from kad.config.fields import Declaration, block, keyword
from kad.config.kinds import Word
from kad.config.schema.tcp_check import Connection


class Host(Connection, frozen=True, kw_only=True):
    """host { … }: the old way to say where to connect to.

    What it says becomes the check's own (lvs_rules.py), so that several of them are no more than the last one.
    """


class SmtpCheck(Connection, frozen=True, kw_only=True, tag="SMTP_CHECK"):
    """The server is up when it greets as a mail server, and answers HELO and QUIT."""

    helo_name: Annotated[
        str,
        keyword(
            Word("NAME"),
            "the name that HELO says",
            example="helo_name lb1.example.com",
            again="value-replaced",
            missing="missing-value",
        ),
    ] = "smtpchecker.keepalived.org"

    EXTRA: ClassVar[dict[str, Declaration]] = {"host": block(Host, doc="deprecated: where to connect to")}
