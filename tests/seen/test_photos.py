"""Photos that came with another return are found, on each database, whoever added them; no others are."""

import threading
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
import skimage.data
from photo.bad_photos import encoded
from seen.copies import COPIES
from sqlalchemy import select, text, update

from inspection.errors import StoreUnusable
from inspection.photo.decode import open_photo
from inspection.photo.fingerprint import fingerprint
from inspection.returns.case import Line, Return
from inspection.seen import bits
from inspection.seen.candidates import NEAR_COMPARED
from inspection.seen.hits import Kind, Use
from inspection.seen.photos import MOST_USES, SeenPhotos
from inspection.store import chain
from inspection.store.fingerprints import SqlFingerprints
from inspection.store.tables import FINGERPRINTS, PHOTOS

MODEL = "a" * 64
NAMES = ("coffee", "chelsea", "astronaut", "rocket")


class Shop:
    """Returns with photos, as the service keeps them; `seen` is what one process searches with."""

    def __init__(self, product):
        self.product = product
        self.pictures = {}
        self.seen = self.process()

    def process(self, model=MODEL):
        return SeenPhotos(SqlFingerprints(self.product.database), self.pictures.get, model=model)

    def inspection(self):
        """Of a new return."""
        return self.inspections(1)[0]

    def inspections(self, items):
        """One of each item of a new return."""
        id_, new_id = self.product.terms.new_id(), self.product.terms.new_id
        lines = tuple(
            Line(id=new_id(), return_id=id_, position=position, title="A cup", price_cents=4000)
            for position in range(1, items + 1)
        )
        made = Return(id=id_, created_at=datetime.now(UTC), currency="EUR", lines=lines)
        self.product.workflow.request_return(made)
        opened = [self.product.workflow.open(line_id=line.id) for line in lines]
        return [Use(inspection_id=case.id, return_id=id_) for case in opened]

    def send(self, use, pixels, *, embedding=None, kept=True, quality=92):
        """A photo comes with an inspection, and is remembered."""
        jpeg = encoded(np.ascontiguousarray(pixels), quality=quality)
        photo = open_photo(jpeg)
        self.product.workflow.add_photo(use.inspection_id, photo.sha256, len(jpeg))
        self.pictures[photo.sha256] = photo.whole
        if kept:
            with self.product.database.writing() as connection:
                self.seen.add(connection, photo.sha256, fingerprint(photo), embedding)
        return photo

    def like(self, use, pixels, *, embedding=None, by=None, quality=92):
        photo = open_photo(encoded(np.ascontiguousarray(pixels), quality=quality))
        return self.search(photo, use, embedding, by).hits

    def search(self, photo, use, embedding=None, by=None):
        return (by or self.seen).like(photo, fingerprint(photo), embedding, not_of=use)

    def erase(self, photo):
        with self.product.database.writing() as connection:
            self.seen.forget(connection, photo.sha256)
            gone = update(PHOTOS).where(PHOTOS.c.sha256 == photo.sha256)
            connection.execute(gone.values(erased_at=datetime.now(UTC)))
        del self.pictures[photo.sha256]


def scene(name):
    return getattr(skimage.data, name)()


def cut(pixels):
    return COPIES["cropped 15 %"](pixels, np.random.default_rng(15))


@pytest.fixture
def shop(product):
    return Shop(product)


def test_the_same_file_in_another_return_is_found(shop):
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    shop.send(second, scene("coffee"))
    (hit,) = shop.like(second, scene("coffee"))
    assert (hit.kind, hit.sha256, hit.known.used_by) == (Kind.SAME_FILE, photo.sha256, (first,))


@pytest.mark.parametrize("copy", ["resaved", "halved", "brightened", "mirrored", "turned", "screenshot"])
def test_the_same_picture_in_another_file_is_found(shop, copy):
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    shop.send(first, scene("chelsea"))
    changed = COPIES[copy](scene("coffee"), np.random.default_rng(0))
    shop.send(second, changed)
    (hit,) = shop.like(second, changed)
    assert (hit.kind, hit.sha256, hit.known.used_by) == (Kind.SAME_PICTURE, photo.sha256, (first,))
    assert hit.distance <= 31
    assert hit.agreement > 0.9


def test_a_part_of_a_photo_is_found_by_what_the_model_sees(shop):
    random = np.random.default_rng(0)
    seen = random.normal(size=1280)
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"), embedding=seen)
    for name in NAMES[1:]:
        shop.send(first, scene(name), embedding=random.normal(size=1280))
    nearly = seen + 0.7 * random.normal(size=1280)
    (hit,) = shop.like(second, cut(scene("coffee")), embedding=nearly)
    assert (hit.kind, hit.sha256, hit.known.used_by) == (Kind.CROP, photo.sha256, (first,))
    assert shop.like(second, cut(scene("coffee"))) == ()  # the hash alone does not know it


