"""Uploads on each database: the length of the file is the offset, and each step can be done again."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from uploading import large_jpeg, photos_of, receiving_of, sha256_of

from inspection.casework.receiving import (
    ChecksumMismatch,
    OffsetMismatch,
    TooManyUploads,
    UploadBusy,
    UploadElsewhere,
    UploadNotFound,
)
from inspection.errors import InspectionNotFound, MoveRefused, PhotoNotFound, PhotoRejected, StoreUnusable
from inspection.settings import Settings
from inspection.store.partial_files import PLACE, PartialFiles
from inspection.store.tables import PHOTOS, UPLOADS
from inspection.store.unfinished import MOST_AT_ONCE, UNTOUCHED
from inspection.store.uploads import UploadFolder
from inspection.verdict.findings import View
from inspection.wiring import Product, new_id


@pytest.fixture
def product(database_url, tiny_bundle, tmp_path):
    told = database_url.render_as_string(hide_password=False)
    made = Product(Settings(bundle=tiny_bundle, home=tmp_path / "home", database=told))
    yield made
    made.close()


@pytest.fixture
def uploads(product):
    return product.uploads


@pytest.fixture
def inspection(product):
    return product.workflow.open()


@pytest.fixture
def begun(uploads, inspection, coffee_jpeg):
    """An upload of a real photo, of which nothing is here yet."""
    return uploads.create(
        inspection.id, length=len(coffee_jpeg), sha256=sha256_of(coffee_jpeg), view=View.LABEL
    )


def file_of(product, upload):
    return product.settings.home / "uploads" / upload.id


def names_in(folder):
    return [path.name for path in folder.iterdir() if path.name != PLACE]


def begin(uploads, inspection, number, size=9):
    return uploads.create(inspection.id, length=size, sha256=f"{number:064x}", view=None)


def test_bytes_follow_one_another_until_all_are_here(uploads, begun, coffee_jpeg):
    assert uploads.offset(begun) == 0
    assert uploads.append(begun, 0, coffee_jpeg[:1000]) == 1000
    assert uploads.append(begun, 1000, coffee_jpeg[1000:]) == len(coffee_jpeg)
    with uploads.whole(begun) as encoded:
        assert encoded == coffee_jpeg


@pytest.mark.parametrize("offset", [0, 999, 1001])
def test_bytes_for_another_place_are_refused_with_the_right_one(uploads, begun, coffee_jpeg, offset):
    uploads.append(begun, 0, coffee_jpeg[:1000])
    with pytest.raises(OffsetMismatch) as told:
        uploads.append(begun, offset, b"x")
    assert told.value.offset == uploads.offset(begun) == 1000


def test_nothing_is_appended_past_the_length(uploads, begun, coffee_jpeg):
    assert uploads.append(begun, 0, coffee_jpeg + b"more") == len(coffee_jpeg)


def test_a_finished_upload_is_a_photo_with_its_view(product, uploads, begun, inspection, coffee_jpeg):
    uploads.append(begun, 0, coffee_jpeg)
    receiving_of(product).finish(begun)
    (photo,) = photos_of(product, inspection.id)
    assert (photo.sha256, photo.view) == (sha256_of(coffee_jpeg), View.LABEL)
    assert product.photos.original(photo.sha256) == coffee_jpeg
    assert uploads.offset(uploads.get(begun.id)) == len(coffee_jpeg)
    assert not file_of(product, begun).exists()


def test_finishing_twice_or_at_once_makes_one_photo(product, begun, inspection, uploads, coffee_jpeg):
    uploads.append(begun, 0, coffee_jpeg)

    def finish(_):
        try:
            receiving_of(product).finish(begun)
        except UploadBusy:
            return "busy"
        return "finished"

    with ThreadPoolExecutor(6) as threads:
        assert "finished" in list(threads.map(finish, range(12)))
    receiving_of(product).finish(begun)
    assert len(photos_of(product, inspection.id)) == 1


def test_what_lacks_bytes_is_not_finished(product, uploads, begun, inspection, coffee_jpeg):
    uploads.append(begun, 0, coffee_jpeg[:-1])
    with pytest.raises(OffsetMismatch):
        receiving_of(product).finish(begun)
    assert photos_of(product, inspection.id) == ()
    assert uploads.offset(begun) == len(coffee_jpeg) - 1


def test_other_bytes_than_promised_are_dropped_and_kept_nowhere(
    product, uploads, begun, inspection, coffee_jpeg
):
    other = bytearray(coffee_jpeg)
    other[-100] ^= 1
    uploads.append(begun, 0, bytes(other))
    with pytest.raises(ChecksumMismatch):
        receiving_of(product).finish(begun)
    with pytest.raises(UploadNotFound):
        uploads.get(begun.id)
    for encoded in (coffee_jpeg, bytes(other)):
        with pytest.raises(PhotoNotFound):
            product.photos.original(sha256_of(encoded))
    assert photos_of(product, inspection.id) == ()
    assert not file_of(product, begun).exists()


def test_what_the_gate_refuses_is_dropped(product, uploads, inspection):
    told = b"this is no photo" * 10
    upload = uploads.create(inspection.id, length=len(told), sha256=sha256_of(told), view=None)
    uploads.append(upload, 0, told)
    with pytest.raises(PhotoRejected):
        receiving_of(product).finish(upload)
    with pytest.raises(UploadNotFound):
        uploads.get(upload.id)
    with pytest.raises(PhotoNotFound):
        product.photos.original(sha256_of(told))


def test_one_for_an_inspection_that_was_submitted_meanwhile_waits(
    product, uploads, begun, inspection, coffee_jpeg
):
    uploads.append(begun, 0, coffee_jpeg)
    product.workflow.withdraw(inspection.id, "shopper")
    with pytest.raises(MoveRefused):
        receiving_of(product).finish(begun)
    with pytest.raises(PhotoNotFound):  # it would belong to nobody
        product.photos.original(sha256_of(coffee_jpeg))
    assert uploads.get(begun.id).finished_at is None


def test_a_crash_before_it_was_added_leaves_no_photo_that_retention_would_miss(
    product, uploads, begun, inspection, coffee_jpeg
):
    uploads.append(begun, 0, coffee_jpeg)

    def crash(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(receiving_of(product), add_photo=crash).finish(begun)
    assert product.photos.original(begun.sha256) == coffee_jpeg
    with product.database.reading() as connection:
        assert connection.execute(
            select(PHOTOS.c.size).where(PHOTOS.c.sha256 == begun.sha256)
        ).scalar() == len(coffee_jpeg)
    receiving_of(product).finish(begun)
    assert len(photos_of(product, inspection.id)) == 1


def test_a_photo_that_was_erased_and_comes_again_is_known_again(product, uploads):
    def row():
        with product.database.reading() as connection:
            return connection.execute(select(PHOTOS).where(PHOTOS.c.sha256 == "ab" * 32)).one()

    uploads.expect("ab" * 32, 10)
    first = row().stored_at
    uploads.expect("ab" * 32, 10)
    assert row().stored_at == first
    with product.database.writing() as connection:
        connection.execute(update(PHOTOS).values(erased_at=first))
    uploads.expect("ab" * 32, 10)
    assert row().erased_at is None
    assert row().stored_at > first


def test_a_crash_before_it_was_noted_as_finished_is_mended_though_it_was_submitted_since(
    product, uploads, begun, inspection, coffee_jpeg
):
    uploads.append(begun, 0, coffee_jpeg)
    product.photos.put_original(begun.sha256, coffee_jpeg)
    product.workflow.add_photo(inspection.id, begun.sha256, len(coffee_jpeg), begun.view)  # then the crash
    product.workflow.submit(inspection.id)
    receiving_of(product).finish(begun)
    assert uploads.get(begun.id).finished_at is not None
    assert len(photos_of(product, inspection.id)) == 1


def test_a_crash_before_the_file_was_removed_costs_a_file_until_the_sweep(
    product, uploads, begun, coffee_jpeg
):
    uploads.append(begun, 0, coffee_jpeg)
    receiving_of(product).finish(begun)
    file_of(product, begun).write_bytes(coffee_jpeg)  # as if it was never removed
    receiving_of(product).finish(begun)
    uploads.sweep(begun.expires_at)
    assert not file_of(product, begun).exists()


def test_a_lost_file_is_an_upload_to_begin_anew(product, uploads, begun):
    file_of(product, begun).unlink()
    for asked in (lambda: uploads.offset(begun), lambda: uploads.append(begun, 0, b"x")):
        with pytest.raises(UploadNotFound):
            asked()
    with pytest.raises(UploadNotFound):
        receiving_of(product).finish(begun)


def test_none_begins_where_no_photo_is_taken(product, uploads, inspection):
    product.workflow.withdraw(inspection.id, "shopper")
    with pytest.raises(MoveRefused):
        uploads.create(inspection.id, length=1, sha256="0" * 64, view=None)
    with pytest.raises(InspectionNotFound):
        uploads.create(new_id(), length=1, sha256="0" * 64, view=None)
    assert names_in(product.settings.home / "uploads") == []


def test_as_many_at_once_as_an_inspection_takes_photos(uploads, inspection):
    def begin_and_send(number):
        try:
            made = begin(uploads, inspection, number)
            uploads.append(made, 0, b"x")
        except (TooManyUploads, UploadNotFound):  # the latter: it was empty when room was needed
            return None
        return made

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(begin_and_send, range(MOST_AT_ONCE + 6)))
    under_way = [one for one in made if one is not None]
    assert MOST_AT_ONCE - 4 <= len(under_way) <= MOST_AT_ONCE
    for number in range(100, 100 + MOST_AT_ONCE - len(under_way)):
        assert begin_and_send(number) is not None
    assert begin_and_send(200) is None
    uploads.drop(under_way[0])
    assert begin_and_send(200) is not None


def test_answers_that_were_lost_lock_nobody_out(uploads, inspection):
    first, *_, last = [begin(uploads, inspection, number) for number in range(MOST_AT_ONCE + 1)]
    with pytest.raises(UploadNotFound):
        uploads.get(first.id)
    assert uploads.get(last.id) == last
    for number in range(1, MOST_AT_ONCE + 1):
        uploads.append(begin(uploads, inspection, number), 0, b"x")  # what is empty alone makes room
    with pytest.raises(TooManyUploads):
        begin(uploads, inspection, 99)


def test_what_nobody_has_touched_for_long_makes_room(product, uploads, inspection):
    there = [begin(uploads, inspection, number) for number in range(MOST_AT_ONCE)]
    for one in there:
        uploads.append(one, 0, b"x")
    long_ago = time.time() - UNTOUCHED.total_seconds() - 5
    os.utime(file_of(product, there[7]), (long_ago, long_ago))
    begin(uploads, inspection, 99)
    with pytest.raises(UploadNotFound):
        uploads.get(there[7].id)
    assert not file_of(product, there[7]).exists()
    assert uploads.get(there[0].id) == there[0]


def test_the_same_photo_again_goes_on_where_it_was(uploads, begun, inspection, coffee_jpeg):
    uploads.append(begun, 0, coffee_jpeg[:1000])
    again = uploads.create(inspection.id, length=begun.length, sha256=begun.sha256, view=View.SOLE)
    assert (again.id, again.view, again.created_at) == (begun.id, View.SOLE, begun.created_at)
    assert again.expires_at > begun.expires_at
    assert uploads.offset(again) == 1000
    for other in ({"length": begun.length + 1}, {"sha256": "0" * 64}):
        told = {"length": begun.length, "sha256": begun.sha256, "view": None} | other
        assert uploads.create(inspection.id, **told).id != begun.id


def test_a_photo_that_is_finished_can_be_sent_again(product, uploads, begun, inspection, coffee_jpeg):
    uploads.append(begun, 0, coffee_jpeg)
    receiving_of(product).finish(begun)
    again = uploads.create(inspection.id, length=begun.length, sha256=begun.sha256, view=None)
    assert again.id != begun.id
    uploads.append(again, 0, coffee_jpeg)
    receiving_of(product).finish(again)
    assert len(photos_of(product, inspection.id)) == 1


def test_what_another_machine_has_is_elsewhere_and_not_lost(
    product, uploads, begun, inspection, tmp_path, coffee_jpeg
):
    other = UploadFolder(product.database, tmp_path / "another machine", new_id=new_id)
    with pytest.raises(UploadElsewhere):
        other.get(begun.id)
    with pytest.raises(UploadElsewhere):
        other.create(inspection.id, length=begun.length, sha256=begun.sha256, view=None, id_=begun.id)
    theirs = other.create(inspection.id, length=begun.length, sha256=begun.sha256, view=None)
    assert theirs.id != begun.id
    with pytest.raises(UploadElsewhere):
        uploads.get(theirs.id)
    uploads.append(begun, 0, coffee_jpeg)
    receiving_of(product).finish(begun)
    assert other.offset(other.get(begun.id)) == begun.length  # a photo is one everywhere


def test_processes_that_share_a_folder_share_its_name(product, uploads, begun, tmp_path):
    folders = [
        UploadFolder(product.database, product.settings.home / "uploads", new_id=new_id) for _ in range(2)
    ]
    assert [one.get(begun.id) for one in folders] == [begun, begun]
    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(lambda _: PartialFiles(tmp_path / "new").place, range(8)))
    assert len(set(places)) == 1


def test_one_from_before_folders_had_names_is_here(product, uploads, begun):
    with product.database.writing() as connection:
        connection.execute(update(UPLOADS).values(place=None))
    assert uploads.get(begun.id).is_at("anywhere")


def test_one_given_up_is_dropped_unless_it_is_finished_or_being_finished(
    product, uploads, begun, inspection, coffee_jpeg
):
    uploads.append(begun, 0, coffee_jpeg)
    with uploads.whole(begun), pytest.raises(UploadBusy):
        uploads.end(begun)
    receiving_of(product).finish(begun)
    assert not uploads.end(begun)
    other = begin(uploads, inspection, 5)
    assert uploads.end(other)
    with pytest.raises(UploadNotFound):
        uploads.end(other)
    lost = begin(uploads, inspection, 6)
    file_of(product, lost).unlink()
    assert uploads.end(lost)


def test_the_same_id_again_is_the_upload_that_is_there(uploads, begun, inspection):
    again = uploads.create(inspection.id, length=5, sha256="0" * 64, view=None, id_=begun.id)
    assert (again.length, again.sha256) == (begun.length, begun.sha256)


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "", "x\x00y", "A" * 36, "0" * 5000, "é"])
def test_a_name_that_is_no_id_leads_nowhere(uploads, name):
    with pytest.raises(UploadNotFound):
        uploads.get(name)


def test_what_has_expired_is_gone_and_swept_with_its_bytes(product, uploads, inspection, tmp_path):
    brief = UploadFolder(product.database, tmp_path / "brief", new_id=new_id, lasts=timedelta(milliseconds=1))
    past = brief.create(inspection.id, length=9, sha256="0" * 64, view=None)
    time.sleep(0.01)
    with pytest.raises(UploadNotFound):
        brief.get(past.id)
    assert brief.sweep(past.expires_at) == 1
    assert names_in(tmp_path / "brief") == []
    assert brief.sweep(past.expires_at) == 0


def test_a_sweep_leaves_what_is_under_way(product, uploads, begun):
    assert uploads.sweep(begun.created_at) == 0
    assert uploads.get(begun.id) == begun
    assert file_of(product, begun).exists()


def test_a_file_without_a_row_is_swept_once_it_is_old(product, uploads, begun):
    forgotten = product.settings.home / "uploads" / new_id()
    forgotten.write_bytes(b"of a crash")
    uploads.sweep(begun.created_at)
    assert forgotten.exists()
    two_days_ago = time.time() - 2 * 86_400
    for path in (forgotten, file_of(product, begun)):
        os.utime(path, (two_days_ago, two_days_ago))
    uploads.sweep(begun.created_at)
    assert not forgotten.exists()
    assert file_of(product, begun).exists()  # its row says that somebody may come back


def test_two_at_once_never_mix_their_bytes(uploads, begun, coffee_jpeg):
    """Each sends it whole in small pieces, and goes on from where the other was quicker."""

    def send(_):
        offset = 0
        while offset < begun.length:
            try:
                offset = uploads.append(begun, offset, coffee_jpeg[offset : offset + 997])
            except OffsetMismatch as error:
                offset = error.offset
            except UploadBusy:
                time.sleep(0.0005)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, range(4)))
    with uploads.whole(begun) as encoded:
        assert encoded == coffee_jpeg


HOLD = """
import sys, time
from pathlib import Path
from inspection.store.partial_files import PLACE, PartialFiles
with PartialFiles(Path(sys.argv[1])).locked("one"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_holds_across_processes_and_ends_with_a_killed_one(tmp_path):
    files = PartialFiles(tmp_path)
    files.make("one")
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UploadBusy):
            files.append("one", 0, b"x")
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert files.append("one", 0, b"x") == 1


def test_one_dropped_while_it_was_being_opened_is_gone(tmp_path):
    files = PartialFiles(tmp_path)
    files.make("one")
    with files.locked("one"):
        files.remove("one")
    with pytest.raises(FileNotFoundError):
        files.append("one", 0, b"x")


def test_a_folder_that_cannot_be_made_is_said(product, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnusable, match="file"):
        UploadFolder(product.database, tmp_path / "file" / "uploads", new_id=new_id)


def test_a_large_photo_is_what_it_says():
    encoded = large_jpeg(1, 2_000_000)
    assert abs(len(encoded) - 2_000_000) < 1000
    assert encoded != large_jpeg(2, 2_000_000)
