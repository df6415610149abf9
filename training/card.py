"""A bundle's card, written from what was measured and what the recipe says; the power drawn is assumed."""

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version

from training.data import CARDS, Card, Split, read_card, trainable
from training.recipe import Recipe
from training.release import Value
from training.scenes import KINDS


def card(
    recipe: Recipe,
    *,
    categories: Sequence[str],
    backbone: str,
    figures: Mapping[str, Value],
    cpu: str,
    minutes: float,
) -> dict[str, Value]:
    """All of `card.toml`; `backbone` says where that is from."""
    sources = [read_card(CARDS / f"{name}.toml") for name in recipe.sources]
    return {
        "format": 1,
        "name": recipe.name,
        "version": recipe.version,
        "released": date.fromisoformat(recipe.released),
        "summary": recipe.summary,
        "preprocessing": {
            "view_side": recipe.view_side,
            "crop_side": recipe.crop_side,
            "crops": recipe.crops,
            "fit": "letterbox",
        },
        "labels": {
            "kinds": [kind.value for kind in KINDS],
            "claimed": list(recipe.claimed),
            "severities": dict(recipe.severities),
            "categories": list(categories),
        },
        "serving": {"cpu": cpu},
        "training": _training(recipe, sources, minutes),
        "figures": figures,
        "limits": dict(recipe.limits) | _found(cpu, figures),
        "licences": {
            "weights": "Apache-2.0",
            "backbone": backbone,
            **{source.name: f"{source.licence}: {source.credit}" for source in sources},
        },
    }


def _found(cpu: str, figures: Mapping[str, Value]) -> dict[str, Value]:
    """Limits that follow from what was measured: nobody has to remember to write them."""
    int8 = "int8 answers as fp32 does." if cpu == "int8" else "Not alike enough to serve: a CPU serves fp32."
    told = figures.get("severity")
    if not isinstance(told, Mapping):
        return {"int8": int8, "grade": "No head says how bad a defect is: a grade other than A is a guess."}
    grade = (
        "Follows from findings, so it is no better than they are. How bad one is was learned from a rule on "
        f"painted damage: kappa {told['quadratic_kappa']:.2f}, claimed of {told['claimed']:.0%}; else "
        "the grade takes each severity as likely as the head says."
    )
    return {"int8": int8, "grade": grade}


def _training(recipe: Recipe, sources: Sequence[Card], minutes: float) -> dict[str, Value]:
    packages = ("torch", "onnxruntime", "scikit-learn", "opencv-python-headless", "numpy")
    return {
        "recipe": recipe.file,
        "recipe_sha256": recipe.sha256,
        **_begun(recipe),
        "seed": recipe.seed,
        "minutes": round(minutes, 1),
        "minutes_note": "of this run, without features that lay cached under runs/",
        "hardware": f"{platform.machine()}, {os.cpu_count()} CPU cores, no accelerator used",
        "software": {"python": platform.python_version()} | {name: version(name) for name in packages},
        "photos_that_trained": {source.name: len(trainable(source.name)[Split.TRAIN]) for source in sources},
        "carbon": f"about {minutes / 60 * 0.012:.2g} kg CO2e ({minutes:.0f} min; 30 W, 0.4 kg/kWh assumed)",
    }


def _begun(recipe: Recipe) -> dict[str, Value]:
    """What earlier training this one goes on from."""
    if recipe.damage_begins is None:
        return {}
    digest = hashlib.sha256(recipe.damage_begins.read_bytes()).hexdigest()
    return {"damage_begins": recipe.damage_begins.name, "damage_begins_sha256": digest}
