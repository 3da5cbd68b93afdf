"""The document as a playground: what opens, and that no row of edits leads to a network that cannot learn."""

from dataclasses import replace as changed
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.curve import Curve
from neuralstudio.data.sets.painted import Painted
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.plane import Plane
from neuralstudio.data.sets.xor import Xor
from neuralstudio.engine.activations import ELU, Formula, Linear, ReLU, Sigmoid, Softmax, Tanh
from neuralstudio.engine.initialisers import Constant, Uniform
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    HalfSquaredError,
    MeanSquaredError,
)
from neuralstudio.engine.optimisers import SGD, Adam
from neuralstudio.engine.random import Seeds
from neuralstudio.engine.shrinking import NoShrinking, ShrinkL1
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.features import FEATURES, Feature, Features
from neuralstudio.layers.flatten import Flatten
from neuralstudio.network.edits import connect, set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import NetworkSpec, stack
from neuralstudio.project.document import Group, Project
from neuralstudio.project.examples import example
from neuralstudio.project.playground.setup import (
    MOST_LAYERS,
    MOST_UNITS,
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
    with_problem,
    with_seeds,
    with_units,
)
from neuralstudio.schema.problem import ProblemError, errors
from neuralstudio.training.backprop import Backprop

STARTS = ("playground", "xor", "circle", "two-spirals", "curve")


def trainer_of(project: Project) -> Backprop:
    assert isinstance(project.trainer, Backprop)
    return project.trainer


def three_colours() -> Painted:
    points = tuple((x, float(colour), colour) for colour in range(3) for x in (-2.0, 0.0, 2.0))
    return Painted(points=points)


# ── what opens ───────────────────────────────────────────────────────────────────────────────────────


def test_the_classic_has_the_settings_everybody_learnt_with() -> None:
    project, setup = classic(), read(classic())
    trainer = trainer_of(project)
    assert setup.features == ("x1", "x2")
    assert [column.units for column in setup.hidden] == [4, 2]
    assert all(column.activation == Tanh() for column in (*setup.hidden, setup.output))
    assert (setup.problem, setup.penalty, setup.penalty_rate) == ("classification", "none", 0)
    assert (setup.learning_rate, setup.batch_size) == (0.03, 10)
    assert project.dataset == Circle(count=500, noise=0, share=50)
    assert (trainer.optimiser, trainer.loss) == (SGD(learning_rate=0.03), HalfSquaredError())
    assert (trainer.order, trainer.leftovers, trainer.measured) == ("fixed", "carry over", "afterwards")
    assert trainer.epochs == 1_000_000
    for node in project.network:
        assert isinstance(node.layer, Dense)
        assert (node.layer.initialiser, node.layer.bias_initialiser) == (Uniform(0.5), Constant(0.1))
    assert project.check().problems == ()


@pytest.mark.parametrize("name", STARTS)
def test_an_example_on_one_or_two_numbers_opens(name: str) -> None:
    project, setup = example(name), read(example(name))
    dense = [node.id for node in project.network if isinstance(node.layer, Dense)]
    assert [column.id for column in (*setup.hidden, setup.output)] == dense
    assert setup.problem == project.dataset.signature.task
    assert set(setup.features) <= set(FEATURES)


def test_features_and_dropout_are_read_from_their_nodes() -> None:
    layers = (Features(("sin-x2", "x1")), Dense(5, ReLU()), Dropout(0.25), Dense(1, Tanh()))
    setup = read(replace(classic(), network=stack(*layers)))
    assert setup.features == ("x1", "sin-x2")
    assert [(column.units, column.activation, column.dropout) for column in setup.hidden] == [
        (5, ReLU(), 0.25)
    ]
    assert setup.output.dropout == 0


