"""What an edit means for a run: it takes it in as it goes, goes on all the same, or some weights fit."""

from collections.abc import Mapping

from msgspec.structs import replace

from neuralstudio.engine.graph import Array, Shape
from neuralstudio.network.check import Report
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.training.backprop import Backprop


def is_live_change(before: Project, after: Project) -> bool:
    """Only what a run takes in while it is on differs: words, groups, epochs, learning rate."""
    old, new = before.trainer, after.trainer
    if not (isinstance(old, Backprop) and isinstance(new, Backprop)):
        return False
    if type(old.optimiser) is not type(new.optimiser):
        return False
    same_optimiser = replace(new.optimiser, learning_rate=old.optimiser.learning_rate)
    leveled = replace(new, optimiser=same_optimiser, epochs=old.epochs)
    return (before.network, before.dataset, before.seeds, old) == (
        after.network,
        after.dataset,
        after.seeds,
        leveled,
    )


def looks_the_same(before: Project, after: Project) -> bool:
    """Earlier weights mean the same in both: all layers compute what they did, on the same data."""
    wiring = [[(node.id, node.layer, node.inputs) for node in project.network] for project in (before, after)]
    return wiring[0] == wiring[1] and before.dataset == after.dataset


def weight_shapes(report: Report) -> dict[str, Shape]:
    """Shape of everything a run learns or keeps, by full name."""
    shapes: dict[str, Shape] = {}
    for node in report.nodes.values():
        shapes |= node.weight_shapes | node.state_shapes
    return shapes


def goes_on(before: Project, left: SavedRun, after: Project, shapes: Mapping[str, Shape]) -> bool:
    """A run of ``before`` that left this is as good a run of ``after``, whose weights have these shapes.

    So it is when every weight is the same, and so are data, loss and kind of optimiser: after a change of
    what is frozen, dropped out or clipped, of an activation, a penalty, a schedule or the batch size.
    """
    old, new = before.trainer, after.trainer
    if not (isinstance(old, Backprop) and isinstance(new, Backprop)):
        return False
    return (
        {name: array.shape for name, array in left.weights.items()} == shapes
        and (before.dataset, before.seeds, old.loss) == (after.dataset, after.seeds, new.loss)
        and type(old.optimiser) is type(new.optimiser)
        and not _drawn_again(before, after)
    )


def with_batches_of(left: SavedRun, old: int, new: int) -> SavedRun:
    """The same run in batches of another size: within its epoch it goes back to where one of them begins."""
    at = left.position
    if old == new or not at.batch:
        return left
    batch = at.batch * old // new
    share = batch * new / (at.batch * old)
    position = replace(at, batch=batch, loss_sum=at.loss_sum * share, metric_sum=at.metric_sum * share)
    return SavedRun(left.weights, left.optimiser, position, left.history)


def kept(weights: Mapping[str, Array], before: Project, after: Project) -> dict[str, Array]:
    """The weights that an edit leaves: none for another seed, none for layers drawn anew or of another kind.

    A layer is the same where its id is; an open document gives no id to two layers.

    The optimiser's means are not kept with them: Adam corrects its means for their age, one for all.
    """
    if before.seeds.weights != after.seeds.weights:
        return {}
    again = _drawn_again(before, after)
    return {name: array for name, array in weights.items() if name.rpartition("/")[0] not in again}


def layers_kept(weights: Mapping[str, Array], report: Report) -> tuple[int, int]:
    """How many of a network's layers find all their weights among these, and how many layers have any."""
    layers = [each.weight_shapes | each.state_shapes for each in report.nodes.values()]
    learning = [shapes for shapes in layers if shapes]
    fitting = [
        shapes
        for shapes in learning
        if all(name in weights and weights[name].shape == shape for name, shape in shapes.items())
    ]
    return len(fitting), len(learning)


def _drawn_again(before: Project, after: Project) -> set[str]:
    old = {node.id: (type(node.layer), node.draw) for node in before.network}
    return {
        node.id for node in after.network if node.id in old and old[node.id] != (type(node.layer), node.draw)
    }
