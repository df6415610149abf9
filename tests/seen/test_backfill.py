"""Every photo is remembered by the model in use, sooner or later, and one that was erased never again."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from inspection.errors import PhotoNotFound, StoreUnusable
from inspection.seen import backfill as backfill_module
from inspection.seen.backfill import Backfill, Coverage, Pictures, all_of_it
from inspection.store.remembered import SqlRemembered
from inspection.store.tables import FINGERPRINTS, PHOTOS


def later():
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def kept(product, jpeg):
    """Photos of an inspection that nobody looked at; their hashes."""

    def keep(count, first=0):
        case, hashes = product.workflow.open(), []
        for number in range(first, first + count):
            encoded = jpeg(number)
            hashes.append(hashlib.sha256(encoded).hexdigest())
            product.photos.put_original(hashes[-1], encoded)
            product.workflow.add_photo(case.id, hashes[-1], len(encoded))
        return hashes

    return keep


def done(product):
    model = product.bundle.sha256
    with product.database.reading() as connection:
        wanted = select(FINGERPRINTS.c.sha256).where(FINGERPRINTS.c.bundle_sha256 == model)
        return set(connection.execute(wanted).scalars())


def made(product, *, again=None, model=None, start=None):
    rows = SqlRemembered(product.database, model=model or product.bundle.sha256)
    pictures = product.backfill._pictures
    return Backfill(
        rows,
        Pictures(again=again or pictures.again, clear=pictures.clear),
        lambda photo: product.memory.remember([photo]),
        start=start,
    )


def test_a_round_does_a_few_and_the_next_goes_on(product, kept):
    hashes = kept(15)
    backfill = made(product)
    for count in (6, 12, 15, 15):
        backfill.sweep(later())
        assert len(done(product)) == count
    assert done(product) == set(hashes)
    assert backfill.coverage() == Coverage(photos=15, hashed=15, seen=15)


@pytest.mark.parametrize("start", ["", "8" * 64, "f" * 64])
def test_old_photos_are_walked_over_from_anywhere(product, kept, monkeypatch, start):
    monkeypatch.setattr(backfill_module, "PAGE", 4)
    hashes = kept(11)
    with product.database.writing() as connection:
        connection.execute(update(PHOTOS).values(stored_at=datetime.now(UTC) - timedelta(days=900)))
    backfill = made(product, start=start)
    all_of_it(backfill, lambda: None)
    assert done(product) == set(hashes)
    assert backfill.done == 11


def test_photos_that_come_after_all_was_done_are_remembered_too(product, kept):
    first = kept(2)
    backfill = made(product)
    backfill.sweep(later())
    second = kept(2, first=2)
    backfill.sweep(later() + timedelta(hours=1))
    assert done(product) == {*first, *second}


def test_after_a_promotion_the_new_model_sees_all_of_them(product, kept):
    kept(3)
    made(product).sweep(later())
    with product.database.writing() as connection:
        connection.execute(update(FINGERPRINTS).values(bundle_sha256="0" * 64))
    backfill = made(product)
    assert backfill.coverage() == Coverage(photos=3, hashed=3, seen=0)
    backfill.sweep(later())
    assert backfill.coverage() == Coverage(photos=3, hashed=3, seen=3)
    product.seen.index.catch_up()
    assert len(product.seen.index) == 3


def test_what_cannot_be_read_is_counted_and_holds_nothing_up(product, kept):
    hashes = kept(3)
    product.photos.erase(hashes[1])  # the files alone
    backfill = made(product)
    backfill.sweep(later())
    assert done(product) == {hashes[0], hashes[2]}
    assert (backfill.done, backfill.unreadable) == (2, 1)


def test_a_store_that_is_away_skips_no_photo(product, kept):
    (sha256,) = kept(1)
    there = [False]

    def again(name):
        if not there[0]:
            raise StoreUnusable("photos", "away")
        return product.backfill._pictures.again(name)

    backfill = made(product, again=again)
    with pytest.raises(StoreUnusable):
        backfill.sweep(later())
    there[0] = True
    backfill.sweep(later())
    assert done(product) == {sha256}


def test_a_photo_that_was_erased_meanwhile_leaves_no_copy(product, kept):
    (sha256,) = kept(1)

    def again(name):
        photo = product.backfill._pictures.again(name)
        product.forgetting.photo(name, "ada", "asked for")
        product.photos.put_shown(name, b"as by a thread that was late")
        return photo

    made(product, again=again).sweep(later())
    with pytest.raises(PhotoNotFound):
        product.photos.shown(sha256)


def test_a_photo_that_was_erased_and_sent_again_meanwhile_stays(product, kept, jpeg):
    (sha256,) = kept(1)
    encoded = product.photos.original(sha256)

    def again(name):
        photo = product.backfill._pictures.again(name)
        product.forgetting.photo(name, "ada", "asked for")
        return photo

    def clear(name):  # between "it was erased" and taking its files away
        since = product.uploads.expect(name, len(encoded))
        product.photos.put_original(name, encoded)
        with product.cases.change() as change:
            change.note_photo(name, len(encoded), since)
        product.backfill._pictures.clear(name)

    rows = SqlRemembered(product.database, model=product.bundle.sha256)
    backfill = Backfill(
        rows, Pictures(again=again, clear=clear), lambda photo: product.memory.remember([photo]), start=""
    )
    backfill.sweep(later())
    assert product.photos.original(sha256) == encoded


def test_one_rotten_original_keeps_no_other_waiting(product, kept):
    hashes = kept(3)
    for file in (product.settings.home / "photos").rglob(hashes[0]):
        file.chmod(0o600)
        file.write_bytes(b"rotten")
    made(product).sweep(later())
    assert done(product) == set(hashes[1:])
