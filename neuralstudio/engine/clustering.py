"""Centres of groups of samples: where radial units start.

All distances come out of products of matrices, a block of samples at a time, in the precision of the samples.
"""

from collections.abc import Iterator

import numpy as np

from neuralstudio.engine.graph import Array

_ROUNDS, _LEAST_ROUNDS = 30, 2
"""Lloyd's rounds: as a start for training, what comes later does not matter."""
_WORK = 8e9
"""Multiplications (samples × centres × inputs) in all rounds together, beyond the least of them."""
_BLOCK = 1 << 20
"""Distances computed at a time."""
_DRAWS = 64
"""Times that centres are drawn at the start; up to as many centres, they are drawn one by one."""
_FLAT = 1e-15
"""Single precision cannot hold the squares of much less, nor of much more than one by this."""
_NEAREST = 2
"""Other centres that a width is measured by."""


def k_means(samples: Array, count: int, random: np.random.Generator) -> Array:
    """Centres (count, inputs) of groups of ``samples`` (n, inputs), float64; the same for the same stream.

    Start: k-means++ (Arthur and Vassilvitskii 2007), of many centres several at a time (as in k-means||,
    Bahmani et al. 2012); then Lloyd's rounds (1982) until no sample changes its group, 30 at most and fewer
    for large problems. A centre that loses all its samples moves to the sample farthest from any centre.
    With fewer different samples than centres, the centres left over lie scattered about samples.
    """
    points, origin = _centred(samples)
    kinds = _kinds(points)
    different = np.unique(kinds)
    if len(different) <= count:
        rest = _scattered(points, origin, count - len(different), random)
        return np.asarray(np.concatenate([points[different], rest]) + origin.astype(np.float64))
    centres = points[_spread(points, kinds, count, random)].astype(np.float64)
    groups = np.full(len(points), -1)
    for _ in range(int(max(_LEAST_ROUNDS, min(_ROUNDS, _WORK // (points.size * count))))):
        nearest = _nearest(points, centres)
        if (nearest == groups).all():
            break
        groups = nearest
        sizes = np.bincount(groups, minlength=count)
        before = centres
        centres = _means(points, groups, sizes, before)
        if not sizes.all():
            _move_empty(centres, sizes, points, _squares(points - before[groups].astype(points.dtype)))
    return np.asarray(centres + origin)


def neighbour_distances(centres: Array, samples: Array) -> Array:
    """Mean distance of each centre (k, inputs) to the two nearest others, (k,), never zero.

    A single centre is measured by its root mean square distance from ``samples`` (n, inputs).
    """
    points, origin = _centred(samples)
    spread = float(np.sqrt(_squares(points).mean(dtype=np.float64))) or 1.0
    if len(centres) == 1:
        aside = _squares(points - (centres - origin).astype(points.dtype))
        return np.array([np.sqrt(aside.mean(dtype=np.float64)) or spread])
    moved = np.asarray(centres - centres.mean(0), np.float64)
    others = min(_NEAREST, len(centres) - 1)
    means = np.empty(len(centres))
    for rows, squares in _squared_distances(moved.astype(points.dtype), moved):
        squares[np.arange(len(squares)), np.arange(rows.start, rows.stop)] = np.inf
        nearest = squares.argpartition(others - 1, 1)[:, :others]
        apart = moved[rows, np.newaxis] - moved[nearest]  # exact, after a search that is nearly so
        means[rows] = np.sqrt((apart**2).sum(2)).mean(1)
    return np.asarray(np.maximum(means, 1e-3 * spread))


def _centred(samples: Array) -> tuple[Array, Array]:
    """Samples about zero, where less is lost by subtracting squares, and the origin taken from them."""
    points = np.asarray(samples)
    if points.dtype != np.float32 or not _FLAT < max(points.max(), -points.min()) < 1 / _FLAT:
        points = points.astype(np.float64)
    origin = points.mean(0, dtype=np.float64).astype(points.dtype)
    return points - origin, origin


def _squares(points: Array) -> Array:
    return np.asarray(np.einsum("ij,ij->i", points, points))


def _squared_distances(points: Array, centres: Array) -> Iterator[tuple[slice, Array]]:
    """|p − c|² block by block: rows of ``points`` and their distances (rows, k) to the centres."""
    centres = centres.astype(points.dtype)
    own, theirs = _squares(points), _squares(centres)
    step = max(1, _BLOCK // len(centres))
    for start in range(0, len(points), step):
        rows = slice(start, min(start + step, len(points)))
        squares = points[rows] @ centres.T
        squares *= -2
        squares += theirs
        squares += own[rows, np.newaxis]
        yield rows, np.maximum(squares, 0, out=squares)


def _nearest(points: Array, centres: Array) -> Array:
    return np.concatenate([squares.argmin(1) for _, squares in _squared_distances(points, centres)])


def _kinds(points: Array) -> Array:
    """For each sample the first that is equal to it."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault((row + 0).tobytes(), place) for place, row in enumerate(points)])


def _spread(points: Array, kinds: Array, count: int, random: np.random.Generator) -> Array:
    """Different samples, each drawn in proportion to its squared distance from those drawn before."""
    chosen = [int(kinds[random.integers(len(points))])]
    distances = np.full(len(points), np.inf)
    at_once = -(-count // _DRAWS)
    fresh = chosen
    while len(chosen) < count:
        for rows, squares in _squared_distances(points, points[fresh]):
            distances[rows] = np.minimum(distances[rows], squares.min(1))
        distances[np.isin(kinds, fresh)] = 0
        if not distances.any():  # what is left lies too close to the others to tell
            distances[~np.isin(kinds, chosen)] = 1
        most = min(at_once, count - len(chosen), int(np.count_nonzero(distances)))
        drawn = random.choice(len(points), most, replace=False, p=distances / distances.sum())
        fresh = list(dict.fromkeys(kinds[drawn].tolist()))
        chosen += fresh
    return np.array(chosen)


def _scattered(points: Array, origin: Array, count: int, random: np.random.Generator) -> Array:
    """Places near samples: (count, inputs)."""
    scale = points.std(0) + 1e-3 * (1 + np.abs(points + origin).mean(0))
    about = points[random.integers(len(points), size=count)]
    return np.asarray(about + random.normal(0, 0.1, about.shape) * scale)


def _means(points: Array, groups: Array, sizes: Array, otherwise: Array) -> Array:
    """The mean of each group; what it was before where it has no samples."""
    centres = otherwise.copy()
    filled = sizes > 0
    starts = (np.cumsum(sizes) - sizes)[filled]
    ordered = points[groups.argsort(kind="stable")]
    centres[filled] = np.add.reduceat(ordered, starts, 0, dtype=np.float64) / sizes[filled, np.newaxis]
    return centres


def _move_empty(centres: Array, sizes: Array, points: Array, distances: Array) -> None:
    empty = np.flatnonzero(sizes == 0)
    farthest = distances.argsort()[::-1][: len(empty)]
    far = farthest[distances[farthest] > 0]
    centres[empty[: len(far)]] = points[far]
