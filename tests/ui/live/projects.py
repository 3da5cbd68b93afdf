"""Small projects of every sort of network there is, for panels that have to cope with all of them."""

from neuralstudio.data._base import Dataset
from neuralstudio.data.sets.circle import Circle
from neuralstudio.data.sets.pen_digits import PenDigits
from neuralstudio.data.sets.text import Text
from neuralstudio.engine.activations import Linear, Sigmoid, Softmax
from neuralstudio.engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss
from neuralstudio.engine.stopping import Stopping
from neuralstudio.layers._base import Layer
from neuralstudio.layers.add import Add
from neuralstudio.layers.batch_norm import BatchNorm
from neuralstudio.layers.concatenate import Concatenate
from neuralstudio.layers.conv2d import Conv2D
from neuralstudio.layers.dense import Dense
from neuralstudio.layers.dropout import Dropout
from neuralstudio.layers.embedding import Embedding
from neuralstudio.layers.flatten import Flatten
from neuralstudio.layers.lstm import LSTM
from neuralstudio.layers.max_pool2d import MaxPool2D
from neuralstudio.layers.rbf import RBF
from neuralstudio.network.edits import set_learning
from neuralstudio.network.learning import Learning
from neuralstudio.network.spec import DATA, NetworkSpec, Node, stack
from neuralstudio.project.document import Project
from neuralstudio.training.backprop import Backprop

DIGITS = PenDigits(count=200)
YES_OR_NO = Dense(units=1, activation=Sigmoid())


def _project(network: NetworkSpec, dataset: Dataset, loss: Loss | None = None, epochs: int = 1) -> Project:
    trainer = Backprop(loss=loss or CategoricalCrossEntropy(), epochs=epochs)
    return Project(network=network, dataset=dataset, trainer=trainer)


def _sequential(dataset: Dataset, *layers: Layer, loss: Loss | None = None) -> Project:
    return _project(stack(*layers), dataset, loss)


def _cnn() -> Project:
    conv, pool = Conv2D(filters=4), MaxPool2D()
    last = Dense(units=10, activation=Softmax())
    return _sequential(DIGITS, conv, pool, Conv2D(filters=6), pool, Dropout(), Flatten(), last)


def _lstm() -> Project:
    dataset = Text(length=8, tested=20)
    last = Dense(units=len(dataset.signature.classes), activation=Softmax())
    return _sequential(dataset, Embedding(dimensions=6), LSTM(units=7, returns="all", direction="both"), last)


def _branches(join: Layer) -> Project:
    nodes = (
        Node("dense-1", Dense(units=5)),
        Node("dense-2", Dense(units=5, activation=Linear())),
        Node("join-1", join, ("dense-1", "dense-2")),
        Node("dense-3", YES_OR_NO, ("join-1",)),
    )
    assert nodes[0].inputs == (DATA,)
    return _project(NetworkSpec(nodes), Circle(count=100), BinaryCrossEntropy())


def _penalised() -> Project:
    network = stack(Dense(units=6), Dense(units=4), YES_OR_NO)
    network = set_learning(network, "dense-1", Learning(l2=0.1))
    network = set_learning(network, "dense-2", Learning(is_frozen=True))
    project = _project(network, Circle(count=100), BinaryCrossEntropy(), epochs=3)
    trainer = Backprop(loss=BinaryCrossEntropy(), epochs=50, stopping=Stopping(target_loss=100.0))
    return Project(network=project.network, dataset=project.dataset, trainer=trainer)


PROJECTS = {
    "cnn": _cnn,
    "lstm": _lstm,
    "rbf": lambda: _sequential(Circle(count=100), RBF(units=5), YES_OR_NO, loss=BinaryCrossEntropy()),
    "batch norm": lambda: _sequential(
        DIGITS, Flatten(), Dense(units=8), BatchNorm(), Dense(units=10, activation=Softmax())
    ),
    "add": lambda: _branches(Add()),
    "concatenate": lambda: _branches(Concatenate()),
    "penalised": _penalised,
}
