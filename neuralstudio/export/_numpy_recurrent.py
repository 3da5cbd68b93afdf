"""Recurrent layers and the embedding in plain NumPy: forwards step by step, and back through time."""

from collections.abc import Sequence
from itertools import pairwise

from neuralstudio.engine import activations
from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.initialisers import ForgetGateOpen, InitialiserKind, Orthogonal, Zeros
from neuralstudio.export._numpy_steps import NumPySteps


class NumPyRecurrent(NumPySteps):
    """What each layer for sequences (batch, steps, features) is in plain NumPy."""

    def embedding(self, vocabulary: int, dimensions: int, initialiser: InitialiserKind) -> None:
        w = self._weight("W", "table", (vocabulary or self._vocabulary, dimensions), initialiser)
        gradients = [
            f"gradients[{w}] = np.zeros_like(weights[{w}])",
            f"np.add.at(gradients[{w}], {self._h}, d)",
        ]
        self._add(f"weights[{w}][{self._h}]", "embedding", [], gradients, [w])

    def simple_rnn(
        self,
        units: int,
        returns: str,
        direction: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        is_rectified = isinstance(activation, activations.ReLU)
        name = "rectified_rnn" if is_rectified else "rnn"
        self._recurrent(name, 1, units, returns, direction, initialiser, Zeros())

    def lstm(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("lstm", 4, units, returns, direction, initialiser, ForgetGateOpen())

    def gru(self, units: int, returns: str, direction: str, initialiser: InitialiserKind) -> None:
        self._recurrent("gru", 3, units, returns, direction, initialiser, Zeros())

    def _recurrent(
        self,
        cell: str,
        gates: int,
        units: int,
        returns: str,
        direction: str,
        initialiser: InitialiserKind,
        bias: InitialiserKind,
    ) -> None:
        if len(self.given) == 1:
            self._add(f"{self._h}[..., None]", "feature", ["d = d[..., 0]"])
        features, source, ends = self.given[1] if len(self.given) > 1 else 1, self._at, []
        for prefix, is_reversed in {
            "forward": [("", False)],
            "backward": [("", True)],
            "both": [("", False), ("backward_", True)],
        }[direction]:
            self._move(source)
            if is_reversed:
                self._turned()
            self._cell(cell, prefix, (features, gates, units), initialiser, bias)
            if returns == "last":
                self._last()
            elif is_reversed:
                self._turned()
            ends.append(self._at)
        if len(ends) > 1:
            self._side_by_side(ends, [units, units])

    def _cell(
        self,
        cell: str,
        prefix: str,
        sizes: tuple[int, int, int],
        initialiser: InitialiserKind,
        bias: InitialiserKind,
    ) -> None:
        """The cell over all steps in the order they come in: its state after each."""
        self._use(cell)
        features, gates, units = sizes
        size = gates * units
        h, states, has_gates = self._h, self._next, gates > 1
        notes = self._kept if has_gates else states
        w = self._weight("W", f"{prefix}kernel", (features, size), initialiser)
        u = self._weight("U", f"{prefix}recurrent_kernel", (units, size), Orthogonal())
        b = self._weight("b", f"{prefix}bias", (size,), bias)
        given = [h, f"weights[{w}]", f"weights[{u}]", f"weights[{b}]"]
        through, to_state, more = f"d = {cell}_back({notes}, weights[{u}], d)", "d", []
        if cell == "gru":
            c = self._weight("c", f"{prefix}recurrent_bias", (size,))
            given.append(f"weights[{c}]")
            through, to_state = f"d, d_state = gru_back({notes}, weights[{u}], d)", "d_state"
            more = [f"gradients[{c}] = d_state.sum(axis=(0, 1))"]
        gradients = [
            f"gradients[{w}] = over_steps({h}, d)",
            f"gradients[{u}] = over_steps(delayed({states}), {to_state})",
            f"gradients[{b}] = d.sum(axis=(0, 1))",
            *more,
        ]
        made, back = f"{cell}({', '.join(given)})", [f"d = d @ weights[{w}].T"]
        self._add(made, cell, back, gradients, [w, u], through=[through], keeps=has_gates)

    def _turned(self) -> None:
        self._add(f"{self._h}[:, ::-1]", "turned", ["d = d[:, ::-1]"])

    def _last(self) -> None:
        h = self._h
        back = [f"back = np.zeros_like({h})", "back[:, -1] = d", "d = back"]
        self._add(f"{h}[:, -1]", "last", back)

    def _side_by_side(self, numbers: Sequence[int], lengths: Sequence[int]) -> None:
        """Several h along the last axis; each gets its own part of the gradient."""
        names = ", ".join(f"h{number}" for number in numbers)
        ends = [sum(lengths[: place + 1]) for place in range(len(lengths))]
        shares = [f"d[..., {start} : {end}]" for start, end in pairwise([0, *ends])]
        self._add(f"np.concatenate([{names}], axis=-1)", "concatenate", reads=numbers, shares=shares)
