"""Splits by group: never a person, an item, or a copy of one photo on two sides."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from inspection.errors import FileMissing
from training.data.copies import near_copies
from training.data.example import Example, Split, SplitLeaks

Groups = Iterable[Sequence[str]]
Parts = dict[Split, tuple[Example, ...]]


def split_of(group: str, *, train: float = 0.7, calibrate: float = 0.15) -> Split:
    """The same group always lands in the same split, on every machine and whatever else is added."""
    place = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 2**32
    if place < train:
        return Split.TRAIN
    return Split.CALIBRATE if place < train + calibrate else Split.TEST


def split(
    examples: Iterable[Example],
    assigned: Mapping[str, Split] | None = None,
    *,
    together: Mapping[str, Sequence[str]] | None = None,
    linked: Groups | None = None,
) -> Parts:
    """Every split, by group; `assigned` groups go where their card says, `linked` ones with each other.

    Of a photo copied into groups of two splits, only the first copy stays. Where nobody has linked near
    copies (`linked` is `None`) they are looked for here, by their hash. Raises `SplitLeaks`.
    """
    members = list(examples)
    homes = placed(Counter(e.group for e in members), assigned or {}, together or {}, linked or ())
    parts: dict[Split, list[Example]] = {part: [] for part in Split}
    first: dict[str, Split] = {}
    for example in members:
        part = homes[example.group]
        if first.setdefault(sha256(example.path), part) is part:
            parts[part].append(example)
    refuse_overlap(parts, near=linked is None)
    return {part: tuple(found) for part, found in parts.items()}


def placed(
    sizes: Mapping[str, int],
    assigned: Mapping[str, Split],
    together: Mapping[str, Sequence[str]],
    linked: Groups,
) -> dict[str, Split]:
    """Where every group goes. A bundle goes where its largest group would: least is moved.

    Groups of a bundle that the card sends to two splits are refused with `SplitLeaks`.
    """
    named = {name: [g for g in sizes if any(fnmatchcase(g, p) for p in ps)] for name, ps in together.items()}
    told = dict(assigned) | {g: assigned[name] for name in named if name in assigned for g in named[name]}
    homes: dict[str, Split] = {}
    for bundle in united(sizes, [*named.values(), *linked]):
        wanted = {told[group] for group in bundle if group in told}
        if len(wanted) > 1:
            raise SplitLeaks(
                f"Groups {', '.join(bundle[:4])} share photos; the card sends them to several splits."
            )
        largest = min(bundle, key=lambda group: (-sizes[group], group))
        homes |= dict.fromkeys(bundle, wanted.pop() if wanted else split_of(largest))
    return homes


def united(groups: Iterable[str], links: Groups) -> list[tuple[str, ...]]:
    """Groups, joined wherever one is linked to another, directly or through others; each bundle sorted."""
    parent = {group: group for group in groups}

    def root(group: str) -> str:
        while parent[group] != group:
            parent[group] = group = parent[parent[group]]
        return group

    for link in links:
        known = [group for group in link if group in parent]
        for other in known[1:]:
            parent[root(other)] = root(known[0])
    bundles: dict[str, list[str]] = defaultdict(list)
    for group in parent:
        bundles[root(group)].append(group)
    return sorted(tuple(sorted(bundle)) for bundle in bundles.values())


def refuse_overlap(parts: Mapping[Split, Sequence[Example]], *, near: bool = False) -> None:
    """Raises `SplitLeaks` where two splits share a group, a file or, with `near`, a photo's hash."""
    group: dict[str, Split] = {}
    file: dict[str, Split] = {}
    for part, members in parts.items():
        for example in members:
            if group.setdefault(example.group, part) is not part:
                raise SplitLeaks(f"Group {example.group} is in {group[example.group]} and in {part}.")
            if example.path.is_file() and file.setdefault(sha256(example.path), part) is not part:
                raise SplitLeaks(f"A copy of {example.path.name} is in another split than {part}.")
    home = {e.path: part for part, members in parts.items() for e in members}
    for one, other in near_copies(list(home)) if near else ():
        if home[one] is not home[other]:
            raise SplitLeaks(
                f"{one.name} in {home[one]} and {other.name} in {home[other]} are one photo; "
                "python -m training.data link FOLDER says which groups belong together."
            )


def sha256(path: Path) -> str:
    """A file's hash. Raises `FileMissing`."""
    if not path.is_file():
        raise FileMissing(str(path))
    told = path.stat()
    return _sha256(path, told.st_mtime_ns, told.st_size)


@lru_cache(maxsize=100_000)
def _sha256(
    path: Path, changed: int, size: int
) -> str:  # a key of three, so that a changed file is read again
    return hashlib.sha256(path.read_bytes()).hexdigest()
