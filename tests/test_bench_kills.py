"""The short form of `anomalens bench kills`: each kind of work is killed once at a random moment."""

import pytest

from core.bench.killed import ACTIONS
from core.bench.kills import kills


@pytest.mark.processes
def test_whatever_is_killed_comes_to_the_same_to_the_last_bit_or_says_why_not():
    found = kills(kills=len(ACTIONS), rows=400, seed=3)
    assert found["what_was_lost"] == []
    assert [row["work"] for row in found["table"]] == list(ACTIONS)
    assert all(row["bit-identical"] + row["said"] == row["kills"] == 1 for row in found["table"])
    assert any(row["while at it"] for row in found["table"])
