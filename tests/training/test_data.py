import csv
from pathlib import Path

import pytest

from inspection.errors import ManifestUnusable
from training.data import (
    CARDS,
    Card,
    DataUnlicensed,
    Example,
    Split,
    SplitLeaks,
    data_folder,
    differences,
    fingerprint,
    read_card,
    read_manifest,
    refuse_overlap,
    split,
    split_of,
    trainable,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty files of twenty groups; the last one is a copy of the first, under another group."""
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["file", "label", "category", "split_group"])
        for i in range(60):
            (tmp_path / f"{i}.jpg").write_bytes(b"photo %d" % (i % 59))
            rows.writerow([f"{i}.jpg", "genuine", "hat", f"person_{i % 20}"])
    return tmp_path


def groups(examples: tuple[Example, ...]) -> set[str]:
    return {example.group for example in examples}


def test_no_group_is_on_two_sides_of_a_split(folder: Path) -> None:
    parts = split(read_manifest(folder))
    assert sum(len(members) for members in parts.values()) >= 59
    assert all(parts.values())
    assert not groups(parts[Split.TRAIN]) & groups(parts[Split.TEST])
    assert not groups(parts[Split.TRAIN]) & groups(parts[Split.CALIBRATE])
    assert not groups(parts[Split.CALIBRATE]) & groups(parts[Split.TEST])


def test_a_copy_of_a_photo_never_lands_in_another_split(folder: Path) -> None:
    for assigned in ({"person_0": Split.TRAIN, "person_19": Split.TEST}, {"person_0": Split.TEST}):
        parts = split(read_manifest(folder), assigned)
        where = [
            part for part, members in parts.items() for e in members if e.path.read_bytes() == b"photo 0"
        ]
        assert len(set(where)) == 1


def test_a_card_can_say_where_a_group_goes(folder: Path) -> None:
    parts = split(read_manifest(folder), {f"person_{i}": Split.CALIBRATE for i in range(20)})
    assert len(parts[Split.CALIBRATE]) == 60


def test_a_group_keeps_its_split_whatever_else_is_added() -> None:
    alone = split_of("sender_181")
    assert {split_of("sender_181") for _ in range(3)} == {alone}
    assert {split_of(f"sender_{i}") for i in range(200)} == set(Split)


def test_a_group_on_two_sides_is_refused_by_name(folder: Path) -> None:
    one = read_manifest(folder)[0]
    with pytest.raises(SplitLeaks, match="person_0"):
        refuse_overlap({Split.TRAIN: [one], Split.TEST: [one]})


def test_a_manifest_without_groups_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,label,category\n")
    with pytest.raises(ManifestUnusable, match="split_group"):
        read_manifest(tmp_path)


def test_one_changed_byte_differs_from_the_card(folder: Path) -> None:
    examples = read_manifest(folder)
    card = Card(
        name="hats", licence="CC0-1.0", credit="", may_train=True, photos=60, groups=20,
        sha256=fingerprint(examples), labels={"genuine": 60}, assigned={},
    )  # fmt: skip
    assert differences(card, folder) == []
    (folder / "7.jpg").write_bytes(b"another photo")
    assert [difference.split(":")[0] for difference in differences(card, folder)] == ["sha256"]


def test_every_card_can_be_read_and_says_whether_it_may_train() -> None:
    cards = [read_card(path) for path in sorted(CARDS.glob("*.toml"))]
    assert {card.name for card in cards if not card.may_train} == {"recapture", "damage"}
    assert all(card.credit for card in cards if card.may_train)


@pytest.mark.parametrize("name", ["recapture", "damage"])
def test_a_set_without_a_licence_never_trains(name: str) -> None:
    with pytest.raises(DataUnlicensed, match=name):
        trainable(name)


@pytest.mark.parametrize("path", sorted(CARDS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_photos_here_are_the_ones_the_card_describes(path: Path) -> None:
    folder = data_folder() / path.stem
    if not folder.is_dir():
        pytest.skip(f"the data set {path.stem} is not on this machine")
    assert differences(read_card(path), folder) == []
