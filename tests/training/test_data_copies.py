import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inspection.errors import ManifestUnusable
from training.data import (
    CARDS,
    Example,
    Split,
    SplitLeaks,
    data_folder,
    read_card,
    read_examples,
    split,
    split_of,
)
from training.data.__main__ import main
from training.data.copies import near_copies
from training.data.crops import overlaps
from training.data.layouts import parted
from training.data.linking import as_toml, link
from training.data.splits import placed, refuse_overlap, united

TRAINED = ["clothing", "sneakers", "grocery", "damage-open"]


def picture(seed: int) -> NDArray[np.uint8]:
    """(300, 400, 3) of blocks and circles: corners enough to be recognised by."""
    rng = np.random.default_rng(seed)
    drawn = np.full((300, 400, 3), rng.integers(0, 255, 3), np.uint8)
    for _ in range(60):
        x, y, w, h = (int(v) for v in rng.integers((0, 0, 10, 10), (380, 280, 90, 70)))
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.rectangle(drawn, (x, y), (x + w, y + h), colour, -1)
        cv2.circle(drawn, (y, x), w // 4, colour[::-1], -1)
    return drawn


def put(path: Path, pixels: NDArray[np.uint8], quality: int = 92) -> Path:
    cv2.imwrite(str(path), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [put(tmp_path / f"{seed}.jpg", picture(seed)) for seed in range(8)]


def recompressed(p: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 25])[1], 1), np.uint8)


def resized(p: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(p, (190, 150), interpolation=cv2.INTER_AREA), np.uint8)


def mirrored(p: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(p[:, ::-1])


def brighter(p: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.convertScaleAbs(p, alpha=1.1, beta=8), np.uint8)


def cropped(p: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(p[40:270, 60:360], (400, 300)), np.uint8)


@pytest.mark.parametrize("change", [recompressed, resized, mirrored, brighter])
def test_a_changed_copy_has_the_same_hash_and_no_other_photo_has(photos: list[Path], change) -> None:
    copy = put(photos[0].parent / "copy.jpg", change(picture(3)))
    assert list(near_copies([*photos, copy])) == [(photos[3], copy)]


def test_a_crop_escapes_the_hash_and_not_the_overlap(photos: list[Path]) -> None:
    crop = put(photos[0].parent / "crop.jpg", cropped(picture(5)))
    assert list(near_copies([*photos, crop])) == []
    (found,) = overlaps([*photos, crop])
    assert (found.one, found.other) == (photos[5], crop)
    assert found.like > 0.9


def test_the_same_label_on_two_items_is_no_copy(tmp_path: Path) -> None:
    """A printed label in two scenes: its features agree, the rest of the pictures does not."""
    label = cv2.resize(picture(9), (160, 120))
    paths = []
    for seed, (x, y) in enumerate(((20, 30), (200, 150))):
        scene = cv2.GaussianBlur(picture(20 + seed), (0, 0), 2)
        scene[y : y + 120, x : x + 160] = label
        paths.append(put(tmp_path / f"{seed}.jpg", np.asarray(scene, np.uint8)))
    assert overlaps(paths) == []


def test_flat_pictures_and_files_that_are_no_photos_are_in_no_pair(tmp_path: Path) -> None:
    flat = [put(tmp_path / f"{i}.jpg", np.full((60, 60, 3), 90, np.uint8)) for i in range(2)]
    (tmp_path / "text.jpg").write_bytes(b"no photo")
    (tmp_path / "empty.jpg").write_bytes(b"")
    paths = [*flat, tmp_path / "text.jpg", tmp_path / "empty.jpg", tmp_path / "gone.jpg"]
    assert list(near_copies(paths)) == []
    assert overlaps(paths) == []


def example(path: Path, group: str) -> Example:
    return Example(path=path, label="genuine", category="bag", group=group)


def apart() -> tuple[str, str]:
    """Two groups whose names send them to two splits."""
    names = [f"person_{i}" for i in range(40)]
    return next(n for n in names if split_of(n) is Split.TRAIN), next(
        n for n in names if split_of(n) is Split.TEST
    )


def test_a_near_copy_in_another_split_is_refused_until_its_groups_are_linked(photos: list[Path]) -> None:
    here, there = apart()
    copy = put(photos[0].parent / "copy.jpg", recompressed(picture(0)))
    examples = [example(photos[0], here), example(photos[1], here), example(copy, there)]
    with pytest.raises(SplitLeaks, match="one photo"):
        split(examples)
    links = link(examples)
    assert links.bundles == (tuple(sorted((here, there))),)
    assert links.by_hash == 1
    parts = split(examples, linked=links.bundles)
    assert len(parts[Split.TRAIN]) == 3


def test_a_file_on_two_sides_is_refused_whatever_its_group(photos: list[Path]) -> None:
    with pytest.raises(SplitLeaks, match="copy"):
        refuse_overlap({Split.TRAIN: [example(photos[0], "a")], Split.TEST: [example(photos[0], "b")]})


def test_links_join_through_others_and_go_where_the_largest_group_went() -> None:
    here, there = apart()
    assert united("abcd", [("a", "b"), ("c", "b"), ("x", "d")]) == [("a", "b", "c"), ("d",)]
    assert set(placed({here: 1, there: 5}, {}, {}, [(here, there)]).values()) == {Split.TEST}
    assert set(placed({here: 5, there: 1}, {}, {}, [(here, there)]).values()) == {Split.TRAIN}


def test_a_bundle_goes_where_its_card_says_and_never_to_two_splits() -> None:
    sizes = {"tag_1": 1, "tag_2": 1, "other": 1}
    homes = placed(sizes, {"plates": Split.TEST}, {"plates": ["tag_*"]}, [])
    assert homes["tag_1"] is homes["tag_2"] is Split.TEST
    with pytest.raises(SplitLeaks, match="several splits"):
        placed(sizes, {"tag_1": Split.TRAIN, "tag_2": Split.TEST}, {}, [("tag_1", "tag_2")])


def test_the_command_finds_a_crop_and_prints_the_table_for_the_card(
    photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = photos[0].parent
    put(folder / "crop.jpg", cropped(picture(5)))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["file", "label", "category", "split_group"])
        rows.writerows(
            [[path.name, "genuine", "bag", f"item_{path.stem}"] for path in sorted(folder.glob("*.jpg"))]
        )
    assert main(["link", str(folder)]) == 0
    assert '["item_5", "item_crop"]' in capsys.readouterr().out
    assert main(["link", str(folder), "guess"]) == 2
    assert main(["link", str(folder / "gone")]) == 1
    assert "file_missing" in capsys.readouterr().err


def test_no_links_are_written_as_none() -> None:
    assert as_toml(link([]), "copy") == '[linked]\nby = "copy"\ngroups = []\n'


@pytest.mark.parametrize("text", ["", "title = [", "sha256 = 3\n[counts]\n[splits]\n", 'layout = "coco"'])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(ManifestUnusable):
        read_card(tmp_path / "mine.toml")


@pytest.mark.parametrize("name", TRAINED)
def test_no_split_of_the_real_photos_holds_a_copy_of_another_splits_photo(name: str) -> None:
    if not (data_folder() / name).is_dir():
        pytest.skip(f"the data set {name} is not on this machine")
    card = read_card(CARDS / f"{name}.toml")
    parts = parted(card, read_examples(name))
    assert sum(len(members) for members in parts.values()) == card.photos
    refuse_overlap(parts, near=True)
