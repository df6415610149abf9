"""Which photos belong together: copies, scenes and listings must not be on both sides of a split."""

import csv
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import Example
from training.data.linking import link
from training.data.splits import united
from training.measures import Truths


def linked(examples: Sequence[Example]) -> NDArray[np.int64]:
    """One number a photo; the data set's own groups, joined where photos are copies or of one scene."""
    return _numbers(examples, link(examples, "scene").bundles)


def by_listing(examples: Sequence[Example], folder: Path, number: str, within: int) -> NDArray[np.int64]:
    """The same, and photos whose source numbers are at most `within` apart: sellers upload in a row."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        sources = {row["split_group"]: row["source_path"] for row in csv.DictReader(lines)}
    found = {group: re.search(number, source) for group, source in sources.items()}
    order = sorted((int(match[1]), group) for group, match in found.items() if match)
    neighbours = [(a, b) for (low, a), (high, b) in pairwise(order) if high - low <= within]
    return _numbers(examples, [*link(examples, "scene").bundles, *neighbours])


def folds(
    groups: NDArray[np.int64], strata: NDArray[np.int64], seed: int, count: int = 5
) -> NDArray[np.int64]:
    """Which fold each photo is in: whole groups, the largest first, each where its strata are fewest."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(groups == group) for group in rng.permutation(np.unique(groups))]
    held = np.zeros((count, strata.max() + 1))
    fold = np.zeros(len(groups), np.int64)
    for rows in sorted(members, key=len, reverse=True):
        more = np.bincount(strata[rows], minlength=held.shape[1])
        best = int(np.argmin(((held + more) ** 2 - held**2).sum(1)))
        held[best] += more
        fold[rows] = best
    return fold


def strata_of(examples: Sequence[Example], truths: Truths) -> NDArray[np.int64]:
    """Label by category, so that every fold has its share of each."""
    _, category = np.unique([example.category for example in examples], return_inverse=True)
    return np.asarray(2 * category + truths, np.int64)


def numbered(examples: Sequence[Example]) -> NDArray[np.int64]:
    """The data set's own groups, nothing joined."""
    return _numbers(examples, [])


def _numbers(examples: Sequence[Example], joined: Sequence[tuple[str, ...]]) -> NDArray[np.int64]:
    bundles = united([example.group for example in examples], joined)
    place = {group: number for number, bundle in enumerate(bundles) for group in bundle}
    return np.array([place[example.group] for example in examples], np.int64)
