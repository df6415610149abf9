"""A recipe that cannot be followed is refused before the work, by what is wrong with it."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra `train` is not installed")

from inspection.errors import FileMissing
from training.recipe import RecipeUnusable, read_recipe
from training.train import main

RECIPE = Path("training/recipes/lite0-v2.toml")


def changed(folder: Path, old: str, new: str) -> Path:
    """The released recipe with one value changed, and its weights beside it."""
    text = RECIPE.read_text(encoding="utf-8")
    assert old in text
    (folder / "damage-lite0-v1.npz").write_bytes(b"")
    path = folder / "changed.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_released_recipe_says_its_own_name_and_hash() -> None:
    recipe = read_recipe(RECIPE)
    assert recipe.file == RECIPE.name
    assert len(recipe.sha256) == 64
    assert recipe.damage_begins == RECIPE.with_name("damage-lite0-v1.npz")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('name = "lite0-v2"', 'name = ".."', "no name"),
        ('name = "lite0-v2"', 'name = "specialists"', "no name"),
        ('name = "lite0-v2"', 'name = "a/b"', "no name"),
        ("2026-11-25", "soon", "soon"),
        ("view_side = 320", "view_side = 512", "320"),
        ('claimed = ["tear", "crack"]', 'claimed = ["dragon"]', "dragon"),
        ('claimed = ["tear", "crack"]', "claimed = []", "at least one"),
        ("error_rate = 0.05", "error_rate = 7", "error_rate"),
        ("alarm_rate = 0.03", "alarm_rate = 0.06", "alarm_rate"),
        ("seed = 20261125", "", "seed"),
        ("seed = 20261125", "seed = 1\nluck = 3", "luck is unknown"),
        ("damage-lite0-v1.npz", "nothing.npz", "nothing.npz"),
        ("seed = 20261125", "seed = ", "Invalid"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(RecipeUnusable, match=why):
        read_recipe(changed(tmp_path, old, new))


def test_bytes_that_are_no_text_and_a_path_that_is_none_are_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = tmp_path / "noise.toml"
    noise.write_bytes(b"\xff\xfe\x00")
    assert main([str(noise)]) == 1
    assert capsys.readouterr().err.startswith("recipe_unusable: noise.toml")
    with pytest.raises(FileMissing):
        read_recipe(tmp_path / "nowhere.toml")
