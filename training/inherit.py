"""The damage head of a released graph, kept as plain weights that another training can begin with.

python -m training.inherit models/NAME training/recipes/damage-NAME.npz
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from inspection.errors import InspectionError, SetupProblem
from inspection.vision.bundle import Bundle
from training.heads.damage import DamageHead
from training.scenes import KINDS

PART = "damage."
SILENT = -8.0  # the logit that a kind the forebear did not know begins with


class WeightsForeign(SetupProblem):
    """Weights of another network, or of kinds that are not known here."""


def main(arguments: Sequence[str]) -> int:
    """The command line above."""
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        keep(Bundle.open(Path(arguments[0])), Path(arguments[1]))
    except InspectionError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


def keep(bundle: Bundle, path: Path) -> None:
    """Write the head's weights by name, and the kinds of its columns."""
    graph = onnx.load(bundle.graph("fp32")).graph
    weights: dict[str, Any] = {
        one.name.removeprefix(PART): numpy_helper.to_array(one)
        for one in graph.initializer
        if one.name.startswith(PART)
    }
    np.savez(path, **weights, kinds=np.array([kind.value for kind in bundle.card.kinds]))


def begin(head: DamageHead, path: Path) -> None:
    """Put kept weights into a new head, kind by kind. Raises `WeightsForeign`."""
    with np.load(path, allow_pickle=False) as kept:
        weights = {name: kept[name] for name in kept.files}
    known = [kind.value for kind in KINDS]
    try:
        columns = [known.index(str(kind)) for kind in weights.pop("kinds")]
        state = head.state_dict()
        for name, weight in weights.items():
            found = torch.from_numpy(weight)
            if name.startswith("out."):
                whole = torch.full_like(state[name], SILENT if name == "out.bias" else 0.0)
                whole[columns] = found
                found = whole
            state[name] = found.reshape(state[name].shape)
        head.load_state_dict(state)
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        raise WeightsForeign(f"{path.name} is of another network: {error}.") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
