"""From photos to a reading: what is claimed, where it is, and what is left open."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inspection.verdict.confidence import UNSURE
from inspection.verdict.findings import Kind, PhotoId, Severity, View
from inspection.verdict.reading import Basis
from inspection.vision.bundle import Bundle
from inspection.vision.reader import BundleReader
from inspection.vision.reference_cache import ReferenceCache
from inspection.vision.runtime import open_runtime

RED, BLUE = (220, 30, 30), (30, 30, 220)


@pytest.fixture
def reader(tiny, runtime):
    return BundleReader(tiny, runtime)


@pytest.fixture
def read(reader):
    def one(photo, references=()):
        return reader.read([(PhotoId("photo-1"), View.FRONT, photo)], references).photos[0]

    return one


def painted(picture, colour, *, x=slice(80, 96), y=slice(16, 32)):
    picture = picture.copy()
    picture[y, x] = colour
    return picture


def test_a_plain_photo_is_read_as_undamaged(read, photo_of, grey):
    reading = read(photo_of(grey()))
    assert reading.photo == "photo-1"
    assert reading.view is View.FRONT
    assert reading.damaged.answers == {False}
    assert reading.damaged.basis is Basis.LEARNED
    assert reading.findings == ()


def test_damage_is_found_where_it_is(read, photo_of, grey):
    reading = read(photo_of(painted(grey(), RED)))
    assert reading.damaged.answers == {True}
    (finding,) = reading.findings
    assert finding.kind is Kind.CRACK
    assert finding.severity is Severity.SEVERE
    assert finding.probability == reading.damaged.probability
    box = finding.box
    assert [box.x, box.y, box.w, box.h] == pytest.approx([80 / 128, 16 / 96, 16 / 128, 16 / 96], abs=0.09)


def test_of_a_kind_whose_severity_the_card_does_not_state_none_is_claimed(tiny_bundle, seal, photo_of, grey):
    card = tiny_bundle / "card.toml"
    card.write_text(card.read_text().replace('severities = { crack = "severe" }\n', ""))
    seal(tiny_bundle)
    bundle = Bundle.open(tiny_bundle)
    reader = BundleReader(bundle, open_runtime(bundle, device="cpu"))
    photo = photo_of(painted(grey(), (230, 30, 30), x=slice(32, 64), y=slice(24, 48)))
    (finding,) = reader.read([(PhotoId("photo-1"), None, photo)]).photos[0].findings
    assert finding.severity is None


def test_two_places_are_two_findings_the_strongest_first(read, photo_of, grey):
    picture = painted(painted(grey(), (180, 60, 60)), RED, x=slice(16, 32), y=slice(64, 80))
    strong, weak = read(photo_of(picture)).findings
    assert strong.probability > weak.probability
    assert strong.box.x < weak.box.x


def test_a_kind_that_is_not_claimed_only_shows_where_to_look(read, photo_of, grey):
    plain, blue = read(photo_of(grey())), read(photo_of(painted(grey(), BLUE)))
    assert blue.findings == ()
    assert blue.damaged.answers == {False}
    assert max(blue.heat.cells) > 200 > max(plain.heat.cells)


def test_the_heat_map_covers_the_photo_and_not_the_padding_around_it(read, photo_of, grey):
    heat = read(photo_of(grey())).heat
    assert (heat.rows, heat.columns) == (12, 16)  # 96 × 128 px


def test_capture_is_judged_on_crops_and_without_any_not_at_all(read, photo_of, grey):
    dark, bright = grey(40), grey(240)
    assert read(photo_of(dark)).recaptured.answers == {False}
    assert read(photo_of(dark, crops=[bright[:40, :40]])).recaptured.answers == {True}
    assert read(photo_of(dark, crops=[])).recaptured is None
    assert read(photo_of(dark, crops=[bright[:20, :20]])).recaptured is None


def test_a_strange_photo_leaves_the_learned_claims_open_and_keeps_their_probability(read, photo_of, grey):
    purple = painted(grey(), (255, 0, 180), x=slice(0, 128), y=slice(0, 96))
    reading = read(photo_of(purple))
    assert reading.familiar == 0
    assert reading.damaged.answers == UNSURE
    assert reading.recaptured.answers == UNSURE
    assert reading.damaged.probability != 0.5


def test_the_category_is_one_of_the_cards(read, photo_of, grey):
    assert read(photo_of(grey(220))).category.name == "bright"
    assert read(photo_of(grey(20))).category.name == "dark"


def test_the_reading_names_the_bundle_and_the_device(reader, tiny, photo_of, grey):
    model = reader.read([(PhotoId("photo-1"), None, photo_of(grey()))]).model
    assert (model.bundle, model.sha256, model.device) == ("tiny", tiny.sha256, "cpu (fp32)")


def test_photos_come_back_in_the_order_they_were_given(reader, photo_of, grey):
    photos = [(PhotoId(f"photo-{n}"), None, photo_of(grey(20 * n))) for n in range(1, 11)]
    reading = reader.read(photos)
    assert [photo.photo for photo in reading.photos] == [id_ for id_, _, _ in photos]


def test_many_callers_at_once_get_what_one_gets(reader, photo_of, grey, item):
    photos = [photo_of(painted(grey(seed=n), (100 + 10 * n, 40, 40))) for n in range(12)]
    references = [photo_of(item(seed)) for seed in range(2)]

    def ask(photo):
        return reader.read([(PhotoId("photo-1"), None, photo)], references)

    alone = [ask(photo) for photo in photos]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, photos)) == alone


def test_with_references_the_damage_claim_rests_on_them(read, photo_of, item):
    references = [photo_of(item(seed)) for seed in range(3)]
    fine = read(photo_of(item(9)), references)
    assert fine.damaged.basis is Basis.REFERENCES
    assert fine.damaged.answers == {False}
    assert fine.same_item.answers == {True}
    broken = read(photo_of(painted(item(9), (200, 60, 160), x=slice(56, 72), y=slice(40, 56))), references)
    assert broken.damaged.answers == {True}
    assert broken.findings[0].kind is Kind.DIFFERENCE
    assert broken.findings[0].severity is None  # the card states none
    assert broken.findings[0].probability == broken.damaged.probability
    assert 0.35 < broken.findings[0].box.x + broken.findings[0].box.w / 2 < 0.65


def test_a_photo_taken_elsewhere_is_not_judged_by_its_references(read, photo_of, item):
    references = [photo_of(item(seed)) for seed in range(3)]
    elsewhere = item(9, background=(200, 190, 60))
    assert read(photo_of(elsewhere), references).damaged.basis is Basis.LEARNED


def test_without_references_nothing_is_said_of_identity(read, photo_of, item):
    assert read(photo_of(item())).same_item is None


def test_without_calibration_no_claim_is_made(tiny_bundle, seal, photo_of, item):
    (tiny_bundle / "calibration.toml").write_text("")
    seal(tiny_bundle)
    bundle = Bundle.open(tiny_bundle)
    reader = BundleReader(bundle, open_runtime(bundle, device="cpu"))
    reading = reader.read([(PhotoId("photo-1"), None, photo_of(item()))], [photo_of(item(2))]).photos[0]
    claims = (reading.damaged, reading.recaptured, reading.same_item, reading.familiar)
    assert claims == (None, None, None, None)
    assert reading.findings == ()


def test_a_reference_is_read_once_whatever_the_order(reader, runtime, photo_of, item):
    one, two = photo_of(item(1)), photo_of(item(2))
    asked = [(PhotoId("photo-1"), None, photo_of(item(3)))]
    first = reader.read(asked, [one, two])
    assert runtime.runs == 2 * 7 + 1  # as it is, five copies, and without its plain border
    assert reader.read(asked, [two, one]) == first
    assert reader.read(asked, [two]).photos[0].same_item is not None
    assert runtime.runs == 2 * 7 + 3


def test_a_folder_of_features_outlives_the_process(tiny, runtime, photo_of, item, tmp_path):
    asked, references = [(PhotoId("photo-1"), None, photo_of(item(3)))], [photo_of(item(1))]
    first = BundleReader(tiny, runtime, cache=ReferenceCache(tmp_path / "kept")).read(asked, references)
    runs = runtime.runs
    again = BundleReader(tiny, runtime, cache=ReferenceCache(tmp_path / "kept")).read(asked, references)
    assert again == first
    assert runtime.runs == runs + 1
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".npz"]


@pytest.mark.parametrize("left", [0, 10, 1000])
def test_a_kept_file_that_was_cut_off_is_made_again(tiny, runtime, photo_of, item, tmp_path, left):
    asked, references = [(PhotoId("photo-1"), None, photo_of(item(3)))], [photo_of(item(1))]
    first = BundleReader(tiny, runtime, cache=ReferenceCache(tmp_path)).read(asked, references)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:left])
    assert BundleReader(tiny, runtime, cache=ReferenceCache(tmp_path)).read(asked, references) == first
    np.load(kept).close()
