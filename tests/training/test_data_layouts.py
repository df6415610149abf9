import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspection.errors import FileMissing, InspectionError, ManifestUnusable
from inspection.verdict.findings import Box, Kind
from inspection.verdict.grading import Grade
from training.data import Card, read_layout
from training.data.coco import coco
from training.data.folders import image_folders, mvtec, visa
from training.data.manifest import read_manifest
from training.data.secondhand import secondhand


def put(path: Path, size: tuple[int, int] = (40, 30), value: int = 128) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), value, np.uint8))
    return path


def listed(folder: Path, row: dict[str, str]) -> Path:
    put(folder / "a.png")
    full = {"file": "a.png", "label": "damaged", "category": "bag", "split_group": "g"} | row
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as lines:
        rows = csv.DictWriter(lines, list(full))
        rows.writeheader()
        rows.writerow(full)
    return folder


def test_a_manifest_tells_boxes_grade_mask_and_kinds(tmp_path: Path) -> None:
    put(tmp_path / "m.png")
    (one,) = read_manifest(
        listed(
            tmp_path,
            {"boxes": "scratch 0.1 0.2 0.3 0.4", "grade": "C", "mask_file": "m.png", "kinds": "hole"},
        )
    )
    assert one.boxes == ((Kind.SCRATCH, Box(x=0.1, y=0.2, w=0.3, h=0.4)),)
    assert (one.grade, one.mask, one.kinds) == (Grade.C, tmp_path / "m.png", (Kind.HOLE, Kind.SCRATCH))


def test_somebody_elses_columns_and_words_are_read_as_ours(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    (tmp_path / "manifest.csv").write_text(
        "photo,state,what,item,boxes\na.png,bad,bag,7,pinhole 0 0 .5 .5;logo 0 0 1 1\n"
    )
    names = {"file": "photo", "label": "state", "category": "what", "split_group": "item"}
    (one,) = read_manifest(tmp_path, names, {"pinhole": "hole", "logo": ""})
    assert (one.label, one.group, one.kinds) == ("bad", "7", (Kind.HOLE,))


def test_nobody_looked_is_not_the_same_as_nothing_there(tmp_path: Path) -> None:
    assert read_manifest(listed(tmp_path, {"label": "genuine"}))[0].kinds is None
    assert read_manifest(listed(tmp_path, {"label": "intact"}))[0].kinds == ()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"file": "../a.png"}, "leads out"),
        ({"file": "/etc/passwd"}, "leads out"),
        ({"file": ""}, "leads out"),
        ({"file": "gone.png"}, "no such file"),
        ({"boxes": "scratch 0.1 0.2"}, "no box"),
        ({"boxes": "scratch 0.1 0.2 nan 0.1"}, "no box"),
        ({"boxes": "scratch 2 0 .1 .1"}, "no box"),
        ({"boxes": "gloom 0 0 .1 .1"}, "no kind"),
        ({"grade": "F"}, "none of"),
        ({"mask_file": "small.png"}, "10 × 10 px"),
        ({"mask_file": "manifest.csv"}, "not a picture"),
    ],
)
def test_a_bad_line_is_refused_in_one_line(tmp_path: Path, row: dict[str, str], why: str) -> None:
    put(tmp_path / "small.png", (10, 10))
    with pytest.raises(InspectionError, match=why) as refused:
        read_manifest(listed(tmp_path, row))
    assert "\n" not in str(refused.value)


def test_a_manifest_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_bytes(b"file,label,category,split_group\n\xff\xfe,a,b,c\n")
    with pytest.raises(ManifestUnusable, match="UTF-8"):
        read_manifest(tmp_path)


def test_photos_of_one_item_folder_are_one_group(tmp_path: Path) -> None:
    for name in ("bag/one.jpg", "bag/item7/a.jpg", "bag/item7/b.jpg", "hat/x.png"):
        put(tmp_path / name)
    (tmp_path / "bag" / "notes.txt").write_text("no photo")
    found = image_folders(tmp_path)
    assert [e.category for e in found] == ["bag", "bag", "bag", "hat"]
    assert sorted({e.group for e in found}) == ["bag/item7", "bag/one.jpg", "hat/x.png"]


def test_a_folder_without_photos_and_a_link_that_leads_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="no photo"):
        image_folders(tmp_path)
    outside = put(tmp_path / "secret.png")
    (tmp_path / "set" / "bag").mkdir(parents=True)
    (tmp_path / "set" / "bag" / "a.png").symlink_to(outside)
    with pytest.raises(ManifestUnusable, match="leads out"):
        image_folders(tmp_path / "set")


