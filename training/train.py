"""One command a bundle: data, frozen features, heads, export, calibration, evaluation, release,
and how far the release may accept.

    python -m training.train training/recipes/lite0-v2.toml

Running it again uses the features cached under runs/ and makes the same bundle.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from inspection.errors import InspectionError
from inspection.verdict.confidence import Calibration
from inspection.vision.onnx_runtime import OnnxRuntime
from training import cache, calibrate, evaluate, export
from training.card import card
from training.chosen import chosen
from training.data import ROOT, Split
from training.features import Crops, Views
from training.graph import session
from training.heads import capture, category, damage, embedding, severity, strangeness
from training.heads.category import category_of
from training.inherit import begin
from training.network import Network
from training.pairs import Comparer, Pair, cookies, other_photos, products, same_set_up
from training.recipe import Recipe, read_recipe
from training.release import Draft, Value, release
from training.samples import answers_of, golden_cases, real_pictures
from training.scenes import KINDS
from training.settle import settle

THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Studied:
    """Everything the heads are fitted and judged on."""

    views: Views
    captures: Crops
    real_damage: Views | None
    real_captures: Crops | None
    categories: tuple[str, ...]


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        recipe = read_recipe(Path(arguments[0]))
        print(f"released {train(recipe, ROOT / 'models')}")
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def train(recipe: Recipe, shelf: Path) -> Path:
    """From a recipe to a released bundle on the shelf; returns its folder."""
    started = time.monotonic()
    torch.set_num_threads(1)  # on a shared machine, two wait for each other and take three times as long
    studied = study(recipe)
    network = fit_heads(recipe, studied)
    graphs = export_graphs(recipe, network)
    pairs = compare(recipe, graphs[0])
    calibrations = calibrate_claims(recipe, network, studied, pairs)
    how_bad = calibrate.severity(network, studied.views, recipe)
    figures = measure(recipe, network, studied, pairs, calibrations, graphs)
    figures |= evaluate.severity(network, studied.views, how_bad, recipe)
    draft = Draft(
        name=recipe.name,
        graph=graphs[0],
        int8_graph=graphs[1],
        card=card(
            recipe,
            categories=studied.categories,
            backbone=chosen(recipe).credit,
            figures=figures,
            cpu=evaluate.precision(figures["int8_against_fp32"]),
            minutes=(time.monotonic() - started) / 60,
        ),
        calibrations=calibrations,
        severity=how_bad,
        strangeness=calibrate.strangeness(network, studied.views),
        golden=golden_cases(recipe, graphs[0], THREADS),
    )
    folder = release(draft, shelf)
    print("proven:", settle(folder, THREADS) or "nothing")
    return folder


def study(recipe: Recipe) -> Studied:
    """Read the photos, or what was cached of them."""
    views = cache.views(recipe)
    return Studied(
        views=views,
        captures=cache.captures(recipe),
        real_damage=cache.real_views(recipe, "damage") if "damage" in recipe.measured else None,
        real_captures=cache.real_crops(recipe, "recapture") if "recapture" in recipe.measured else None,
        categories=tuple(sorted({category_of(row) for row in views.rows})),
    )


def fit_heads(recipe: Recipe, studied: Studied) -> Network:
    """Seeded: the same features give the same heads."""
    torch.manual_seed(recipe.seed)
    network = Network(chosen(recipe).trunk(), kinds=len(KINDS), categories=len(studied.categories))
    category.fit(network.category, studied.views, studied.categories)
    embedding.fit(network.embedding, studied.views)
    strangeness.fit(network.strangeness, studied.views)
    capture.fit(network.capture, studied.captures, recipe)
    if recipe.damage_begins is not None:
        begin(network.damage, recipe.damage_begins)
    damage.fit(network.damage, studied.views, recipe)
    severity.fit(network.severity, network.damage, studied.views, recipe)
    return network.eval()


def export_graphs(recipe: Recipe, network: Network) -> tuple[Path, Path]:
    """fp32, checked against torch, and int8, its ranges settled on photos that trained heads."""
    views, squares = real_pictures(recipe, Split.TRAIN, 96)
    graphs = recipe.folder / "model.onnx", recipe.folder / "model.int8.onnx"
    difference = export.export(network, graphs[0], views, squares)
    print(f"fp32 graph differs from torch by at most {difference:.2g}")
    export.quantise(*graphs, views, squares)
    return graphs


def compare(recipe: Recipe, graph: Path) -> dict[str, list[Pair]]:
    """Pairs scored as serving scores them."""
    runtime = OnnxRuntime(session(graph, THREADS), "cpu (fp32)")
    comparer = Comparer(runtime=runtime, view_side=recipe.view_side, crop_side=recipe.crop_side)
    return {
        "same_set_up": same_set_up(comparer, recipe, recipe.reference_items),
        "other_photos": other_photos(comparer, recipe),
        "products": products(comparer, recipe),
        "cookies_1": cookies(comparer, recipe, 1),
        "cookies_3": cookies(comparer, recipe, 3),
    }


def calibrate_claims(
    recipe: Recipe, network: Network, studied: Studied, pairs: dict[str, list[Pair]]
) -> dict[str, Calibration]:
    """Every claim's table."""
    return {
        "damaged": calibrate.damaged(network, studied.views, recipe),
        "recaptured": calibrate.recaptured(network, studied.captures, studied.real_captures, recipe),
        "damaged_by_references": calibrate.by_references(
            pairs["same_set_up"] + pairs["other_photos"], "damage", recipe
        ),
        "same_item": calibrate.by_references(pairs["products"], "match", recipe),
    }


def measure(
    recipe: Recipe,
    network: Network,
    studied: Studied,
    pairs: dict[str, list[Pair]],
    calibrations: dict[str, Calibration],
    graphs: tuple[Path, Path],
) -> dict[str, Value]:
    """The card's figures, printed as they come."""
    figures: dict[str, Value] = {}
    figures |= evaluate.damaged(network, studied.views, calibrations["damaged"], recipe)
    if studied.real_damage:
        figures |= evaluate.really_damaged(network, studied.real_damage, calibrations["damaged"], recipe)
    figures |= evaluate.recaptured(
        network, studied.captures, studied.real_captures, calibrations["recaptured"]
    )
    figures |= evaluate.category(network, studied.views, studied.categories)
    figures |= evaluate.retrieval(network, studied.views)
    figures |= evaluate.with_references(pairs, calibrations)
    said = [answers_of(recipe, graph, THREADS) for graph in graphs]
    figures["int8_against_fp32"] = evaluate.parity(
        said[0], said[1], {claim: calibrations[claim] for claim in ("damaged", "recaptured")}
    )
    for name, table in figures.items():
        print(name, table)
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
