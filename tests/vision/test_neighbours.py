"""Looking in one cluster alone: seldom far from what looking everywhere finds, and never below it."""

import numpy as np
import pytest

from inspection.vision.neighbours import CLUSTERS, MEMBERS, Clusters, nearest


def blobs(rng, count, centres):
    """(count, 20) patches in loose groups, as those of photos are."""
    whose = rng.integers(len(centres), size=count)
    return (centres[whose] + rng.normal(scale=0.3, size=(count, centres.shape[1]))).astype(np.float32)


@pytest.fixture
def centres():
    return np.random.default_rng(7).normal(size=(30, 20))


def test_the_nearest_distance_is_that_of_comparing_with_every_one():
    rng = np.random.default_rng(0)
    some, others = rng.normal(size=(900, 7)).astype("f4"), rng.normal(size=(50, 7)).astype("f4")
    slow = np.linalg.norm(some[:, None] - others[None], axis=2).min(axis=1)
    np.testing.assert_allclose(nearest(some, others), slow, atol=1e-3)


def test_one_cluster_is_enough_to_look_in(centres):
    rng = np.random.default_rng(1)
    known, asked = blobs(rng, 3000, centres), blobs(rng, 500, centres)
    exact, found = nearest(asked, known), Clusters.of(known).distances(asked).nearest
    assert (found >= exact - 1e-3).all()
    assert found.mean() < 1.03 * exact.mean()


def test_a_patch_that_is_known_is_found_at_no_distance(centres):
    known = blobs(np.random.default_rng(2), 1000, centres)
    np.testing.assert_allclose(Clusters.of(known).distances(known[::7]).nearest, 0, atol=2e-2)


def test_what_one_odd_patch_resembles_is_near_it_and_far_from_the_middle_of_its_cluster(centres):
    known = blobs(np.random.default_rng(3), 1000, centres)
    odd = np.full((1, 20), 3, np.float32)
    found = Clusters.of(np.concatenate([known, odd])).distances(odd)
    usual = Clusters.of(known).distances(known)
    assert found.nearest[0] < 0.01
    assert found.middle[0] > 2 * np.median(usual.middle)


@pytest.mark.parametrize("count", [1, 2, 99, 450])
def test_few_patches_make_few_clusters_and_are_all_kept(count):
    known = np.random.default_rng(4).normal(size=(count, 5)).astype(np.float32)
    clusters = Clusters.of(known)
    assert len(clusters.middles) <= max(1, min(CLUSTERS, count // MEMBERS))
    assert sorted(map(tuple, clusters.patches)) == sorted(map(tuple, known))
    assert clusters.distances(known).nearest.shape == (count,)


def test_patches_that_are_all_the_same_are_one_place():
    clusters = Clusters.of(np.ones((200, 4), np.float32))
    found = clusters.distances(np.zeros((3, 4), np.float32))
    np.testing.assert_allclose(found.nearest, 2)
    np.testing.assert_allclose(found.middle, 2)
