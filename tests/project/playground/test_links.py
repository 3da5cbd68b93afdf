"""Playground links: they open to the settings they name, and what is shared opens again as it was."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from neuralstudio.data.sets._base import PlaneSet
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.curve import Curve
from neuralstudio.data.sets.gaussian import Gaussian
from neuralstudio.data.sets.multi_gaussian import MultiGaussian
from neuralstudio.data.sets.painted import Painted
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.spiral import Spiral
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import ELU, Linear, ReLU, Sigmoid, Tanh
from neuralstudio.engine.initialisers import Zeros
from neuralstudio.engine.optimisers import Adam
from neuralstudio.engine.random import Seeds
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.features import FEATURES
from neuralstudio.network.edits import draw_again
from neuralstudio.project.document import Group, Project
from neuralstudio.project.examples import example as shipped
from neuralstudio.project.playground.link import CONTROLS, TEXT, Opened, is_link, parse, share
from neuralstudio.project.playground.setup import (
    MOST_LAYERS,
    MOST_UNITS,
    Penalty,
    add_layer,
    classic,
    read,
    remove_layer,
    with_activation,
    with_batch_size,
    with_dataset,
    with_dropout,
    with_features,
    with_frozen,
    with_learning_rate,
    with_optimiser,
    with_penalty,
    with_seeds,
    with_units,
)
from neuralstudio.schema.fields import replaced
from neuralstudio.schema.problem import ProblemError

TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "links.json").read_text(encoding="utf-8"))
every_link = pytest.mark.parametrize("row", TABLE, ids=[row["says"].replace(" ", "-") for row in TABLE])

USUAL: dict[str, Any] = {
    "features": ["x1", "x2"], "hidden": [4, 2], "activation": "tanh", "problem": "classification",
    "dataset": "circle", "count": 500, "noise": 0, "share": 50, "learning_rate": 0.03, "batch_size": 10,
    "penalty": ["none", 0], "seeds": [1, 1, 1, 1], "hides": [], "show_test": False, "discretise": False,
    "starts_at_zero": False,
}  # fmt: skip
"""What a link says that says nothing; rows of the table name what they change."""


def told(opened: Opened) -> dict[str, Any]:
    """All that a link can say, in plain data."""
    project, setup = opened.project, read(opened.project)
    dataset, seeds = project.dataset, project.seeds
    assert isinstance(dataset, PlaneSet)
    dense = [node for node in project.network if isinstance(node.layer, Dense)]
    activations = {column.activation.tag() for column in setup.hidden} or {"tanh"}
    (activation,) = activations
    starts = {
        (node.layer.initialiser, node.layer.bias_initialiser)
        for node in dense
        if isinstance(node.layer, Dense)
    }
    return {
        "features": list(setup.features),
        "hidden": [column.units for column in setup.hidden],
        "activation": activation,
        "problem": setup.problem,
        "dataset": dataset.tag(),
        "count": dataset.count,
        "noise": dataset.noise,
        "share": dataset.share,
        "learning_rate": setup.learning_rate,
        "batch_size": setup.batch_size,
        "penalty": [setup.penalty, setup.penalty_rate],
        "seeds": [seeds.data, seeds.weights, seeds.order, seeds.noise],
        "hides": sorted(opened.hidden),
        "show_test": opened.show_test,
        "discretise": opened.discretise,
        "starts_at_zero": starts == {(Zeros(), Zeros())},
        "ids": [node.id for node in dense],
    }


def settings_of(project: Project) -> Project:
    """A project without the words about it, which no link holds."""
    return replace(project, title="", about="", question="")


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────


def test_there_are_forty_links_and_they_name_every_key() -> None:
    assert len(TABLE) >= 40
    text = " ".join(row["link"] for row in TABLE)
    keys = (
        "activation regularization batchSize dataset regDataset learningRate regularizationRate noise seed "
        "networkShape showTestData discretize percTrainData x y xTimesY xSquared ySquared cosX sinX cosY "
        "sinY problem initZero hideText collectStats tutorial"
    )
    assert [key for key in keys.split() if f"{key}=" not in text] == []


@every_link
def test_a_link_opens_to_the_settings_it_names(row: dict[str, Any]) -> None:
    opened = parse(row["link"])
    expected = USUAL | row["expected"]
    expected["hides"] = sorted(expected["hides"])
    expected.setdefault("ids", [f"dense-{number + 1}" for number in range(len(expected["hidden"]) + 1)])
    assert told(opened) == expected
    assert opened.project.check().can_train
    assert is_link(row["link"])


@every_link
def test_what_a_link_says_wrongly_is_told_and_nothing_else(row: dict[str, Any]) -> None:
    notes = parse(row["link"]).notes
    assert len(notes) == len(row["notes"]), notes
    for words in row["notes"]:
        assert any(words in note for note in notes), (words, notes)
    for note in notes:
        assert note.endswith(".")
        assert note.isprintable()
        assert not set("<>&\\") & set(note)


@every_link
def test_what_was_opened_and_shared_opens_the_same(row: dict[str, Any]) -> None:
    opened = parse(row["link"])
    shared = share(
        opened.project, show_test=opened.show_test, discretise=opened.discretise, hidden=opened.hidden
    )
    again = parse(shared.url)
    assert again.notes == ()
    assert again == without_notes(opened)


def without_notes(opened: Opened) -> Opened:
    """What was opened, without the notes."""
    return Opened(opened.project, opened.hidden, opened.show_test, opened.discretise)


def test_a_link_has_the_pages_numbers_of_points() -> None:
    data = parse("#dataset=spiral&percTrainData=70").project.dataset.load(1)
    assert (len(data.train), len(data.test)) == (350, 150)
    data = parse("#problem=regression&percTrainData=10").project.dataset.load(1)
    assert (len(data.train), len(data.test)) == (120, 1080)


def test_a_project_from_a_link_is_named_by_its_data() -> None:
    assert parse("#dataset=xor").project.title == "Playground: exclusive or"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "#",
        "#hello",
        "#colour=red",
        "javascript:alert(1)#dataset=xor",
        "data:text/html,<b>#dataset=xor",
        "file:///etc/passwd#dataset=xor",
        "ftp://host/#dataset=xor",
        "https://playground.tensorflow.org.example.com/",
        "https://example.com/page",
        "https://example.com/page?dataset=xor",
        "https://example.com/page#chapter-2",
        "x" * 1000,
        "=&=&=",
        "\x00\x1b[2J",
        "a <b>bold</b> claim & more",
    ],
)
def test_a_text_that_is_no_link_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ProblemError) as refused:
        parse(text)
    assert len(refused.value.problems) == 1
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 200
    assert not set("<>&") & set(said)
    assert not is_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "y = sin(x)",
        "x = 3",
        "x=3",
        "seed=5",
        "y = 2*x",
        "noise=10&seed=3",
        "dataset = xor",
        "y = 2*x  # seed=5",
        "showTestData=1",
        "x=1&y=2&dataset=xor",
    ],
)
def test_settings_that_stand_alone_must_be_plainly_a_link(text: str) -> None:
    assert not is_link(text)


@pytest.mark.parametrize(
    "text",
    ["x=true&dataset=xor", "#x=3", "http://localhost:5000/#seed=5", "showTestData=true", "networkShape=4,2"],
)
def test_settings_behind_their_sign_or_with_a_key_of_their_own_are_a_link(text: str) -> None:
    assert is_link(text)


@pytest.mark.parametrize(
    "address",
    [
        "http://playground.tensorflow.org",
        "http://playground.tensorflow.org/",
        "https://playground.tensorflow.org",
        "HTTPS://Playground.TensorFlow.org/#",
    ],
)
def test_the_bare_address_of_the_page_opens_its_defaults(address: str) -> None:
    assert is_link(address)
    opened = parse(address)
    assert settings_of(opened.project) == settings_of(parse("https://playground.tensorflow.org/#").project)
    assert opened.notes == ()


def test_a_link_that_asks_for_millions_of_weights_opens_the_usual_shape() -> None:
    began = time.thread_time()
    opened = parse("#networkShape=" + ",".join(["512"] * MOST_LAYERS))
    assert [column.units for column in read(opened.project).hidden] == [4, 2]
    assert opened.notes == ("networkShape asks for 8,128,000 weights, more than 250,000, so it is left out.",)
    assert time.thread_time() - began < 0.5
    assert [column.units for column in read(parse("#networkShape=480,480").project).hidden] == [480, 480]


def test_a_network_too_large_for_a_link_is_named_when_it_is_shared() -> None:
    project = with_units(add_layer(with_units(classic(), "dense-1", 512)), "dense-2", 512)
    (left_out,) = share(project).left_out
    assert left_out.startswith("the layers, as they have 264,194 weights")
    assert parse(share(project).url).notes


def test_trained_weights_are_named_as_not_in_the_link() -> None:
    assert share(classic()).left_out == ()
    shared = share(classic(), is_trained=True)
    assert shared.left_out == ("the trained or edited weights (a link opens untrained)",)
    assert shared.url == share(classic()).url


def test_the_page_itself_opens_whatever_it_says() -> None:
    opened = parse("https://playground.tensorflow.org/#nothing=1")
    assert opened.project.dataset == classic().dataset
    assert opened.notes == ("Not known, so left out: nothing.",)


def test_what_begins_as_the_page_is_meant_as_a_link_even_where_it_is_too_long() -> None:
    assert is_link("https://playground.tensorflow.org/#" + "x" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "#networkShape=" + "8," * 5_000_000,
        "#dataset=" + "x" * 10_000_000,
        "&".join(f"k{number}=1" for number in range(1_000_000)),
        "#seed=" + "9" * 3_000_000,
        "%" * 5_000_000,
    ],
    ids=["shape", "word", "keys", "seed", "escapes"],
)
def test_megabytes_are_refused_at_once(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(ProblemError, match=r"characters, and a Playground link at most"):
        parse(text)
    assert not is_link(text)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "#networkShape=" + "8," * 9_000,
        "#" + "&".join(f"k{number}=1" for number in range(2_000)) + "&x=1",
        "#seed=" + "9" * 19_000,
        "#dataset=" + "%" * 19_000,
        "#learningRate=" + "1" * 19_000,
        "#learningRate=1e" + "9" * 19_000,
        "#nsSeeds=" + "1," * 9_000,
        "#networkShape=" + "9" * 19_000,
    ],
    ids=["shape", "keys", "seed", "escapes", "digits", "exponent", "seeds", "neurons"],
)
def test_the_longest_links_open_quickly_with_a_note(text: str) -> None:
    began = time.thread_time()
    opened = parse(text)
    assert time.thread_time() - began < 0.5
    assert opened.notes
    assert all(len(note) < 160 for note in opened.notes)
    assert opened.project.check().problems == ()


@given(st.text(max_size=200))
@example("#x=\ud800")
@settings(max_examples=100, deadline=None)
def test_any_text_opens_or_is_refused(text: str) -> None:
    if is_link(text):
        assert parse(text).project.check().can_train
        return
    with pytest.raises(ProblemError) as refused:
        parse(text)
    assert str(refused.value).isprintable()


KEYS = st.sampled_from(
    (
        "activation", "regularization", "batchSize", "dataset", "regDataset", "learningRate", "problem",
        "regularizationRate", "noise", "networkShape", "seed", "percTrainData", "x", "y", "nsSeeds",
        "nsLayers", "initZero", "hideText", "noise_hide",
    )
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ("true", "false", "nan", "1e308", "-1", "0", "4,2", "1,1,1,1", "L1", "regression", "xor")
    ),
    st.text(max_size=12),
    st.floats().map(str),
    st.integers().map(str),
    st.lists(st.integers(-1, 600)).map(lambda numbers: ",".join(map(str, numbers))),
)


@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_values_open_to_a_network_that_can_learn(pairs: list[tuple[str, str]]) -> None:
    link = "#" + "&".join(f"{key}={value}" for key, value in pairs)
    assume(is_link(link))
    opened = parse(link)
    assert opened.project.check().can_train
    assert all(note.isprintable() for note in opened.notes)
    assert parse(share(opened.project, hidden=opened.hidden).url) == without_notes(opened)


# ── sharing ──────────────────────────────────────────────────────────────────────────────────────────

SEED = st.integers(0, 2**31 - 1)
PENALTIES: tuple[Penalty, ...] = ("none", "l1", "l2")
TWO_CLASSES = (Circle, Xor, Gaussian, Spiral)
NUMBERS = (Plane, MultiGaussian)


@st.composite
def expressible(draw: st.DrawFn) -> Project:
    """Playgrounds that a link can say all of, made by edits."""
    kind = draw(st.sampled_from((*TWO_CLASSES, *NUMBERS)))
    project = with_dataset(classic(), kind(noise=draw(st.integers(0, 50)), share=draw(st.integers(10, 90))))
    for _ in range(draw(st.integers(0, 3))):
        project = (
            remove_layer(project) if draw(st.booleans()) and read(project).hidden else add_layer(project)
        )
    for column in read(project).hidden:
        project = with_units(project, column.id, draw(st.integers(1, 8)))
    if read(project).hidden:
        activations = st.sampled_from((Tanh(), ReLU(), Sigmoid(), Linear()))
        project = with_activation(project, draw(activations))
    project = with_features(project, draw(st.sets(st.sampled_from(FEATURES), min_size=1)))
    project = with_learning_rate(project, draw(st.floats(1e-300, 10, exclude_min=True)))
    project = with_batch_size(project, draw(st.integers(1, 65536)))
    penalty = draw(st.sampled_from(PENALTIES))
    project = with_penalty(project, penalty, draw(st.floats(0, 10)))
    project = with_seeds(project, draw(SEED), draw(SEED), draw(SEED))
    return replace(project, seeds=replace(project.seeds, noise=draw(SEED)))


@given(expressible(), st.booleans(), st.booleans(), st.frozensets(st.sampled_from(sorted({*CONTROLS, TEXT}))))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_shared_link_opens_as_what_was_shared(
    project: Project, show_test: bool, discretise: bool, hidden: frozenset[str]
) -> None:
    shared = share(project, show_test=show_test, discretise=discretise, hidden=hidden)
    assert shared.left_out == ()
    opened = parse(shared.url)
    assert settings_of(opened.project) == settings_of(project)
    assert (opened.show_test, opened.discretise, opened.hidden) == (show_test, discretise, hidden)
    assert opened.notes == ()


def test_the_classic_is_shared_as_the_page_writes_it() -> None:
    url = share(classic()).url
    assert url.startswith(
        "https://playground.tensorflow.org/#activation=tanh&networkShape=4,2&x=true&y=true&"
    )
    assert "problem=classification&dataset=circle&noise=0&percTrainData=50&learningRate=0.03&" in url
    assert "regularization=none" in url
    assert "nsSeeds=1,1,1,1" in url


def trained_otherwise(**changes: Any) -> Project:
    return replace(classic(), trainer=replaced(classic().trainer, **changes))


@pytest.mark.parametrize(
    ("project", "words"),
    [
        (with_dataset(classic(), Circle(count=300)), "number of points .on the page there are 500"),
        (with_dataset(classic(), Painted()), "data set Painted points"),
        (with_dataset(classic(), Curve()), "data set Curve"),
        (with_activation(classic(), ReLU(), "dense-2"), "differ from layer to layer"),
        (with_activation(classic(), ELU()), "activation ELU"),
        (with_activation(classic(), Sigmoid(), "dense-3"), "output .Sigmoid with binary cross-entropy"),
        (with_dropout(classic(), "dense-1", 0.2), "dropout"),
        (with_frozen(classic(), "dense-1", True), "frozen layers"),
        (with_optimiser(classic(), Adam()), "optimiser Adam"),
        (trained_otherwise(order="shuffled"), "setting order"),
        (trained_otherwise(precision="double"), "setting precision"),
        (trained_otherwise(epochs=5), "setting epochs"),
        (replace(classic(), network=draw_again(classic().network, "dense-1")), "drawn again"),
        (replace(classic(), groups=(Group("Block 1", ("dense-1", "dense-2")),)), "groups"),
        (with_units(classic(), "dense-1", 9), "layers of 9 neurons"),
    ],
)
def test_what_a_link_cannot_say_is_named_in_words(project: Project, words: str) -> None:
    shared = share(project)
    (left_out,) = shared.left_out
    assert re.search(words, left_out), left_out
    assert parse(shared.url).notes == ()


def test_a_larger_network_than_the_page_has_opens_whole_here() -> None:
    project = with_units(classic(), "dense-1", MOST_UNITS)
    while len(read(project).hidden) < MOST_LAYERS:
        project = add_layer(project)
    shared = share(project)
    assert len(shared.left_out) == 2
    assert settings_of(parse(shared.url).project) == settings_of(project)


def test_an_example_is_shared_as_far_as_it_goes() -> None:
    shared = share(shipped("circle"))
    assert any("Adam" in each for each in shared.left_out)
    opened = parse(shared.url)
    assert [column.units for column in read(opened.project).hidden] == [4]
    assert opened.project.dataset == shipped("circle").dataset


def test_a_network_that_is_no_playground_has_no_link() -> None:
    with pytest.raises(ProblemError, match="one or two numbers"):
        share(shipped("digits-mlp"))


def test_seeds_are_part_of_a_link() -> None:
    project = replace(classic(), seeds=Seeds(2, 3, 4, 5))
    assert parse(share(project).url).project.seeds == project.seeds
