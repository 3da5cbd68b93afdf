"""Reads models that Keras saved: their description and weights, as data. Nothing of them is run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neuralstudio.data._base import Signature
from neuralstudio.network.spec import DATA
from neuralstudio.network.trace import Trace, trace
from neuralstudio.project.archive import Archive, open_for_reading
from neuralstudio.project.foreign.draft import Draft, Foreign
from neuralstudio.project.foreign.fitting import finished
from neuralstudio.project.foreign.keras_layers import LAYERS, Settings
from neuralstudio.project.foreign.keras_weights import WeightFile, folders, places
from neuralstudio.project.foreign.refusal import RefusalError, shown
from neuralstudio.schema.problem import ProblemError

_MOST_TEXT = 32 * 1024**2
_MOST_NAMED = 6
_AGAIN = "Save the model again from Keras, or choose another file."
_DAMAGES = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError)


def read_keras(path: Path) -> Foreign:
    """The network of a .keras file with its weights. Raises ``ProblemError`` and ``RefusalError``."""
    with open_for_reading(path) as file:
        if file.read(2) != b"PK":
            raise RefusalError("It is no model that Keras 3 saved, or it is damaged", _AGAIN)
        try:
            archive = Archive(file, path.name)
            if "config.json" not in archive.names:
                raise RefusalError("It holds no description of a model (config.json)", _AGAIN)
            text = archive.read("config.json", _MOST_TEXT)
            weights = archive.read("model.weights.h5") if "model.weights.h5" in archive.names else None
        except ProblemError as error:
            raise RefusalError(error.problems[0].what, _AGAIN) from None
    return _model(text, path.stem, weights)


def read_keras_json(path: Path) -> Foreign:
    """The network that ``model.to_json()`` describes, without weights."""
    with open_for_reading(path) as file:
        text = file.read(_MOST_TEXT + 1)
    if len(text) > _MOST_TEXT:
        raise RefusalError("The file is larger than 32 MB", "Choose a smaller file.")
    return _model(text, path.stem, None)


def _model(text: bytes, title: str, weights: bytes | None) -> Foreign:
    try:
        model = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        raise RefusalError("Its description is no JSON text, or it is damaged", _AGAIN) from None
    if not isinstance(model, dict) or not {"class_name", "config"} <= model.keys():
        raise RefusalError(
            "It does not describe a Keras model", "Choose what model.to_json() or save() wrote."
        )
    try:
        return _read(model, title, weights)
    except _DAMAGES:
        raise RefusalError("The description of its layers is damaged", _AGAIN) from None


def _read(model: Mapping[str, Any], title: str, weights: bytes | None) -> Foreign:
    kind, config = model["class_name"], model["config"]
    if kind not in ("Sequential", "Functional"):
        what = f"It is a model of the class {shown(str(kind))}, whose layers only its own code knows"
        raise RefusalError(what, "Only Sequential and Functional models can be read.")
    layers: list[dict[str, Any]] = config["layers"]
    outputs = config.get("output_layers") or []
    names = [each["config"]["name"] for each in layers]
    if len(set(names)) != len(names):
        raise RefusalError("Two of its layers have the same name", _AGAIN)
    made, vocabulary = _made(layers)
    start = [each for each in layers if _is_input(each)]
    if kind == "Sequential":
        chain = [name for name, each in zip(names, layers, strict=True) if not _is_input(each)]
        wires: dict[str, tuple[str, ...]] = {
            name: (before,) for before, name in zip([DATA, *chain], chain, strict=False)
        }
        last = chain[-1] if chain else ""
    else:
        wires = {each["config"]["name"]: _wires(each) for each in layers if not _is_input(each)}
        last = next(_histories(outputs, is_plain=True), "")
    if len(start) > 1:
        raise RefusalError(f"It has {len(start)} inputs, and a network here has one")
    inputs = {each["config"]["name"] for each in start}
    shape = _input_shape(start, config, layers)
    draft, ids = _draft(made, wires, inputs)
    if last not in ids or last in inputs:
        raise RefusalError("It has no layers")
    draft.keep(ids[last])
    signature = Signature(shape, vocabulary=vocabulary)
    traced = trace(draft.network(), signature, 1, is_training=False)
    output = traced.shape(ids[last]) or ()
    notes = []
    if kind == "Functional" and isinstance(outputs[0], list) and len(outputs) > 1:
        notes.append(f"Only the first of its {len(outputs)} outputs was read.")
    where = dict(zip(names, folders([each["class_name"] for each in layers]), strict=True))
    if not _fill(draft, {ids[name]: place for name, place in where.items() if name in ids}, traced, weights):
        notes.append("Its weights were left out: the package h5py, which reads them, is not installed.")
    if weights is None:
        notes.append("The file holds no weights: they start anew.")
    steps = output[0] if len(output) == 2 else 0
    return finished(draft, Signature(shape, vocabulary=vocabulary, steps=steps), title, notes)


def _is_input(layer: Mapping[str, Any]) -> bool:
    return bool(layer["class_name"] == "InputLayer")


def _is_operator(layer: Mapping[str, Any]) -> bool:
    """Two outputs with + or * between them, which Keras does not save as a layer."""
    is_one = layer.get("module") == "keras.src.ops.numpy" and layer["class_name"] in ("Add", "Multiply")
    return is_one and len(_wires(layer)) == 2


def _made(layers: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], int]:
    """Our layers by name, and the tokens of an embedding. All that is not known is refused at once."""
    made, missing, vocabulary = {}, [], 0
    for each in layers:
        kind, config = each["class_name"], each["config"]
        if kind == "InputLayer":
            continue
        name = config["name"]
        is_ours = each.get("module") == "keras.layers" or _is_operator(each)
        known = LAYERS.get(kind) if is_ours else None
        if known is None:
            missing.append(f"{shown(name)} ({str(kind)[:40]})")
            continue
        given = (each.get("build_config") or {}).get("input_shape") or ()
        if given and isinstance(given[0], list):
            given = given[0]
        settings = Settings(config, tuple(given[1:]))
        made[name] = known(settings)
        if len(each.get("inbound_nodes", ())) > 1:
            settings.missing.append("used more than once")
        if settings.missing:
            missing.append(f"{shown(name)} ({kind}: {', '.join(settings.missing)})")
        if kind == "Embedding":
            vocabulary = config["input_dim"]
    if missing:
        more = len(missing) - _MOST_NAMED
        named = ", ".join(missing[:_MOST_NAMED]) + (f" (and {more} more)" if more > 0 else "")
        remedy = "Only layers that are in the palette, with the settings they have there, can be read."
        raise RefusalError(f"It has layers or settings NeuralStudio does not have: {named}", remedy)
    return made, vocabulary


def _wires(layer: Mapping[str, Any]) -> tuple[str, ...]:
    node = layer["inbound_nodes"][0]
    if not isinstance(node, dict):
        raise RefusalError("It was written by an older Keras than 3", "Save it again with Keras 3.")
    if any(_histories(node.get("kwargs", {}))):
        raise RefusalError(f"Its layer {shown(layer['config']['name'])} has a second input")
    return tuple(_histories(node["args"]))


def _histories(value: Any, *, is_plain: bool = False) -> Iterator[str]:
    """The names of the layers whose outputs are among some arguments."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        yield str(value["config"]["keras_history"][0])
    elif is_plain and isinstance(value, list) and value and isinstance(value[0], str):
        yield value[0]
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _histories(each, is_plain=is_plain)


