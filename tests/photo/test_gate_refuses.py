"""Nothing but a photo gets through the gate, and whatever is refused is refused politely."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from photo.bad_photos import REJECTED_AS, bad_photos, coffee
from PIL import Image

from inspection.errors import PhotoRejected, PhotoTooLarge, PhotoTooManyPixels
from inspection.photo.decode import open_photo
from inspection.photo.limits import Limits

KINDS = ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"]


def small(kind):
    """96 × 64 px: a decoder's every branch, at a property test's price."""
    file = BytesIO()
    Image.open(BytesIO(coffee())).resize((96, 64)).save(file, kind)
    return file.getvalue()


SMALL = {kind: small(kind) for kind in KINDS}


@pytest.mark.parametrize("name", REJECTED_AS)
def test_a_bad_photo_is_refused_for_what_it_is(bad_photos, name):
    with pytest.raises(PhotoRejected) as refusal:
        open_photo(bad_photos[name])
    assert type(refusal.value) is REJECTED_AS[name]


@pytest.mark.parametrize("name", REJECTED_AS)
def test_a_bad_photo_is_refused_at_once(bad_photos, name):
    started = time.process_time()
    with pytest.raises(PhotoRejected):
        open_photo(bad_photos[name])
    assert time.process_time() - started < 1


@given(kind=st.sampled_from(KINDS), share=st.floats(0, 1, exclude_max=True))
@settings(deadline=None, max_examples=200)
def test_a_file_cut_anywhere_is_refused(kind, share):
    file = SMALL[kind]
    with pytest.raises(PhotoRejected):
        open_photo(file[: int(share * len(file))])


@given(data=st.data(), kind=st.sampled_from(KINDS))
@settings(deadline=None, max_examples=300)
def test_flipped_bits_give_a_photo_or_a_refusal(kind, data):
    file = bytearray(SMALL[kind])
    places = st.integers(0, 8 * len(file) - 1)
    for bit in data.draw(st.lists(places, min_size=1, max_size=8)):
        file[bit // 8] ^= 1 << bit % 8
    try:
        photo = open_photo(bytes(file))
    except PhotoRejected:
        return
    assert photo.whole.shape[2] == 3


@given(start=st.sampled_from([file[:24] for file in SMALL.values()]), rest=st.binary(max_size=400))
@settings(deadline=None)
def test_noise_behind_a_real_beginning_is_refused(start, rest):
    with pytest.raises(PhotoRejected):
        open_photo(start + rest)


def test_limits_hold_as_given():
    file = coffee()
    with pytest.raises(PhotoTooLarge):
        open_photo(file, Limits(most_bytes=len(file) - 1))
    with pytest.raises(PhotoTooManyPixels):
        open_photo(file, Limits(most_pixels=600 * 400 - 1))
    assert open_photo(file, Limits(most_bytes=len(file), most_pixels=600 * 400)).width == 600


def test_the_name_of_a_format_proves_nothing_and_is_not_asked_for(coffee_jpeg, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(coffee_jpeg)
    assert open_photo(path.read_bytes()).provenance.format == "JPEG"


@pytest.mark.parametrize(
    "trailer", [b"\0\0\0\x18ftypmp42" + bytes(5000), b"SEFH" + bytes(99) + b"SEFT", b"PK\5\6"]
)
def test_what_phones_append_stays_welcome(coffee_jpeg, trailer):
    assert open_photo(coffee_jpeg + trailer).width == 600


def test_two_large_photos_at_once_wait_for_each_other_and_both_arrive(coffee_jpeg):
    one_at_a_time = Limits(most_memory=1_000_000)
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(lambda _: open_photo(coffee_jpeg, one_at_a_time), range(16)))
    assert {photo.width for photo in photos} == {600}


def test_no_bad_photo_takes_much_memory(tmp_path):
    """In a process of its own, since a process's peak never falls."""
    for name, file in bad_photos().items():
        (tmp_path / name).write_bytes(file)
    program = (
        "import resource, sys, pathlib\n"
        "from inspection.photo.decode import open_photo\n"
        "from inspection.errors import PhotoRejected\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak()\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    try: open_photo(path.read_bytes())\n"
        "    except PhotoRejected: pass\n"
        "print(peak() - before)\n"
    )
    asked = [sys.executable, "-c", program, str(tmp_path)]
    run = subprocess.run(asked, capture_output=True, text=True, check=True, env=dict(os.environ))
    assert int(run.stdout) < 100  # MB; the 26 MB file itself is among them
