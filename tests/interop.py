"""The table of what kad and keepalived do together on one wire, from the reports of the tests of failovers in netns/.

A row is a protocol and who is on the left, the master, and on the right. The last column is the end of all its tests:
"none" when neither program logged a complaint of an advert or has counted one in its statistics (programs.py).
"""

import re
from collections.abc import Iterable

COLUMNS = {
    "test_the_backup_takes_over_when_all_of_the_master_is_killed_and_its_link_cut": "takeover",
    "test_a_master_that_is_stopped_resigns_and_the_backup_waits_only_its_skew_time": "resign",
    "test_the_returning_master_takes_the_address_back": "preempted back",
    "test_the_backup_returns_without_touching_the_master": "backup returns",
}
GROUP_COLUMNS = {
    "test_a_side_that_dies_with_its_link_is_replaced_in_both": "takeover",
    "test_a_stop_moves_both_and_the_start_moves_both_back": "resign",
    "test_a_fault_of_one_member_moves_both_and_its_end_moves_both_back": "preempted back",
}
BAD = "bad adverts"
NODE = re.compile(r"test_(?:failover|sync_group)\.py::(\w+)\[(kad|keepalived)-(kad|keepalived)(?:-([\w-]+))?\]$")


def table(reports: Iterable[tuple[str, str, bool]]) -> list[str]:
    """The lines of the table, from node id, phase ("call", "teardown" …) and whether it passed; none without a row."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for node, phase, passed in reports:
        found = NODE.search(node)
        column = found and (COLUMNS | GROUP_COLUMNS).get(found[1])
        if not found or not column:
            continue
        row = rows.setdefault((found[4] or "sync group", f"{found[2]} - {found[3]}"), {})
        if phase == "teardown":
            row[BAD] = "SOME" if not passed or row.get(BAD) == "SOME" else "none"
        elif phase == "call" or not passed:
            row[column] = "yes" if passed else "FAILED"
    heads = ["protocol", "left - right", *COLUMNS.values(), BAD]
    cells = [[*key, *(row.get(head, "-") for head in heads[2:])] for key, row in sorted(rows.items())]
    if not cells:
        return []
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    return [
        " | ".join(f"{cell:{w}}" for cell, w in zip(line, widths, strict=True)).rstrip() for line in (heads, *cells)
    ]
