"""Reverse-mode differentiation: from a scalar to the gradient node of each weight, by the ops' own rules."""

from collections.abc import Sequence

from neuralstudio.engine.graph import Tensor, claim, constant, topological


def gradients(loss: Tensor, weights: Sequence[Tensor]) -> list[Tensor | None]:
    """Gradient nodes of ``loss`` (a scalar) with respect to ``weights``; None where it does not depend.

    Walks the graph backwards once (Linnainmaa 1970); only nodes that lead to a weight are followed, so the
    gradient of the data is never computed. A gradient node belongs to the layer whose rule made it.
    """
    if loss.shape != ():
        raise ValueError(f"only a scalar has a gradient here, got {loss}")
    order = topological([loss])
    leads_to_weight = {id(weight) for weight in weights}
    for node in order:
        if any(id(source) in leads_to_weight for source in node.inputs):
            leads_to_weight.add(id(node))
    collected: dict[int, Tensor] = {id(loss): constant(1.0)}
    for node in reversed(order):
        grad = collected.get(id(node))
        if grad is None or not node.inputs or id(node) not in leads_to_weight:
            continue
        for source, part in zip(node.inputs, node.op.gradient(node, grad), strict=True):
            if part is None or id(source) not in leads_to_weight:
                continue
            claim(part, node.owner)
            earlier = collected.get(id(source))
            collected[id(source)] = part if earlier is None else earlier + part
            claim(collected[id(source)], node.owner)
    return [collected.get(id(weight)) for weight in weights]
