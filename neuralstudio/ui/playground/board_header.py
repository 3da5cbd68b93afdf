"""What stands above the board's columns: buttons for more and fewer neurons, and a menu for the layer."""

from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from neuralstudio.engine.activations import (
    ELU,
    GELU,
    ActivationFunction,
    LeakyReLU,
    Linear,
    ReLU,
    Sigmoid,
    Softplus,
    Softsign,
    Swish,
    Tanh,
)
from neuralstudio.project.playground.setup import Column
from neuralstudio.ui.playground.board_edits import BoardEdits

_ACTIVATIONS: tuple[type[ActivationFunction], ...] = (
    ReLU, Tanh, Sigmoid, Linear, LeakyReLU, ELU, GELU, Swish, Softplus, Softsign,
)  # fmt: skip
_RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_BUTTON = 20


def round_button(sign: str, name: str, words: str) -> QToolButton:
    """A small button with a plus or minus."""
    button = QToolButton()
    button.setText(sign)
    button.setObjectName(name)
    button.setProperty("flat", True)
    button.setStyleSheet("padding: 0; font-weight: 700;")
    button.setFixedSize(_BUTTON, _BUTTON)
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button


class ColumnHeader(QWidget):
    """Above one layer. The output has a menu only: its neurons follow from the data."""

    def __init__(self, edits: BoardEdits, parent: QWidget) -> None:
        super().__init__(parent)
        self._edits = edits
        self._column: Column | None = None
        self._is_output = False
        self.fewer = round_button("−", "", self.tr("One neuron less"))
        self.more = round_button("+", "", self.tr("One neuron more"))
        for button in (self.fewer, self.more):  # the words of all columns stand at one height
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
        self.fewer.clicked.connect(partial(self._change, -1))
        self.more.clicked.connect(partial(self._change, 1))
        self.menu_button = QToolButton()
        self.menu_button.setProperty("flat", True)
        self.menu_button.setStyleSheet("padding: 0 2px;")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self.menu_button)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.menu_button.setMenu(self.menu)
        self._caption = QLabel()
        self._caption.setProperty("role", "caption")
        self._caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._caption.setMinimumWidth(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addStretch()
        buttons.addWidget(self.fewer)
        buttons.addWidget(self.more)
        buttons.addStretch()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(buttons)
        rows.addWidget(self.menu_button, 0, Qt.AlignmentFlag.AlignHCenter)
        rows.addWidget(self._caption)

    @property
    def node(self) -> str:
        """The layer it stands above."""
        return self._column.id if self._column is not None else ""

    def show_column(self, column: Column, number: int, *, is_output: bool, is_narrow: bool) -> None:
        """Takes the words of a layer, the ``number``-th from 1."""
        self._column, self._is_output = column, is_output
        place = "output" if is_output else f"h{number}"
        self.fewer.setObjectName(f"board-fewer-{place}")
        self.more.setObjectName(f"board-more-{place}")
        self.menu_button.setObjectName(f"board-layer-{place}")
        self.fewer.setVisible(not is_output)
        self.more.setVisible(not is_output)
        self.fewer.setEnabled(column.units > 1)
        full = self.tr("Output") if is_output else self._counted(column.units)
        short = full if is_output else f"{column.units}"
        self.menu_button.setText(f"{short if is_narrow else full} ▾")
        about = [self.tr("Output layer") if is_output else self.tr("Hidden layer {}").format(number)]
        about += [self._counted(column.units), column.activation.title]
        about += [self.tr("{:.0%} dropout").format(column.dropout)] if column.dropout else []
        about += [self.tr("frozen")] if column.is_frozen else []
        self._caption.setText(" · ".join(about[2:]))
        self._caption.setToolTip(", ".join(about))
        self.menu_button.setToolTip(", ".join(about))
        self.menu_button.setAccessibleName(", ".join(about))

    def _counted(self, units: int) -> str:
        return self.tr("1 neuron") if units == 1 else self.tr("{} neurons").format(units)

    def _change(self, change: int) -> None:
        if self._column is not None:
            self._edits.change_units(self._column.id, change)

    def _fill_menu(self) -> None:
        column, edits, menu = self._column, self._edits, self.menu
        menu.clear()
        if column is None:
            return
        activations = menu.addMenu(self.tr("Activation: {}").format(column.activation.title))
        for kind in _ACTIVATIONS:
            action = activations.addAction(kind.title, partial(edits.set_activation, column.id, kind()))
            action.setCheckable(True)
            action.setChecked(type(column.activation) is kind)
        if not self._is_output:
            dropout = menu.addMenu(self.tr("Dropout: {}").format(_percent(column.dropout)))
            for rate in _RATES:
                action = dropout.addAction(_percent(rate), partial(edits.set_dropout, column.id, rate))
                action.setCheckable(True)
                action.setChecked(rate == column.dropout)
        frozen = menu.addAction(self.tr("Frozen"), partial(edits.set_frozen, column.id, not column.is_frozen))
        frozen.setCheckable(True)
        frozen.setChecked(column.is_frozen)
        if not self._is_output:
            menu.addSeparator()
            menu.addAction(self.tr("Insert a layer after it"), partial(edits.insert_layer_after, column.id))
            menu.addAction(self.tr("Remove layer"), partial(edits.remove_layer, column.id))


def _percent(rate: float) -> str:
    return QCoreApplication.translate("board", "none") if not rate else f"{rate:.0%}"
