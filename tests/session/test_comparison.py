"""Two versions of a document are compared whole: data, network, training, seeds, groups and words."""

from msgspec.structs import replace

from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dense import Dense
from neuralstudio.network.spec import stack
from neuralstudio.project.document import Group, Project
from neuralstudio.session.comparison import comparison
from neuralstudio.training.backprop import Backprop

START = Project(network=stack(Dense(units=2)), dataset=Xor(count=100), trainer=Backprop(optimiser=Adam()))


def told(after: Project) -> list[str]:
    changes = comparison(START, after)
    return [f"{each.mark} {each.where} / {each.what}: {each.before} → {each.after}" for each in changes]


def test_equal_documents_do_not_differ() -> None:
    assert told(START) == []


def test_settings_of_data_and_training_are_told_one_by_one() -> None:
    trainer = Backprop(optimiser=Adam(learning_rate=0.5), epochs=9)
    after = replace(START, dataset=Xor(count=200), trainer=trainer)
    assert told(after) == [
        "~ Data / Points: 100 → 200",
        "~ Training / Optimiser · Learning rate: 0.001 → 0.5",
        "~ Training / Epochs: 5 → 9",
    ]


def test_another_kind_of_data_or_optimiser_is_told_by_its_name() -> None:
    changes = told(replace(START, dataset=Circle(), trainer=Backprop(optimiser=SGD())))
    assert changes[0].startswith("~ Data / Kind: ")
    assert changes[1] == "~ Training / Optimiser: Adam → SGD"


def test_seeds_groups_and_words_are_told() -> None:
    after = replace(
        START, seeds=Seeds(weights=7), groups=(Group("Head", ("dense-1",)),), title="Bits", question="Why?"
    )
    assert told(after) == [
        f"~ Seeds / Weights: {Seeds().weights} → 7",
        "+ Head / Group:  → 1 layer",
        "~ Project / Title: Untitled → Bits",
        "~ Project / Question:  → Why?",
    ]


def test_opening_a_group_is_no_difference() -> None:
    groups = tuple(Group("Head", ("dense-1",), is_collapsed=collapsed) for collapsed in (True, False))
    assert comparison(replace(START, groups=groups[:1]), replace(START, groups=groups[1:])) == ()