def branched() -> NetworkSpec:
    spec = classic().network
    return connect(connect(spec, "data", "dense-2"), "dense-1", "dense-3")


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (NetworkSpec(), "no Dense layer"),
        (stack(Features()), "no Dense layer"),
        (stack(Flatten(), Dense(1)), "shows Dense layers"),
        (stack(Dense(4, Linear()), Activation(), Dense(1)), "shows Dense layers"),
        (stack(Dropout(), Dense(1)), "behind a Dense"),
        (stack(Dense(4), Dropout(), Dropout(), Dense(1)), "only one"),
        (stack(Dense(4), Dropout()), "behind the output"),
        (stack(Dense(4), Features(), Dense(1)), "before all other"),
        (branched(), "plain stack"),
    ],
)
def test_another_network_is_refused_with_the_reason_and_build_named(network: NetworkSpec, words: str) -> None:
    with pytest.raises(ProblemError, match=words) as refused:
        read(replace(classic(), network=network))
    assert "Build" in str(refused.value)
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    "name", ["digits-mlp", "digits-cnn", "apartments", "sine-rnn", "shakespeare-lstm", "rbf"]
)
def test_an_example_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(ProblemError, match="playground shows"):
        read(example(name))


def test_features_on_a_single_number_are_refused() -> None:
    project = replace(example("curve"), network=stack(Features(), Dense(1, Linear())))
    with pytest.raises(ProblemError, match="made of two inputs"):
        read(project)


def test_other_data_goes_under_another_network_where_its_end_still_fits() -> None:
    project = example("rbf")
    changed = with_dataset(project, Xor())
    assert (changed.network, changed.dataset, changed.loss) == (project.network, Xor(), project.loss)
    with pytest.raises(ProblemError, match="Change the network in Build first"):
        with_dataset(project, three_colours())
    with pytest.raises(ProblemError):
        with_dataset(project, example("digits-mlp").dataset)


# ── the output follows the data ──────────────────────────────────────────────────────────────────────


def ending(project: Project) -> tuple[Any, ...]:
    output = read(project).output
    return output.units, output.activation, project.loss


def test_numbers_to_predict_get_a_linear_output_and_two_classes_tanh() -> None:
    slope = with_problem(classic(), "regression")
    assert isinstance(slope.dataset, Plane)
    assert ending(slope) == (1, Linear(), HalfSquaredError())
    assert ending(with_problem(slope, "classification")) == (1, Tanh(), HalfSquaredError())


def test_more_classes_get_softmax_and_cross_entropy() -> None:
    project = with_dataset(classic(), three_colours())
    assert ending(project) == (3, Softmax(), CategoricalCrossEntropy())
    assert ending(with_dataset(project, Xor())) == (1, Tanh(), HalfSquaredError())


def test_a_sigmoid_with_cross_entropy_stays_for_two_classes() -> None:
    project = with_dataset(example("circle"), Xor())
    assert ending(project) == (1, Sigmoid(), BinaryCrossEntropy())


def test_a_loss_that_fits_both_problems_stays() -> None:
    squared = replace(classic(), trainer=replace(trainer_of(classic()), loss=MeanSquaredError()))
    slope = with_problem(squared, "regression")
    assert ending(slope) == (1, Linear(), MeanSquaredError())
    assert ending(with_problem(slope, "classification")) == (1, Tanh(), MeanSquaredError())


def test_the_other_problem_keeps_noise_and_share_and_its_own_kind_of_data() -> None:
    noisy = with_dataset(classic(), Circle(noise=25, share=70))
    slope = with_problem(noisy, "regression")
    assert slope.dataset == Plane(noise=25, share=70)
    assert with_problem(slope, "regression") == slope


def test_data_of_one_number_takes_features_away_and_pictures_are_refused() -> None:
    bent = with_features(classic(), ("x1", "x1-squared"))
    curve = with_dataset(bent, Curve())
    assert read(curve).features == ("x1",)
    assert not errors(curve.check().problems)
    with pytest.raises(ProblemError, match="one or two numbers"):
        with_dataset(classic(), PenDigits())


