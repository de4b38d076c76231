"""The facts that kad logs: which logger, which level. Where the lines go is `system/logs.py`'s affair.

One line per fact. Where operators grep for keepalived's words, the line has keepalived's words.
"""

import logging

DETAIL = 15
"""What keepalived logs only with -D: between INFO (always) and DEBUG (-D -D)."""

logging.addLevelName(DETAIL, "DETAIL")


def logger(process: str) -> logging.Logger:
    """The logger of one kad process ("vrrp", "checker", "runner", "parent")."""
    return logging.getLogger(f"kad.{process}")
