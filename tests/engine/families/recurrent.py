"""Recurrent cells step by step with fresh arrays, and what they share."""

from collections.abc import Callable

import numpy as np

from neuralstudio.engine.graph import Array, Op, Shape
from neuralstudio.engine.ops import gru, lstm, recurrent, rnn
from tests.engine.families._base import Case, Draw, Random, apart, lengths


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _reading(op: lstm.Lstm | gru.Gru | rnn.Rnn, x: Array, step: Callable[[Array], Array]) -> Array:
    """h of every step at its place, or of the step read last."""
    order = range(x.shape[1])
    outputs = {t: step(x[:, t]) for t in (reversed(order) if op.is_reversed else order)}
    return np.stack([outputs[t] for t in order]) if op.returns_all else list(outputs.values())[-1]


def _by_gate(kernel: Array, gates: int) -> list[Array]:
    return np.split(kernel, gates, axis=1)


def _lstm(op: lstm.Lstm, x: Array, kernel: Array) -> Array:
    h = c = np.zeros(x.shape[2:])

    def step(fed: Array) -> Array:
        nonlocal h, c
        o, i, f, g = (part + h @ w for part, w in zip(fed, _by_gate(kernel, 4), strict=True))
        c = _sigmoid(2 * f) * c + _sigmoid(2 * i) * np.tanh(g)
        h = _sigmoid(2 * o) * np.tanh(c)
        return np.asarray(h)

    return _reading(op, x, step)


def _gru(op: gru.Gru, x: Array, kernel: Array, bias: Array) -> Array:
    h = np.zeros(x.shape[2:])

    def step(fed: Array) -> Array:
        nonlocal h
        weights, offsets = _by_gate(kernel, 3), np.split(bias, 3)
        z, r, q = (h @ w + b for w, b in zip(weights, offsets, strict=True))
        z, r = _sigmoid(2 * (fed[1] + z)), _sigmoid(2 * (fed[2] + r))
        h = (1 - z) * np.tanh(fed[0] + r * q) + z * h
        return np.asarray(h)

    return _reading(op, x, step)


def _rnn(op: rnn.Rnn, x: Array, kernel: Array) -> Array:
    h = np.zeros(x.shape[2:])

    def step(fed: Array) -> Array:
        nonlocal h
        weighted = fed[0] + h @ kernel
        h = np.where(weighted > 0, weighted, 0) if op.is_rectified else np.tanh(weighted)
        return h

    return _reading(op, x, step)


def _backwards(is_reversed: bool, steps: int) -> list[int]:
    return list(range(steps)) if is_reversed else list(range(steps))[::-1]


def _grad_at(grad: Array, steps: int, last: int) -> list[Array]:
    """The gradient of h at each step, whether that of all or only of the last is given."""
    if grad.ndim == 3:
        return list(grad)
    return [grad if t == last else np.zeros(grad.shape) for t in range(steps)]


def _lstm_gradient(op: lstm.LstmGradient, grad: Array, kernel: Array, rows: Array, bent: Array) -> Array:
    steps = len(bent)
    order = _backwards(op.is_reversed, steps)
    grads = _grad_at(grad, steps, order[0])
    dh = dc = np.zeros(bent.shape[1:])
    result = np.zeros((4, *bent.shape))
    for place, t in zip(reversed(range(steps)), order, strict=True):
        o, i, f, g, c = rows[place]
        dh = dh + grads[t]
        dc = dc + dh * o * (1 - bent[place] ** 2)
        result[0, t] = dh * bent[place] * 2 * o * (1 - o)
        result[1, t] = dc * g * 2 * i * (1 - i)
        result[2, t] = dc * c * 2 * f * (1 - f)
        result[3, t] = dc * i * (1 - g**2)
        dc = dc * f
        dh = np.asarray(sum(dz @ w.T for dz, w in zip(result[:, t], _by_gate(kernel, 4), strict=True)))
    return result