@pytest.mark.parametrize(
    ("activation", "units", "loss"),
    [
        (Sigmoid(), 1, BinaryCrossEntropy()),
        (Softmax(), 2, CategoricalCrossEntropy()),
        (Linear(), 1, HalfSquaredError()),
    ],
)
def test_the_loss_goes_with_the_activation_of_the_output(activation: Any, units: int, loss: Any) -> None:
    project = with_activation(classic(), activation, "dense-3")
    assert ending(project) == (units, activation, loss)
    assert ending(with_activation(project, Tanh(), "dense-3")) == (1, Tanh(), HalfSquaredError())


def test_an_output_that_could_not_tell_is_refused() -> None:
    slope = with_problem(classic(), "regression")
    with pytest.raises(ProblemError, match="ReLU answers with"):
        with_activation(slope, ReLU(), "dense-3")
    with pytest.raises(ProblemError, match="Choose another activation"):
        with_activation(with_dataset(classic(), three_colours()), Tanh(), "dense-3")


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_layer_stands_before_the_output_and_learns_as_its_neighbours_do() -> None:
    relu = with_activation(with_penalty(classic(), "l1", 0.01), ReLU())
    project = add_layer(relu)
    assert [column.units for column in read(project).hidden] == [4, 2, 2]
    assert [node.id for node in project.network] == ["dense-1", "dense-2", "dense-4", "dense-3"]
    assert read(project).hidden[2].activation == ReLU()
    assert remove_layer(project) == relu


def test_a_layer_comes_and_goes_at_any_place() -> None:
    start = replace(classic(), groups=(Group("Block 1", ("dense-1", "dense-2")),))
    project = add_layer(with_activation(start, ReLU(), "dense-1"), "dense-1")
    assert [node.id for node in project.network] == ["dense-1", "dense-4", "dense-2", "dense-3"]
    assert read(project).hidden[1].activation == ReLU()
    assert project.groups[0].nodes == ("dense-1", "dense-2", "dense-4")
    assert remove_layer(project, "dense-4") == with_activation(start, ReLU(), "dense-1")
    assert [node.id for node in remove_layer(project, "dense-1").network] == ["dense-4", "dense-2", "dense-3"]
    for edit in (add_layer, remove_layer):
        with pytest.raises(ProblemError, match="no hidden layer"):
            edit(classic(), "dense-3")


def test_without_hidden_layers_there_is_a_first_one_again() -> None:
    bare = remove_layer(remove_layer(classic()))
    assert read(bare).hidden == ()
    (column,) = read(add_layer(bare)).hidden
    assert (column.units, column.activation) == (2, Tanh())
    with pytest.raises(ProblemError, match="no hidden layer"):
        remove_layer(bare)


def test_there_are_bounds_that_are_told_of() -> None:
    project = classic()
    for _ in range(MOST_LAYERS - 2):
        project = add_layer(project)
    with pytest.raises(ProblemError, match=f"{MOST_LAYERS} hidden layers already"):
        add_layer(project)
    for units in (0, -1, MOST_UNITS + 1):
        with pytest.raises(ProblemError, match=f"from 1 to {MOST_UNITS}"):
            with_units(classic(), "dense-1", units)
    with pytest.raises(ProblemError, match="as many neurons as the data needs"):
        with_units(classic(), "dense-3", 2)
    with pytest.raises(ProblemError, match="no such layer"):
        with_units(classic(), "dense-9", 2)
    with pytest.raises(ProblemError, match="at least one feature"):
        with_features(classic(), ())
    with pytest.raises(ProblemError, match="Learning rate"):
        with_learning_rate(classic(), float("nan"))
    with pytest.raises(ProblemError, match="Seed"):
        with_seeds(classic(), data=-1)


def test_a_formula_that_cannot_be_read_is_refused() -> None:
    for node_id in (None, "dense-2", "dense-3"):
        with pytest.raises(ProblemError, match="ends at character 4"):
            with_activation(classic(), Formula("1/("), node_id)
    assert read(with_activation(classic(), Formula("x^3"), "dense-2")).hidden[1].activation == Formula("x^3")


