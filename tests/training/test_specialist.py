import numpy as np
import pytest

from training.recipe import RecipeUnusable
from training.specialist.groups import folds
from training.specialist.head import TOP, Linear, Strangeness, fit_linear, fit_strangeness
from training.specialist.measure import held_out
from training.specialist.recipe import read_specialist_recipe

RNG = np.random.default_rng(7)


def test_photos_of_one_listing_are_never_in_two_folds():
    groups = RNG.integers(0, 30, 200)
    fold = folds(groups, RNG.integers(0, 4, 200), seed=1)
    assert all(len(set(fold[groups == group])) == 1 for group in range(30))
    assert set(fold) == set(range(5))


def test_what_only_a_listing_gives_away_is_worth_nothing_on_held_out_listings():
    groups = np.repeat(np.arange(40), 6)
    genuine = RNG.random(40)[groups] > 0.5
    listing = RNG.normal(size=(40, 2 * TOP))[groups].astype(np.float32)
    apart = held_out(listing, genuine, fold=folds(groups, genuine.astype(np.int64), 1), shrinkage=0.01)[0]
    mixed = held_out(listing, genuine, fold=np.arange(len(groups)) % 5, shrinkage=0.01)[0]
    assert ((mixed > 0) == genuine).mean() > 0.95
    assert ((apart > 0) == genuine).mean() < 0.75


def test_the_folded_weights_score_as_the_standardised_ones_do():
    statistics = RNG.normal(3, 5, (80, 12)).astype(np.float32)
    genuine = statistics[:, 0] > 3
    found = fit_linear(statistics, genuine, 1.0)
    assert isinstance(found, Linear)
    assert ((found.scores(statistics) > 0) == genuine).mean() > 0.95


def test_what_was_never_seen_is_stranger_than_what_was():
    alike = (RNG.random(2 * TOP) + 0.3 * RNG.random((300, 2 * TOP))).astype(np.float32)
    others = RNG.random((50, 2 * TOP)).astype(np.float32)
    found = fit_strangeness(alike[:200])
    assert isinstance(found, Strangeness)
    assert found.of(others).min() > found.of(alike[200:]).max()


def test_a_recipe_whose_labels_are_neither_weak_nor_documented_is_refused(tmp_path):
    recipe = tmp_path / "bags.toml"
    recipe.write_text('categories = []\nlabels = "sure"\n')
    with pytest.raises(RecipeUnusable):
        read_specialist_recipe(recipe)
