"""What is saved and opened, or copied and pasted, is what it was: tried on random networks."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from neuralstudio.network import edits
from neuralstudio.network.spec import DATA, NetworkSpec
from neuralstudio.project.document import Project
from neuralstudio.project.file import load, save
from neuralstudio.project.fragment import from_text, to_text
from tests.project.random_networks import networks, projects


@given(projects())
@settings(deadline=None)
def test_a_saved_document_is_opened_the_same(project: Project) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.nstudio")
        save(path, project, None)
        assert load(path).project == project


@given(networks(least=1))
@settings(deadline=None)
def test_copied_layers_pasted_into_an_empty_network_are_the_same_network(network: NetworkSpec) -> None:
    text = to_text(edits.part_of(network, [node.id for node in network]))
    assert edits.insert_part(NetworkSpec(), from_text(text).network, DATA)[0] == network


@given(networks(least=1), networks(least=1))
@settings(deadline=None)
def test_layers_pasted_into_another_network_keep_kinds_and_wires_among_them(
    part: NetworkSpec, other: NetworkSpec
) -> None:
    whole, copies = edits.insert_part(other, from_text(to_text(part)).network, DATA)
    names = dict(zip((node.id for node in part), copies, strict=True))
    for node in part:
        copy = whole[names[node.id]]
        assert (copy.layer, copy.learning, copy.draw) == (node.layer, node.learning, node.draw)
        assert copy.inputs == tuple(names.get(source, DATA) for source in node.inputs)
    assert len(whole) == len(part) + len(other)
