"""What a file says of its origin is read once, and is gone from what people see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from photo.bad_photos import coffee
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from inspection.photo.decode import open_photo
from inspection.photo.shown import shown_copy

C2PA = b"jumb\0\0\0\x1ejumdc2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71\x03c2pa\0"
GENERATED = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmp:CreatorTool="Adobe Firefly" Iptc4xmpExt:'
    b'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></x:xmpmeta>'
)


def exif():
    tags = Image.Exif()
    tags[0x010F], tags[0x0110], tags[0x0131] = "Fairphone", "FP5\nhacked\x00", "Snapseed 2.0"
    details, place = tags.get_ifd(0x8769), tags.get_ifd(0x8825)
    details[0x9003], details[0x9011] = "2026:05:04 10:11:12", "+02:00"
    place[1], place[2] = "N", (52.0, 31.0, 12.0)
    return tags


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_camera_time_and_software_are_read_and_of_the_place_only_that_it_is_there(kind):
    seen = open_photo(coffee(kind, exif=exif().tobytes())).provenance
    assert (seen.camera_make, seen.camera_model) == ("Fairphone", "FP5 hacked")
    assert seen.taken_at == "2026-05-04T10:11:12+02:00"
    assert (seen.software, seen.edited_with) == ("Snapseed 2.0", "snapseed")
    assert seen.has_gps
    assert "52" not in repr(seen)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "HEIF", "AVIF"])
def test_a_picture_that_says_it_was_generated_is_noted(kind):
    seen = open_photo(coffee(kind, xmp=GENERATED)).provenance
    assert (seen.source_type, seen.edited_with) == ("trainedAlgorithmicMedia", "firefly")


def test_a_signed_manifest_is_noted(coffee_jpeg):
    body = b"JP\0\x01\0\0\0\x01" + C2PA
    segment = b"\xff\xeb" + (len(body) + 2).to_bytes(2) + body
    assert open_photo(coffee_jpeg[:2] + segment + coffee_jpeg[2:]).provenance.has_c2pa
    assert not open_photo(coffee_jpeg).provenance.has_c2pa


def test_a_screenshot_is_hinted_at():
    file = coffee("PNG")
    assert not open_photo(file).provenance.looks_like_screenshot
    tags = Image.Exif()
    tags.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0Screenshot"
    assert open_photo(coffee("PNG", exif=tags.tobytes())).provenance.looks_like_screenshot


def test_a_file_that_says_nothing_gives_nothing(coffee_jpeg):
    seen = open_photo(coffee_jpeg).provenance
    assert (seen.camera_make, seen.taken_at, seen.software, seen.source_type) == (None,) * 4
    assert not seen.has_gps


@given(
    st.binary(max_size=300),
    st.sampled_from([b"Exif\0\0II*\0\x08\0\0\0", b"Exif\0\0MM\0*\0\0\0\x08", b"Exif\0\0"]),
)
@settings(deadline=None)
def test_hostile_metadata_never_harms(noise, start):
    body = start + noise
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2) + body
    seen = open_photo(coffee()[:2] + segment + coffee()[2:]).provenance
    assert all(len(text) <= 80 and text.isprintable() for text in (seen.camera_make, seen.software) if text)


def test_a_long_text_is_cut():
    tags = Image.Exif()
    tags[0x010F] = "x" * 5000
    assert open_photo(coffee(exif=tags.tobytes())).provenance.camera_make == "x" * 80


def test_the_shown_copy_carries_no_metadata_at_all():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = coffee(exif=exif().tobytes(), xmp=GENERATED, icc_profile=srgb, comment=b"my address")
    copy = shown_copy(open_photo(original))
    for trace in (b"Exif", b"http://", b"ICC_PROFILE", b"my address", b"Fairphone", b"\xff\xfe"):
        assert trace in original
        assert trace not in copy
    assert abs(open_photo(copy).whole.astype(int) - open_photo(original).whole).mean() < 4


def test_a_png_with_text_is_shown_without_it():
    info = PngInfo()
    info.add_text("Author", "a name")
    assert b"a name" not in shown_copy(open_photo(coffee("PNG", pnginfo=info)))
