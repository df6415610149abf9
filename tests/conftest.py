"""What tests of more than one folder share."""

import os
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from databases import ENGINES, postgres_database, postgres_server, sqlite_copy, sqlite_template
from photo import bad_photos as bad
from tiny_bundle import seal as seal_bundle
from tiny_bundle import write_tiny_bundle

from inspection.settings import Settings
from inspection.store.engine import Database, open_engine
from inspection.wiring import Product


@pytest.fixture
def tiny_bundle(tmp_path):
    """A folder with a bundle whose answers are arithmetic on colours: tests/tiny_bundle.py."""
    return write_tiny_bundle(tmp_path / "tiny")


@pytest.fixture
def seal():
    """Writes a changed bundle's checksums anew."""
    return seal_bundle


@pytest.fixture(scope="session")
def real_photos():
    """The folder of real photos: `INSPECTION_DATA`, else one beside the checkout; skipped without."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("INSPECTION_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no folder of real photos: set INSPECTION_DATA")
    return folder


@pytest.fixture(scope="session")
def coffee_jpeg():
    """A real photo of a cup, 600 × 400 px: nothing is wrong with it."""
    return bad.coffee()


@pytest.fixture(scope="session")
def bad_photos():
    """Name to bytes: tests/photo/bad_photos.py, where `REJECTED_AS` says as what each is refused."""
    return bad.bad_photos()


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory):
    """A migrated SQLite file to copy."""
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=ENGINES)
def database_url(request, tmp_path):
    """A fresh, migrated database on each engine in turn."""
    if request.param == "sqlite":
        yield sqlite_copy(request.getfixturevalue("sqlite_file"), tmp_path / "home" / "inspection.db")
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def database(database_url):
    """The same, open."""
    database = Database(open_engine(database_url))
    yield database
    database.close()


@pytest.fixture
def product(database_url, tiny_bundle, tmp_path):
    """The whole product on the tiny bundle, on each engine in turn; its worker is not begun."""
    told = database_url.render_as_string(hide_password=False)
    made = Product(Settings(bundle=tiny_bundle, home=tmp_path / "home", database=told))
    yield made
    made.close()


@pytest.fixture(scope="session")
def jpeg():
    """`jpeg(7)` is the seventh photo of some item: 800 × 600, like no other."""

    def make(number: int = 1, *, quality: int = 90) -> bytes:
        random = np.random.default_rng(number)
        blocks = random.integers(60, 200, (12, 16, 3), np.uint8).repeat(50, 0).repeat(50, 1)
        return simplejpeg.encode_jpeg(np.ascontiguousarray(blocks), quality=quality)

    return make