@pytest.fixture
def bottles(tmp_path: Path) -> Path:
    for name in ("train/good/000", "test/good/000", "test/crack/000", "ground_truth/crack/000_mask"):
        put(tmp_path / "bottle" / f"{name}.png")
    put(tmp_path / "bottle/test/odd/001.png")
    put(tmp_path / "bottle/ground_truth/odd/001_mask.png")
    return tmp_path


def test_mvtec_tells_good_from_damaged_with_its_mask(bottles: Path) -> None:
    found = {e.path.relative_to(bottles / "bottle").as_posix(): e for e in mvtec(bottles)}
    assert found["train/good/000.png"].kinds == ()
    crack = found["test/crack/000.png"]
    assert (crack.label, crack.kinds, crack.category) == ("damaged", (Kind.CRACK,), "bottle")
    assert crack.mask == bottles / "bottle/ground_truth/crack/000_mask.png"
    assert found["test/odd/001.png"].kinds is None
    assert {e.kinds for e in mvtec(bottles, {"odd": "dent"}) if "odd" in e.group} == {(Kind.DENT,)}
    assert len(mvtec(bottles / "bottle")) == len(found) == len({e.group for e in found.values()})


def test_mvtec_without_a_mask_or_with_another_size_is_refused(bottles: Path) -> None:
    put(bottles / "bottle/ground_truth/crack/000_mask.png", (8, 8))
    with pytest.raises(ManifestUnusable, match="8 × 8"):
        mvtec(bottles)
    (bottles / "bottle/ground_truth/crack/000_mask.png").unlink()
    with pytest.raises(FileMissing, match="000_mask"):
        mvtec(bottles)


def test_mvtec_without_its_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bottle").mkdir()
    with pytest.raises(FileMissing, match="train/good"):
        mvtec(tmp_path)


def test_visa_is_read_from_its_list(tmp_path: Path) -> None:
    for name in ("c/Normal/0.png", "c/Anomaly/0.png", "c/Masks/0.png"):
        put(tmp_path / name)
    (tmp_path / "split_csv").mkdir()
    rows = (
        "object,split,label,image,mask\nc,train,normal,c/Normal/0.png,\n"
        "c,test,anomaly,c/Anomaly/0.png,c/Masks/0.png\n"
    )
    (tmp_path / "split_csv/1cls.csv").write_text(rows)
    good, bad = visa(tmp_path)
    assert (good.label, good.kinds, good.mask) == ("undamaged", (), None)
    assert (bad.label, bad.kinds, bad.mask) == ("damaged", None, tmp_path / "c/Masks/0.png")
    (tmp_path / "split_csv/1cls.csv").write_text(rows.replace("c/Normal", "../c/Normal"))
    with pytest.raises(ManifestUnusable, match="leads out"):
        visa(tmp_path)
    (tmp_path / "split_csv/1cls.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ManifestUnusable, match="no column"):
        visa(tmp_path)


def annotated(folder: Path, **changed: Any) -> Path:
    put(folder / "images" / "a.jpg")
    put(folder / "images" / "b.jpg")
    mark = {
        "image_id": 1,
        "category_id": 5,
        "bbox": [4, 6, 20, 12],
        "segmentation": [[4, 6, 23, 6, 23, 17, 4, 17]],
    }
    told = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "item": "x"},
            {"id": 2, "file_name": "b.jpg", "item": "x"},
        ],
        "categories": [{"id": 5, "name": "rip"}],
        "annotations": [mark | changed],
    }
    (folder / "annotations.json").write_text(json.dumps(told))
    return folder


def test_coco_boxes_become_fractions_and_outlines_masks(tmp_path: Path) -> None:
    one, other = coco(
        annotated(tmp_path / "set"), kinds={"rip": "tear"}, groups="item", drawn=tmp_path / "drawn"
    )
    ((kind, box),) = one.boxes
    assert kind is Kind.TEAR
    assert (box.x, box.y, box.w, box.h) == pytest.approx((0.1, 0.2, 0.5, 0.4))
    assert one.group == other.group == "x"
    assert (other.label, other.kinds, other.mask) == ("undamaged", (), None)
    assert one.mask is not None
    drawn = cv2.imread(str(one.mask), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    assert drawn.shape == (30, 40)
    assert np.count_nonzero(drawn) == 20 * 12
    assert not list((tmp_path / "set").rglob("*.png"))


@pytest.mark.parametrize("counts", [[60, 30, 1110], "l1n0fR1"])
def test_coco_run_lengths_go_down_the_columns(tmp_path: Path, counts: Any) -> None:
    """60 empty, 30 full: the third of 40 columns; once as numbers, once as COCO packs them."""
    folder = annotated(tmp_path / "set", segmentation={"counts": counts, "size": [30, 40]})
    one, _ = coco(folder, kinds={"rip": "tear"}, drawn=tmp_path / "drawn")
    drawn = cv2.imread(str(one.mask), cv2.IMREAD_GRAYSCALE)
    assert drawn is not None
    assert np.flatnonzero(drawn.any(0)).tolist() == [2]
    assert drawn[:, 2].all()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"category_id": 9}, "refers to nothing"),
        ({"bbox": [50, 0, 5, 5]}, "not in COCO's form"),
        ({"bbox": ["left", 0, 5, 5]}, "not in COCO's form"),
        ({"segmentation": {"counts": [7]}}, "run lengths"),
        ({"segmentation": {"counts": "o"}}, "cut off"),
        ({"segmentation": [[1, 2, 3]]}, "not in COCO's form"),
    ],
)
def test_a_bad_annotation_is_refused_in_one_line(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ManifestUnusable, match=why) as refused:
        coco(annotated(tmp_path / "set", **changed), kinds={"rip": "tear"}, drawn=tmp_path / "drawn")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"images": 3, "categories": [], "annotations": []}', "\x00"]
)
def test_what_is_no_coco_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "annotations.json").write_text(text)
    with pytest.raises(ManifestUnusable):
        coco(tmp_path)


