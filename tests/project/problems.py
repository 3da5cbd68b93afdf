"""A project for each kind of problem that a check tells, by name: with that problem and no other."""

from typing import Any

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.apartments import Apartments
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.text import Text
from neuralstudio.engine.activations import (
    Formula,
    Linear,
    ReLU,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
)
from neuralstudio.engine.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    HalfSquaredError,
    Hinge,
    HuberLoss,
    KullbackLeibler,
    LossFunction,
    MeanSquaredError,
)
from neuralstudio.layers._base import Layer
from neuralstudio.layers.activation import Activation
from neuralstudio.layers.add import Add
from neuralstudio.layers.average_pool2d import AveragePool2D
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv1d import Conv1D
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.conv_transpose2d import ConvTranspose2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.features import Features
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.gaussian_noise import GaussianNoise
from neuralstudio.layers.global_average_pool import GlobalAveragePool
from neuralstudio.layers.global_max_pool import GlobalMaxPool
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool1d import MaxPool1D
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.multiply import Multiply
from neuralstudio.layers.rbf import RBF
from neuralstudio.layers.reshape import Reshape
from neuralstudio.layers.temperature import Temperature
from neuralstudio.layers.up_sampling2d import UpSampling2D
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop

DIGITS, IMAGES, POINTS, NUMBERS = PenDigits(), PenDigits(target="image"), Circle(), Apartments()
TEXT = Text(length=12)
CLASSES = len(TEXT.signature.classes)
CATEGORICAL, RELU = CategoricalCrossEntropy(), ReLU()


def dense(units: int, activation: Any = RELU) -> Dense:
    """A Dense layer in few words."""
    return Dense(units=units, activation=activation)


def softmax(units: int) -> Dense:
    """The last layer of a classification."""
    return dense(units, Softmax())


def project(
    dataset: Dataset, loss: LossFunction, *layers: Layer, nodes: tuple[Node, ...] = (), batch: int = 32
) -> Project:
    """A project with a stack of layers, or with these nodes."""
    network = NetworkSpec(nodes) if nodes else stack(*layers)
    trainer: Any = Backprop(loss=loss, batch_size=batch)  # type: ignore[arg-type]
    return Project(network=network, dataset=dataset, trainer=trainer)


def digits(*layers: Layer) -> Project:
    """Layers between images of 28×28 and a proper last layer for ten classes."""
    return project(DIGITS, CATEGORICAL, *layers, softmax(10))


def branches(*nodes: tuple[str, Layer, tuple[str, ...]]) -> Project:
    """Images, a Flatten and a Dense of 16 units, then these nodes."""
    before = (Node("flatten-1", Flatten()), Node("dense-1", dense(16), ("flatten-1",)))
    return project(DIGITS, CATEGORICAL, nodes=(*before, *(Node(*each) for each in nodes)))


def frozen(layer: Layer, below: str, node_id: str) -> Node:
    return Node(node_id, layer, (below,), Learning(is_frozen=True))


