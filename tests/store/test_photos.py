"""Photos in a local folder and in a bucket of a real S3 peer: the same tests, then what each can do wrong."""

import hashlib
import logging
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
import pytest
from obstore.store import from_url
from s3_peer import call, make_bucket, s3_server, spoilt

from inspection.errors import PhotoNotFound, SettingUnusable, StoreUnusable
from inspection.store.partial_files import PartialFiles
from inspection.store.photos import OriginalChanged, open_photos

BYTES = b"the untouched bytes"
SHA256 = hashlib.sha256(BYTES).hexdigest()
ORIGINAL = f"originals/{SHA256[:2]}/{SHA256}"


@pytest.fixture(scope="session")
def s3():
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(s3, monkeypatch):
    """`bucket(address)` is the URL of a new, empty bucket with a prefix, reached over that address."""

    def make(address=s3):
        name = f"photos-{uuid.uuid4().hex}"
        make_bucket(s3, name)
        told = {"ENDPOINT_URL": address, "ALLOW_HTTP": "true", "REGION": "eu-west-1"}
        for word, value in (told | {"ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "hidden"}).items():
            monkeypatch.setenv(f"AWS_{word}", value)
        return f"s3://{name}/some/prefix"

    return make


@pytest.fixture(params=["folder", "s3"])
def where(request, tmp_path):
    return tmp_path / "photos" if request.param == "folder" else request.getfixturevalue("bucket")()


@pytest.fixture
def photos(where):
    return open_photos(where)


def kept(where):
    """What lies there, by key."""
    raw = from_url(where if isinstance(where, str) else where.as_uri())
    return {one["path"]: bytes(raw.get(one["path"]).bytes()) for page in obstore.list(raw) for one in page}


def put(where, key, encoded):
    """Behind the back of the store."""
    from_url(where if isinstance(where, str) else where.as_uri()).put(key, encoded)


def test_an_original_lies_under_its_hash_and_nothing_else_is_left_there(where, photos):
    photos.put_original(SHA256, BYTES)
    assert kept(where) == {ORIGINAL: BYTES}


def test_a_shown_copy_is_found_by_the_originals_hash(photos):
    photos.put_shown(SHA256, b"a copy")
    assert photos.shown(SHA256) == b"a copy"


def test_an_original_is_never_shown(photos):
    photos.put_original(SHA256, BYTES)
    with pytest.raises(PhotoNotFound):
        photos.shown(SHA256)


def test_putting_the_same_twice_at_once_does_nothing_more(where, photos):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: photos.put_original(SHA256, BYTES), range(40)))
    assert kept(where) == {ORIGINAL: BYTES}


def test_bytes_of_another_hash_are_not_kept(where, photos):
    with pytest.raises(ValueError, match="these bytes"):
        photos.put_original(SHA256, b"other bytes")
    assert kept(where) == {}


def test_a_large_photo_comes_back_byte_for_byte(photos):
    encoded = bytes(range(256)) * 80_000  # 20 MB
    sha256 = hashlib.sha256(encoded).hexdigest()
    photos.put_original(sha256, encoded)
    assert photos.original(sha256) == encoded


def test_what_is_there_stays_as_it_is(photos):
    photos.put_shown(SHA256, b"a copy")
    photos.put_shown(SHA256, b"another copy")
    assert photos.shown(SHA256) == b"a copy"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "", "AB" * 32, "ab" * 31, "ab" * 32 + "\n", "/etc/passwd"]
)
def test_a_name_that_is_no_hash_leads_nowhere(photos, name):
    with pytest.raises(PhotoNotFound):
        photos.shown(name)
    with pytest.raises(ValueError, match="SHA-256"):
        photos.put_shown(name, b"")


def test_a_healthy_store_passes_its_check(photos):
    photos.check()
    photos.check()


