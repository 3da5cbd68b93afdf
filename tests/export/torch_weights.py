"""Hands the weights of a PyTorch script's model to ours, whose layouts are those of Keras."""

from collections.abc import Callable
from typing import Any

import numpy as np

from neuralstudio.engine.graph import Array
from neuralstudio.network.model import Model


def weights_of(model: Model, torch_model: Any) -> dict[str, Array]:
    """The weights of a PyTorch model under the names and in the layouts of ours.

    Each layer with weights of ours has one module with weights, in the same order.
    """
    ours: dict[str, list[str]] = {}
    for name in model.parameters.shapes:
        ours.setdefault(name.rpartition("/")[0], []).append(name)
    theirs = [each for each in torch_model.modules() if type(each).__name__ in _WEIGHTS]
    assert len(ours) == len(theirs)
    found: dict[str, Array] = {}
    for owner, module in zip(ours, theirs, strict=True):
        arrays = _WEIGHTS[type(module).__name__](module)
        named = {f"{owner}/{name}": array for name, array in arrays.items()}
        assert set(named) == set(ours[owner])
        found |= named
    return found


def take_weights(model: Model, torch_model: Any) -> None:
    """Gives our model the weights of PyTorch's."""
    for name, value in weights_of(model, torch_model).items():
        model.parameters.value(name)[...] = value


def _array(tensor: Any) -> Array:
    return np.asarray(tensor.detach().numpy())


def _dense(module: Any) -> dict[str, Array]:
    return {"kernel": _array(module.weight).T, "bias": _array(module.bias)}


def _convolution(module: Any) -> dict[str, Array]:
    kernel = _array(module.weight)
    axes = tuple(range(2, kernel.ndim))
    return {"kernel": kernel.transpose(*axes, 1, 0), "bias": _array(module.bias)}


def _norm(module: Any) -> dict[str, Array]:
    found = {"gamma": _array(module.weight), "beta": _array(module.bias)}
    if hasattr(module, "running_mean"):
        found |= {"moving_mean": _array(module.running_mean), "moving_variance": _array(module.running_var)}
    return found


def _gated(kernel: Array, cell: Any) -> Array:
    """PyTorch's GRU has the reset gate first, ours the update gate."""
    if type(cell).__name__ != "GRU":
        return kernel.T
    reset, update, candidate = np.split(kernel, 3)
    return np.asarray(np.concatenate([update, reset, candidate]).T)


def _recurrent(module: Any) -> dict[str, Array]:
    cell, found = module.cell, {}
    for prefix, way in (("", "_l0"), ("backward_", "_l0_reverse")):
        if hasattr(cell, f"weight_ih{way}"):
            for name, of in (("kernel", "weight_ih"), ("recurrent_kernel", "weight_hh"), ("bias", "bias_ih")):
                found[prefix + name] = _gated(_array(getattr(cell, of + way)), cell)
            other = _array(getattr(cell, f"bias_hh{way}"))
            if type(cell).__name__ == "GRU":
                found[f"{prefix}recurrent_bias"] = _gated(other, cell)
            else:
                assert not other.any()
    return found


_WEIGHTS: dict[str, Callable[[Any], dict[str, Array]]] = {
    "Linear": _dense,
    "Conv1d": _convolution,
    "Conv2d": _convolution,
    "ConvTranspose2d": _convolution,
    "BatchNorm1d": _norm,
    "BatchNorm2d": _norm,
    "BatchNorm3d": _norm,
    "LayerNorm": _norm,
    "Embedding": lambda module: {"table": _array(module.weight)},
    "Recurrent": _recurrent,
    "RBF": lambda module: {"centres": _array(module.centres), "log_widths": _array(module.log_widths)},
}