def test_another_photo_of_what_looks_the_same_to_the_model_is_no_hit(shop):
    seen = np.random.default_rng(0).normal(size=1280)
    first, second = shop.inspection(), shop.inspection()
    shop.send(first, scene("coffee"), embedding=seen)
    assert shop.like(second, scene("chelsea"), embedding=seen) == ()


def test_a_near_hash_of_another_picture_is_no_hit(shop):
    """As of two plates in one rig: the pictures themselves have the last word."""
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    shop.pictures[photo.sha256] = open_photo(encoded(scene("chelsea"))).whole
    assert shop.like(second, scene("coffee"), quality=60) == ()


def test_a_near_hash_counts_where_the_picture_cannot_be_read(shop):
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    del shop.pictures[photo.sha256]
    (hit,) = shop.like(second, scene("coffee"), quality=60)
    assert (hit.kind, hit.agreement) == (Kind.SAME_PICTURE, None)


@pytest.mark.parametrize("decoys", [13, 40])
def test_decoys_do_not_hide_a_photo(shop, decoys):
    """Their hashes are near that of the cut, their pictures are others: an answer, or a person is told."""
    seen = np.random.default_rng(0).normal(size=1280)
    first, second, third = shop.inspection(), shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"), embedding=seen)
    other = open_photo(encoded(scene("chelsea"))).whole
    for number in range(decoys):
        with_noise = np.random.default_rng(number).normal(size=1280)
        made = open_photo(encoded(cut(scene("coffee")), quality=40 + number))
        if len(shop.pictures) <= 18:
            shop.product.workflow.add_photo(second.inspection_id, made.sha256, 1)
        else:
            shop.product.workflow.add_photo(shop.inspection().inspection_id, made.sha256, 1)
        shop.pictures[made.sha256] = other
        with shop.product.database.writing() as connection:
            shop.seen.add(connection, made.sha256, fingerprint(made), with_noise)
    (hit,) = shop.like(third, cut(scene("coffee")), embedding=seen, quality=95)
    assert (hit.kind, hit.sha256) == (Kind.CROP, photo.sha256)
    # without what the model saw, the decoys are all there is
    about = open_photo(encoded(cut(scene("coffee")), quality=95))
    assert shop.search(about, third).unchecked == (decoys > NEAR_COMPARED)


def test_a_photo_whose_copy_is_cut_off_spoils_no_search(shop):
    def picture_of(sha256):
        if sha256 == broken.sha256:
            raise ValueError("cut off")
        return shop.pictures[sha256]

    first, second = shop.inspection(), shop.inspection()
    seen = np.random.default_rng(0).normal(size=1280)
    broken = shop.send(first, scene("astronaut"), embedding=seen)
    photo = shop.send(first, scene("coffee"), embedding=seen)
    rows = SqlFingerprints(shop.product.database)
    (hit,) = shop.like(
        second, cut(scene("coffee")), embedding=seen, by=SeenPhotos(rows, picture_of, model=MODEL)
    )
    assert hit.sha256 == photo.sha256


def test_a_store_that_is_away_is_told_unless_something_was_found(shop):
    def away(sha256):
        raise StoreUnusable("photos", "away")

    first, second = shop.inspection(), shop.inspection()
    shop.send(first, scene("coffee"))
    process = SeenPhotos(SqlFingerprints(shop.product.database), away, model=MODEL)
    found = shop.search(open_photo(encoded(scene("coffee"), quality=60)), second, by=process)
    assert (found.hits, found.unchecked) == ((), True)
    found = shop.search(open_photo(encoded(scene("coffee"), quality=92)), second, by=process)
    assert ([hit.kind for hit in found.hits], found.unchecked) == ([Kind.SAME_FILE], False)
    found = shop.search(open_photo(encoded(scene("rocket"))), second, by=process)
    assert (found.hits, found.unchecked) == ((), False)


def test_of_a_photo_that_many_sent_the_newest_are_named_and_all_are_counted(shop):
    uses = [shop.inspection() for _ in range(MOST_USES + 5)]
    for use in uses:
        shop.send(use, scene("coffee"), kept=use is uses[0])
    for quality in (92, 60):
        (hit,) = shop.like(uses[-1], scene("coffee"), quality=quality)
        assert hit.known.times == MOST_USES + 4
        assert hit.known.used_by == tuple(uses[-MOST_USES - 1 : -1])


