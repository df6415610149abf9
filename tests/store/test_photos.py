import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from inspection.errors import PhotoNotFound, StoreUnusable
from inspection.store.photos import FolderPhotos

BYTES = b"the untouched bytes"
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def photos(tmp_path):
    return FolderPhotos(tmp_path / "photos")


def test_an_original_lies_under_its_hash(tmp_path, photos):
    photos.put_original(SHA256, BYTES)
    assert (tmp_path / "photos" / "originals" / SHA256[:2] / SHA256).read_bytes() == BYTES


def test_a_shown_copy_is_found_by_the_originals_hash(photos):
    photos.put_shown(SHA256, b"a copy")
    assert photos.shown(SHA256) == b"a copy"


def test_an_original_is_never_shown(photos):
    photos.put_original(SHA256, BYTES)
    with pytest.raises(PhotoNotFound):
        photos.shown(SHA256)


def test_putting_the_same_twice_at_once_does_nothing_more(photos, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: photos.put_original(SHA256, BYTES), range(40)))
    assert [path.name for path in (tmp_path / "photos").rglob("*") if path.is_file()] == [SHA256]


def test_bytes_of_another_hash_are_not_kept(photos, tmp_path):
    with pytest.raises(ValueError, match="these bytes"):
        photos.put_original(SHA256, b"other bytes")
    assert not list((tmp_path / "photos").rglob("*/*"))


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


def test_a_store_whose_folder_is_gone_says_so(tmp_path):
    (tmp_path / "photos").write_text("a file where the folder should be")
    with pytest.raises(StoreUnusable, match="photos"):
        FolderPhotos(tmp_path / "photos")
