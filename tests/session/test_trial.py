"""A trial says how long an epoch takes, and leaves no trace."""

from time import perf_counter

from msgspec.structs import replace

from neuralstudio.network.edits import set_fields
from neuralstudio.project.examples import example
from neuralstudio.session.run import Run
from neuralstudio.session.trial import seconds_per_epoch
from tests.ui.window.runs import bits, project


def test_the_time_of_an_epoch_is_about_what_it_takes() -> None:
    digits = example("digits-mlp")
    data = digits.dataset.load(digits.seeds.data)
    found = seconds_per_epoch(digits, data)
    run = Run(digits, data)
    began = perf_counter()
    run.train(lambda _event: None, 2)
    taken = (perf_counter() - began) / 2
    assert found is not None
    assert taken / 4 < found < taken * 4  # other programs may be busy meanwhile


def test_a_trial_takes_about_its_budget() -> None:
    small = project()
    data = small.dataset.load(small.seeds.data)
    began = perf_counter()
    assert seconds_per_epoch(small, data, budget=0.05)
    assert perf_counter() - began < 2


def test_a_trial_can_be_stopped() -> None:
    small = project()
    data = small.dataset.load(small.seeds.data)
    asked: list[int] = []

    def is_enough() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert seconds_per_epoch(small, data, budget=1000, should_stop=is_enough) is None
    assert len(asked) == 4


def test_a_network_with_errors_has_no_time() -> None:
    small = project()
    broken = replace(small, network=set_fields(small.network, "dense-2", units=3))
    assert seconds_per_epoch(broken, small.dataset.load(1)) is None


def test_a_trial_changes_no_later_run() -> None:
    small = project()
    data = small.dataset.load(small.seeds.data)

    def learnt() -> dict[str, bytes]:
        run = Run(small, data)
        run.train(lambda _event: None, 2)
        return bits(run.saved().weights)

    before = learnt()
    seconds_per_epoch(small, data, budget=0.05)
    assert learnt() == before