def test_the_shops_own_photo_is_told_as_that(shop):
    jpeg = encoded(scene("coffee"))
    shop.product.catalogue.add("cup-1", "catalogue", [lambda: jpeg])
    shop.product.catalogue.add("cup-2", "return", [lambda: encoded(scene("chelsea"))])
    process = shop.product.seen
    for quality in (92, 60):
        (hit,) = shop.like(shop.inspection(), scene("coffee"), quality=quality, by=process)
        assert (hit.known.shows, hit.known.used_by) == (("cup-1",), ())
    assert shop.like(shop.inspection(), scene("chelsea"), by=process) == ()  # a shopper's, of its own return


def test_a_photo_looked_at_by_another_model_takes_no_more_room(shop):
    seen = np.random.default_rng(0).normal(size=1280)
    use, newer, newest = shop.inspection(), shop.process(model="b" * 64), shop.process(model="c" * 64)
    photo = shop.send(use, scene("coffee"), embedding=seen)
    late = shop.process(model="c" * 64)
    late.index.catch_up()
    for process in (newer, newest):
        shop.seen.index.catch_up()
        with shop.product.database.writing() as connection:
            process.add(connection, photo.sha256, fingerprint(photo), seen)
    for process in (shop.seen, newest, late):  # one that read between the moves, one after, one before
        process.index.catch_up()
        assert len(process.index) == 1
        assert len(process.index.pictures([fingerprint(photo).pdq], 0)) == 1


def test_remembering_waits_for_nobody_who_writes_the_record(shop):
    photo = shop.send(shop.inspection(), scene("coffee"), kept=False)
    if shop.product.database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with shop.product.database.writing() as record:
        record.execute(text(f"SELECT pg_advisory_xact_lock({chain._LOCK})"))
        with shop.product.database.writing() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '500ms'"))
            shop.seen.add(connection, photo.sha256, fingerprint(photo))


def test_nothing_of_the_same_inspection_or_the_same_return_is_a_hit(shop):
    first, beside = shop.inspections(2)
    shop.send(first, scene("coffee"))
    assert shop.like(first, scene("coffee"), quality=60) == ()
    assert shop.like(beside, scene("coffee"), quality=60) == ()
    assert shop.like(beside, scene("coffee")) == ()


def test_inspections_of_no_return_count_each_for_itself(shop):
    alone, another = (Use(inspection_id=shop.product.workflow.open().id) for _ in range(2))
    shop.send(alone, scene("coffee"))
    assert shop.like(alone, scene("coffee"), quality=60) == ()
    for other in (another, shop.inspection()):
        (hit,) = shop.like(other, scene("coffee"), quality=60)
        assert hit.known.used_by == (alone,)


def test_a_photo_that_was_taken_back_is_no_hit(shop):
    first, second = shop.inspection(), shop.inspection()
    shop.send(first, scene("coffee"))
    shop.product.workflow.remove_photo(first.inspection_id, 1)
    assert shop.like(second, scene("coffee"), quality=60) == ()


def test_a_photo_nobody_used_is_no_hit(shop):
    assert shop.like(shop.inspection(), scene("coffee")) == ()


def test_a_wall_is_like_no_other_wall(shop):
    wall = np.full((600, 800, 3), 180, np.uint8)
    first, second = shop.inspection(), shop.inspection()
    shop.send(first, wall)
    assert shop.like(second, wall, quality=60) == ()


def test_every_process_finds_what_any_of_them_committed(shop):
    other = shop.process()
    first, second = shop.inspection(), shop.inspection()
    assert shop.like(second, scene("coffee"), quality=60, by=other) == ()
    shop.send(first, scene("coffee"))
    assert len(shop.like(second, scene("coffee"), quality=60, by=other)) == 1
    assert len(shop.like(second, scene("coffee"), quality=60, by=shop.process())) == 1


def test_what_was_rolled_back_was_never_there(shop):
    other = shop.process()
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"), kept=False)
    with shop.product.database.engine.connect() as connection:
        shop.seen.add(connection, photo.sha256, fingerprint(photo))
        connection.rollback()
    assert shop.like(second, scene("coffee"), quality=60, by=other) == ()
    shop.send(first, scene("chelsea"))  # with the number the other would have had
    assert len(shop.like(second, scene("chelsea"), quality=60, by=other)) == 1


def test_adding_twice_is_adding_once(shop):
    first, second = shop.inspection(), shop.inspection()
    shop.send(first, scene("coffee"))
    shop.send(first, scene("coffee"))
    assert len(rows_of(shop)) == 1
    assert len(shop.like(second, scene("coffee"), quality=60)) == 1


