"""What holds for all tests: the real data beside the project, and how cases are drawn."""

import gc
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import settings

# Continuous integration tries the same cases every time; by hand, every run tries new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")

# As in the application, cycles are collected between events only: a collection in the middle of a paint, or
# in another thread, could delete the very widget that is being painted and crash.
gc.disable()
_FULL = 25
_finished = itertools.count(1)


def pytest_runtest_logfinish() -> None:
    gc.collect(2 if next(_finished) % _FULL == 0 else 1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data: ``NEURALSTUDIO_TEST_DATA``, or ``../shared/data`` seen from the project's root.

    Without it a test is skipped, but fails in continuous integration (``CI=true``).
    """
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("NEURALSTUDIO_TEST_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        _do_without(f"There is no test data in {folder}; set NEURALSTUDIO_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def mnist_folder(shared_data: Path) -> Path:
    """Folder of the four gzipped IDX files of MNIST."""
    folder = shared_data / "mnist"
    if not folder.is_dir():
        _do_without(f"There is no MNIST in {folder}")
    return folder


def _do_without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
