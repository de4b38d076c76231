"""The table of failovers (tests/interop.py)."""

from tests.interop import COLUMNS, table

TAKEOVER, RESIGN = list(COLUMNS)[:2]


def node(test: str) -> str:
    return f"tests/netns/test_failover.py::{test}[kad-keepalived-unicast-v3]"


def test_the_table_tells_what_passed_what_failed_and_what_was_not_tried() -> None:
    heads, row = table(
        [
            (node(TAKEOVER), "call", True),
            (node(TAKEOVER), "teardown", True),
            (node(RESIGN), "setup", False),
            (node(RESIGN), "teardown", False),
            ("tests/test_map.py::test_it", "call", True),
        ]
    )
    assert heads.split(" | ")[0].strip() == "protocol"
    cells = [cell.strip() for cell in row.split(" | ")]
    assert cells == ["unicast-v3", "kad - keepalived", "yes", "FAILED", "-", "-", "SOME"]


def test_there_is_no_table_without_failovers() -> None:
    assert table([("tests/test_map.py::test_it", "call", True)]) == []
