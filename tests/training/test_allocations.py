"""Once warm, a training step keeps nothing it allocates; what NumPy takes for a moment stays small."""

import subprocess
import sys

import pytest

_BUFFERS = 110_000
"""Bytes: NumPy's own iterators copy repeated and windowed operands through three buffers of 8192 numbers."""


@pytest.mark.parametrize(
    ("name", "warm_up", "most"),
    [("digits-mlp", 60, 5000), ("digits-cnn", 3, _BUFFERS), ("shakespeare-lstm", 3, _BUFFERS)],
)
def test_a_step_allocates_nothing(name: str, warm_up: int, most: int) -> None:
    command = [sys.executable, "-m", "tests.training.allocations", name, str(warm_up)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    growth, peak = (int(number) for number in said.split())
    # Python fills its own small caches for a while; an array kept in each of the twenty steps is far more.
    assert growth <= 4096
    assert peak < most