def test_there_and_back_is_the_same_document() -> None:
    start = replace(classic(), groups=(Group("Block 1", ("dense-1", "dense-2")),), title="Mine")
    assert with_units(with_units(start, "dense-1", 7), "dense-1", 4) == start
    assert with_features(with_features(start, FEATURES), ("x2", "x1")) == start
    assert with_dropout(with_dropout(start, "dense-1", 0.3), "dense-1", 0) == start
    assert with_frozen(with_frozen(start, "dense-2", True), "dense-2", False) == start
    assert with_penalty(with_penalty(start, "l2", 0.1), "none", 0) == start
    assert with_activation(with_activation(start, ELU()), Tanh()) == start
    assert with_dataset(with_dataset(start, three_colours()), start.dataset) == start
    assert with_batch_size(with_batch_size(start, 30), 10) == start
    assert with_optimiser(with_optimiser(start, Adam()), SGD(learning_rate=0.03)) == start
    assert remove_layer(add_layer(start)) == start


def test_a_dropout_joins_the_group_of_its_layer() -> None:
    start = replace(classic(), groups=(Group("Block 1", ("dense-1", "dense-2")),))
    (group,) = with_dropout(start, "dense-1", 0.3).groups
    assert group.nodes == ("dense-1", "dense-2", "dropout-1")
    assert remove_layer(start).groups == (Group("Block 1", ("dense-1",)),)


def test_one_layer_always_learns() -> None:
    held = with_frozen(with_frozen(classic(), "dense-1", True), "dense-3", True)
    with pytest.raises(ProblemError, match="nothing could learn"):
        with_frozen(held, "dense-2", True)
    left = remove_layer(held)
    assert [column.is_frozen for column in (*read(left).hidden, read(left).output)] == [True, False]


def test_a_penalty_is_written_where_the_document_has_one() -> None:
    shrunk = with_penalty(classic(), "l1", 0.1)
    assert trainer_of(shrunk).shrinking == ShrinkL1(rate=0.1)
    spec = set_learning(example("circle").network, "dense-1", Learning(l2=0.25))
    carried = with_penalty(replace(example("circle"), network=spec), "l1", 0.5)
    assert [node.learning.l1 for node in carried.network] == [0.5, 0.5]
    assert trainer_of(carried).shrinking == NoShrinking()
    assert read(carried).penalty_rate == 0.5
    assert read(with_penalty(carried, "none", 0.5)).penalty == "none"


def test_each_seed_is_set_alone() -> None:
    assert with_seeds(classic(), weights=5).seeds == Seeds(weights=5)
    assert with_seeds(classic(), data=2, order=3).seeds == Seeds(data=2, order=3)


# ── any row of edits ─────────────────────────────────────────────────────────────────────────────────

Edit = tuple[str, Any]
RATES = st.sampled_from((0.00001, 0.003, 0.03, 0.1, 1.0, 10.0))
ACTIVATIONS = st.sampled_from((Tanh(), ReLU(), Sigmoid(), Linear(), ELU(), Softmax()))
DATASETS = st.sampled_from(
    (Circle(noise=5), Xor(share=80), Plane(), Curve(), Curve(noise=20), three_colours())
)
ONE = st.integers(0, 40)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just("features"), st.sets(st.sampled_from(FEATURES), min_size=1)),
    st.tuples(st.sampled_from(("add", "remove")), st.none()),
    st.tuples(st.just("units"), st.tuples(ONE, st.integers(1, MOST_UNITS))),
    st.tuples(st.just("activation"), st.tuples(st.none() | ONE, ACTIVATIONS)),
    st.tuples(st.just("dropout"), st.tuples(ONE, st.sampled_from((0.0, 0.2, 0.9)))),
    st.tuples(st.just("frozen"), st.tuples(ONE, st.booleans())),
    st.tuples(st.just("penalty"), st.tuples(st.sampled_from(("none", "l1", "l2")), RATES)),
    st.tuples(st.just("rate"), RATES),
    st.tuples(st.just("batch"), st.integers(1, 100)),
    st.tuples(st.just("optimiser"), st.sampled_from((SGD(), Adam()))),
    st.tuples(st.just("dataset"), DATASETS),
    st.tuples(st.just("problem"), st.sampled_from(("classification", "regression"))),
    st.tuples(st.just("seeds"), st.integers(0, 2**31 - 1)),
)