def _gru_gradient(op: gru.GruGradient, grad: Array, kernel: Array, rows: Array, states: Array) -> Array:
    steps = len(rows)
    order = _backwards(op.is_reversed, steps)
    grads = _grad_at(grad, steps, order[0])
    dh = np.zeros(states.shape[1:])
    result = np.zeros((4, *states.shape))
    for place, t in zip(reversed(range(steps)), order, strict=True):
        n, z, r, q = rows[place]
        before = states[order[steps - place]] if place else np.zeros(dh.shape)
        dh = dh + grads[t]
        dn = dh * (1 - z) * (1 - n**2)
        result[:, t] = dn, dh * (before - n) * 2 * z * (1 - z), dn * q * 2 * r * (1 - r), dn * r
        dh = dh * z + sum(dz @ w.T for dz, w in zip(result[1:, t], _by_gate(kernel, 3), strict=True))
    return result


def _rnn_gradient(op: rnn.RnnGradient, grad: Array, kernel: Array, states: Array) -> Array:
    order = _backwards(op.is_reversed, len(states))
    grads = _grad_at(grad, len(states), order[0])
    dh = np.zeros(states.shape[1:])
    result = np.zeros((1, *states.shape))
    for t in order:
        slope = (states[t] > 0) * 1.0 if op.is_rectified else 1 - states[t] ** 2
        result[0, t] = (dh + grads[t]) * slope
        dh = result[0, t] @ kernel.T
    return result


def _flags(random: Random) -> tuple[bool, bool]:
    return bool(random.random() < 0.5), bool(random.random() < 0.5)


def _cell(gates: int, make: Callable[[bool, bool], Op], has_bias: bool = False) -> Draw:
    def case(random: Random) -> Case:
        steps, batch, units = lengths(random, 3)
        inputs = [
            random.normal(0, 1, (gates, steps, batch, units)),
            random.normal(0, 0.7, (units, gates * units)),
        ]
        if has_bias:
            inputs.append(random.normal(0, 0.7, gates * units))
        return Case(make(*_flags(random)), inputs, tuple(range(len(inputs))))

    return case


def _back(gates: int, make: Callable[[bool], Op], sides: Callable[[Random, Shape], list[Array]]) -> Draw:
    def case(random: Random) -> Case:
        is_reversed, is_every_step = _flags(random)
        steps, batch, units = lengths(random, 3)
        size = (steps, batch, units) if is_every_step else (batch, units)
        kernel = random.normal(0, 0.5, (units, gates * units))
        return Case(
            make(is_reversed), [random.normal(0, 1, size), kernel, *sides(random, (steps, batch, units))]
        )

    return case


def _arranged(random: Random) -> Case:
    order = tuple(int(gate) for gate in random.permutation(3))
    width = 3 * int(random.integers(1, 5))
    op = recurrent.ArrangeGates(order, (0.5, 1.0, 0.25))
    return Case(op, [apart(random, (*lengths(random, 1), width))], (0,))


def _products(random: Random) -> Case:
    *rows, inputs, units = lengths(random, int(random.integers(3, 5)))
    op = recurrent.GateProducts(3)
    return Case(op, [apart(random, (*rows, inputs)), apart(random, (inputs, 3 * units))], (0, 1))


def _to_input(random: Random) -> Case:
    *rows, inputs, units = lengths(random, int(random.integers(3, 5)))
    return Case(
        recurrent.GateProductsToInput(),
        [apart(random, (2, *rows, units)), apart(random, (inputs, 2 * units))],
    )


def _to_kernel(random: Random) -> Case:
    steps, batch, inputs, units = lengths(random, 4)
    op = recurrent.GateProductsToKernel(int(random.integers(-1, 2)))
    return Case(op, [apart(random, (steps, batch, inputs)), apart(random, (3, steps, batch, units))])


def _arrange(op: recurrent.ArrangeGates, x: Array) -> Array:
    gates = np.split(x, len(op.order), axis=-1)
    return np.concatenate([gates[g] * k for g, k in zip(op.order, op.factors, strict=True)], -1)


def _kernel_sum(op: recurrent.GateProductsToKernel, x: Array, grad: Array) -> Array:
    steps = len(x)
    pairs = [(t, t + op.shift) for t in range(steps) if 0 <= t + op.shift < steps]
    columns = [
        sum((x[t].T @ each[s] for t, s in pairs), np.zeros((x.shape[-1], grad.shape[-1]))) for each in grad
    ]
    return np.concatenate(columns, 1)