def _input_shape(
    start: Sequence[Mapping[str, Any]], config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]
) -> tuple[int, ...]:
    first = start[0]["config"] if start else layers[0]["config"] if layers else {}
    batch = first.get("batch_shape") or first.get("batch_input_shape") or config.get("build_input_shape")
    shape = tuple(batch[1:]) if batch else ()
    if not shape or len(shape) > 5 or not all(type(n) is int and 0 < n < 2**31 for n in shape):
        raise RefusalError(
            "The shape of its input is not fixed", "Give its Input a whole shape, and save again."
        )
    return shape


def _draft(
    made: Mapping[str, Any], wires: Mapping[str, tuple[str, ...]], inputs: set[str]
) -> tuple[Draft, dict[str, str]]:
    """The layers, each after those it reads, and the ids they got by their names."""
    draft, ids = Draft(kept=frozenset(made)), {DATA: DATA} | dict.fromkeys(inputs, DATA)
    left = dict(wires)
    while left:
        ready = [name for name, sources in left.items() if sources and all(each in ids for each in sources)]
        if not ready:
            raise RefusalError("Its layers are wired in a circle, or to layers that are not there", _AGAIN)
        for name in ready:
            ids[name] = draft.add(made[name], tuple(ids[each] for each in left.pop(name)), name=name)
    return draft, ids


def _fill(draft: Draft, where: Mapping[str, str], traced: Trace, weights: bytes | None) -> bool:
    """Gives all layers their weights; False if there is nothing that reads them."""
    if weights is None or traced.problems:
        return True
    file = WeightFile(weights)
    if not file.is_readable:
        return False
    shapes = {name: each.shape for name, each in (traced.weights | traced.states).items()}
    for key, part in draft.parts.items():
        own = {
            name.removeprefix(f"{key}/"): shape
            for name, shape in shapes.items()
            if name.startswith(f"{key}/")
        }
        if own:
            part.weights = file.arrays(places(part.layer, where[key]), own)
    return True
