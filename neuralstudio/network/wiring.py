"""What is wrong with the wires of a network, whatever flows along them."""

from collections import defaultdict
from collections.abc import Collection

from neuralstudio.network.spec import DATA, NetworkSpec, Node, display_name
from neuralstudio.schema.problem import Problem


class Wiring:
    """Who reads whom, found in one pass over a spec."""

    def __init__(self, spec: NetworkSpec) -> None:
        self.nodes = {node.id: node for node in spec}
        self.readers: dict[str, list[Node]] = defaultdict(list)
        self._depths = {DATA: 0}
        """Layers on the longest way from the data; nothing where no way leads there."""
        for node in spec:
            for source in node.inputs:
                self.readers[source].append(node)
            ways = [self._depths[source] for source in node.inputs if source in self._depths]
            if ways and node.id != DATA:
                self._depths[node.id] = 1 + max(ways)

    def depth(self, node: Node) -> int:
        """Layers from the data to a node, on the longest way; 0 where none leads there."""
        return self._depths.get(node.id, 0)

    @property
    def ends(self) -> tuple[Node, ...]:
        """Nodes that something reaches from the data and that nobody reads."""
        return tuple(
            node for node in self.nodes.values() if node.id in self._depths and not self.readers.get(node.id)
        )

    @property
    def has_loose_chain(self) -> bool:
        """Whether there are layers, more than one after another, that nothing reaches from the data."""
        return any(node.inputs and node.id not in self._depths for node in self.nodes.values())


def wiring_problems(spec: NetworkSpec) -> list[Problem]:
    """Layers that read nothing, and what only a file can bring in; edits keep ids and order right."""
    if not spec.nodes:
        return [Problem("Network", "There are no layers yet", "Add a layer from the palette.")]
    known = {DATA}
    found = []
    for node in spec:
        problem = _fault(node, known)
        if problem:
            found.append(problem)
        known.add(node.id)
    return found


def _fault(node: Node, known: Collection[str]) -> Problem | None:
    name = display_name(node)
    if node.id in known:
        what = f"There is another layer with the id “{node.id}”"
        return Problem(name, what, "Give it another id, or remove it.", node=node.id, field="id")
    if not node.inputs:
        several = node.layer.takes_several
        remedy = f"Wire {'two layers' if several else 'a layer'} to it, or remove it."
        return Problem(name, "It reads nothing yet", remedy, node=node.id, field="inputs")
    for source in node.inputs:
        if source not in known:
            what = f"It reads “{source}”, but no layer before it has that id"
            return Problem(name, what, "Wire another layer to it.", node=node.id, field="id")
    return None


def dead_ends(wiring: Wiring, main: Node) -> list[Problem]:
    """A problem for each end of the network but the one that is its output."""
    what = f"Nothing reads it, as the network ends with {display_name(main)}"
    remedy = "Wire it to a layer, join the ends, or remove it."
    return [
        Problem(display_name(node), what, remedy, node=node.id, field="readers")
        for node in wiring.ends
        if node.id != main.id
    ]
