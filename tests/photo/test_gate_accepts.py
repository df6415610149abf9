"""What a phone, a shop or a designer sends becomes an upright picture in the right colours."""

import io
import struct
import zlib

import numpy as np
import pytest
import simplejpeg
import skimage.data
from photo.bad_photos import coffee, encoded
from PIL import Image, ImageCms

from inspection.photo.decode import CROP_SIDE, WHOLE_SIDE, open_photo

QUARTERS = np.array([[(220, 30, 40), (30, 160, 60)], [(40, 60, 200), (240, 240, 240)]], np.uint8)
"""Red, green / blue, white: no two turns or mirrors of it look alike."""


def quarters(height=240, width=320):
    return np.repeat(np.repeat(QUARTERS, height // 2, axis=0), width // 2, axis=1)


def corners(picture):
    """The four quarters' mean colours, laid out as `QUARTERS`."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    parts = [
        [picture[:height, :width], picture[:height, width:]],
        [picture[height:, :width], picture[height:, width:]],
    ]
    return np.array([[part[8:-8, 8:-8].mean((0, 1)) for part in row] for row in parts])


def stored_for(orientation, upright):
    """How a camera held that way stores the scene: EXIF's definition, by Pillow's own transpose."""
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    image = Image.fromarray(upright)
    return np.asarray(image if back is None else image.transpose(back))


def exif_saying(**tags):
    exif = Image.Exif()
    numbers = {"orientation": 0x0112, "make": 0x010F, "model": 0x0110, "software": 0x0131}
    for name, value in tags.items():
        exif[numbers[name]] = value
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_every_orientation_is_applied_exactly_once(kind, orientation):
    stored = stored_for(orientation, quarters())
    photo = open_photo(encoded(stored, kind, exif=exif_saying(orientation=orientation).tobytes(), quality=90))
    assert photo.whole.shape == (240, 320, 3)
    assert (photo.height, photo.width) == (240, 320)
    assert corners(photo.whole) == pytest.approx(QUARTERS, abs=8)


def test_a_heic_is_turned_by_its_container_whatever_exif_says():
    """Phones write both; a reader that obeys both turns the picture twice."""
    turned_by_container = encoded(
        stored_for(6, quarters()), "HEIF", exif=exif_saying(orientation=6).tobytes()
    )
    assert b"irot" in turned_by_container
    only_exif = encoded(
        quarters(), "HEIF", exif=exif_saying(orientation=6)
    )  # Pillow leaves an object as it is
    assert b"irot" not in only_exif
    for heic in (turned_by_container, only_exif):
        assert corners(open_photo(heic).whole) == pytest.approx(QUARTERS, abs=8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_each_format_keeps_its_colours(kind):
    photo = open_photo(encoded(quarters(), kind, quality=90))
    assert corners(photo.whole) == pytest.approx(QUARTERS, abs=8)
    assert photo.provenance.format in {kind, "HEIC"}


def test_a_multi_picture_file_shows_its_first_picture():
    second = Image.fromarray(255 - quarters())
    file = io.BytesIO()
    Image.fromarray(quarters()).save(file, "MPO", save_all=True, append_images=[second], quality=90)
    photo = open_photo(file.getvalue())
    assert photo.provenance.format == "MPO"
    assert corners(photo.whole) == pytest.approx(QUARTERS, abs=8)


def test_a_printers_jpeg_is_not_shown_in_negative():
    """Pillow writes CMYK as Adobe does: inverted, and marked so."""
    file = io.BytesIO()
    Image.fromarray(quarters()).convert("CMYK").save(file, "JPEG", quality=95)
    assert corners(open_photo(file.getvalue()).whole) == pytest.approx(QUARTERS, abs=8)


def test_a_progressive_jpeg_is_read_like_any_other():
    assert corners(open_photo(encoded(quarters(), progressive=True)).whole) == pytest.approx(QUARTERS, abs=8)


def test_sixteen_bits_of_grey_keep_their_middle():
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16)[np.newaxis].repeat(128, axis=0)
    seen = open_photo(encoded(ramp, "PNG")).whole
    assert seen[64, :, 0] == pytest.approx(np.arange(256), abs=1)
    assert (seen[..., 0] == seen[..., 2]).all()


def test_sixteen_bits_a_colour_keep_their_middle():
    rows = b"".join(b"\0" + struct.pack(">3H", 0x8000, 0x4000, 0xC000) * 100 for _ in range(100))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 100, 100, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    chunks = [struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in parts]
    photo = open_photo(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    assert photo.whole[50, 50].tolist() == pytest.approx([128, 64, 192], abs=1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_grey_becomes_three_equal_channels(kind):
    photo = open_photo(encoded(np.full((100, 120), 77, np.uint8), kind))
    assert photo.whole.shape == (100, 120, 3)
    assert photo.whole == pytest.approx(77, abs=1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_what_is_transparent_is_white_and_half_is_half(kind):
    pixels = np.zeros((128, 192, 4), np.uint8)
    pixels[:, 64:128, 3], pixels[:, 128:, 3] = 128, 255
    seen = open_photo(encoded(pixels, kind, quality=95)).whole
    assert [int(seen[64, x, 1]) for x in (32, 96, 160)] == pytest.approx([255, 127, 0], abs=6)


def test_grey_with_alpha_and_palettes_with_and_without_alpha():
    grey_alpha = np.dstack([np.full((100, 100), 60, np.uint8), np.full((100, 100), 255, np.uint8)])
    assert open_photo(encoded(grey_alpha, "PNG")).whole[50, 50].tolist() == [60, 60, 60]
    file = io.BytesIO()
    palette = Image.fromarray(quarters()).quantize(8)
    palette.save(file, "PNG")
    assert corners(open_photo(file.getvalue()).whole) == pytest.approx(QUARTERS, abs=3)
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=palette.getpixel((0, 0)))
    assert open_photo(file.getvalue()).whole[20, 20].tolist() == [255, 255, 255]


def profile(red, green, blue, gamma=2.2, white=(0.3127, 0.3290)):
    """A display's ICC profile, version 2, from its primaries as chromaticities: ours, so free to ship."""
    to_xyz = lambda xy: np.array([xy[0] / xy[1], 1, (1 - xy[0] - xy[1]) / xy[1]])  # noqa: E731
    primaries = np.stack([to_xyz(xy) for xy in (red, green, blue)], axis=1)
    primaries = primaries * np.linalg.solve(primaries, to_xyz(white))
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    gain = np.diag((bradford @ d50) / (bradford @ to_xyz(white)))
    adapted = np.linalg.inv(bradford) @ gain @ bradford @ primaries
    number = lambda v: struct.pack(">i", round(v * 65536))  # noqa: E731
    xyz = lambda v: b"XYZ \0\0\0\0" + b"".join(number(x) for x in v)  # noqa: E731
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Test\0" + bytes(83)
    tags = {b"desc": name, b"wtpt": xyz(d50), b"cprt": b"text\0\0\0\0none\0\0\0\0"}
    tags |= {b"rXYZ": xyz(adapted[:, 0]), b"gXYZ": xyz(adapted[:, 1]), b"bXYZ": xyz(adapted[:, 2])}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    return _assembled(tags, b"RGB ")


def _assembled(tags, space):
    offset, table, body = 132 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        value = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", offset + len(body), len(value))
        body += value
    size = offset + len(body)
    head = (
        struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
    )
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


DISPLAY_P3 = profile((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = profile((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize(
    ("icc", "stored", "srgb"),
    [
        # worked out by hand from the primaries, gamma 2.2
        (DISPLAY_P3, (180, 100, 90), (194, 95, 85)),
        (ADOBE_RGB, (150, 120, 90), (162, 121, 88)),
    ],
    ids=["Display P3", "Adobe RGB"],
)
def test_wide_colours_become_srgb(kind, icc, stored, srgb):
    pixels = np.broadcast_to(np.uint8(stored), (300, 300, 3)).copy()
    photo = open_photo(encoded(pixels, kind, icc_profile=icc, quality=95))
    assert photo.whole[50, 50].tolist() == pytest.approx(srgb, abs=4)
    assert photo.crops[0][50, 50].tolist() == photo.whole[50, 50].tolist()


def test_a_grey_profile_bends_grey():
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 256) + b"\0\0"  # gamma 1: stored as light
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"Grey\0" + bytes(83)
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    icc = _assembled(
        {b"desc": name, b"wtpt": white, b"kTRC": curve, b"cprt": b"text\0\0\0\0none\0\0\0\0"}, b"GRAY"
    )
    photo = open_photo(encoded(np.full((100, 100), 55, np.uint8), "PNG", icc_profile=icc))
    assert photo.whole[50, 50].tolist() == pytest.approx([128] * 3, abs=3)  # 21.6 % of light


@pytest.mark.parametrize("icc", [b"no profile at all", DISPLAY_P3[:200], bytes(5000)])
def test_a_broken_profile_is_ignored(icc):
    photo = open_photo(encoded(quarters(), "JPEG", icc_profile=icc, quality=90))
    assert corners(photo.whole) == pytest.approx(QUARTERS, abs=8)


def test_a_profile_for_other_pixels_is_ignored():
    photo = open_photo(encoded(np.full((100, 100), 60, np.uint8), "PNG", icc_profile=DISPLAY_P3))
    assert photo.whole[50, 50].tolist() == [60, 60, 60]


@pytest.mark.parametrize(
    ("height", "width"), [(3000, 4000), (1999, 1333), (4097, 300), (1025, 1025), (700, 500)]
)
def test_the_whole_view_fits_and_keeps_its_shape(height, width):
    whole = open_photo(encoded(np.full((height, width, 3), 90, np.uint8))).whole
    assert max(whole.shape[:2]) == min(WHOLE_SIDE, max(height, width))
    assert whole.shape[0] / whole.shape[1] == pytest.approx(height / width, rel=0.01)


def test_crops_are_native_pixels_of_the_sharpest_parts():
    scene = np.full((1600, 2400, 3), 128, np.uint8)
    checks = ((np.indices((300, 300)) // 4).sum(0) % 2 * 160 + 60).astype(np.uint8)
    scene[900:1200, 1700:2000] = checks[..., np.newaxis]
    photo = open_photo(encoded(scene, "PNG"))
    assert len(photo.crops) == 3
    best = photo.crops[0]
    assert best.shape == (CROP_SIDE, CROP_SIDE, 3)
    assert set(np.unique(best)) <= {60, 128, 220}  # resampling would have made values between
    assert np.mean(best != 128) > 0.8


def test_crops_of_one_photo_show_different_parts():
    rng = np.random.default_rng(7)
    photo = open_photo(encoded(rng.integers(0, 255, (900, 900, 3), dtype=np.uint8), "PNG"))
    first, second, third = (crop.tobytes() for crop in photo.crops)
    assert len({first, second, third}) == 3


def test_crops_are_turned_with_the_whole():
    scene = np.zeros((800, 1200, 3), np.uint8)
    scene[:, ::40] = 255  # upright stripes
    stored = stored_for(6, scene)
    crop = open_photo(encoded(stored, "JPEG", exif=exif_saying(orientation=6).tobytes(), quality=95)).crops[0]
    assert np.ptp(crop.mean(0)[:, 0]) > 100 > np.ptp(crop.mean(1)[:, 0])


def test_a_photo_smaller_than_a_crop_has_none():
    assert open_photo(encoded(skimage.data.coffee()[:200, :300])).crops == ()


def test_pictures_belong_to_nobody(coffee_jpeg):
    photo = open_photo(coffee_jpeg)
    with pytest.raises(ValueError, match="read-only"):
        photo.whole[0, 0] = 0


def test_zeros_that_some_phones_write_before_the_end_do_no_harm(coffee_jpeg):
    padded = coffee_jpeg[:-2] + bytes(16) + coffee_jpeg[-2:]
    with pytest.raises(ValueError, match="extraneous"):
        simplejpeg.decode_jpeg(padded)
    assert (open_photo(padded).whole == open_photo(coffee_jpeg).whole).all()


def test_ours_are_the_pixels_that_pillow_sees():
    ours, theirs = open_photo(coffee()).whole, np.asarray(Image.open(io.BytesIO(coffee())))
    assert np.abs(ours.astype(int) - theirs).mean() < 1


def test_the_test_profiles_are_what_they_say():
    p3 = ImageCms.ImageCmsProfile(io.BytesIO(DISPLAY_P3))
    assert ImageCms.getProfileDescription(p3).strip() == "Test"
