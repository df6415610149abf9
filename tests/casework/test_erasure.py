"""What is erased is gone, whatever else happens to the same photo in that moment; what is used stays."""

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, text
from uploading import photos_of, receiving_of, requested

from inspection.casework.forgetting import AGAIN_AFTER, Erased
from inspection.casework.receiving import UploadNotFound
from inspection.commands import erase as command
from inspection.errors import MoveRefused, NotFound, PhotoErasedMeanwhile, PhotoNotFound, TooManyPhotos
from inspection.look import MOST_PHOTOS, SentPhoto
from inspection.returns.return_order import InspectionState
from inspection.store.partial_files import PLACE
from inspection.store.tables import FINGERPRINTS, PHOTOS
from inspection.sweeping import seldom
from inspection.wiring import Product, picture_of

LATER = AGAIN_AFTER + timedelta(minutes=1)


def sha256_of(encoded):
    return hashlib.sha256(encoded).hexdigest()


class Meanwhile:
    """The photo store, with something that happens just before or after one of its calls, once."""

    def __init__(self, photos):
        self._photos = photos
        self._does = {}

    def when(self, call, act, *, after=False):
        self._does[call] = (act, after)
        return self

    def __getattr__(self, name):
        real = getattr(self._photos, name)

        def call(*args, **kwargs):
            act, after = self._does.pop(name, (None, False))
            if act and not after:
                act()
            answer = real(*args, **kwargs)
            if act and after:
                act()
            return answer

        return call


def kill():
    """Whatever was begun stays as far as it came."""
    raise KeyboardInterrupt


@contextmanager
def killed():
    with pytest.raises(KeyboardInterrupt):
        yield


def opened(product):
    """An inspection of a new return's item; the return."""
    made = requested(product)
    return product.workflow.open(line_id=made.lines[0].id), made


def take(product, case, encoded, photos=None):
    receiving = replace(receiving_of(product), photos=photos or product.photos)
    return receiving.take(case.id, encoded, None)


def forgetting_by(product, photos):
    return replace(product.forgetting, photos=photos)


def erase(product, encoded):
    product.forgetting.photo(sha256_of(encoded), "ada", "asked for")


def row_of(product, encoded):
    with product.database.reading() as connection:
        return connection.execute(select(PHOTOS).where(PHOTOS.c.sha256 == sha256_of(encoded))).one()


def lies_there(product, encoded):
    return product.photos.has(sha256_of(encoded))


# an erasure and an upload of the same bytes


def test_a_photo_erased_while_it_is_uploaded_is_whole_where_it_is_accepted(product, coffee_jpeg):
    case, _ = opened(product)
    store = Meanwhile(product.photos).when("put_original", lambda: erase(product, coffee_jpeg), after=True)
    take(product, case, coffee_jpeg, store)
    assert [photo.sha256 for photo in photos_of(product, case.id)] == [sha256_of(coffee_jpeg)]
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg
    assert row_of(product, coffee_jpeg).erased_at is None
    product.forgetting.sweep_again(datetime.now(UTC) + LATER)
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg


def test_bytes_put_just_after_their_erasure_by_one_who_is_killed_then_are_found(product, coffee_jpeg):
    case, _ = opened(product)
    store = Meanwhile(product.photos).when("put_original", lambda: erase(product, coffee_jpeg))
    receiving = replace(receiving_of(product), photos=store, add_photo=lambda *_: kill())
    with killed():
        receiving.take(case.id, coffee_jpeg, None)
    assert lies_there(product, coffee_jpeg)
    assert row_of(product, coffee_jpeg).erased_at is not None
    product.forgetting.sweep_again(datetime.now(UTC) + LATER)
    assert not lies_there(product, coffee_jpeg)


def test_a_photo_that_comes_again_before_its_files_are_erased_keeps_them(product, coffee_jpeg):
    first, _ = opened(product)
    second, _ = opened(product)
    take(product, first, coffee_jpeg)
    store = Meanwhile(product.photos).when("has", lambda: take(product, second, coffee_jpeg), after=True)
    forgetting_by(product, store).photo(sha256_of(coffee_jpeg), "ada", "asked for")
    assert photos_of(product, first.id) == ()
    assert len(photos_of(product, second.id)) == 1
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg
    assert row_of(product, coffee_jpeg).erased_at is None


