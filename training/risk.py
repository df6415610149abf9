"""Which threshold keeps a promise about error: risk control with a proof, on groups that judged nothing yet.

Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei 2021, arXiv 2110.01052) for selective acceptance, as
RCPS (Bates et al. 2021, arXiv 2101.02703) and conformal risk control (Angelopoulos et al. 2022, arXiv
2208.02814) do for sets. Each one accepted is right or wrong, so an exact binomial tail is the p-value.

Holds for returns drawn as those were that it was settled on: other items, people or shares of damage need
their own. It counts each return as independent; of several of one person it promises too much.
"""

import math

import numpy as np
from scipy.stats import binom

from training.measures import Rows, Scores, Truths


def controlled_threshold(
    chances: Scores, wrong: Truths, *, error: float = 0.05, confidence: float = 0.95, steps: int = 50
) -> float:
    """The largest threshold such that accepting all up to it, and it, is wrong at most `error` often.

    `chances` are of being wrong, as the rules see them (infinite: never accepted); `wrong` says whether it
    would have been. With `confidence` over the draw of these returns, the error among the accepted of new
    ones is at most `error`. -inf where nothing can be promised: too few returns, or too many wrong ones.
    """
    order = np.argsort(chances, kind="stable")
    ranked, lost = chances[order], np.cumsum(wrong[order])
    best = -math.inf
    # fixed sequence testing: from the strictest on, stopping at the first that fails, costs no correction
    for accepted in _ladder(ranked, error, confidence, steps):
        if binom.cdf(lost[accepted - 1], accepted, error) > 1 - confidence:
            break
        best = float(ranked[accepted - 1])
    return best


def _ladder(ranked: Scores, error: float, confidence: float, steps: int) -> Rows:
    """How many are accepted at each threshold tried, fewest first; settled without looking at what was wrong.

    The first is the least number of which none wrong would prove anything.
    """
    finite = int(np.isfinite(ranked).sum())
    least = math.ceil(math.log(1 - confidence) / math.log(1 - error))
    if finite < least:
        return np.zeros(0, int)
    wanted = np.unique(np.linspace(least, finite, steps).astype(int))
    # equal chances are accepted together
    return np.unique(np.searchsorted(ranked, ranked[wanted - 1], side="right"))
