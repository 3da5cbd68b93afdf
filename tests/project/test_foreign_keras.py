"""Models that Keras saved: they predict here what they predicted there, and nothing in them is run."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuralstudio.data._base import Signature
from neuralstudio.engine.losses import MeanSquaredError
from neuralstudio.network.model import Model
from neuralstudio.project.foreign import Foreign, read_foreign
from neuralstudio.schema.problem import ProblemError

os.environ.setdefault("KERAS_BACKEND", "torch")
FLOAT = np.float32


def described(
    *layers: tuple[str, dict[str, Any]], shape: tuple[int | None, ...] = (None, 4)
) -> dict[str, Any]:
    start = ("InputLayer", {"batch_shape": shape, "name": "start"})
    parts = [
        {"module": "keras.layers", "class_name": kind, "config": {"name": f"{kind.lower()}_{n}"} | config}
        for n, (kind, config) in enumerate([start, *layers])
    ]
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "net", "layers": parts}}


def read(folder: Path, content: Any, name: str = "net.json") -> Foreign:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_foreign(path)


def refusal(folder: Path, content: Any, name: str = "net.json") -> str:
    with pytest.raises(ProblemError) as caught:
        read(folder, content, name)
    (problem,) = caught.value.problems
    assert problem.where == name
    return problem.what


def test_a_description_becomes_a_network_without_weights(tmp_path: Path) -> None:
    foreign = read(
        tmp_path, described(("Dense", {"units": 3, "activation": "relu"}), ("Dense", {"units": 2}))
    )
    assert [node.id for node in foreign.project.network] == ["dense_1", "dense_2"]
    assert foreign.weights is None
    assert any("no weights" in note for note in foreign.notes)


@pytest.mark.parametrize("name", ["loss", "data", "a/b", "x" * 101])
def test_a_layer_with_a_name_that_cannot_be_gets_another(tmp_path: Path, name: str) -> None:
    network = read(tmp_path, described(("Dense", {"units": 3, "name": name}))).project.network
    assert [node.id for node in network] == ["dense-1"]


def test_all_that_is_not_known_is_told_at_once(tmp_path: Path) -> None:
    what = refusal(
        tmp_path,
        described(
            ("Lambda", {"function": "import os"}),
            ("Dense", {"units": 3, "use_bias": False}),
            ("Dense", {"units": 3, "activation": "mine"}),
            (
                "Conv2D",
                {"filters": 1, "kernel_size": [3, 3], "strides": [1, 2], "data_format": "channels_first"},
            ),
            ("TFSMLayer", {"filepath": "/etc"}),
        ),
    )
    for part in (
        "Lambda",
        "use_bias=False",
        "activation=mine",
        "strides=[1, 2]",
        "channels_first",
        "TFSMLayer",
    ):
        assert part in what


def test_a_layer_of_another_package_is_not_taken_for_ours(tmp_path: Path) -> None:
    model = described(("Dense", {"units": 3}))
    model["config"]["layers"][1]["module"] = "os"
    assert "dense_1" in refusal(tmp_path, model)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[",
        b"[" * 100_000,
        [],
        {},
        {"format": 1, "network": []},
        {"class_name": 3, "config": 4},
        {"class_name": "Sequential", "config": {"layers": [1]}},
        {"class_name": "Sequential", "config": {"layers": []}},
        {"class_name": "Functional", "config": {"layers": [], "output_layers": []}},
    ],
)
def test_other_texts_are_refused(tmp_path: Path, content: Any) -> None:
    assert refusal(tmp_path, content)


@pytest.mark.parametrize("units", [0, -1, "many", None, 10**30, [3], {}])
def test_a_setting_of_nonsense_is_refused(tmp_path: Path, units: Any) -> None:
    assert refusal(tmp_path, described(("Dense", {"units": units})))


@pytest.mark.parametrize("kind", ["LeakyReLU", "ReLU"])
@pytest.mark.parametrize("slope", ["steep", 7, [1]])
def test_a_slope_of_nonsense_is_refused(tmp_path: Path, kind: str, slope: Any) -> None:
    assert refusal(tmp_path, described((kind, {"negative_slope": slope})))


def test_an_input_of_no_fixed_shape_is_refused(tmp_path: Path) -> None:
    assert "not fixed" in refusal(tmp_path, described(("Dense", {"units": 1}), shape=(None, None)))


def test_a_circle_of_layers_is_refused(tmp_path: Path) -> None:
    model = described(("Add", {}), ("Add", {}))
    model["class_name"] = "Functional"
    for number, source in ((1, "add_2"), (2, "add_1")):
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}
        model["config"]["layers"][number]["inbound_nodes"] = [{"args": [[tensor, tensor]], "kwargs": {}}]
    model["config"]["output_layers"] = ["add_2", 0, 0]
    assert "circle" in refusal(tmp_path, model)


def packed(path: Path, members: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path.read_bytes()


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"other": b""},
        {"../config.json": b"{}"},
        {"config.json": b" " * 10**8},
        {f"{n}": b"" for n in range(100)},
    ],
)
def test_an_archive_of_something_else_is_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    assert refusal(tmp_path, packed(tmp_path / "x.zip", members), "net.keras")


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04nonsense", b"nonsense"])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content, "net.keras")


def weighed(folder: Path, fill: Any) -> bytes:
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "w.h5", "w") as file:
        fill(h5py, file.create_group("layers/dense/vars"), file)
    text = json.dumps(described(("Dense", {"units": 3}))).encode()
    return packed(folder / "x.zip", {"config.json": text, "model.weights.h5": (folder / "w.h5").read_bytes()})


def plain(_h5: Any, group: Any, _file: Any) -> None:
    group["0"], group["1"] = np.ones((4, 3), FLOAT), np.zeros(3, FLOAT)


def soft(h5: Any, group: Any, file: Any) -> None:
    file["real"] = np.ones((4, 3), FLOAT)
    group["0"], group["1"] = h5.SoftLink("/real"), np.zeros(3, FLOAT)


def outside(h5: Any, group: Any, _file: Any) -> None:
    group["0"], group["1"] = h5.ExternalLink("other.h5", "/real"), np.zeros(3, FLOAT)


def stored_outside(_h5: Any, group: Any, _file: Any) -> None:
    group.create_dataset("0", (4, 3), "f4", external=[("/etc/passwd", 0, 48)])
    group["1"] = np.zeros(3, FLOAT)


def virtual(h5: Any, group: Any, _file: Any) -> None:
    layout = h5.VirtualLayout((4, 3), "f4")
    layout[:] = h5.VirtualSource("other.h5", "real", (4, 3))
    group.create_virtual_dataset("0", layout)
    group["1"] = np.zeros(3, FLOAT)


def huge(_h5: Any, group: Any, _file: Any) -> None:
    group.create_dataset("0", (10**9, 10**6), "f4", chunks=(1000, 1000))
    group["1"] = np.zeros(3, FLOAT)


def infinite(_h5: Any, group: Any, _file: Any) -> None:
    group["0"], group["1"] = np.full((4, 3), np.inf, FLOAT), np.zeros(3, FLOAT)


def empty(_h5: Any, _group: Any, _file: Any) -> None:
    pass


def test_plain_weights_are_read(tmp_path: Path) -> None:
    foreign = read(tmp_path, weighed(tmp_path, plain), "net.keras")
    assert foreign.weights is not None
    np.testing.assert_array_equal(foreign.weights["dense_1/kernel"], np.ones((4, 3)))


@pytest.mark.parametrize("fill", [soft, outside, stored_outside, virtual, huge, infinite, empty])
def test_weights_that_lie_elsewhere_or_do_not_fit_are_refused(tmp_path: Path, fill: Any) -> None:
    assert "weights" in refusal(tmp_path, weighed(tmp_path, fill), "net.keras")


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    text = json.dumps(described(("Dense", {"units": 3}))).encode()
    content = packed(tmp_path / "x.zip", {"config.json": text, "model.weights.h5": b"nonsense"})
    assert "damaged" in refusal(tmp_path, content, "net.keras")


def test_without_h5py_the_weights_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = weighed(tmp_path, plain)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    foreign = read(tmp_path, content, "net.keras")
    assert foreign.weights is None
    assert any("h5py" in note for note in foreign.notes)


def images(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="gelu"),
            layers.UpSampling2D(),
            layers.Conv2DTranspose(3, 3),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def residual(keras: Any) -> Any:
    layers = keras.layers
    start = keras.Input((8, 8, 2))
    first = layers.Conv2D(4, 3, padding="same", activation="silu")(start)
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(first))
    x = layers.Multiply()([layers.Add()([first, layers.LeakyReLU()(x)]), first])
    x = x * first + first
    x = layers.Concatenate()([x, layers.LayerNormalization()(x)])
    return keras.Model(start, layers.Softmax()(layers.Dense(2)(layers.GlobalAveragePooling2D()(x))))


def sequence(keras: Any) -> Any:
    layers = keras.layers
    both = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    return keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            layers.Embedding(5, 3),
            both,
            layers.Dense(5, activation="tanh"),
            layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True, activation="relu")),
            layers.LSTM(3, go_backwards=True),
            layers.Dense(2),
        ]
    )


@pytest.mark.peers
@pytest.mark.filterwarnings("default")  # Keras and its back end have warnings of their own
@pytest.mark.parametrize("build", [images, residual, sequence])
def test_a_saved_model_predicts_here_what_keras_predicts(tmp_path: Path, build: Any) -> None:
    keras = pytest.importorskip("keras", exc_type=ImportError)
    pytest.importorskip("h5py")
    keras.utils.set_random_seed(1)
    model = build(keras)
    generator = np.random.default_rng(1)
    model.set_weights([generator.uniform(0.1, 0.6, each.shape) for each in model.get_weights()])
    model.save(tmp_path / "net.keras")
    foreign = read_foreign(tmp_path / "net.keras")
    is_tokens = build is sequence
    shape = model.input_shape[1:]
    x: Any = generator.integers(0, 5, (6, *shape)) if is_tokens else generator.normal(size=(6, *shape))
    x = x.astype(np.int64 if is_tokens else FLOAT)
    signature = Signature(shape, numbers=model.output_shape[-1], vocabulary=5 if is_tokens else 0)
    ours = Model(foreign.project.network, signature, MeanSquaredError())
    assert foreign.weights is not None
    assert set(ours.parameters.load(foreign.weights)) == set(ours.parameters)
    np.testing.assert_allclose(ours.predict(x), model.predict(x, verbose=0), rtol=1e-4, atol=1e-5)
    (tmp_path / "net.json").write_text(model.to_json())
    assert read_foreign(tmp_path / "net.json").project.network == foreign.project.network


def test_a_network_that_none_of_the_data_fit_works_on_a_stand_in(tmp_path: Path) -> None:
    layers = (("Dense", {"units": 5, "activation": "relu"}), ("Dense", {"units": 3, "activation": "softmax"}))
    foreign = read(tmp_path, described(*layers))
    assert foreign.project.check().can_train
    signature = foreign.project.dataset.signature
    assert (signature.input_shape, len(signature.classes)) == ((4,), 3)
    assert any("random numbers stand in" in note for note in foreign.notes)