def test_a_coco_category_that_is_no_defect_of_ours_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="'rip' is no kind"):
        coco(annotated(tmp_path), drawn=tmp_path / "drawn")


def test_an_image_id_never_names_a_path(tmp_path: Path) -> None:
    folder = annotated(tmp_path / "set", image_id="../../out")
    path = folder / "annotations.json"
    path.write_text(path.read_text().replace('"id": 1,', '"id": "../../out",'))
    one, _ = coco(folder, kinds={"rip": "tear"}, drawn=tmp_path / "a" / "b")
    assert one.mask is not None
    assert one.mask.resolve().is_relative_to(tmp_path / "a" / "b")


def garment(folder: Path, **told: Any) -> Path:
    month = folder / "station1" / "mar2023"
    for view in ("front", "back", "brand"):
        put(month / f"{view}_2023_03_01_10_00_00.jpg")
    full = {"type": "Jeans", "condition": 3, "pilling": 5, "stains": "Minor", "holes": "None"} | told
    (month / "labels_2023_03_01_10_00_00.json").write_text(json.dumps(full))
    return folder


def test_a_garment_is_one_group_with_grade_and_kinds(tmp_path: Path) -> None:
    front, back = secondhand(garment(tmp_path))
    assert front.group == back.group == "station1/mar2023/2023_03_01_10_00_00"
    assert (front.category, front.grade, front.kinds) == ("jeans", Grade.C, (Kind.STAIN,))


@pytest.mark.parametrize(("condition", "grade"), [(5, Grade.A), ("4", Grade.B), (2.0, Grade.D), (1, Grade.E)])
def test_their_condition_is_our_grade(tmp_path: Path, condition: Any, grade: Grade) -> None:
    assert {e.grade for e in secondhand(garment(tmp_path, condition=condition))} == {grade}


def test_what_nobody_filled_in_is_not_known(tmp_path: Path) -> None:
    one = secondhand(garment(tmp_path, condition=None, pilling="", stains="", holes=None))[0]
    assert (one.grade, one.kinds) == (None, None)


@pytest.mark.parametrize(
    "told",
    [{"condition": 6}, {"condition": "fine"}, {"stains": "lots"}, {"pilling": 0}, {"condition": 1e999}],
)
def test_a_field_that_cannot_be_is_refused(tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(ManifestUnusable, match=next(iter(told))):
        secondhand(garment(tmp_path, **told))


def test_a_garment_without_its_front_or_with_broken_labels_is_refused(tmp_path: Path) -> None:
    garment(tmp_path)
    labels = next(tmp_path.rglob("labels_*.json"))
    labels.write_text("{")
    with pytest.raises(ManifestUnusable, match="no JSON"):
        secondhand(tmp_path)
    garment(tmp_path)
    next(tmp_path.rglob("front_*.jpg")).unlink()
    with pytest.raises(FileMissing, match="front_"):
        secondhand(tmp_path)


def card(layout: str, **options: Any) -> Card:
    return Card(
        name="mine", licence="CC0-1.0", credit="", may_train=True, photos=0, groups=0, sha256="", labels={},
        assigned={}, layout=layout, options=options,
    )  # fmt: skip


def test_a_card_says_which_layout_and_which_words(bottles: Path) -> None:
    found = read_layout(card("mvtec", kinds={"odd": "dent"}), bottles)
    assert (Kind.DENT,) in {e.kinds for e in found}
    with pytest.raises(ManifestUnusable, match="none of manifest"):
        read_layout(card("zip"), bottles)
    with pytest.raises(ManifestUnusable, match="takes no annotations"):
        read_layout(card("visa", annotations="x.json"), bottles)
