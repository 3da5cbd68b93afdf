"""What a script does not do as NeuralStudio does it, said in lines of comment."""

from textwrap import wrap

from neuralstudio.engine.shrinking import NoShrinking
from neuralstudio.training.backprop import Backprop

_WIDTH = 98


def omission_lines(trainer: Backprop) -> list[str]:
    """Comments on settings that no script carries out; nothing where there are none."""
    told = []
    if not isinstance(trainer.shrinking, NoShrinking) and trainer.shrinking.rate:
        told.append(
            f"NeuralStudio also shrinks the weights after each step ({trainer.shrinking.title}, rate "
            f"{trainer.shrinking.rate!r}); here they are left as they are."
        )
    if trainer.leftovers == "carry over":
        told.append(
            "NeuralStudio lets samples that do not fill a batch join the first one of the next epoch; "
            "here they are a smaller batch."
        )
    if trainer.precision == "double":
        told.append("NeuralStudio computes with 16 digits (float64); here it is 7 (float32).")
    return [f"# {line}" for each in told for line in wrap(each, _WIDTH)]