def test_an_original_is_read_back_for_the_model_and_erased_for_good(photos):
    photos.put_original(SHA256, BYTES)
    photos.put_shown(SHA256, b"a copy")
    assert photos.original(SHA256) == BYTES
    photos.erase(SHA256)
    photos.erase(SHA256)
    for read in (photos.original, photos.shown):
        with pytest.raises(PhotoNotFound):
            read(SHA256)


def test_what_the_store_keeps_is_as_durable_for_one_who_opens_it_anew(where, photos):
    photos.put_original(SHA256, BYTES)
    assert open_photos(where).original(SHA256) == BYTES


@pytest.mark.parametrize("altered", [b"the UNtouched bytes", b"", BYTES[:5]])
def test_a_changed_original_is_never_read_and_the_right_bytes_mend_it(where, photos, caplog, altered):
    photos.put_original(SHA256, BYTES)
    put(where, ORIGINAL, altered)
    with pytest.raises(OriginalChanged, match=SHA256[:12]):
        photos.original(SHA256)
    with caplog.at_level(logging.ERROR):
        photos.put_original(SHA256, BYTES)
    assert SHA256 in caplog.text
    assert photos.original(SHA256) == BYTES
    assert kept(where) == {ORIGINAL: BYTES}


def test_a_broken_shown_copy_is_replaced_where_that_is_asked_for(where, photos):
    photos.put_shown(SHA256, b"cut o")
    photos.put_shown(SHA256, b"a copy")
    assert photos.shown(SHA256) == b"cut o"
    photos.put_shown(SHA256, b"a copy", again=True)
    assert photos.shown(SHA256) == b"a copy"


def test_it_is_known_whether_anything_of_a_photo_is_there(photos):
    assert not photos.has(SHA256)
    photos.put_shown(SHA256, b"a copy")
    assert photos.has(SHA256)
    photos.erase(SHA256)
    assert not photos.has(SHA256)
    photos.put_original(SHA256, BYTES)
    assert photos.has(SHA256)


def test_what_a_kill_left_of_a_probe_goes_when_it_is_old(tmp_path):
    left = tmp_path / "photos" / "probes" / "left"
    left.parent.mkdir(parents=True)
    for age, there in ((60, True), (7200, False)):
        left.write_bytes(b"x")
        os.utime(left, (time.time() - age,) * 2)
        open_photos(tmp_path / "photos")
        assert left.exists() is there


def test_originals_are_nobody_elses_to_read(tmp_path):
    photos = open_photos(tmp_path / "home" / "photos")
    photos.put_original(SHA256, BYTES)
    file = tmp_path / "home" / "photos" / ORIGINAL
    for one in (file, file.parent, file.parent.parent, file.parent.parent.parent):
        assert one.stat().st_mode & 0o077 == 0, one


def synced(monkeypatch):
    """The folders that are on disk by now."""
    found, really = set(), os.fsync

    def fsync(opened):
        found.add(str(Path(f"/proc/self/fd/{opened}").readlink()))
        really(opened)

    monkeypatch.setattr(os, "fsync", fsync)
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing tells which folder was synced")
def test_a_name_is_on_disk_with_all_folders_above_it_whoever_made_them(tmp_path, monkeypatch):
    open_photos(tmp_path / "deep" / "photos").put_original(SHA256, BYTES)
    folders = synced(monkeypatch)
    photos = open_photos(tmp_path / "deep" / "photos")  # a second process, after the first one's last write
    photos.put_original(SHA256, BYTES)
    shard = (tmp_path / "deep" / "photos" / ORIGINAL).parent
    assert {str(shard), str(shard.parent), str(shard.parent.parent), str(tmp_path / "deep")} <= folders


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="nothing tells which folder was synced")
def test_folders_that_are_made_are_on_disk(tmp_path, monkeypatch):
    folders = synced(monkeypatch)
    open_photos(tmp_path / "home" / "photos")
    PartialFiles(tmp_path / "home" / "uploads")
    assert {str(tmp_path), str(tmp_path / "home")} <= folders


