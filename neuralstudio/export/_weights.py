"""What every script with trained weights has: a switch for training, and a reader of the file beside it."""

from collections.abc import Sequence

from neuralstudio.export._base import Plan, quoted


def weight_imports(plan: Plan) -> tuple[str, ...]:
    """What the lines of :func:`reader_lines` need, for ``import_lines``."""
    return ("import json", "from pathlib import Path") if plan.weights_file else ()


def switch_lines(plan: Plan) -> list[str]:
    """The switch at the top of a script with weights, with an empty line behind it; nothing without."""
    return ["TRAIN = False  # True: train on, from the weights in the file", ""] if plan.weights_file else []


def when_training(plan: Plan, lines: Sequence[str]) -> list[str]:
    """Lines that train; in a script with weights they wait behind the switch."""
    if not plan.weights_file:
        return list(lines)
    return ["if TRAIN:", *(f"    {line}" if line else "" for line in lines)]


def reader_lines(plan: Plan) -> list[str]:
    """Code that reads the weights into ``stored``, by their names in NeuralStudio; nothing without weights.

    The file is in the safetensors format: the header's length in 8 bytes, the header in JSON, raw numbers.
    """
    if not plan.weights_file:
        return []
    return [
        "def read_safetensors(path):",
        '    """The arrays in a file: 8 bytes say how long its header in JSON is, then come the numbers."""',
        "    content = path.read_bytes()",
        '    begin = 8 + int.from_bytes(content[:8], "little")',
        "    header = json.loads(content[8:begin])",
        '    header.pop("__metadata__", None)',
        "    arrays = {}",
        "    for name, entry in header.items():",
        '        first, last = (begin + place for place in entry["data_offsets"])',
        '        numbers = np.frombuffer(content[first:last], "<f4")',
        '        arrays[name] = numbers.reshape(entry["shape"]).copy()',
        "    return arrays",
        "",
        "",
        f"stored = read_safetensors(Path(__file__).with_name({quoted(plan.weights_file)}))",
    ]
