"""Where benchmarks find their data: beside the project, or where NEURALSTUDIO_TEST_DATA says."""

import os
from pathlib import Path


def shared_data() -> Path:
    """The folder of shared test data."""
    return Path(os.environ.get("NEURALSTUDIO_TEST_DATA", "../shared/data"))


def mnist_folder() -> Path:
    """The folder with the four MNIST files."""
    return shared_data() / "mnist"


def shakespeare_file() -> Path:
    """A megabyte of Shakespeare's plays."""
    return shared_data() / "text" / "tinyshakespeare.txt"