def test_a_store_of_the_old_layout_is_read_as_it_is(tmp_path):
    old = tmp_path / "photos"
    for key in (ORIGINAL, f"shown/{SHA256[:2]}/{SHA256}.jpg", "probe"):
        (old / key).parent.mkdir(parents=True, exist_ok=True)
        (old / key).write_bytes(BYTES)
    photos = open_photos(old)
    assert photos.original(SHA256) == photos.shown(SHA256) == BYTES
    photos.check()


def test_a_folder_can_be_named_as_text_too(tmp_path):
    photos = open_photos(str(tmp_path / "photos"))
    photos.put_original(SHA256, BYTES)
    assert (tmp_path / "photos" / ORIGINAL).read_bytes() == BYTES


def test_a_store_whose_folder_is_gone_says_so(tmp_path):
    (tmp_path / "photos").write_text("a file where the folder should be")
    with pytest.raises(StoreUnusable, match="photos"):
        open_photos(tmp_path / "photos")


def test_a_file_in_the_way_of_a_folder_is_said_and_nothing_is_lost_in_silence(tmp_path):
    photos = open_photos(tmp_path / "photos")
    (tmp_path / "photos" / "originals").write_text("in the way")
    with pytest.raises(StoreUnusable):
        photos.put_original(SHA256, BYTES)


@pytest.mark.parametrize(
    "url",
    [
        "memory://photos",
        "http://host/photos",
        "s3://",
        "ftp://host/x",
        "s3://key:hidden@bucket/x",
        "az://c?sig=1",
    ],
)
def test_an_address_that_is_no_store_or_gives_a_secret_away_is_a_setting_to_mend(url):
    with pytest.raises(SettingUnusable, match="INSPECTION_PHOTOS") as told:
        open_photos(url)
    assert "hidden" not in str(told.value)


def test_a_bucket_that_is_not_there_is_named(bucket):
    missing = bucket().replace("photos-", "absent-")
    with pytest.raises(StoreUnusable, match="absent-") as told:
        open_photos(missing)
    assert "hidden" not in str(told.value)


def test_a_bucket_refuses_to_overwrite_and_that_is_known(photos):
    assert photos.create_only


def test_a_bucket_that_ignores_create_only_is_used_with_care_and_says_so(s3, bucket, caplog):
    with spoilt(s3, {"ignores_create_only"}) as address, caplog.at_level(logging.WARNING):
        photos = open_photos(bucket(address))
        assert not photos.create_only
        assert "overwrites" in caplog.text
        photos.put_original(SHA256, BYTES)
        photos.put_original(SHA256, BYTES)
        photos.put_shown(SHA256, b"a copy")
        photos.put_shown(SHA256, b"another copy")
        assert photos.original(SHA256) == BYTES
        assert photos.shown(SHA256) == b"a copy"


@pytest.mark.parametrize(
    ("habit", "said"),
    [
        ("alters", "other bytes"),
        ("loses", "other bytes"),
        ("keeps", "deleted"),
        ("lists_nothing", "listing"),
    ],
)
def test_a_bucket_that_loses_or_alters_is_refused_at_the_start(s3, bucket, habit, said):
    with spoilt(s3, {habit}) as address, pytest.raises(StoreUnusable, match=said):
        open_photos(bucket(address))


def test_a_bucket_that_begins_to_alter_later_is_caught_when_it_is_written_and_read(s3, bucket):
    habits = set()
    with spoilt(s3, habits) as address:
        photos = open_photos(bucket(address))
        photos.put_original(SHA256, BYTES)
        habits.add("alters")
        with pytest.raises(OriginalChanged):
            photos.original(SHA256)
        with pytest.raises(OriginalChanged):
            photos.put_original(SHA256, BYTES)
        with pytest.raises(StoreUnusable, match="other bytes"):
            photos.check()


def test_a_bucket_that_is_gone_fails_its_check(s3, bucket):
    where = bucket()
    photos = open_photos(where)
    call(s3, "DELETE", f"/{where.split('/')[2]}")
    with pytest.raises(StoreUnusable):
        photos.check()
