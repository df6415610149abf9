"""Every bundle on the shelf is whole, and says here what it said when it was released."""

from pathlib import Path

import pytest

from inspection.vision.bundle import available
from inspection.vision.verify import verify

MODELS = Path(__file__).parents[2] / "models"
SHELF = available(MODELS)


@pytest.mark.parametrize("shelved", SHELF, ids=[shelved.folder.name for shelved in SHELF])
def test_a_bundle_on_the_shelf_answers_as_released(shelved):
    assert shelved.refused is None
    found = verify(shelved.bundle)
    assert found[0].device == "cpu (fp32)"
    assert not [one for one in found if one.failed]