def rows_of(shop):
    with shop.product.database.reading() as connection:
        return connection.execute(select(FINGERPRINTS).order_by(FINGERPRINTS.c.seq)).all()


@pytest.mark.parametrize("last", [True, False])
def test_an_erased_photo_disappears_from_the_table_and_from_every_process(shop, last):
    other = shop.process()
    first, second = shop.inspection(), shop.inspection()
    seen = np.random.default_rng(0).normal(size=64)
    photo = shop.send(first, scene("coffee"), embedding=seen)
    if not last:
        shop.send(first, scene("chelsea"))
    (held,) = {row.pdq for row in rows_of(shop) if row.sha256 == photo.sha256}
    assert len(shop.like(second, scene("coffee"), quality=60, by=other)) == 1
    shop.erase(photo)
    assert shop.like(second, scene("coffee"), quality=60, by=other) == ()
    assert shop.like(second, scene("coffee"), by=other) == ()
    assert in_memory(other, held) is False
    (row,) = [row for row in rows_of(shop) if row.sha256 == photo.sha256]
    assert held != row.pdq
    assert row.embedding is None
    shop.send(first, scene("rocket"))  # takes no number that was ever read
    assert len(shop.like(second, scene("rocket"), quality=60, by=other)) == 1


def in_memory(process, pdq):
    code = np.frombuffer(pdq, np.uint8)
    return any((block == code).all(axis=1).any() for block in process.index._pictures._blocks)


def test_an_erased_photo_that_comes_again_begins_anew(shop):
    first, second, third = shop.inspection(), shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    shop.erase(photo)
    shop.send(second, scene("coffee"))
    (hit,) = shop.like(third, scene("coffee"))
    assert hit.known.used_by == (second,)  # what was before its erasure is forgotten
    assert shop.like(second, scene("coffee")) == ()


def test_forgetting_what_is_not_there_does_nothing(shop):
    with shop.product.database.writing() as connection:
        shop.seen.forget(connection, "0" * 64)
    assert rows_of(shop) == []


def test_what_another_model_saw_is_not_compared(shop):
    seen = np.random.default_rng(0).normal(size=1280)
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"), embedding=seen)
    newer = shop.process(model="b" * 64)
    assert shop.like(second, cut(scene("coffee")), embedding=seen, by=newer) == ()
    with shop.product.database.writing() as connection:  # looked at again by the new one
        newer.add(connection, photo.sha256, fingerprint(photo), seen)
    assert len(shop.like(second, cut(scene("coffee")), embedding=seen, by=newer)) == 1


def test_an_embedding_may_come_later(shop):
    seen = np.random.default_rng(0).normal(size=1280)
    first, second = shop.inspection(), shop.inspection()
    photo = shop.send(first, scene("coffee"))
    assert shop.like(second, cut(scene("coffee")), embedding=seen) == ()
    with shop.product.database.writing() as connection:
        shop.seen.add(connection, photo.sha256, fingerprint(photo), seen)
    assert len(shop.like(second, cut(scene("coffee")), embedding=seen)) == 1


def test_who_commits_late_is_not_missed(shop):
    """Numbers are given out in the order of commits: a reader between two writers skips neither."""
    other, count, use = shop.process(), 12, shop.inspection()
    photos = [shop.send(use, stretched(NAMES[k % 4], k), kept=False) for k in range(count)]
    assert len({photo.sha256 for photo in photos}) == count
    threads = [threading.Thread(target=added, args=(shop, photo)) for photo in photos]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        other.index.catch_up()
    for thread in threads:
        thread.join()
    other.index.catch_up()
    assert len(other.index) == count
    assert [row.seq for row in rows_of(shop)] == list(range(1, count + 1))


def stretched(name, by):
    return cv2.resize(scene(name), (300 + 20 * by, 300))


def added(shop, photo):
    with shop.product.database.writing() as connection:
        shop.seen.add(connection, photo.sha256, fingerprint(photo))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_sleep(0.02)"))


def test_without_faiss_the_answers_are_the_same(shop, monkeypatch):
    first, second = shop.inspection(), shop.inspection()
    for name in NAMES:
        shop.send(first, scene(name))
    expected = shop.like(second, scene("coffee"), quality=60)
    monkeypatch.setattr(bits, "find_spec", lambda name: None)
    monkeypatch.setattr(bits.Bits.__init__, "__kwdefaults__", {"use_faiss": False})
    plain = shop.process()
    assert type(plain.index._pictures._search).__name__ == "_Numpy"
    assert shop.like(second, scene("coffee"), quality=60, by=plain) == expected
    assert len(expected) == 1
