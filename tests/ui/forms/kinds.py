"""All kinds there are with their fields, and how a person enters a value: for the tests of forms."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from neuralstudio.data.registry import DATASETS
from neuralstudio.engine.activations import ACTIVATIONS
from neuralstudio.engine.clipping import CLIPPINGS
from neuralstudio.engine.initialisers import INITIALISERS
from neuralstudio.engine.losses import LOSSES
from neuralstudio.engine.optimisers import OPTIMISERS
from neuralstudio.engine.schedules import SCHEDULES
from neuralstudio.engine.shrinking import SHRINKINGS
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers.registry import LAYERS
from neuralstudio.network.learning import Learning
from neuralstudio.schema.fields import Field, fields, replaced
from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training.registry import TRAINERS
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.forms._base import Editor
from neuralstudio.ui.forms.numbers import NumberBox
from neuralstudio.ui.forms.several import SeveralEditor


class Sample(Kind, tag="sample"):
    """One field of each sort, among them those no shipped kind has yet."""

    title = "Sample"
    mode: Literal["fast", "very-exact"] = "fast"
    is_frozen: Annotated[bool, Meta(title="Frozen")] = False
    name: str = "a"
    digits: Annotated[
        int, Meta(ge=0, le=9, extra_json_schema={}, extra={"shown_when": {"mode": "very-exact"}})
    ] = 3
    free: float = 0.5


KINDS: list[type[Kind]] = [
    *LAYERS, *DATASETS, *TRAINERS, *OPTIMISERS, *LOSSES, *ACTIVATIONS, *INITIALISERS,
    *SCHEDULES, *CLIPPINGS, *SHRINKINGS, Stopping, Learning, Sample,
]  # fmt: skip
FIELDS = [
    pytest.param(kind, field, id=f"{kind.tag()}-{field.name}")
    for kind in KINDS
    for field in fields(kind)
    if field.editor != "points" and field.role != "column"  # painted, and chosen from a table
]
NUMBERS = [each for each in FIELDS if each.values[1].editor in ("integer", "number")]  # type: ignore[union-attr]


def control(form: QWidget, name: str) -> Any:
    found = form.findChild(QWidget, f"field-{name}")
    assert found is not None, f"no control for {name}"
    return found


def enter(qtbot: QtBot, editor: QWidget, text: str) -> None:
    """Types as a person does: select all, type, Enter."""
    line = editor.lineEdit() if isinstance(editor, QAbstractSpinBox) else editor
    assert isinstance(line, QLineEdit)
    line.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def choose(qtbot: QtBot, editor: Editor, value: Any) -> None:
    """Enters ``value`` into the editor of its field."""
    widget = editor.control
    if isinstance(widget, NumberBox):
        enter(qtbot, widget, widget.text_of(value))
    elif isinstance(widget, QCheckBox):
        widget.click()
    elif isinstance(editor, SeveralEditor):
        for choice, box in editor.boxes.items():
            if box.isChecked() != (choice in value):
                box.click()
    elif isinstance(widget, KindForm):
        name = next(name for name in value.__struct_fields__ if getattr(value, name))
        choose(qtbot, widget.editor(name), getattr(value, name))
    elif isinstance(widget, QComboBox):
        datum = type(value) if isinstance(value, Kind) else value
        widget.setCurrentIndex(widget.findData(datum))
    else:
        enter(qtbot, widget, str(value))


def another(kind: type[Kind], field: Field, folder: Path) -> Any:
    """A value of the field that is allowed and not the default."""
    match field.editor:
        case "switch":
            return not field.default
        case "several":
            return (*field.default, next(choice for choice in field.choices if choice not in field.default))
        case "choice":
            return next(choice for choice in field.choices if choice != field.default)
        case "kind":
            others = (each() for each in field.kinds if each is not type(field.default))
            return next(others, None) or replaced(field.default, **{_first(field.default): 3})
        case "text":
            (folder / "some.txt").touch()
            path = str(folder / "some.txt" if field.role == "file" else folder)
            return {"expression": "x*x", "shape": "7×7"}.get(field.name, path)
    ends = (field.minimum, field.maximum, field.default + 1, field.default / 2, 0.25)
    for value in ends:
        entry = int(value) if field.editor == "integer" and value is not None else value
        try:
            if entry is not None and entry != field.default:
                replaced(kind(), **{field.name: entry})
                return entry
        except ProblemError:
            continue
    raise AssertionError(f"no other value known for {field}")


def _first(value: Kind) -> str:
    return fields(type(value))[0].name
