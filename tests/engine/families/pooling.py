"""Pooling, window by window and number by number."""

from collections.abc import Callable, Iterator

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import pooling
from neuralstudio.engine.windows import Padding, Window
from tests.engine.families._base import Case, Draw, Random, apart

Place = tuple[int, int]
Part = tuple[slice, slice, slice]


def _seen(length: int, size: int, stride: int, padding: str) -> list[slice]:
    """What each window along an axis sees, as Keras defines "valid" and "same"."""
    if padding == "valid":
        return [slice(at, at + size) for at in range(0, length - size + 1, stride)]
    count = -(-length // stride)
    before = max((count - 1) * stride + size - length, 0) // 2
    starts = [number * stride - before for number in range(count)]
    return [slice(max(start, 0), min(start + size, length)) for start in starts]


def _windows(window: Window, height: int, width: int) -> Iterator[tuple[Place, Part]]:
    rows = _seen(height, window.size[0], window.stride[0], window.padding)
    columns = _seen(width, window.size[1], window.stride[1], window.padding)
    for i, down in enumerate(rows):
        for j, across in enumerate(columns):
            yield (i, j), (slice(None), down, across)


def _pooled(combine: Callable[..., Array], op: pooling.Pooling, x: Array) -> Array:
    found = {place: combine(x[part], axis=(1, 2)) for place, part in _windows(op.window, *x.shape[1:3])}
    height, width = (last + 1 for last in max(found))
    rows = [np.stack([found[i, j] for j in range(width)], axis=1) for i in range(height)]
    return np.stack(rows, axis=1)


def _max_gradient(op: pooling.MaxPoolGradient, grad: Array, x: Array, largest: Array) -> Array:
    result = np.zeros_like(x)
    for place, part in _windows(op.window, *x.shape[1:3]):
        seen, into = x[part], result[part]
        for sample, channel in np.ndindex(len(x), x.shape[3]):
            assert seen[sample, ..., channel].max() == largest[(sample, *place, channel)]
            first = np.unravel_index(seen[sample, ..., channel].argmax(), seen.shape[1:3])
            into[(sample, *first, channel)] += grad[(sample, *place, channel)]
    return result


def _average_gradient(op: pooling.AveragePoolGradient, grad: Array) -> Array:
    result = np.zeros((len(grad), *op.image, grad.shape[3]))
    for (i, j), part in _windows(op.window, *op.image):
        into = result[part]
        into += (grad[:, i, j] / (into.shape[1] * into.shape[2]))[:, None, None]
    return result


def _max_over_gradient(_: Op, grad: Array, x: Array, largest: Array) -> Array:
    assert (x.max(axis=1) == largest).all()
    result = np.zeros_like(x)
    np.put_along_axis(result, x.argmax(axis=1)[:, None], grad[:, None], axis=1)
    return result


def _any_window(random: Random) -> Window:
    size, stride = random.integers(1, 4, 2), random.integers(1, 4, 2)
    if random.random() < 0.4:
        stride = size
    padding: Padding = "valid" if random.random() < 0.5 else "same"
    return Window((int(size[0]), int(size[1])), (int(stride[0]), int(stride[1])), padding)


def _any_image(random: Random) -> Shape:
    batch, height, width, channels = random.integers((1, 3, 3, 1), (4, 8, 8, 4))
    return int(batch), int(height), int(width), int(channels)


def _different(random: Random, size: Shape) -> Array:
    """No two numbers so near each other that a finite difference would change places."""
    return np.asarray(random.permutation(int(np.prod(size))).reshape(size) / 10 - 1)


def _tied(random: Random, size: Shape) -> Array:
    """Few different numbers: most windows have several largest ones."""
    return np.asarray(random.integers(0, 3, size).astype(float))


def _max_pool(random: Random) -> Case:
    return Case(pooling.MaxPool(_any_window(random)), [_different(random, _any_image(random))], (0,))


def _max_pool_gradient(random: Random) -> Case:
    op = pooling.MaxPoolGradient(_any_window(random))
    x = _tied(random, _any_image(random))
    largest = _pooled(np.max, op, x)
    return Case(op, [apart(random, largest.shape), x, largest])


def _average_pool(random: Random) -> Case:
    return Case(pooling.AveragePool(_any_window(random)), [apart(random, _any_image(random))], (0,))


def _average_pool_gradient(random: Random) -> Case:
    window, image = _any_window(random), _any_image(random)
    op = pooling.AveragePoolGradient(window, (image[1], image[2]))
    return Case(op, [apart(random, window.pooled(image))], (0,))


def _max_over(random: Random) -> Case:
    batch, height, width, channels = _any_image(random)
    return Case(pooling.MaxOver(), [_different(random, (batch, height * width, channels))], (0,))


def _max_over_gradient_case(random: Random) -> Case:
    batch, height, _, channels = _any_image(random)
    x = _tied(random, (batch, height, channels))
    return Case(pooling.MaxOverGradient(), [apart(random, (batch, channels)), x, x.max(axis=1)])


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    pooling.MaxPool: lambda op, x: _pooled(np.max, op, x),
    pooling.MaxPoolGradient: _max_gradient,
    pooling.AveragePool: lambda op, x: _pooled(np.mean, op, x),
    pooling.AveragePoolGradient: _average_gradient,
    pooling.MaxOver: lambda _, x: x.max(axis=1),
    pooling.MaxOverGradient: _max_over_gradient,
}
EXAMPLES: dict[type[Op], Draw] = {
    pooling.MaxPool: _max_pool,
    pooling.MaxPoolGradient: _max_pool_gradient,
    pooling.AveragePool: _average_pool,
    pooling.AveragePoolGradient: _average_pool_gradient,
    pooling.MaxOver: _max_over,
    pooling.MaxOverGradient: _max_over_gradient_case,
}
_TWO = Window((2, 2), (2, 2))
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    pooling.MaxPool: (pooling.MaxPool(Window((4, 2), (1, 1))), ((2, 3, 9, 1),)),
    pooling.MaxPoolGradient: (pooling.MaxPoolGradient(_TWO), ((1, 2, 2, 1), (1, 4, 6, 1), (1, 2, 2, 1))),
    pooling.AveragePool: (pooling.AveragePool(_TWO), ((2, 6),)),
    pooling.AveragePoolGradient: (pooling.AveragePoolGradient(_TWO, (4, 4)), ((1, 3, 2, 1),)),
    pooling.MaxOver: (pooling.MaxOver(), ((2, 3, 3, 1),)),
    pooling.MaxOverGradient: (pooling.MaxOverGradient(), ((2, 4), (2, 5, 3), (2, 4))),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
