"""What a person can do with runs: train, step, stop, begin again, compare."""

from functools import partial
from typing import TYPE_CHECKING

from neuralstudio.ui.actions import Command

if TYPE_CHECKING:
    from neuralstudio.ui.window import StudioWindow


def run_commands(window: "StudioWindow", train: str) -> tuple[Command, ...]:
    """The commands of the menu ``train``."""
    tr, document, training = window.tr, window.studio.document, window.studio.training
    add_first = tr("Add a layer first")

    def has_layers() -> bool:
        return len(document.network) > 0

    def is_training() -> bool:
        return training.state != "idle"

    return (
        Command(
            "train",
            tr("&Train"),
            train,
            window.train,
            ("Space",),
            "play",
            has_layers,
            tip=tr("Train or pause"),
            needs=add_first,
            paints_itself=True,
        ),
        Command(
            "step-batch",
            tr("&Step"),
            train,
            training.step_batch,
            (".",),
            "step",
            has_layers,
            tip=tr("Learn one batch"),
            needs=add_first,
        ),
        Command(
            "step-epoch",
            tr("Step an &epoch"),
            train,
            training.step_epoch,
            ("Shift+.", ":", ">"),
            "step-epoch",
            has_layers,
            tip=tr("Learn to the end of the epoch"),
            needs=add_first,
        ),
        Command(
            "stop",
            tr("St&op"),
            train,
            training.stop,
            (),
            "stop",
            is_training,
            needs=tr("No run is under way"),
        ),
        Command(
            "reset",
            tr("&Reset to the same start"),
            train,
            training.reset,
            ("Ctrl+Backspace",),
            "reset",
            tip=tr("Back to the very same start"),
            starts_group=True,
        ),
        Command(
            "new-weights", tr("New &weights"), train, window.new_weights, ("Ctrl+Shift+Backspace",), "network"
        ),
        Command(
            "show-runs",
            tr("&Compare runs"),
            train,
            partial(window.show_panel, "runs"),
            (),
            "curves",
            tip=tr("The runs that were kept, their figures, and in which settings they differ"),
            starts_group=True,
        ),
        Command(
            "show-sweep",
            tr("Swee&p two settings"),
            train,
            partial(window.show_panel, "sweep"),
            (),
            "layers",
            tip=tr("Train with every combination of the values of two settings"),
        ),
    )