MISFITTING_LAYERS = {
    "Dense on an image": digits(Dense()),
    "RBF on an image": project(DIGITS, CATEGORICAL, RBF(), softmax(10)),
    "convolution on a row": project(
        DIGITS, CATEGORICAL, Flatten(), dense(49), Conv2D(), Flatten(), softmax(10)
    ),
    "convolution behind Flatten": digits(Flatten(), Conv2D(), GlobalAveragePool()),
    "convolution of sequences on an image": digits(Conv2D(), Conv1D(), GlobalMaxPool()),
    "pooling of sequences on an image": digits(Conv2D(), MaxPool1D(), Flatten()),
    "transposed convolution on a row": digits(Flatten(), ConvTranspose2D(), Flatten()),
    "up-sampling on a row": digits(Flatten(), UpSampling2D(), Flatten()),
    "kernel larger than the image": digits(Conv2D(kernel_size=31), Flatten()),
    "kernel with gaps larger than the image": digits(Conv2D(kernel_size=5, dilation=9), Flatten()),
    "kernel longer than the sequence": digits(Conv1D(kernel_size=29), Flatten()),
    "window larger than the image": digits(MaxPool2D(size=29), Flatten()),
    "window longer than the sequence": digits(MaxPool1D(size=29), Flatten()),
    "channels in groups that are not equal": digits(
        Conv2D(filters=6), Conv2D(filters=8, groups=4), Flatten()
    ),
    "filters in groups that are not equal": digits(Conv2D(filters=8), Conv2D(filters=6, groups=4), Flatten()),
    "global maximum of a row": digits(Flatten(), dense(16), GlobalMaxPool()),
    "global mean of a row": digits(Flatten(), dense(16), GlobalAveragePool()),
    "recurrent layer on an image with channels": digits(Conv2D(), LSTM(units=8)),
    "recurrent layer on tokens": project(TEXT, CATEGORICAL, LSTM(returns="all"), softmax(CLASSES)),
    "convolution on tokens": project(TEXT, CATEGORICAL, Conv1D(padding="same"), softmax(CLASSES)),
    "Dense on tokens": project(TEXT, CATEGORICAL, softmax(CLASSES)),
    "embedding of numbers": digits(Flatten(), Embedding(), dense(16)),
    "embedding with too few rows": project(TEXT, CATEGORICAL, Embedding(vocabulary=3), softmax(CLASSES)),
    "shape with room for other numbers": digits(Reshape(shape="7×7×9"), Flatten()),
    "shape that cannot be filled": digits(Reshape(shape="?×9"), Flatten()),
    "shape that cannot be read": digits(Reshape(shape="wide"), Flatten()),
    "shape with two open lengths": digits(Reshape(shape="?×?"), Flatten()),
    "features of an image": digits(Flatten(), Features(), dense(16)),
    "formula that cannot be read": digits(Flatten(), dense(16, Formula(expression="x +"))),
    "formula without x": digits(Flatten(), dense(16), Activation(function=Formula(expression="2"))),
}
WIRES = {
    "no layers": project(DIGITS, CATEGORICAL),
    "no layers for a text": project(TEXT, CATEGORICAL),
    "layer without a wire": branches(("dense-2", Dense(), ()), ("dense-3", softmax(10), ("dense-1",))),
    "chain without a wire": branches(("dense-2", dense(8), ()), ("dense-3", softmax(10), ("dense-2",))),
    "first layer without a wire": project(
        DIGITS,
        CATEGORICAL,
        nodes=(Node("flatten-1", Flatten(), ()), Node("dense-1", softmax(10), ("flatten-1",))),
    ),
    "merging layer without wires": branches(("add-1", Add(), ()), ("dense-2", softmax(10), ("dense-1",))),
    "merging layer with one wire": branches(
        ("dense-2", dense(16), ("dense-1",)),
        ("add-1", Add(), ("dense-2",)),
        ("dense-3", softmax(10), ("add-1",)),
    ),
    "two wires to a layer that takes one": branches(
        ("dense-2", dense(16), ("dense-1",)), ("dense-3", softmax(10), ("dense-1", "dense-2"))
    ),
    "branch that leads nowhere": branches(
        ("dense-2", dense(8), ("dense-1",)), ("dense-3", softmax(10), ("dense-1",))
    ),
    "layers of a branch that leads nowhere": branches(
        ("dense-2", dense(8), ("dense-1",)),
        ("dense-3", dense(9), ("dense-2",)),
        ("dense-4", softmax(10), ("dense-1",)),
    ),
    "two layers with one id": project(
        DIGITS,
        CATEGORICAL,
        nodes=(
            Node("flatten-1", Flatten()),
            Node("dense-1", dense(16), ("flatten-1",)),
            Node("dense-1", softmax(10), ("dense-1",)),
        ),
    ),
    "layer with the id of the data": project(POINTS, CATEGORICAL, nodes=(Node(DATA, softmax(2)),)),
    "wire from a layer that is not there": branches(("dense-2", softmax(10), ("dense-9",))),
    "sum of rows of different lengths": branches(
        ("dense-2", dense(8), ("dense-1",)),
        ("add-1", Add(), ("dense-1", "dense-2")),
        ("dense-3", softmax(10), ("add-1",)),
    ),
    "product of images of different sizes": project(
        DIGITS,
        CATEGORICAL,
        nodes=(
            Node("conv2d-1", Conv2D(filters=8)),
            Node("conv2d-2", Conv2D(filters=8), ("conv2d-1",)),
            Node("multiply-1", Multiply(), ("conv2d-1", "conv2d-2")),
            Node("flatten-1", Flatten(), ("multiply-1",)),
            Node("dense-1", softmax(10), ("flatten-1",)),
        ),
    ),
    "sum of a shortcut past a stride": project(
        DIGITS,
        CATEGORICAL,
        nodes=(
            Node("conv2d-1", Conv2D(filters=8)),
            Node("conv2d-2", Conv2D(filters=16, stride=2, padding="same"), ("conv2d-1",)),
            Node("add-1", Add(), ("conv2d-1", "conv2d-2")),
            Node("flatten-1", Flatten(), ("add-1",)),
            Node("dense-1", softmax(10), ("flatten-1",)),
        ),
    ),
    "images of different sizes side by side": project(
        DIGITS,
        CATEGORICAL,
        nodes=(
            Node("conv2d-1", Conv2D(filters=8)),
            Node("conv2d-2", Conv2D(filters=8, stride=2)),
            Node("concatenate-1", Concatenate(), ("conv2d-1", "conv2d-2")),
            Node("flatten-1", Flatten(), ("concatenate-1",)),
            Node("dense-1", softmax(10), ("flatten-1",)),
        ),
    ),
    "tokens to be joined": project(
        TEXT,
        CATEGORICAL,
        nodes=(
            Node("embedding-1", Embedding()),
            Node("concatenate-1", Concatenate(), ("embedding-1", DATA)),
            Node("dense-1", softmax(CLASSES), ("concatenate-1",)),
        ),
    ),
}
ENDINGS = {
    "no weights": project(DIGITS, CATEGORICAL, Flatten()),
    "all layers frozen": project(
        DIGITS, CATEGORICAL, nodes=(Node("flatten-1", Flatten()), frozen(softmax(10), "flatten-1", "dense-1"))
    ),
    "image where a row is wanted": project(DIGITS, CATEGORICAL, Conv2D()),
    "steps where one answer is wanted": project(DIGITS, CATEGORICAL, LSTM(units=8, returns="all")),
    "nothing learns": project(
        DIGITS,
        CATEGORICAL,
        nodes=(
            Node("flatten-1", Flatten()),
            frozen(dense(16), "flatten-1", "dense-1"),
            Node("dense-2", softmax(10), ("dense-1",), Learning(rate_factor=1e-9)),
        ),
    ),
    "one answer where each step wants one": project(
        TEXT, CATEGORICAL, Embedding(), LSTM(units=8), softmax(CLASSES)
    ),
    "one answer and no Dense where each step wants one": project(TEXT, CATEGORICAL, Embedding(), LSTM()),
    "row where each step wants an answer": project(
        TEXT, CATEGORICAL, Embedding(), Flatten(), softmax(CLASSES)
    ),
    "units for other classes": project(DIGITS, CATEGORICAL, Flatten(), softmax(9)),
    "no softmax for cross-entropy": project(DIGITS, CATEGORICAL, Flatten(), dense(10)),
    "inner layer at the end": project(DIGITS, CATEGORICAL, Flatten(), dense(128)),
    "softmax as a layer over other classes": project(
        DIGITS, CATEGORICAL, Flatten(), dense(9, Linear()), Activation(function=Softmax())
    ),
    "tempered softmax over other classes": project(
        DIGITS, CATEGORICAL, Flatten(), dense(9, Linear()), Temperature(temperature=2.0)
    ),
    "one sigmoid for ten classes": project(DIGITS, BinaryCrossEntropy(), Flatten(), dense(1, Sigmoid())),
    "no sigmoid for binary cross-entropy": project(POINTS, BinaryCrossEntropy(), dense(1, Tanh())),
    "one sigmoid for categorical cross-entropy": project(POINTS, CATEGORICAL, dense(1, Sigmoid())),
    "three sigmoids for two classes": project(POINTS, BinaryCrossEntropy(), dense(3, Sigmoid())),
    "four units for two classes": project(POINTS, MeanSquaredError(), dense(4, Linear())),
    "cross-entropy for numbers": project(NUMBERS, CATEGORICAL, dense(8), dense(1, Linear())),
    "binary cross-entropy for numbers": project(NUMBERS, BinaryCrossEntropy(), dense(1, Sigmoid())),
    "hinge for numbers": project(NUMBERS, Hinge(), dense(1, Linear())),
    "hinge behind a sigmoid": project(POINTS, Hinge(), dense(1, Sigmoid())),
    "hinge with units for other classes": project(DIGITS, Hinge(), Flatten(), dense(3, Linear())),
    "divergence without softmax": project(IMAGES, KullbackLeibler(), Flatten(), dense(784, Linear())),
    "softmax over one unit": project(POINTS, MeanSquaredError(), dense(4), softmax(1)),
    "softmax over one number": project(NUMBERS, MeanSquaredError(), dense(4), softmax(1)),
    "three numbers for one": project(NUMBERS, MeanSquaredError(), dense(8), dense(3, Linear())),
    "class weights for other classes": project(
        POINTS, CategoricalCrossEntropy(class_weights="1, 2, 3"), softmax(2)
    ),
    "dropout that hides the softmax": project(
        DIGITS, CATEGORICAL, Flatten(), dense(32), softmax(10), Dropout()
    ),
}
TOO_LARGE = {
    "more weights than fit": digits(
        Conv2D(filters=4096, kernel_size=1),
        Conv2D(filters=4096, kernel_size=63, padding="same"),
        GlobalMaxPool(),
    ),
    "a larger batch than fits": project(
        DIGITS,
        CATEGORICAL,
        UpSampling2D(factor=64),
        AveragePool2D(size=3, stride=1),
        AveragePool2D(size=64),
        Flatten(),
        softmax(10),
        batch=8192,
    ),
}
DOUBTS = {
    "a batch larger than the data": project(
        PenDigits(count=100), CATEGORICAL, Flatten(), softmax(10), batch=128
    ),
    "sum of a layer with itself": branches(
        ("add-1", Add(), ("dense-1", "dense-1")), ("dense-2", softmax(10), ("add-1",))
    ),
    "data twice": project(
        POINTS,
        CATEGORICAL,
        nodes=(
            Node("concatenate-1", Concatenate(), (DATA, DATA)),
            Node("dense-1", softmax(2), ("concatenate-1",)),
        ),
    ),
    "dropout after dropout": digits(Flatten(), dense(16), Dropout(), Dropout(rate=0.2)),
    "batch norm after batch norm": digits(Flatten(), BatchNorm(), BatchNorm()),
    "sigmoid for prices": project(NUMBERS, MeanSquaredError(), dense(8), dense(1, Sigmoid())),
    "tanh for prices": project(
        NUMBERS, HuberLoss(), dense(8), dense(1, Linear()), Activation(function=Tanh())
    ),
    "softplus for prices": project(NUMBERS, MeanSquaredError(), dense(8), dense(1, Softplus())),
    "half squared error behind a ReLU": project(POINTS, HalfSquaredError(), dense(4), dense(1)),
    "one sample a batch": project(DIGITS, CATEGORICAL, Flatten(), BatchNorm(), softmax(10), batch=1),
    "Flatten of a row": digits(Flatten(), Flatten()),
    "dropout of nothing": digits(Flatten(), Dropout(rate=0.0)),
    "linear activation": digits(Flatten(), dense(16, Tanh()), Activation(function=Linear())),
    "noise without noise": digits(GaussianNoise(deviation=0.0), Flatten()),
    "reshape to the same": digits(Reshape(shape="28×28"), Flatten()),
    "pooling of single pixels": digits(MaxPool2D(size=1), Flatten()),
    "means of single pixels": digits(AveragePool2D(size=1), Flatten()),
    "up-sampling by one": digits(UpSampling2D(factor=1), Flatten()),
    "ReLU after ReLU": digits(Flatten(), dense(16), Dropout(), Activation(function=ReLU())),
    "tanh after tanh": digits(Flatten(), dense(16, Tanh()), Activation(function=Tanh())),
    "softmax within": digits(Flatten(), softmax(16)),
    "tempered softmax within": digits(Flatten(), dense(16), Temperature()),
    "two linear layers": digits(Flatten(), dense(800, Linear())),
    "linear layers with dropout between": digits(Flatten(), dense(32), dense(64, Linear()), Dropout()),
    "dropout of the answer": project(NUMBERS, MeanSquaredError(), dense(8), dense(1, Linear()), Dropout()),
    "dropout before the softmax": project(
        DIGITS,
        CATEGORICAL,
        Flatten(),
        dense(16),
        dense(10, Linear()),
        Dropout(),
        Activation(function=Softmax()),
    ),
    "softmax with squares": project(DIGITS, MeanSquaredError(), Flatten(), softmax(10)),
    "sigmoid with squares": project(POINTS, MeanSquaredError(), dense(4), dense(1, Sigmoid())),
    "ten sigmoids with squares": project(DIGITS, MeanSquaredError(), Flatten(), dense(10, Sigmoid())),
    "ten sigmoids": project(DIGITS, BinaryCrossEntropy(), Flatten(), dense(10, Sigmoid())),
    "two sigmoids": project(POINTS, BinaryCrossEntropy(), dense(4), dense(2, Sigmoid())),
    "softmax for numbers": project(IMAGES, MeanSquaredError(), Flatten(), softmax(784)),
    "ReLU for numbers": project(NUMBERS, MeanSquaredError(), dense(8), dense(1)),
    "hinge behind a ReLU": project(POINTS, Hinge(), dense(4), dense(1)),
}
SINGLE: dict[str, Project] = MISFITTING_LAYERS | WIRES | ENDINGS | TOO_LARGE | DOUBTS
"""Projects with one problem each, which the first remedy takes away."""
SEVERAL: dict[str, Project] = {
    "a single hidden layer": project(DIGITS, CATEGORICAL, Dense()),
    "layers in a row that do not fit": project(
        DIGITS, CATEGORICAL, Conv2D(kernel_size=40), Dense(), Conv2D(), Dense()
    ),
    "three layers without wires": branches(
        ("dense-2", Dense(), ()),
        ("add-1", Add(), ()),
        ("dense-3", Dense(), ()),
        ("dense-4", softmax(10), ("dense-1",)),
    ),
    "a shortcut begun": branches(
        ("add-1", Add(), ("dense-1",)),
        ("dense-2", dense(16), ("dense-1",)),
        ("dense-3", softmax(10), ("add-1",)),
    ),
    "a doubtful stack": project(
        DIGITS,
        MeanSquaredError(),
        Flatten(),
        Flatten(),
        softmax(800),
        Dropout(rate=0.0),
        dense(1, Sigmoid()),
        batch=1,
    ),
}
PROBLEMS: dict[str, Project] = SINGLE | SEVERAL
