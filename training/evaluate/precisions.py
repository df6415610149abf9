"""Two graphs of one network: how far apart they answer, and which of them a CPU should serve."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from inspection.verdict.confidence import Calibration
from training.evaluate.heads import Figures
from training.measures import Scores, logistic


def parity(
    fp32: Mapping[str, Scores], int8: Mapping[str, Scores], calibrations: Mapping[str, Calibration]
) -> Figures:
    """The largest and the mean difference in probability between the two graphs, and answers that flip."""
    figures: Figures = {}
    for claim, calibration in calibrations.items():
        then, now = (
            logistic(calibration.slope * said[claim] + calibration.intercept) for said in (fp32, int8)
        )
        figures[claim] = {
            "most": float(np.abs(then - now).max()),
            "mean": float(np.abs(then - now).mean()),
            "flips": float(
                np.mean(
                    [
                        calibration.answers(float(a)) != calibration.answers(float(b))
                        for a, b in zip(then, now, strict=True)
                    ]
                )
            ),
        }
    return figures


def precision(parity_of_claims: object) -> Literal["int8", "fp32"]:
    """What a CPU should serve: int8 where no probability moves by more than 0.05, else fp32."""
    moved = parity_of_claims.values() if isinstance(parity_of_claims, Mapping) else ()
    return "int8" if max((float(table["most"]) for table in moved), default=1.0) <= 0.05 else "fp32"