def test_who_uploads_waits_for_files_that_are_being_erased(product, coffee_jpeg):
    first, _ = opened(product)
    second, _ = opened(product)
    take(product, first, coffee_jpeg)
    upload = threading.Thread(target=take, args=(product, second, coffee_jpeg))

    def begin():
        upload.start()
        upload.join(0.5)
        assert upload.is_alive()

    store = Meanwhile(product.photos).when("erase", begin)
    forgetting_by(product, store).photo(sha256_of(coffee_jpeg), "ada", "asked for")
    upload.join(20)
    assert len(photos_of(product, second.id)) == 1
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg


def test_an_erasure_that_is_killed_before_the_files_went_is_ended(product, coffee_jpeg):
    case, _ = opened(product)
    for again in ("asked again", "swept"):
        take(product, case, coffee_jpeg)
        store = Meanwhile(product.photos).when("erase", kill)
        with killed():
            forgetting_by(product, store).photo(sha256_of(coffee_jpeg), "ada", "asked for")
        assert lies_there(product, coffee_jpeg)
        if again == "swept":
            assert product.forgetting.sweep_again(datetime.now(UTC) + LATER) == 1
            assert product.forgetting.sweep_again(datetime.now(UTC) + LATER) == 0
        else:
            erase(product, coffee_jpeg)
        assert not lies_there(product, coffee_jpeg)
    assert product.cases.audit().whole


def test_an_erased_return_whose_erasure_was_killed_can_be_erased_again(product, coffee_jpeg):
    case, made = opened(product)
    take(product, case, coffee_jpeg)
    store = Meanwhile(product.photos).when("erase", kill)
    with killed():
        forgetting_by(product, store).of_return(made.id, "ada", "asked for")
    product.forgetting.of_return(made.id, "ada", "asked for")
    assert not lies_there(product, coffee_jpeg)


def test_one_expected_before_its_erasure_is_not_used_although_another_brought_it_back(product, jpeg):
    case, _ = opened(product)
    sha256, size = sha256_of(jpeg()), len(jpeg())
    since = product.uploads.expect(sha256, size)
    erase(product, jpeg())
    product.uploads.expect(sha256, size)
    with pytest.raises(PhotoErasedMeanwhile):
        product.workflow.add_photo(case.id, sha256, size, None, since)


# an erasure during a look


@pytest.mark.parametrize("how", ["photo", "return"])
def test_a_photo_erased_during_a_look_does_not_come_back(product, coffee_jpeg, jpeg, how):
    case, made = opened(product)
    take(product, case, coffee_jpeg)
    take(product, case, jpeg(3))
    product.workflow.submit(case.id)

    def go():
        if how == "photo":
            erase(product, coffee_jpeg)
        else:
            product.forgetting.of_return(made.id, "ada", "asked for")

    store = Meanwhile(product.photos).when("put_shown", go)
    replace(product.looking, photos=store).look(case.id, 1, 1)
    assert not lies_there(product, coffee_jpeg)
    assert heat_of(product, case, coffee_jpeg) is None
    assert (heat_of(product, case, jpeg(3)) is None) is (how == "return")
    with product.database.reading() as connection:
        kept = connection.execute(select(FINGERPRINTS.c.sha256)).scalars().all()
    assert kept == ([sha256_of(jpeg(3))] if how == "photo" else [])
    assert row_of(product, coffee_jpeg).erased_at is not None
    assert product.cases.audit().whole


