"""When a run is to stop by itself, in a form below a button."""

from typing import Any

import msgspec
from PySide6.QtWidgets import QWidget

from neuralstudio.engine.stopping import Stopping
from neuralstudio.training.backprop import Backprop
from neuralstudio.ui.forms import KindForm
from neuralstudio.ui.playground.popover import Popover
from neuralstudio.ui.studio import Studio


class StopRulesButton(Popover):
    """Says whether a rule is in force; below it all of them can be set."""

    def __init__(self, studio: Studio) -> None:
        about = "The run goes on to its last epoch, or until you pause it, unless one of these rules ends it."
        super().__init__(self.tr("Stop when…"), self.tr(about), "playground-stop-rules")
        self._studio = studio
        self._form = KindForm(self._rules, "stopping.")
        self._form.changed.connect(self._on_changed)
        self.column.addWidget(self._form)
        studio.document.changed.connect(self.fill)
        self.fill()

    @property
    def _rules(self) -> Stopping:
        trainer = self._studio.document.project.trainer
        return trainer.stopping if isinstance(trainer, Backprop) else Stopping()

    def fill(self) -> None:
        rules = self._rules
        self._form.show_value(rules)
        named = []
        if rules.target_loss:
            named.append(self.tr("loss ≤ {}").format(f"{rules.target_loss:g}"))
        if rules.target_metric:
            named.append(self.tr("metric reaches {}").format(f"{rules.target_metric:g}"))
        if rules.patience:
            named.append(self.tr("{} epochs no better").format(rules.patience))
        if rules.time_limit:
            named.append(self.tr("{} s are over").format(f"{rules.time_limit:g}"))
        more = self.tr(" or {} more").format(len(named) - 1) if len(named) > 1 else ""
        self.setText(self.tr("Stop: {}{}").format(named[0], more) if named else self.tr("Stop when…"))

    def first_control(self) -> QWidget:
        return self._form.editor("patience").control

    def _on_changed(self, rules: Any, field: str, key: str) -> None:
        document = self._studio.document
        trainer = document.project.trainer
        if isinstance(trainer, Backprop):
            words = self.tr("change the rule {}").format(field.replace("_", " "))
            changed = msgspec.structs.replace(trainer, stopping=rules)
            document.edit_trainer(words, changed, f"stopping.{key}" if key else "")
