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
    ran = {one.device: one for one in verify(shelved.bundle) if one.absent is None}
    exact = ran["cpu (fp32)"]
    assert exact.parities[0].cases > 0
    for device, one in ran.items():
        # int8 rounds, and rounds a little differently on a CPU without VNNI
        allowed = 0.1 if "int8" in device else 0.01
        assert all(parity.most <= allowed for parity in one.parities), one
    assert exact.flips == 0
