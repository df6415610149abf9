"""Where the damage is, and references taken otherwise: figures that no map and no drawing can flatter."""

import math

import cv2
import numpy as np
import pytest

from inspection.settings import DEFAULT_BUNDLE
from inspection.vision.bundle import Bundle
from inspection.vision.runtime import open_runtime
from training.evaluate import set_ups, sets
from training.evaluate.cookies import Tray, names
from training.evaluate.house import read_house
from training.evaluate.localisation import Counted, place_rows
from training.evaluate.rows import Goal
from training.evaluate.sets import Plan
from training.measures import auroc

needs_cookies = pytest.mark.skipif(not sets.here("damage"), reason="the data set damage is not here")


@pytest.fixture(scope="module")
def tray() -> Tray:
    """Every fourth cookie is a return: some whole, some broken, some with masks."""
    bundle = Bundle.open(DEFAULT_BUNDLE)
    plan = Plan(house=read_house(), step=4)
    return Tray(bundle=bundle, runtime=open_runtime(bundle, device="cpu"), plan=plan)


def some_maps() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Photos of other sizes, one of them without any damage."""
    rng = np.random.default_rng(0)
    masks = [rng.random(shape) < share for shape, share in (((40, 30), 0.2), ((25, 50), 0.05), ((30, 30), 0))]
    return [(rng.normal(size=m.shape) + 1.2 * m).astype(np.float32) for m in masks], masks


def test_counting_pixels_in_bins_gives_the_figure_of_all_pixels() -> None:
    maps, masks = some_maps()
    exact = auroc(np.concatenate([m.ravel() for m in maps]), np.concatenate([m.ravel() for m in masks]))
    assert Counted.of(maps, masks).auroc(np.arange(3)) == pytest.approx(exact, abs=1e-3)


def test_a_photo_that_is_drawn_twice_counts_twice() -> None:
    maps, masks = some_maps()
    twice = Counted.of([maps[0], maps[1], maps[1]], [masks[0], masks[1], masks[1]])
    assert Counted.of(maps, masks).auroc(np.array([0, 1, 1])) == pytest.approx(
        twice.auroc(np.arange(3)), abs=2e-3
    )


def test_without_a_damaged_pixel_there_is_no_figure() -> None:
    assert math.isnan(Counted.of(*some_maps()).auroc(np.array([2])))


@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, 0.0)])
def test_a_map_that_is_the_mask_is_perfect_and_its_opposite_is_the_worst(sign: int, expected: float) -> None:
    _, masks = some_maps()
    told = Counted.of([sign * mask.astype(np.float32) for mask in masks], masks)
    assert told.auroc(np.arange(3)) == expected


def test_without_photos_every_row_is_there_and_none_has_a_figure() -> None:
    rows = [*place_rows(None), *set_ups.set_up_rows(None)]
    assert len({(row.claim, row.on) for row in rows}) == len(rows) == 9
    assert {row.verdict for row in rows} == {"no figure"}


def test_a_cookie_is_cut_out_with_its_chocolate_and_without_what_shows_through_its_gap() -> None:
    tray = np.full((200, 160, 3), (70, 70, 68), np.uint8)
    cv2.circle(tray, (80, 100), 50, (200, 150, 90), -1)
    cv2.circle(tray, (70, 80), 5, (50, 30, 20), -1)  # chocolate
    cv2.rectangle(tray, (75, 100), (90, 160), (70, 70, 68), -1)  # broken out
    tray[10:13, 10:13] = (200, 150, 90)  # a crumb
    found = set_ups.cut_out(tray)
    assert found[80, 70]
    assert found[100, 50]
    assert not found[130, 82]
    assert not found[11, 11]
    assert not found[190, 150]


@needs_cookies
def test_the_map_of_differences_finds_real_damage(tray: Tray) -> None:
    one, three, alone = place_rows(tray)
    assert one.n == three.n == alone.n > 4
    assert min(one.figure, three.figure) > 0.9
    assert one.low < one.figure < one.high


@needs_cookies
def test_a_cookie_that_is_a_reference_is_no_return(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def row(count: int, on: str, goal: object, how: str, returns: object, asked: list[set_ups.Asked]) -> None:
        kept.append((count, names(tray.returns), asked))

    unchanged = ("as it is", Goal(), lambda rng, picture: picture, "")
    monkeypatch.setattr(set_ups, "_row", row)
    monkeypatch.setattr(set_ups, "_changes", lambda: (unchanged,))
    list(set_ups.set_up_rows(tray))
    for count, returns, asked in kept:
        for one, drawing in zip(asked, tray.drawings(count), strict=True):
            drawn = names(drawing.drawn)
            np.testing.assert_array_equal(np.isnan(one.damage), np.isin(returns, drawn))
            assert not one.judged[np.isin(returns, drawn)].any()


@needs_cookies
@pytest.mark.skipif(not sets.here("clothing"), reason="the data set clothing is not here")
def test_on_another_ground_it_abstains_or_is_right_and_in_the_same_light_and_place_it_speaks(
    tray: Tray,
) -> None:
    rows = {(row.on, row.claim): row for row in set_ups.set_up_rows(tray)}
    assert len(rows) == 6
    for (on, _), row in rows.items():
        if on == set_ups.GROUND:
            assert math.isnan(row.figure) or row.figure > 0.5
            assert row.met is (math.isnan(row.figure) or row.figure >= 0.9)
        else:
            assert row.figure > 0.9
            assert "left unjudged" in row.note
