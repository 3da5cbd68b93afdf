"""Centres of groups of samples: where radial units start."""

import numpy as np

from neuralstudio.engine.graph import Array

_ROUNDS = 30
"""Lloyd's rounds at most: as a start for training, what comes later does not matter."""
_NEAREST = 2
"""Other centres that a width is measured by."""


def k_means(samples: Array, count: int, random: np.random.Generator) -> Array:
    """Centres (count, inputs) of groups of ``samples`` (n, inputs), float64; the same for the same stream.

    Start: k-means++ (Arthur and Vassilvitskii 2007); then Lloyd's rounds (1982) until no sample changes its
    group, 30 at most. A centre that loses all its samples moves to the sample farthest from any centre. With
    fewer different samples than centres, the centres left over lie scattered about samples.
    """
    points = np.asarray(samples, np.float64)
    centres = _spread(points, count, random)
    groups = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        nearest = squared_distances(points, centres).argmin(1)
        if (nearest == groups).all():
            break
        groups = nearest
        sizes = np.bincount(groups, minlength=count)
        apart = ((points - centres[groups]) ** 2).sum(1)  # exact: 0 where a sample is a centre
        sums = np.zeros_like(centres)
        np.add.at(sums, groups, points)
        centres = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centres)
        _move_empty(centres, sizes, points, apart)
    return centres


def neighbour_distances(centres: Array, samples: Array) -> Array:
    """Mean distance of each centre (k, inputs) to the two nearest others, (k,), never zero.

    A single centre is measured by its root mean square distance from ``samples`` (n, inputs).
    """
    points = np.asarray(samples, np.float64)
    spread = float(np.sqrt(points.var(0).sum())) or 1.0
    if len(centres) == 1:
        return np.array([np.sqrt(squared_distances(points, centres).mean()) or spread])
    distances = np.sqrt(squared_distances(centres, centres))
    np.fill_diagonal(distances, np.inf)
    nearest = np.sort(distances, 1)[:, : min(_NEAREST, len(centres) - 1)]
    return np.asarray(np.maximum(nearest.mean(1), 1e-3 * spread))


def squared_distances(points: Array, centres: Array) -> Array:
    """|p − c|² for points (n, inputs) and centres (k, inputs): (n, k), never below zero."""
    origin = centres.mean(0)  # moved there, less is lost by the subtraction
    points, centres = points - origin, centres - origin
    squares = (points**2).sum(1)[:, None] + (centres**2).sum(1) - 2 * (points @ centres.T)
    return np.asarray(np.maximum(squares, 0))


def _spread(points: Array, count: int, random: np.random.Generator) -> Array:
    """k-means++: each next centre is a sample drawn in proportion to its squared distance from the others."""
    centres = np.empty((count, points.shape[1]))
    centres[0] = points[random.integers(len(points))]
    distances = ((points - centres[0]) ** 2).sum(1)
    for place in range(1, count):
        total = distances.sum()
        if total > 0:
            centres[place] = points[random.choice(len(points), p=distances / total)]
        else:  # no sample is left that has no centre yet
            scale = points.std(0) + 1e-3 * (1 + np.abs(points).mean(0))
            scatter = random.normal(0, 0.1, points.shape[1]) * scale
            centres[place] = points[random.integers(len(points))] + scatter
        distances = np.minimum(distances, ((points - centres[place]) ** 2).sum(1))
    return centres


def _move_empty(centres: Array, sizes: Array, points: Array, distances: Array) -> None:
    empty = np.flatnonzero(sizes == 0)
    farthest = distances.argsort()[::-1][: len(empty)]
    far = farthest[distances[farthest] > 0]
    centres[empty[: len(far)]] = points[far]
