import tomllib
from pathlib import Path

import pytest

import inspection.returns
from inspection.errors import PolicyUnusable
from inspection.returns.policy import Policy

HOUSE = (Path(inspection.returns.__file__).parent / "policies" / "house.toml").read_text()


def test_the_house_policy_can_be_used_and_names_its_version():
    assert Policy.parse(HOUSE).version == tomllib.loads(HOUSE)["version"]


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ('version = "house-2026.11"', "", "version"),
        ("error_budget = 0.05", "error_budget = 5", "shares"),
        ("review_cents = 400", "review_cents = -1", "not negative"),
        ('required_views = ["front"]', 'required_views = ["inside"]', "inside"),
        ("B = 0.75", "B = 0.95", "better one"),
        ('light = "B"', 'light = "Z"', "Z"),
        ('light = "B"', "", "every severity"),
        ("genuine = 0.005 ", "# ", "prior"),
        ("price_cents = 5000 ", "price_cents = -5000 ", "over 0"),
        ("most_asks = 2", "most_asks = 2.5", "whole"),
        ("valid_from = 2026-11-22", 'valid_from = "soon"', "date"),
        ('light = "B"', 'light = "D"', "more severe"),
        ("error_budget = 0.05", "error_budget = 1.0", "accept anything"),
        ("error_budget = 0.05", 'error_budget = "low"', "cannot be used"),
        ("price_cents = 5000 ", "price_cents = ", "TOML|line"),
        ("[rubric.by_kind.pilling]", "[rubric.by_kind.sparkle]", "sparkle"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_and_the_fault_named(was, becomes, named):
    assert was in HOUSE
    with pytest.raises(PolicyUnusable, match=named):
        Policy.parse(HOUSE.replace(was, becomes, 1))