FORMULAS: dict[type[Op], Callable[..., Array]] = {
    recurrent.TimeMajor: lambda _, x: np.moveaxis(x, 0, 1),
    recurrent.Gates: lambda op, x: x[op.start : op.stop],
    recurrent.ArrangeGates: _arrange,
    recurrent.GateProducts: lambda op, x, w: np.stack([x @ part for part in _by_gate(w, op.gates)]),
    recurrent.GateProductsToInput: lambda _, grad, w: np.asarray(
        sum(part @ each.T for part, each in zip(grad, _by_gate(w, len(grad)), strict=True))
    ),
    recurrent.GateProductsToKernel: _kernel_sum,
    lstm.Lstm: _lstm,
    lstm.LstmGradient: _lstm_gradient,
    gru.Gru: _gru,
    gru.GruGradient: _gru_gradient,
    rnn.Rnn: _rnn,
    rnn.RnnGradient: _rnn_gradient,
}
EXAMPLES: dict[type[Op], Draw] = {
    recurrent.TimeMajor: lambda random: Case(
        recurrent.TimeMajor(), [apart(random, lengths(random, int(random.integers(2, 5))))], (0,)
    ),
    recurrent.Gates: lambda random: Case(recurrent.Gates(1, 3), [apart(random, (4, *lengths(random, 2)))]),
    recurrent.ArrangeGates: _arranged,
    recurrent.GateProducts: _products,
    recurrent.GateProductsToInput: _to_input,
    recurrent.GateProductsToKernel: _to_kernel,
    lstm.Lstm: _cell(4, lstm.Lstm),
    lstm.LstmGradient: _back(
        4,
        lstm.LstmGradient,
        lambda random, size: [random.uniform(0, 1, (size[0] + 1, 5, *size[1:])), random.uniform(-1, 1, size)],
    ),
    gru.Gru: _cell(3, gru.Gru, has_bias=True),
    gru.GruGradient: _back(
        3,
        gru.GruGradient,
        lambda random, size: [random.uniform(0, 1, (size[0], 4, *size[1:])), random.uniform(-1, 1, size)],
    ),
    rnn.Rnn: _cell(1, lambda is_reversed, returns_all: rnn.Rnn(False, is_reversed, returns_all)),
    rnn.RnnGradient: _back(
        1, lambda is_reversed: rnn.RnnGradient(False, is_reversed), lambda random, size: [apart(random, size)]
    ),
}
MISFITS: dict[type[Op], tuple[Op, tuple[Shape, ...]]] = {
    recurrent.TimeMajor: (recurrent.TimeMajor(), ((5,),)),
    recurrent.Gates: (recurrent.Gates(1, 4), ((3, 2),)),
    recurrent.ArrangeGates: (recurrent.ArrangeGates((1, 0), (1.0, 1.0)), ((2, 5),)),
    recurrent.GateProducts: (recurrent.GateProducts(3), ((2, 4), (5, 6))),
    recurrent.GateProductsToInput: (recurrent.GateProductsToInput(), ((3, 2, 4), (5, 6))),
    recurrent.GateProductsToKernel: (recurrent.GateProductsToKernel(), ((2, 3), (4, 3, 5))),
    lstm.Lstm: (lstm.Lstm(), ((4, 3, 2, 5), (5, 15))),
    lstm.LstmGradient: (lstm.LstmGradient(), ((3, 2, 5), (5, 20), (3, 5, 2, 5), (3, 2, 5))),
    gru.Gru: (gru.Gru(), ((3, 3, 2, 5), (5, 15), (5,))),
    gru.GruGradient: (gru.GruGradient(), ((3, 2, 5), (5, 15), (3, 4, 2, 5), (4, 2, 5))),
    rnn.Rnn: (rnn.Rnn(), ((1, 3, 2, 5), (4, 5))),
    rnn.RnnGradient: (rnn.RnnGradient(), ((3, 2, 5), (5, 4), (3, 2, 5))),
}
TAKES_ANY_SHAPE: set[type[Op]] = set()