def edited(project: Project, edit: Edit) -> Project:
    """The project after an edit whose effect is checked. What is refused leaves it as it is."""
    name, value = edit
    before = read(project)
    match name:
        case "features":
            chosen: tuple[Feature, ...] = tuple(each for each in FEATURES if each in value)
            if len(before.features) == 1 and project.dataset.signature.input_shape == (1,):
                chosen = ("x1",)
            project = with_features(project, chosen)
            assert read(project) == changed(before, features=chosen)
        case "add" if len(before.hidden) < MOST_LAYERS:
            project = add_layer(project)
            assert read(project).hidden[:-1] == before.hidden
        case "remove" if before.hidden:
            project = remove_layer(project)
            assert read(project).hidden == before.hidden[:-1]
        case "rate":
            project = with_learning_rate(project, value)
            assert read(project) == changed(before, learning_rate=value)
        case "batch":
            project = with_batch_size(project, value)
            assert read(project) == changed(before, batch_size=value)
        case "optimiser":
            project = with_optimiser(project, value)
            assert read(project) == changed(before, learning_rate=value.learning_rate)
        case "penalty":
            kind, rate = value
            project = with_penalty(project, kind, rate)
            assert read(project) == changed(before, penalty=kind, penalty_rate=rate if kind != "none" else 0)
        case "dataset":
            project = with_dataset(project, value)
            assert project.dataset == value
            assert read(project).hidden == before.hidden
        case "problem":
            project = with_problem(project, value)
            assert read(project).problem == value
        case "seeds":
            project = with_seeds(project, order=value)
            assert project.seeds.order == value
        case "activation":
            project = activated(project, *value)
        case "units" | "dropout" | "frozen":
            project = set_column(project, name, *value)
    return project


def activated(project: Project, place: int | None, activation: Any) -> Project:
    """Hidden layers take any activation; the output one that its data allow."""
    before = read(project)
    if place is None:
        after = with_activation(project, activation)
        assert all(column.activation == activation for column in read(after).hidden)
        return after
    columns = (*before.hidden, before.output)
    column = columns[place % len(columns)]
    try:
        after = with_activation(project, activation, column.id)
    except ProblemError:
        assert column == before.output
        return project
    found = next(each for each in (*read(after).hidden, read(after).output) if each.id == column.id)
    assert found.activation == activation
    return after


def set_column(project: Project, name: str, place: int, value: Any) -> Project:
    """A setting of a hidden layer; all the others stay as they are."""
    before = read(project)
    if not before.hidden:
        return project
    column = before.hidden[place % len(before.hidden)]
    edits: dict[str, tuple[Any, str]] = {
        "units": (with_units, "units"),
        "dropout": (with_dropout, "dropout"),
        "frozen": (with_frozen, "is_frozen"),
    }
    edit, setting = edits[name]
    try:
        after = edit(project, column.id, value)
    except ProblemError:
        assert name == "frozen"
        return project
    new = changed(column, **{setting: value})
    hidden = tuple(new if each == column else each for each in before.hidden)
    assert read(after) == changed(before, hidden=hidden)
    assert isinstance(after, Project)
    return after


@given(st.sampled_from(STARTS), st.lists(EDITS, max_size=12))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_row_of_edits_gives_what_was_asked_and_a_network_that_can_learn(
    name: str, edits: list[Edit]
) -> None:
    project = example(name)
    for edit in edits:
        project = edited(project, edit)
        assert not errors(project.check().problems), (edit, project.check().problems)
        ids = [node.id for node in project.network]
        assert len(set(ids)) == len(ids)
    assert project.title == example(name).title
