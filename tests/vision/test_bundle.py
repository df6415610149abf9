"""A bundle is the one that was released, or it is refused by the name of the file at fault."""

from pathlib import Path

import pytest

from inspection.errors import BundleMissing, BundleTampered, BundleUnsuitable
from inspection.verdict.findings import Kind, Severity
from inspection.vision.bundle import Bundle, available


def test_a_whole_bundle_says_what_it_is(tiny_bundle: Path):
    bundle = Bundle.open(tiny_bundle)
    assert bundle.card.name == "tiny"
    assert bundle.card.kinds == (Kind.CRACK, Kind.STAIN)
    assert bundle.card.claimed == {Kind.CRACK}
    assert bundle.card.severities[Kind.CRACK] is Severity.SEVERE
    assert bundle.calibrations.damaged is not None
    assert len(bundle.sha256) == 64


def test_a_folder_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(BundleMissing, match="nowhere"):
        Bundle.open(tmp_path / "nowhere")


def test_a_folder_without_checksums_is_missing_them(tiny_bundle):
    (tiny_bundle / "SHA256SUMS").unlink()
    with pytest.raises(BundleMissing, match="SHA256SUMS"):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize("file", ["model.onnx", "card.toml", "calibration.toml", "golden/cases.json"])
def test_one_changed_byte_in_any_file_is_found(tiny_bundle, file):
    content = bytearray((tiny_bundle / file).read_bytes())
    content[len(content) // 2] ^= 1
    (tiny_bundle / file).write_bytes(content)
    with pytest.raises(BundleTampered, match=file):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize("file", ["model.onnx", "golden/red-corner.png"])
def test_a_missing_file_is_named(tiny_bundle, file):
    (tiny_bundle / file).unlink()
    with pytest.raises(BundleTampered, match=file):
        Bundle.open(tiny_bundle)


def test_a_file_that_was_not_released_with_it_is_named(tiny_bundle):
    (tiny_bundle / "golden" / "extra.py").write_text("")
    with pytest.raises(BundleTampered, match=r"golden/extra\.py"):
        Bundle.open(tiny_bundle)


def test_a_link_is_refused_even_to_the_very_same_bytes(tiny_bundle, tmp_path):
    moved = (tiny_bundle / "model.onnx").rename(tmp_path / "elsewhere.onnx")
    (tiny_bundle / "model.onnx").symlink_to(moved)
    with pytest.raises(BundleTampered, match=r"model\.onnx is a link"):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize("path", ["../card.toml", "/etc/hostname", "golden/../../card.toml"])
def test_checksums_cannot_point_outside(tiny_bundle, path):
    with (tiny_bundle / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  {path}\n")
    with pytest.raises(BundleTampered, match="outside"):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize("sums", [b"\xff\xfe", b"hello\n", b"0" * 64 + b" *model.onnx\n"])
def test_checksums_that_are_none_are_refused(tiny_bundle, sums):
    (tiny_bundle / "SHA256SUMS").write_bytes(sums)
    with pytest.raises(BundleTampered, match="SHA256SUMS"):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize("file", ["card.toml", "calibration.toml", "model.onnx", "golden/cases.json"])
def test_a_file_left_out_of_the_checksums_is_not_trusted(tiny_bundle, file):
    (tiny_bundle / file).unlink()
    kept = [line for line in (tiny_bundle / "SHA256SUMS").read_text().splitlines() if not line.endswith(file)]
    (tiny_bundle / "SHA256SUMS").write_text("\n".join(kept) + "\n")
    with pytest.raises(BundleTampered, match=file):
        Bundle.open(tiny_bundle)


@pytest.mark.parametrize(
    ("file", "old", "new", "why"),
    [
        ("card.toml", "format = 1", "format = 2", "format 2"),
        ("card.toml", '"stain"]', '"smudge"]', "smudge"),
        ("card.toml", 'claimed = ["crack"]', 'claimed = ["tear"]', "claims"),
        ("card.toml", '"letterbox"', '"stretch"', "stretch"),
        ("card.toml", "view_side = 64", "view_side = 0", "view_side"),
        ("card.toml", "crops = 3\n", "", "crops"),
        ("card.toml", "format = 1", "format = ", "TOML"),
        ("calibration.toml", "slope = 1.0", "slope = -1.0", "slope"),
        ("calibration.toml", "slope = 1.0", "slope = nan", r"damaged\.slope"),
        ("calibration.toml", "slope = 1.0", "slope = true", r"damaged\.slope"),
        ("calibration.toml", "intercept = 0.0", "intercept = nan", r"damaged\.intercept"),
        ("calibration.toml", "intercept = 0.0", "intercept = inf", r"damaged\.intercept"),
        ("calibration.toml", "intercept = 0.0", "intercept = 1" + "0" * 400, r"damaged\.intercept"),
        ("calibration.toml", "yes_from = 0.3", "yes_from = -0.1", r"damaged\.yes_from"),
        ("calibration.toml", "no_to = 0.7", "no_to = 1.1", r"damaged\.no_to"),
        ("calibration.toml", "error_rate = 0.05", "error_rate = 0", "error rate"),
        ("calibration.toml", "unsure_from = 0.99", "unsure_from = 99", r"strangeness\.unsure_from"),
        ("calibration.toml", "0.4]", "nan]", r"strangeness\.quantiles"),
        ("card.toml", "crop_side = 32", "crop_side = 225", "crop_side = 225"),
        ("card.toml", "[labels]", "[serving]\ntolerance = nan\n[labels]", r"serving\.tolerance"),
        ("calibration.toml", "yes_from = 0.3\n", "", "yes_from"),
        ("calibration.toml", "[0.0, 0.1", "[0.9, 0.1", "rise"),
    ],
)
def test_a_whole_bundle_that_we_cannot_read_is_unsuitable(tiny_bundle, seal, file, old, new, why):
    text = (tiny_bundle / file).read_text()
    (tiny_bundle / file).write_text(text.replace(old, new, 1))
    seal(tiny_bundle)
    with pytest.raises(BundleUnsuitable, match=why) as refused:
        Bundle.open(tiny_bundle)
    assert file in str(refused.value)


def test_two_releases_that_differ_in_one_figure_have_two_identities(tiny_bundle, seal):
    before = Bundle.open(tiny_bundle).sha256
    (tiny_bundle / "card.toml").write_text((tiny_bundle / "card.toml").read_text() + "\n[figures]\nn = 1\n")
    seal(tiny_bundle)
    assert Bundle.open(tiny_bundle).sha256 != before


def test_a_bad_bundle_does_not_hide_the_good_one_beside_it(tiny_bundle, tmp_path):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    tiny_bundle.rename(shelf / "good")
    (shelf / "bad").mkdir()
    bad, good = available(shelf)
    assert isinstance(bad.refused, BundleMissing)
    assert good.bundle is not None
    assert good.bundle.card.name == "tiny"