def test_a_photo_erased_after_it_was_remembered_and_before_the_look_is_kept_is_gone(product, coffee_jpeg):
    case, _ = opened(product)
    take(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    really = product.memory

    class Memory:
        def came_before(self, *args):
            found = really.came_before(*args)
            erase(product, coffee_jpeg)
            return found

    replace(product.looking, memory=Memory).look(case.id, 1, 1)
    assert heat_of(product, case, coffee_jpeg) is None
    assert not lies_there(product, coffee_jpeg)
    with product.database.reading() as connection:
        assert connection.execute(select(FINGERPRINTS.c.embedding)).scalars().all() == [None]


def heat_of(product, case, encoded):
    inspection = product.cases.get(case.id)
    (name,) = [photo.id for photo in inspection.photos if photo.sha256 == sha256_of(encoded)]
    (reading,) = [one for one in inspection.reading.photos if one.photo == name]
    return reading.heat


# erasure by return


def test_a_photo_that_two_returns_share_goes_with_the_last_of_them(product, coffee_jpeg):
    (first, one), (second, other) = opened(product), opened(product)
    for case in (first, second):
        take(product, case, coffee_jpeg)
        product.workflow.submit(case.id)
        product.looking.look(case.id, 1, 1)
    assert product.forgetting.of_return(one.id, "ada", "asked for") == Erased(gone=0, still_used=1)
    assert photos_of(product, first.id) == ()
    assert heat_of(product, first, coffee_jpeg) is None
    assert heat_of(product, second, coffee_jpeg) is not None
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg
    assert product.forgetting.of_return(one.id, "ada", "asked for") == Erased(gone=0, still_used=0)
    assert product.forgetting.of_return(other.id, "ada", "asked for") == Erased(gone=1, still_used=0)
    assert not lies_there(product, coffee_jpeg)
    entries = product.cases.entries(sha256_of(coffee_jpeg))
    assert [entry.body["return_id"] for entry in entries] == [one.id, other.id]
    assert [entry.body.get("still_used", False) for entry in entries] == [True, False]
    assert product.cases.audit().whole


def test_a_photo_that_the_shopper_took_back_goes_with_the_return(product, coffee_jpeg):
    case, made = opened(product)
    product.workflow.remove_photo(case.id, take(product, case, coffee_jpeg).position)
    assert product.forgetting.of_return(made.id, "ada", "asked for").gone == 1
    assert not lies_there(product, coffee_jpeg)


def test_the_merchants_own_photo_of_an_item_stays_where_a_shopper_sent_it_too(product, coffee_jpeg):
    product.catalogue.add("cup-1", "catalogue", [lambda: coffee_jpeg])
    case, made = opened(product)
    take(product, case, coffee_jpeg)
    assert product.forgetting.of_return(made.id, "ada", "asked for").still_used == 1
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg


@pytest.mark.parametrize(
    ("erased", "told"),
    [
        (Erased(gone=1, still_used=0), "Erased 1 photo. Hashes"),
        (Erased(gone=2, still_used=1), "Erased 2 photos. 1 photo of this return came with another"),
    ],
)
def test_the_command_says_how_many_went_and_how_many_are_used_by_others(erased, told):
    assert command.said(erased).startswith(told)


def test_the_command_erases_a_return_or_one_photo(product, coffee_jpeg, jpeg, monkeypatch, capsys):
    (first, one), (second, _) = opened(product), opened(product)
    for case in (first, second):
        take(product, case, coffee_jpeg)
    take(product, first, jpeg())
    monkeypatch.setenv("INSPECTION_HOME", str(product.settings.home))
    monkeypatch.setenv("INSPECTION_DATABASE", product.settings.database.get_secret_value())
    command.run(one.id, why="asked for")
    assert "Erased 1 photo. 1 photo of this return came with another" in capsys.readouterr().out
    assert not lies_there(product, jpeg())
    command.run(sha256_of(coffee_jpeg), why="asked for")
    assert "Erased 1 photo. Hashes" in capsys.readouterr().out
    assert not lies_there(product, coffee_jpeg)


def test_what_is_on_its_way_to_an_erased_return_goes_with_it(product, coffee_jpeg):
    case, made = opened(product)
    length, sha256 = len(coffee_jpeg), sha256_of(coffee_jpeg)
    begun = product.uploads.create(case.id, length=length, sha256=sha256, view=None)
    product.uploads.append(begun, 0, coffee_jpeg)
    product.forgetting.of_return(made.id, "ada", "asked for")
    assert [one.name for one in (product.settings.home / "uploads").iterdir()] == [PLACE]
    with pytest.raises(UploadNotFound):
        receiving_of(product).finish(begun)
    assert photos_of(product, case.id) == ()


def test_one_that_becomes_a_photo_just_then_is_erased_with_its_return(product, coffee_jpeg):
    case, made = opened(product)
    length, sha256 = len(coffee_jpeg), sha256_of(coffee_jpeg)
    begun = product.uploads.create(case.id, length=length, sha256=sha256, view=None)
    product.uploads.append(begun, 0, coffee_jpeg)
    erased = []

    def go():
        erased.append(product.forgetting.of_return(made.id, "ada", "asked for"))

    erasure = threading.Thread(target=go)

    def begin():
        erasure.start()
        erasure.join(0.3)

    store = Meanwhile(product.photos).when("put_original", begin)
    replace(receiving_of(product), photos=store).finish(begun)
    erasure.join(20)
    assert erased == [Erased(gone=1, still_used=0)]
    assert photos_of(product, case.id) == ()
    assert not lies_there(product, coffee_jpeg)


# what nobody would ever erase


def test_the_photo_too_many_is_refused_before_it_is_stored(product, jpeg):
    case, _ = opened(product)
    for number in range(MOST_PHOTOS):
        product.workflow.add_photo(case.id, f"{number:064x}", 1)
    with pytest.raises(TooManyPhotos):
        take(product, case, jpeg())
    assert not lies_there(product, jpeg())


def test_what_was_stored_and_then_refused_goes_after_a_day(product, jpeg):
    case, _ = opened(product)
    ended = Meanwhile(product.photos).when("put_original", lambda: product.workflow.withdraw(case.id, "ada"))
    with pytest.raises(MoveRefused):
        take(product, case, jpeg(), ended)
    assert lies_there(product, jpeg())
    now = datetime.now(UTC)
    assert product.forgetting.sweep(now + timedelta(hours=23)) == 0
    assert product.forgetting.sweep(now + timedelta(hours=25)) == 1
    assert not lies_there(product, jpeg())


def test_an_upload_that_is_repeated_within_the_day_stays(product, jpeg):
    case, _ = opened(product)
    product.uploads.expect(sha256_of(jpeg()), len(jpeg()))
    take(product, case, jpeg())
    product.uploads.expect(sha256_of(jpeg()), len(jpeg()))
    assert product.forgetting.sweep(datetime.now(UTC) + timedelta(days=3)) == 0
    assert lies_there(product, jpeg())


@pytest.mark.parametrize("way", ["classify", "catalogue"])
def test_what_was_put_before_a_kill_goes_after_a_day(product, jpeg, way):
    store = Meanwhile(product.photos).when("put_original", kill, after=True)
    keeping = replace(product.keeping, photos=store)
    sent = [SentPhoto.of(jpeg())]
    with killed():
        if way == "classify":
            looked = product.looker.look(sent)
            replace(product.looking, keeping=keeping).keep_now(looked, sent, [])
        else:
            replace(product.catalogue, keeping=keeping).add("cup-1", "catalogue", [jpeg])
    assert lies_there(product, jpeg())
    assert product.forgetting.sweep(datetime.now(UTC) + timedelta(hours=25)) == 1
    assert not lies_there(product, jpeg())


@pytest.mark.parametrize("way", ["classify", "catalogue"])
def test_what_is_erased_while_it_is_kept_is_kept_whole(product, jpeg, way):
    store = Meanwhile(product.photos).when("put_shown", lambda: erase(product, jpeg()))
    sent = [SentPhoto.of(jpeg())]
    if way == "classify":
        looked = product.looker.look(sent)
        replace(product.looking, photos=store).keep_now(looked, sent, [])
    else:
        keeping = replace(product.keeping, photos=store)
        replace(product.catalogue, keeping=keeping).add("cup-1", "catalogue", [jpeg])
    assert product.photos.original(sha256_of(jpeg())) == jpeg()
    assert product.photos.shown(sha256_of(jpeg()))
    assert row_of(product, jpeg()).erased_at is None


def test_references_of_what_was_looked_at_by_itself_stay_with_it(product, jpeg):
    sent, references = [SentPhoto.of(jpeg(1))], [SentPhoto.of(jpeg(2))]
    product.looking.keep_now(product.looker.look(sent, references), sent, references)
    assert product.forgetting.sweep(datetime.now(UTC) + timedelta(days=3)) == 0
    assert lies_there(product, jpeg(2))


# retention


def aged(product, days=100):
    """Everything was used last so long ago."""
    then = datetime.now(UTC) - timedelta(days=days)
    with product.database.writing() as connection:
        connection.execute(PHOTOS.update().values(stored_at=then, used_at=then))


def kept_for(product, days):
    return replace(product.forgetting, keep_for=timedelta(days=days))


def test_a_photo_that_is_sent_again_is_young_again(product, coffee_jpeg):
    first, _ = opened(product)
    take(product, first, coffee_jpeg)
    product.workflow.withdraw(first.id, "ada")
    aged(product)
    second, _ = opened(product)
    take(product, second, coffee_jpeg)
    product.workflow.withdraw(second.id, "ada")
    assert kept_for(product, 90).sweep(datetime.now(UTC)) == 0
    assert lies_there(product, coffee_jpeg)
    assert kept_for(product, 90).sweep(datetime.now(UTC) + timedelta(days=91)) == 1
    assert not lies_there(product, coffee_jpeg)


@pytest.mark.parametrize("state", list(InspectionState))
def test_only_photos_that_no_inspection_waits_for_go_by_themselves(product, coffee_jpeg, state):
    case, _ = opened(product)
    take(product, case, coffee_jpeg)
    aged(product)
    with product.database.writing() as connection:
        told = {"state": state.value, "id": case.id, "at": "2020-01-01 00:00:00+00:00"}
        connection.execute(
            text(
                "UPDATE inspections SET state = :state, turn = 1, decision = 'refuse', decided_at = :at"
                " WHERE id = :id"
            ),
            told,
        )
    kept_for(product, 90).sweep(datetime.now(UTC))
    waits = state in {InspectionState.OPEN, InspectionState.SUBMITTED, InspectionState.IN_REVIEW}
    assert lies_there(product, coffee_jpeg) is waits


def test_a_photo_of_what_was_decided_lately_waits_for_an_appeal(product, coffee_jpeg):
    case, _ = opened(product)
    take(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    aged(product)
    with product.cases.change() as change:
        decided = {"state": InspectionState.DECIDED, "decision": "refuse", "decided_at": change.now}
        change.set_case(replace(change.case(case.id), **decided))
    assert kept_for(product, 90).sweep(datetime.now(UTC)) == 0
    assert kept_for(product, 90).sweep(datetime.now(UTC) + timedelta(days=91)) == 1


def test_a_photo_used_again_between_being_found_old_and_being_erased_stays(product, coffee_jpeg):
    first, _ = opened(product)
    take(product, first, coffee_jpeg)
    product.workflow.withdraw(first.id, "ada")
    aged(product)
    now = datetime.now(UTC)
    since = now - timedelta(days=90)
    assert product.forgetting.rows.overdue(now, since, 10) == (sha256_of(coffee_jpeg),)
    second, _ = opened(product)
    take(product, second, coffee_jpeg)
    product.forgetting.rows.erase_overdue(sha256_of(coffee_jpeg), now, since)
    assert row_of(product, coffee_jpeg).erased_at is None


def test_rounds_read_indexes_and_never_all_photos(product):
    if not product.database.is_sqlite:
        pytest.skip("PostgreSQL plans by how many rows there are")
    asked, now = [], datetime.now(UTC)

    def note(connection, cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    event.listen(product.database.engine, "before_cursor_execute", note)
    product.forgetting.rows.overdue(now, now, 10)
    product.forgetting.rows.uncleared(now, 10)
    event.remove(product.database.engine, "before_cursor_execute", note)
    with product.database.reading() as connection:
        plans = [
            " / ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", told))
            for sql, told in asked
            if "photos" in sql
        ]
    for plan, index in zip(plans, ("photos_that_expire", "photos_by_use", "photos_to_clear"), strict=True):
        assert f"photos USING INDEX {index}" in plan, plan
        assert "TEMP B-TREE" not in plan
        assert "SCAN" not in plan


def test_a_part_that_is_done_seldom_goes_on_while_it_finds_something():
    found, rounds = [200, 200, 0, 0], []
    start = datetime.now(UTC)

    def part(now):
        rounds.append(round((now - start).total_seconds()))
        return found.pop(0)

    run = seldom(part, timedelta(seconds=10))
    for second in range(0, 20, 2):
        run(start + timedelta(seconds=second))
    assert rounds == [0, 2, 4, 14]


# what is left elsewhere


@pytest.mark.parametrize("by", ["this process", "another process"])
def test_features_of_an_erased_photo_go_in_every_process(product, coffee_jpeg, jpeg, by):
    serving = Product(product.settings, keeps_features=True)
    references = [SentPhoto.of(coffee_jpeg), SentPhoto.of(jpeg(2))]
    sent = [SentPhoto.of(jpeg(1))]
    serving.looking.keep_now(serving.looker.look(sent, references), sent, references)
    assert serving.features.photos() == {sha256_of(coffee_jpeg), sha256_of(jpeg(2))}
    if by == "this process":
        erase(serving, coffee_jpeg)
    else:
        erase(product, coffee_jpeg)
        serving.sweep()
    assert serving.features.photos() == {sha256_of(jpeg(2))}
    serving.close()


def test_a_broken_shown_copy_of_an_earlier_photo_fails_no_look_and_is_made_anew(product, coffee_jpeg):
    first, _ = opened(product)
    take(product, first, coffee_jpeg)
    product.workflow.submit(first.id)
    product.looking.look(first.id, 1, 1)
    sha256 = sha256_of(coffee_jpeg)
    whole = product.photos.shown(sha256)
    for broken in (whole[:500], b"", b"no picture"):
        product.photos.put_shown(sha256, broken, again=True)
        assert picture_of(product.photos, product.gate, sha256).shape[2] == 3
        assert product.photos.shown(sha256) == whole
    product.photos.put_shown(sha256, whole[:500], again=True)
    file = product.settings.home / "photos" / "originals" / sha256[:2] / sha256
    file.write_bytes(b"broken, too")
    second, _ = opened(product)
    take(product, second, coffee_jpeg[:-2] + b"\xff\xd9\x00")  # the same picture in another file
    product.workflow.submit(second.id)
    product.looking.look(second.id, 1, 1)
    assert product.cases.get(second.id).photos


def test_a_page_says_of_a_photo_erased_with_its_return_that_it_is_gone(product, coffee_jpeg):
    (first, one), (second, _) = opened(product), opened(product)
    for case in (first, second):
        take(product, case, coffee_jpeg)
    product.forgetting.of_return(one.id, "ada", "asked for")
    rows = product.forgetting.rows
    assert rows.erased_of(first.id) == {sha256_of(coffee_jpeg)}
    assert rows.erased_of(second.id) == frozenset()
    take(product, first, coffee_jpeg)
    assert rows.erased_of(first.id) == frozenset()


# what is left in a file


def test_sqlite_keeps_nothing_of_an_erased_photo_in_free_pages(product, coffee_jpeg):
    if not product.database.is_sqlite:
        pytest.skip("PostgreSQL keeps old rows until its vacuum: the runbook says so")
    case, _ = opened(product)
    take(product, case, coffee_jpeg)
    product.workflow.submit(case.id)
    product.looking.look(case.id, 1, 1)
    with product.database.reading() as connection:
        body = connection.exec_driver_sql("SELECT body FROM looks").scalar_one()
        print_ = connection.execute(select(FINGERPRINTS)).one()
    start = body.index('"heat":') + 7
    heat = body[start : start + 2000].encode()
    assert heat in on_disk(product)
    erase(product, coffee_jpeg)
    left = on_disk(product)
    assert heat not in left
    assert bytes(print_.embedding)[:64] not in left
    assert bytes(print_.pdq) not in left


def on_disk(product):
    with product.database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return (product.settings.home / "inspection.db").read_bytes()


def test_erasing_what_is_not_there_is_said_so(product):
    for asked in (lambda: erase(product, b"x"), lambda: product.forgetting.of_return("x", "ada", "y")):
        with pytest.raises(NotFound):
            asked()
    with pytest.raises(PhotoNotFound):
        erase(product, b"x")
