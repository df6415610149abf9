"""Folding keeps what is alike alike, and means the same in every process and year."""

import hashlib

import numpy as np
import pytest

from inspection.seen.fold import CODE_BYTES, FOLDED, codes, fold, unfolded


def near(vector, cosine, random):
    """Another one at this cosine."""
    other = random.normal(size=len(vector))
    other -= (other @ vector) * vector / (vector @ vector)
    return cosine * vector / np.linalg.norm(vector) + np.sqrt(1 - cosine**2) * other / np.linalg.norm(other)


@pytest.mark.parametrize("length", [64, 1280])
@pytest.mark.parametrize("cosine", [0.0, 0.5, 0.9, 0.99])
def test_a_cosine_stays_about_what_it_was(length, cosine):
    random = np.random.default_rng(0)
    kept = []
    for _ in range(60):
        vector = random.normal(size=length)
        one, other = unfolded([fold(vector), fold(near(vector, cosine, random))])
        kept.append(float(one @ other))
    assert np.mean(kept) == pytest.approx(cosine, abs=0.03)
    assert np.std(kept) < 0.1


def test_what_is_alike_shares_signs():
    random = np.random.default_rng(1)
    vector = random.normal(size=1280)
    code = codes(unfolded([fold(vector), fold(near(vector, 0.9, random)), fold(random.normal(size=1280))]))
    assert code.shape == (3, CODE_BYTES)
    apart = np.bitwise_count(code ^ code[0]).sum(1)
    assert apart[1] < 110  # 512 × arccos(0.9) / π = 74
    assert apart[2] > 200


def test_half_precision_and_scale_change_nothing():
    vector = np.random.default_rng(2).normal(size=1280).astype(np.float16)
    one, other = unfolded([fold(vector), fold(vector.astype(np.float64) * 7)])
    assert one @ other == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-3)


def test_what_is_kept_today_is_comparable_tomorrow():
    kept = fold(np.arange(1, 1281))
    assert len(kept) == 2 * FOLDED
    signs = hashlib.sha256((np.frombuffer(kept, "<f2") > 0).tobytes()).hexdigest()
    assert signs.startswith("b0f77a18393ef704")


@pytest.mark.parametrize("broken", [[], np.zeros(1280), [np.nan] * 1280, [np.inf, 1.0]])
def test_what_is_no_embedding_is_refused(broken):
    with pytest.raises(ValueError, match="no embedding"):
        fold(np.array(broken))
