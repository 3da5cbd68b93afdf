"""Pen digits: seeded, in the form of MNIST, and good enough to learn reading from."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralstudio.data._base import Samples
from neuralstudio.data.glyphs import GLYPHS
from neuralstudio.data.pen import digit_from_strokes
from neuralstudio.data.sets.mnist import Mnist
from neuralstudio.data.sets.pen_digits import PenDigits

Classifier = Callable[[NDArray[np.float32]], NDArray[np.int64]]


def trained(samples: Samples, units: int = 64, epochs: int = 5) -> Classifier:
    """A multilayer perceptron with one hidden layer (ReLU), gradient descent with momentum 0.9."""
    random = np.random.default_rng(0)
    inputs = samples.scaled().reshape(len(samples), -1)
    wanted = np.eye(10, dtype=np.float32)[samples.targets]
    sizes = ((inputs.shape[1], units), (units,), (units, 10), (10,))
    weights = [
        (random.normal(0, np.sqrt(2 / size[0]), size) if len(size) == 2 else np.zeros(size)).astype(
            np.float32
        )
        for size in sizes
    ]
    speeds = [np.zeros_like(weight) for weight in weights]
    for _ in range(epochs):
        order = random.permutation(len(inputs))
        for rows in np.array_split(order, len(order) // 50):
            x = inputs[rows]
            hidden = np.maximum(x @ weights[0] + weights[1], 0)
            logits = hidden @ weights[2] + weights[3]
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = (shares / shares.sum(axis=1, keepdims=True) - wanted[rows]) / np.float32(len(rows))
            back = (error @ weights[2].T) * (hidden > 0)
            gradients = (x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0))
            for weight, speed, gradient in zip(weights, speeds, gradients, strict=True):
                speed *= np.float32(0.9)
                speed -= np.float32(0.05) * gradient
                weight += speed

    def classify(images: NDArray[np.float32]) -> NDArray[np.int64]:
        hidden = np.maximum(images.reshape(len(images), -1) @ weights[0] + weights[1], 0)
        answers: NDArray[np.int64] = (hidden @ weights[2] + weights[3]).argmax(axis=1)
        return answers

    return classify


@pytest.fixture(scope="module")
def reader() -> Classifier:
    return trained(PenDigits().load(seed=0).train)


def accuracy(reader: Classifier, samples: Samples) -> float:
    return float((reader(samples.scaled()) == samples.targets).mean())


def test_twelve_thousand_are_drawn_and_split_in_under_three_seconds() -> None:
    start = time.perf_counter()
    data = PenDigits().load(seed=0)
    seconds = time.perf_counter() - start
    assert (len(data.train), len(data.validation), len(data.test)) == (10000, 0, 2000)
    assert data.train.inputs.shape[1:] == data.signature.input_shape == (28, 28)
    assert data.train.inputs.dtype == np.uint8
    assert seconds < 3


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    first, again, other = (PenDigits(count=300).load(seed) for seed in (5, 5, 6))
    for part, twin in ((first.train, again.train), (first.test, again.test)):
        assert part.inputs.tobytes() == twin.inputs.tobytes()
        assert part.targets.tobytes() == twin.targets.tobytes()
    assert first.train.inputs.tobytes() != other.train.inputs.tobytes()


def test_digits_are_equally_common() -> None:
    data = PenDigits(count=1000, test=0.5).load(seed=1)
    counts = np.bincount(data.train.targets, minlength=10) + np.bincount(data.test.targets, minlength=10)
    assert counts.tolist() == [100] * 10


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_images_have_the_form_of_mnist(jitter: float) -> None:
    images = PenDigits(count=500, jitter=jitter).load(seed=2).train.inputs.astype(float)
    assert (images.max(axis=(1, 2)) == 255).all()
    at, mass = np.arange(28), images.sum(axis=(1, 2))
    for axis in (1, 2):
        middle = images.sum(axis=axis) @ at / mass
        assert (np.abs(middle - 14) <= 0.51).mean() > 0.99  # a lopsided one may be held by the edge
    high, wide = ((images.any(axis=axis)).sum(axis=1) for axis in (2, 1))
    assert np.maximum(high, wide).max() <= 20
    assert (np.maximum(high, wide) >= 19).mean() > 0.95


def test_without_jitter_each_shape_is_always_the_same() -> None:
    data = PenDigits(count=1000, jitter=0.0).load(seed=3)
    assert len(np.unique(data.train.inputs.reshape(len(data.train), -1), axis=0)) <= len(GLYPHS)


def test_with_jitter_no_two_images_are_the_same() -> None:
    data = PenDigits(count=1000).load(seed=3)
    assert len(np.unique(data.train.inputs.reshape(len(data.train), -1), axis=0)) == len(data.train)


def test_a_small_network_learns_to_read_them(reader: Classifier) -> None:
    assert accuracy(reader, PenDigits().load(seed=0).test) > 0.9


def test_what_it_learnt_holds_for_real_handwriting(reader: Classifier, mnist_folder: Path) -> None:
    assert accuracy(reader, Mnist(folder=str(mnist_folder)).load(seed=0).test) > 0.8


DRAWN = {
    0: "100,20 50,60 40,130 70,210 120,220 160,160 160,80 105,20",
    1: "100,20 100,220",
    3: "60,40 110,20 160,55 150,90 100,115 165,150 160,200 110,230 50,210",
    4: "60,20 50,120 160,120 | 130,60 130,230",
    7: "50,30 170,30 100,230",
}


@pytest.mark.parametrize("digit", DRAWN)
def test_it_reads_what_is_drawn_on_the_pad(reader: Classifier, digit: int) -> None:
    strokes = [
        np.array([point.split(",") for point in stroke.split()], dtype=float)
        for stroke in DRAWN[digit].split("|")
    ]
    image = digit_from_strokes(strokes)
    assert reader((image[np.newaxis] / 255).astype(np.float32)).tolist() == [digit]
