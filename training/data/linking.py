"""Which groups of a data set share photos, found once and written into its card."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.data.copies import near_copies
from training.data.crops import LIKE, overlaps
from training.data.example import Example
from training.data.splits import united


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Bundles of groups that belong together, and the pairs of photos that say so."""

    bundles: tuple[tuple[str, ...], ...]
    by_hash: int
    by_overlap: int


def link(examples: Sequence[Example], by: str = "copy") -> Links:
    """Groups joined by copies of a photo (`by` "copy"), or also by photos of one scene ("scene")."""
    group = {example.path: example.group for example in examples}
    hashed = [(group[a], group[b]) for a, b in near_copies(list(group))]
    laid = [(group[found.one], group[found.other]) for found in overlaps(list(group), LIKE[by])]
    bundles = united(group.values(), [*hashed, *laid])
    return Links(
        bundles=tuple(bundle for bundle in bundles if len(bundle) > 1),
        by_hash=sum(a != b for a, b in hashed),
        by_overlap=sum(a != b for a, b in laid),
    )


def as_toml(links: Links, by: str) -> str:
    """The table of a card."""
    bundles = "".join(f"  {list(bundle)},\n".replace("'", '"') for bundle in links.bundles)
    return (
        f'[linked]\nby = "{by}"\ngroups = [\n{bundles}]\n'
        if bundles
        else f'[linked]\nby = "{by}"\ngroups = []\n'
    )
