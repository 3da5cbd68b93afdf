"""Random networks, sound as graphs whatever their shapes do: what round trips are tried on."""

from hypothesis import strategies as st

from neuralstudio.layers._base import Layer
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node
from neuralstudio.project.document import Group, Project
from tests.contracts.test_layers import LAYER_VARIANTS

LAYERS = st.sampled_from(LAYER_VARIANTS)
LEARNING = st.builds(
    Learning, is_frozen=st.booleans(), rate_factor=st.sampled_from([0.1, 1.0]), l2=st.sampled_from([0.0, 0.5])
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def networks(draw: st.DrawFn, least: int = 0, most: int = 8) -> NetworkSpec:
    """Layers that read any before them; a few read nothing."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(least, most))):
        layer: Layer = draw(LAYERS)
        above = st.sampled_from([DATA, *(node.id for node in nodes)])
        count = 3 if layer.takes_several else 1
        inputs = tuple(draw(st.lists(above, max_size=count, unique=True)))
        name = f"{layer.tag()}-{number}"
        nodes.append(Node(name, layer, inputs, draw(LEARNING), draw(st.integers(0, 3))))
    return NetworkSpec(tuple(nodes))


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A document with a random network, titles and groups."""
    network = draw(networks())
    names = [node.id for node in network]
    members = st.lists(st.sampled_from(names), min_size=1, unique=True).map(tuple) if names else st.just(())
    groups = draw(st.lists(st.builds(Group, TEXT, members, st.booleans()), max_size=2))
    return Project(draw(TEXT), draw(TEXT), draw(TEXT), network, groups=tuple(groups))
