"""Synthesized damage and lookalikes: seeded, on the item, and where their masks say."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.verdict.findings import Kind, Severity
from training.scenes import possible_kinds
from training.synthesize import KINDS, LOOKALIKES, KindNotSynthesized, damage, lookalike
from training.synthesize.foreground import foreground
from training.synthesize.lens import lens_of, seen_through
from training.synthesize.noise import to_light
from training.synthesize.severity import contrast_of, severity, size_of

data = pytest.importorskip("skimage.data", reason="scikit-image's photos are not installed")


@pytest.fixture(scope="module")
def cup():
    return data.coffee()


def _on_white(side=200):
    """A textured blue square in the middle of a white floor."""
    picture = np.full((side, side, 3), 240, np.uint8)
    inner = np.random.default_rng(0).integers(60, 110, (side // 2, side // 2, 3)).astype(np.uint8)
    inner[..., 2] += 90
    picture[side // 4 : side // 4 + side // 2, side // 4 : side // 4 + side // 2] = inner
    return picture


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_damage(cup, kind):
    first, second = (damage(np.random.default_rng(3), cup, kind) for _ in range(2))
    assert np.array_equal(first.picture, second.picture)
    assert np.array_equal(first.mask, second.mask)
    assert first.severity == second.severity


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_changes_within_the_mask_far_more_than_outside(cup, kind):
    inside, outside = [], []
    for seed in range(6):
        made = damage(np.random.default_rng(seed), cup, kind)
        change = np.abs(made.picture.astype(int) - cup).mean(-1)
        inside.append(change[made.mask].mean())
        outside.append(change[~made.mask].mean())
    assert np.mean(inside) > 9  # under which nobody would see it on a plain thing
    assert np.mean(inside) > 20 * np.mean(outside)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_covers_most_of_what_clearly_changed(cup, kind):
    covered = []
    for seed in range(8):
        made = damage(np.random.default_rng(seed), cup, kind)
        changed = np.abs(made.picture.astype(int) - cup).max(-1) > 40
        if changed.sum() > 20:
            covered.append((changed & made.mask).sum() / changed.sum())
    assert np.mean(covered) > 0.6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "picture",
    [
        np.full((32, 32, 3), 128, np.uint8),
        np.zeros((200, 90, 3), np.uint8),
        np.full((90, 200, 3), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (700, 900, 3)).astype(np.uint8),
    ],
    ids=["tiny", "black", "white", "large noise"],
)
def test_every_kind_runs_on_any_picture(kind, picture):
    before = picture.copy()
    made = damage(np.random.default_rng(0), picture, kind)
    assert np.array_equal(picture, before), "the picture passed in is left alone"
    assert made.picture.shape == picture.shape
    assert made.picture.dtype == np.uint8
    assert made.mask.shape == picture.shape[:2]
    assert made.mask.dtype == bool
    assert made.kind is kind


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_real_photo_the_mask_is_never_empty(cup, kind):
    assert all(damage(np.random.default_rng(seed), cup, kind).mask.any() for seed in range(10))


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in {Kind.FRAY, Kind.MISSING_PART}])
def test_damage_lies_on_the_item_and_not_on_the_floor(kind):
    picture = _on_white()
    item = np.zeros(picture.shape[:2], bool)
    item[50:150, 50:150] = True
    shares = []
    for seed in range(10):
        mask = damage(np.random.default_rng(seed), picture, kind).mask
        shares.append((mask & item).sum() / max(mask.sum(), 1))
    assert np.mean(shares) > 0.75


def test_the_foreground_is_the_thing_in_the_middle():
    likely = foreground(_on_white())
    assert likely[60:140, 60:140].mean() > 0.8
    assert likely[:30].mean() < 0.1


def test_without_a_kind_every_kind_comes_up(cup):
    rng = np.random.default_rng(0)
    small = cv2.resize(cup, (150, 100))
    assert {damage(rng, small).kind for _ in range(80)} == set(KINDS)


def test_severities_vary_and_a_larger_hole_is_no_lighter(cup):
    made = [damage(np.random.default_rng(seed), cup, Kind.STAIN) for seed in range(40)]
    assert {m.severity for m in made} == set(Severity)
    small = min(made, key=lambda m: m.mask.sum())
    large = max(made, key=lambda m: m.mask.sum())
    assert large.severity >= small.severity


def test_every_kind_of_defect_but_the_unnamed_difference_can_be_made():
    assert set(KINDS) == set(Kind) - {Kind.DIFFERENCE}


@given(
    kind=st.sampled_from(KINDS),
    sizes=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    contrasts=st.tuples(st.floats(0, 255), st.floats(0, 255)),
)
def test_a_larger_or_clearer_defect_is_never_milder(kind, sizes, contrasts):
    mild = severity(kind, size=min(sizes), contrast=min(contrasts))
    assert severity(kind, size=max(sizes), contrast=max(contrasts)) >= mild


def test_nothing_painted_is_light_and_has_no_size(cup):
    nowhere = np.zeros(cup.shape[:2], bool)
    assert size_of(nowhere, foreground(cup)) == 0
    assert contrast_of(cup, cup, nowhere) == 0


def test_a_soft_photo_is_told_from_a_sharp_one(cup):
    soft = cv2.GaussianBlur(cup, (0, 0), 2.0)
    assert lens_of(soft).softness > 1.5 * lens_of(cup).softness


def test_a_grainy_photo_is_told_from_a_clean_one(cup):
    noise = np.random.default_rng(0).normal(0, 6, cup.shape)
    assert lens_of(np.clip(cup + noise, 0, 255).astype(np.uint8)).grain > lens_of(cup).grain


def test_a_paint_that_changes_nothing_leaves_the_photo_as_it_was(cup):
    light = to_light(cup)
    seen = seen_through(np.random.default_rng(0), light, light, lens_of(cup))
    assert np.allclose(seen, light, atol=1e-6)


def test_cardboard_damage_never_lands_on_clothes():
    assert Kind.DAMAGED_PACKAGING not in {KINDS[i] for i in possible_kinds("clothing")}
    assert Kind.DAMAGED_PACKAGING in {KINDS[i] for i in possible_kinds("grocery")}
    assert possible_kinds("a set nobody knows yet") == list(range(len(KINDS)))


def test_a_kind_without_a_maker_is_refused_by_name(cup):
    with pytest.raises(KindNotSynthesized, match="difference"):
        damage(np.random.default_rng(0), cup, Kind.DIFFERENCE)


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_lookalike_changes_part_of_the_picture_and_is_seeded(cup, name):
    first, second = (lookalike(np.random.default_rng(5), cup, name) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == cup.shape
    assert first.dtype == np.uint8
    share = (np.abs(first.astype(int) - cup).max(-1) > 4).mean()
    assert 0 < share < 0.9


@pytest.mark.parametrize("name", LOOKALIKES)
def test_lookalikes_run_on_flat_tiny_pictures(name):
    for value in (0, 255):
        assert lookalike(np.random.default_rng(0), np.full((30, 44, 3), value, np.uint8), name).shape == (
            30,
            44,
            3,
        )
