"""START HERE: one command makes a specialist. Each step is a few lines of `make`.

python -m training.specialist training/recipes/specialists/sneakers.toml

A few minutes on one core for 500 photos. docs/specialist.md says how to add another one.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from inspection.errors import InspectionError
from inspection.verdict.confidence import Calibration
from inspection.vision.specialist import Specialist
from training import calibrate
from training.data import CARDS, ROOT, DataUnlicensed, Example, data_folder, read_card, read_examples
from training.graph import session
from training.measures import Scores, Truths
from training.release import Value, put_in_place, seal, toml
from training.specialist.features import background, described, square, trunk
from training.specialist.groups import by_listing, folds, linked, numbered, strata_of
from training.specialist.head import Linear, Strangeness, export_head, fit_linear, fit_strangeness
from training.specialist.measure import compared, figures, held_out
from training.specialist.recipe import SpecialistRecipe, read_specialist_recipe

SHELF = ROOT / "models" / "specialists"
PICTURES = ROOT / "inspection" / "demo" / "photos"


def make(recipe: SpecialistRecipe, shelf: Path = SHELF) -> Path:
    """Describe, judge on listings held out, calibrate there, fit on all, release. Returns its folder."""
    examples, genuine = photos_of(recipe)
    runs = Path("runs") / "specialists" / recipe.name
    graph = trunk(runs, recipe.view_side)
    squares = [square(example.path, recipe.view_side) for example in examples]
    statistics, behind = described(graph, squares), described(graph, [background(one) for one in squares])
    copies = linked(examples)
    listings = (
        by_listing(examples, data_folder() / recipe.source, recipe.number, recipe.within)
        if recipe.number
        else copies
    )
    strata = strata_of(examples, genuine)
    fold = folds(listings, strata, recipe.seed)
    scores, strange = held_out(statistics, genuine, fold=fold, shrinkage=recipe.shrinkage)
    calibration = calibrate.fit(scores, genuine, error_rate=recipe.error_rate)
    found = {"genuine": figures(scores, genuine, calibration, examples)} | compared(
        {"given": numbered(examples), "copies": copies, "listings": listings},
        statistics,
        behind,
        truths=genuine,
        strata=strata,
        shrinkage=recipe.shrinkage,
    )
    linear, strange_by = fit_linear(statistics, genuine, recipe.shrinkage), fit_strangeness(statistics)
    texts = {
        "card.toml": toml(card(recipe, found, len(examples))),
        "calibration.toml": toml(bounds(calibration, strange)),
    }
    return released(recipe, linear, strange_by, texts=texts, shelf=shelf)


def released(
    recipe: SpecialistRecipe,
    linear: Linear,
    strange: Strangeness,
    *,
    texts: Mapping[str, str],
    shelf: Path,
) -> Path:
    """Written beside its place, opened as serving would, then renamed into it."""
    draft = shelf / f".{recipe.name}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "golden").mkdir(parents=True)
    export_head(linear, strange, draft / "model.onnx", recipe.view_side)
    for file, text in texts.items():
        (draft / file).write_text(text, encoding="utf-8")
    golden(draft, recipe.view_side)
    seal(draft)
    Specialist.open(draft)
    return put_in_place(draft, shelf / recipe.name)


def photos_of(recipe: SpecialistRecipe) -> tuple[tuple[Example, ...], Truths]:
    """All photos and whether each is genuine. Raises `DataUnlicensed` where its card says no."""
    if not read_card(CARDS / f"{recipe.source}.toml").may_train:
        raise DataUnlicensed(recipe.source)
    examples = read_examples(recipe.source)
    return examples, np.array([example.label == recipe.genuine for example in examples])


def card(recipe: SpecialistRecipe, found: Mapping[str, Value], count: int) -> dict[str, Value]:
    """Written from what was measured."""
    source = read_card(CARDS / f"{recipe.source}.toml")
    return {
        "specialist": 1,
        "name": recipe.name,
        "version": recipe.version,
        "released": date.fromisoformat(recipe.released),
        "summary": recipe.summary,
        "preprocessing": {"view_side": recipe.view_side, "fit": "letterbox"},
        "answers": {
            "items": recipe.items,
            "categories": list(recipe.categories),
            "category_from": recipe.category_from,
            "labels": recipe.labels,
        },
        "training": {"seed": recipe.seed, "photos": {recipe.source: count}, "shrinkage": recipe.shrinkage},
        "figures": found,
        "limits": dict(recipe.limits),
        "licences": {
            "weights": "Apache-2.0",
            "backbone": "EfficientNet-Lite0 pretrained on ImageNet, Apache-2.0",
            recipe.source: f"{source.licence}: {source.credit}",
        },
    }


def bounds(calibration: Calibration, strange: Scores) -> dict[str, Value]:
    """`calibration.toml`, as a bundle's, with one claim."""
    fields = ("slope", "intercept", "yes_from", "no_to", "error_rate")
    quantiles = [float(q) for q in np.quantile(strange, np.linspace(0, 1, 101))]
    return {
        "genuine": {field: float(getattr(calibration, field)) for field in fields},
        "strangeness": {"quantiles": quantiles, "unsure_from": 0.99},
    }


def golden(draft: Path, side: int) -> None:
    """What the graph says of two of the demo's photos, which are nobody's."""
    graph, cases = session(draft / "model.onnx", threads=1), []
    for name in ("cup_as_sold_1", "something_else"):
        view = square(PICTURES / f"{name}.jpg", side)
        cv2.imwrite(str(draft / "golden" / f"{name}.png"), view[:, :, ::-1])
        said = dict(
            zip(
                ("genuine", "strangeness"),
                graph.run(["genuine", "strangeness"], {"views": view[None]}),
                strict=True,
            )
        )
        cases.append(
            {"picture": f"{name}.png", "outputs": {key: round(float(out[0]), 5) for key, out in said.items()}}
        )
    text = json.dumps({"format": 1, "cases": cases}, indent=1)
    (draft / "golden" / "cases.json").write_text(text + "\n", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 made, 1 a known problem, 2 wrong usage."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print(make(read_specialist_recipe(Path(arguments[0]))))
    except InspectionError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
