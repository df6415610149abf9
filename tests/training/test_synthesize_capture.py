"""Photos of screens, and of things: two classes that differ by the screen alone."""

import cv2
import numpy as np
import pytest

from training.data import Example, Split
from training.scenes import Scene, crops
from training.synthesize import camera, photographed, rephotograph, reprint, subject
from training.synthesize.camera import jpeg
from training.synthesize.display import TEXELS, cells, through_aperture
from training.synthesize.sheet import rows, sheet
from training.synthesize.subjects import cloth, page, plain

data = pytest.importorskip("skimage.data", reason="scikit-image's photos are not installed")

CAPTURES = [camera, photographed, rephotograph, reprint]


@pytest.fixture(scope="module")
def pictures():
    whole = [data.coffee(), data.chelsea(), np.ascontiguousarray(data.astronaut()[..., :3])]
    return [cv2.resize(picture[:300, :300], (256, 256), interpolation=cv2.INTER_AREA) for picture in whole]


@pytest.mark.parametrize("capture", CAPTURES)
def test_the_same_seed_takes_the_same_photo(pictures, capture):
    first, second = (capture(np.random.default_rng(7), pictures[0]) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, capture(np.random.default_rng(8), pictures[0]))


@pytest.mark.parametrize("capture", CAPTURES)
@pytest.mark.parametrize("shape", [(31, 47), (480, 200), (64, 64)])
def test_any_size_comes_back_as_it_was(capture, shape):
    for value in (0, 128, 255):
        for seed in range(4):
            made = capture(np.random.default_rng(seed), np.full((*shape, 3), value, np.uint8))
            assert made.shape == (*shape, 3)
            assert made.dtype == np.uint8


def test_the_camera_alone_keeps_the_scene_recognisable(pictures):
    for seed, picture in enumerate(pictures):
        made = camera(np.random.default_rng(seed), picture)
        alike = np.corrcoef(made.ravel().astype(float), picture.ravel().astype(float))[0, 1]
        assert alike > 0.9


def _peak(picture):
    """How far the strongest fine wave stands out of its neighbours, in log amplitude."""
    grey = picture.mean(-1)
    window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
    spectrum = np.log(np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window))) + 1)
    y, x = np.indices(grey.shape)
    radius = np.hypot(y / grey.shape[0] - 0.5, x / grey.shape[1] - 0.5)
    rings = [(radius > at) & (radius <= at + 0.04) for at in np.arange(0.14, 0.48, 0.04)]
    return max(spectrum[ring].max() - np.median(spectrum[ring]) for ring in rings)


def _several(capture, pictures, measure, seeds=10):
    return np.array([measure(capture(np.random.default_rng(s), p)) for p in pictures for s in range(seeds)])


def test_a_screen_shows_its_grid_and_a_first_hand_photo_has_none(pictures):
    screens, first_hand = (_several(c, pictures, _peak) for c in (rephotograph, photographed))
    assert screens.mean() > first_hand.mean() + 0.5  # the densest screens show none, and stay close


def test_a_bright_screen_is_brighter_bluer_and_more_clipped(pictures):
    def blueness(p):
        return np.log((p[..., 2].mean() + 1) / (p[..., 0].mean() + 1))

    def clipped(p):
        return (p.max(-1) >= 250).mean()

    for measure in (np.mean, blueness, clipped):
        screens, first_hand = (_several(c, pictures, measure) for c in (rephotograph, photographed))
        assert screens.mean() > first_hand.mean()


def test_the_two_classes_share_one_camera(pictures):
    """With nothing to show, what remains is the camera's noise: as strong in the one as in the other."""

    def noise(p):
        grey = p.mean(-1)
        return np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[20:-20, 20:-20].std()

    black = [np.full((128, 128, 3), 3, np.uint8)]
    screens, first_hand = (_several(c, black, noise, seeds=30) for c in (rephotograph, photographed))
    assert 0.5 < np.median(screens) / np.median(first_hand) < 2


def test_subpixels_even_out_when_they_are_far_smaller_than_the_cameras():
    for seed in range(6):
        tile, spans = cells(np.random.default_rng(seed))
        assert tile.shape[0] == TEXELS * spans
        assert np.allclose(tile.mean((0, 1)), 1, atol=1e-3)
        near, far = through_aperture(tile, 6.0, 0.3), through_aperture(tile, 0.2, 0.3)
        assert near.std() > 0.5
        assert far.std() < 0.05
        assert np.allclose(far.mean((0, 1)), 1, atol=0.02)


@pytest.mark.parametrize("make", [subject, page, cloth, plain])
@pytest.mark.parametrize("shape", [(60, 40), (512, 384)])
def test_a_subject_is_a_whole_picture_and_the_same_again_with_its_seed(make, shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    for seed in range(12):
        first, second = (make(np.random.default_rng(seed), picture) for _ in range(2))
        assert first.dtype == np.uint8
        assert first.shape in {(512, 512, 3), picture.shape}
        assert np.array_equal(first, second)


def test_pages_are_mostly_light_and_plains_hold_less_detail_than_cloth(pictures):
    def detail(p):
        return cv2.Laplacian(p.mean(-1).astype(np.float32), cv2.CV_32F).std()

    made = {make: _several(make, pictures, detail) for make in (cloth, plain)}
    assert np.median(made[cloth]) > 2 * np.median(made[plain])
    light = _several(page, pictures, np.mean) > 180
    assert 0.5 < light.mean() < 1


def test_small_pictures_give_crops_too(tmp_path):
    """A catalogue picture of 198 px is as good a subject as any."""
    file = tmp_path / "small.png"
    cv2.imwrite(str(file), np.random.default_rng(0).integers(0, 256, (198, 150, 3), np.uint8))
    example = Example(path=file, label="stock_photo", category="Milk", group="g")
    for sort in ("first_hand", "screen"):
        for variant in range(6):
            scene = Scene(example=example, source="grocery", split=Split.TRAIN, sort=sort, variant=variant)
            made = crops(scene, 224, 2, seed=1)
            assert [crop.shape for crop in made] == [(224, 224, 3)] * 2


def test_a_lower_jpeg_quality_loses_more(pictures):
    def loss(quality):
        return np.abs(jpeg(pictures[0], quality=quality).astype(int) - pictures[0]).mean()

    assert loss(30) > loss(90) > 0


def test_the_sheet_has_a_row_for_every_change(pictures):
    made = sheet(np.random.default_rng(0), pictures, columns=2, side=40)
    assert made.shape == (len(rows()) * (40 + 16), 80, 3)
