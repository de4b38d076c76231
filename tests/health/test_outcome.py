"""How one attempt ended."""

from kad.health.outcome import Outcome, Reason


def test_a_cause_is_the_word_for_machines_and_then_the_particulars() -> None:
    assert str(Outcome(Reason.REFUSED, "Connection refused")) == "refused: Connection refused"
    assert str(Outcome(Reason.TIMEOUT)) == "timeout"


def test_only_ok_is_a_success() -> None:
    assert [reason for reason in Reason if Outcome(reason).ok] == [Reason.OK]
