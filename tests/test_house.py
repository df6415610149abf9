"""The house itself: what keeps the folders, the packages and the README true."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from inspection.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("folder", ["models", "datasets"])
def test_data_folders_hold_no_python(folder):
    """With one `__init__.py` in it, `datasets/` would hide another package of that name."""
    assert (ROOT / folder).is_dir()
    assert not list((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_readme(name):
    assert f"`INSPECTION_{name.upper()}`" in README


@pytest.mark.parametrize("extra", ["gpu", "train", "dev"])
def test_every_extra_is_in_the_readme(extra):
    assert f"`{extra}`" in README


@pytest.mark.parametrize("package", ["inspection", "api", "training"])
def test_the_packages_say_that_they_are_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_importing_the_product_is_light():
    """No numpy, no model, no web framework until somebody asks for one."""
    code = (
        "import sys, inspection; print(sorted(set(sys.modules) & {'numpy', 'cv2', 'onnxruntime', 'fastapi'}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_serving_imports_no_torch():
    code = "import sys, api.app, inspection.wiring, inspection.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ci_runs_the_readmes_test_command():
    assert "make test" in README
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_every_link_and_picture_in_the_readme_is_there():
    targets = re.findall(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=\"([^\"]+)\"", README)
    linked = [target for pair in targets for target in pair if target]
    relative = [target.partition("#")[0] for target in linked if not re.match(r"[a-z]+:|#", target)]
    assert relative
    assert [path for path in relative if not (ROOT / path).exists()] == []


def test_every_folder_the_readme_draws_is_there():
    drawn = re.findall(r"^(?:  )?([a-z]+)/ ", README, re.MULTILINE)
    assert len(drawn) > 8
    for folder in drawn:
        assert (ROOT / folder).is_dir() or (ROOT / "inspection" / folder).is_dir()
