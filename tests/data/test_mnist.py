"""MNIST from a folder: the real files, and folders that are not what they should be."""

from pathlib import Path

import numpy as np
import pytest

from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.schema.problem import ProblemError


def write_idx(path: Path, array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    header = bytes((0, 0, 8, array.ndim)) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    path.write_bytes(header + array.tobytes())


def write_set(folder: Path, side: int = 28, test_side: int = 28) -> None:
    for part, count, pixels in (("train", 20, side), ("t10k", 8, test_side)):
        write_idx(folder / f"{part}-images-idx3-ubyte", np.zeros((count, pixels, pixels), dtype=np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte", np.arange(count, dtype=np.uint8) % 10)


def test_the_real_mnist_is_read(mnist_folder: Path) -> None:
    data = Mnist(folder=str(mnist_folder)).load(seed=0)
    assert data.train.inputs.shape == (60000, 28, 28)
    assert data.test.inputs.shape == (10000, 28, 28)
    assert data.train.inputs.dtype == np.uint8
    assert len(data.validation) == 0
    assert data.test.targets[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(data.train.targets).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert data.train.scaled(slice(0, 100)).max() == 1.0


def test_a_validation_share_is_taken_from_the_training_images(tmp_path: Path) -> None:
    write_set(tmp_path)
    data = Mnist(folder=str(tmp_path), validation=0.25).load(seed=3)
    assert (len(data.train), len(data.validation), len(data.test)) == (15, 5, 8)
    together = np.concatenate((data.train.targets, data.validation.targets))
    assert sorted(together) == sorted(np.arange(20) % 10)


def test_the_images_themselves_can_be_the_target(tmp_path: Path) -> None:
    write_set(tmp_path)
    pixels = np.random.default_rng(1).integers(0, 256, (8, 28, 28), dtype=np.uint8)
    write_idx(tmp_path / "t10k-images-idx3-ubyte", pixels)
    dataset = Mnist(folder=str(tmp_path), target="image")
    data = dataset.load(seed=0)
    assert data.signature == dataset.signature
    assert (data.signature.task, data.signature.numbers) == ("regression", 784)
    np.testing.assert_allclose(data.test.targets, pixels.reshape(8, -1) / 255, atol=1e-6)
    assert data.train.targets.shape == (20, 784)


def test_images_of_another_size_are_refused_by_name(tmp_path: Path) -> None:
    write_set(tmp_path, test_side=32)
    with pytest.raises(ProblemError, match="t10k-images-idx3-ubyte: The images are 32×32 pixels") as raised:
        Mnist(folder=str(tmp_path)).load(seed=0)
    assert raised.value.problems[0].field == "folder"


@pytest.mark.parametrize(("folder", "words"), [("", "No folder is chosen"), ("no/where", "no such folder")])
def test_without_a_folder_it_says_what_to_do(folder: str, words: str) -> None:
    with pytest.raises(ProblemError, match=words) as raised:
        Mnist(folder=folder).load(seed=0)
    assert raised.value.problems[0].remedy
    assert raised.value.problems[0].field == "folder"
