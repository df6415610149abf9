import hashlib

import pytest
from tiny_bundle import write_tiny_bundle

from inspection.demo.seed import AS_SOLD, CASES, PHOTOS, seed
from inspection.settings import Settings
from inspection.wiring import Product


@pytest.fixture
def product(tmp_path):
    return Product(Settings(bundle=write_tiny_bundle(tmp_path / "tiny"), home=tmp_path / "home"))


def test_every_case_is_decided_just_now_by_the_product_itself(product):
    made = seed(product)
    assert [one.photos[0].sha256 for one in made] == [
        hashlib.sha256((PHOTOS / name).read_bytes()).hexdigest() for name in CASES
    ]
    assert list(product.cases.latest(10)) == made[::-1]
    for one in made:
        assert product.photos.shown(one.photos[0].sha256)


def test_a_second_start_decides_one_again_and_adds_nothing(product):
    first = seed(product)
    again = seed(product)
    assert [one.photos[0].sha256 for one in again] == [first[-1].photos[0].sha256]
    assert again[0].id != first[-1].id
    assert list(product.cases.latest(10)) == first[::-1]


def test_a_start_that_was_cut_short_is_completed_by_the_next(product, monkeypatch):
    monkeypatch.setattr("inspection.demo.seed.CASES", dict(list(CASES.items())[:2]))
    seed(product)
    monkeypatch.undo()
    seed(product)
    assert len(product.cases.latest(10)) == len(CASES)


def test_the_demo_compares_with_the_cup_as_sold(product):
    assert all((PHOTOS / name).is_file() for name in (*AS_SOLD, *CASES))
