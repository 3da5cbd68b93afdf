"""Project files: what was saved comes back, whole or not at all, and a bad file gets one sentence."""

import os
import stat
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuralstudio.engine.graph import Array
from neuralstudio.project.arrays import packed
from neuralstudio.project.document import Project, SavedRun
from neuralstudio.project.examples import example, example_names
from neuralstudio.project.file import load, save
from neuralstudio.project.replacing import backup
from neuralstudio.schema.problem import ProblemError
from neuralstudio.training._base import Position
from neuralstudio.training.history import History

PNG = b"\x89PNG\r\n\x1a\n and the rest"
Members = dict[str, bytes]


def saved_run(project: Project) -> SavedRun:
    """A run of the right shapes, with a few odd arrays where any may lie."""
    random = np.random.default_rng(1)
    weights: dict[str, Array] = {
        name: random.normal(size=shape).astype(np.float32)
        for node in project.check().nodes.values()
        for name, shape in (node.weight_shapes | node.state_shapes).items()
    }
    nothing: Array = np.zeros((0, 3), np.float32)
    slots: dict[str, Array] = {f"mean/{name}": array.T for name, array in weights.items()}
    optimiser = slots | {"nothing": nothing, "one": np.array(2.5, np.float32)}
    history = History()
    history.steps.append(0.1, 2.0, 0.5, 0.0)
    position = Position(epoch=3, batch=2, step=77, seconds=1.25)
    return SavedRun(weights, optimiser, position, history.state())


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, members: Members, method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def assert_same(arrays: dict[str, Array], others: dict[str, Array]) -> None:
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        assert array.shape == others[name].shape
        assert array.dtype == others[name].dtype
        assert array.tobytes() == others[name].tobytes()


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    path = tmp_path / "xor.nstudio"
    save(path, example("xor"), saved_run(example("xor")), PNG)
    return path


@pytest.mark.parametrize("name", example_names())
def test_what_was_saved_comes_back(tmp_path: Path, name: str) -> None:
    project, run = example(name), saved_run(example(name))
    save(tmp_path / "a.nstudio", project, run, PNG)
    opened = load(tmp_path / "a.nstudio")
    assert opened.project == project
    assert opened.preview == PNG
    assert opened.run is not None
    assert opened.run.position == run.position
    assert_same(opened.run.weights, run.weights)
    assert_same(opened.run.optimiser, run.optimiser)
    assert_same(opened.run.history, run.history)


def test_an_untrained_project_has_no_run(tmp_path: Path) -> None:
    save(tmp_path / "a.nstudio", Project(), None)
    opened = load(tmp_path / "a.nstudio")
    assert (opened.project, opened.run, opened.preview) == (Project(), None, None)


def test_saving_the_same_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nstudio", "b.nstudio"):
        save(tmp_path / name, example("xor"), saved_run(example("xor")), PNG)
    assert (tmp_path / "a.nstudio").read_bytes() == (tmp_path / "b.nstudio").read_bytes()


def test_the_last_two_versions_are_kept_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.nstudio"
    for title in ("one", "two", "three", "four"):
        save(path, Project(title=title), None)
    titles = [load(each).project.title for each in (path, backup(path, 1), backup(path, 2))]
    assert titles == ["four", "three", "two"]
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_saved_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.nstudio"
    save(path, Project(), None)
    path.chmod(0o640)
    save(path, Project(title="again"), None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_to_a_project_stays_a_link(tmp_path: Path) -> None:
    save(tmp_path / "a.nstudio", Project(), None)
    (tmp_path / "link.nstudio").symlink_to(tmp_path / "a.nstudio")
    save(tmp_path / "link.nstudio", Project(title="again"), None)
    assert (tmp_path / "link.nstudio").is_symlink()
    assert load(tmp_path / "a.nstudio").project.title == "again"


def test_weights_that_are_not_finite_are_not_saved_over_good_ones(trained: Path) -> None:
    before = trained.read_bytes()
    run = saved_run(example("xor"))
    run.weights["dense-1/kernel"][0, 0] = np.nan
    with pytest.raises(ProblemError, match=r"xor\.nstudio: Its part weights.*finite.*dense-1/kernel"):
        save(trained, example("xor"), run)
    assert trained.read_bytes() == before
    assert list(trained.parent.iterdir()) == [trained]


@pytest.mark.parametrize("place", ["no/where/a.nstudio", "folder.nstudio"])
def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder.nstudio").mkdir()
    with pytest.raises(ProblemError, match="cannot be saved"):
        save(tmp_path / place, Project(), None)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.nstudio"]


def node(name: str, *inputs: str) -> dict[str, object]:
    return {"id": name, "layer": {"kind": "flatten"}, "inputs": inputs}


def project_of(*nodes: object) -> Members:
    text = {"version": 1, "project": {"network": {"nodes": nodes}}}
    return {"project.json": msgspec.json.encode(text)}


def setup_of(trainer: dict[str, object]) -> Members:
    text = {"version": 1, "project": {"trainer": {"kind": "backprop"} | trainer}}
    return {"project.json": msgspec.json.encode(text)}


DEEP = b'{"version":1,"project":' + b'{"a":' * 40 + b"1" + b"}" * 41
OVERFLOWING = b'{"a":{"dtype":"F32","shape":[1099511627776,1099511627776,0],"data_offsets":[0,0]}}'
EDITS: dict[str, tuple[Members, str]] = {
    "newer": (
        {"project.json": b'{"version":7,"extra":{}}', "later.bin": b""},
        r"newer NeuralStudio \(format 7; this one reads 1\)\. Update",
    ),
    "no version": ({"project.json": b'{"project":{}}'}, "no version number"),
    "not an object": ({"project.json": b"[]"}, "no version number"),
    "cut JSON": ({"project.json": b'{"version":1,'}, "no proper JSON, it ends too early"),
    "wrong JSON": ({"project.json": b'{\n"version":1,\n"project":x}'}, "no proper JSON in line 3"),
    "deep JSON": ({"project.json": DEEP}, "deeper than 32"),
    "very deep JSON": ({"project.json": b"[" * 200_000}, "deeper than 32"),
    "long JSON": ({"project.json": b" " * (8 * 1024 * 1024 + 1)}, "larger than the 8 MB"),
    "wrong field": (
        project_of({"id": "a", "layer": {"kind": "dense", "units": 0}}),
        "at project › network › nodes › 1 › layer › units: "
        r"Dense · Units: expected a whole number from 1 to 65536\. Received: 0",
    ),
    "wrong rate": (
        setup_of({"optimiser": {"kind": "adam", "learning_rate": 1e6}}),
        "at project › trainer › optimiser › learning_rate: "
        r"Adam · Learning rate: expected a number from above 0 to 10\. Received: 1000000\.0",
    ),
    "a number for a text": (
        setup_of({"epochs": "many"}),
        r'Back-propagation · Epochs: expected a whole number from 1 to 1,000,000\. Received: "many"',
    ),
    "wrong factor": (
        project_of({"id": "a", "layer": {"kind": "flatten"}, "learning": {"rate_factor": 0}}),
        r"Rate factor: expected a number from above 0 to 1000\. Received: 0",
    ),
    "nested": (
        project_of({"id": "a", "layer": {"kind": "dense", "activation": {"kind": "leaky-relu", "slope": 3}}}),
        r"activation › slope: Leaky ReLU · Slope: expected a number from 0 to 1\. Received: 3",
    ),
    "unknown field": (setup_of({"speed": 3}), "at project › trainer: object contains unknown field speed"),
    "a number for an object": (setup_of({"optimiser": 3}), "optimiser: expected object, got int"),
    "a list for an object": (project_of([]), "nodes › 1: expected object, got array"),
    "unknown layer": (
        project_of({"id": "a", "layer": {"kind": "eval"}}),
        r'layer › kind: expected one of activation, add, .*\. Received: "eval"',
    ),
    "unknown optimiser": (
        setup_of({"optimiser": {"kind": "adan"}}),
        r'optimiser › kind: expected one of sgd, .*\. Received: "adan"',
    ),
    "too many layers": (project_of(*(node(f"n-{i}", "data") for i in range(501))), "501 layers"),
    "twins": (project_of(node("a", "data"), node("a", "data")), "two layers named 'a'"),
    "the data's name": (project_of(node("data", "data")), "'data', but this name stands for the data"),
    "the loss's name": (
        project_of(node("loss", "data")),
        "'loss', but this name stands for the loss",
    ),
    "a slash": (project_of(node("a/b", "data")), "a layer named 'a/b'"),
    "circle": (project_of(node("a", "b"), node("b", "a")), "in a circle or out of order"),
    "itself": (project_of(node("a", "a")), "in a circle or out of order"),
    "unknown input": (project_of(node("a", "z")), "'z', which does not exist"),
    "unknown part": ({"code.py": b"print()"}, "does not belong there: 'code.py'"),
    "absolute name": ({"/etc/passwd": b""}, "'/etc/passwd' has a path for a name"),
    "path upwards": ({"../weights.safetensors": b""}, "has a path for a name"),
    "drive": ({"c:weights": b""}, "has a path for a name"),
    "many parts": ({f"p{i}": b"" for i in range(65)}, "more than the 64"),
    "no text": ({"project.json": b""}, "no proper JSON"),
    "damaged weights": ({"weights.safetensors": b"\xff" * 64}, r"weights\.safetensors is damaged"),
    "empty weights": ({"weights.safetensors": b""}, r"weights\.safetensors is damaged"),
    "impossible shape": (
        {"optimiser.safetensors": len(OVERFLOWING).to_bytes(8, "little") + OVERFLOWING},
        r"optimiser\.safetensors is damaged",
    ),
    "other weights": ({"weights.safetensors": packed({"a": np.zeros(3, np.float32)})}, "it has no 'a'"),
    "lacking weights": ({"weights.safetensors": packed({})}, "dense-1/bias is missing"),
    "whole numbers": (
        {"optimiser.safetensors": packed({"a": np.zeros(3, np.int32)})},
        "something else than finite numbers with a fraction in 'a'",
    ),
    "no curves": ({"history.safetensors": packed({"a": np.zeros(3)})}, "no curves of a run"),
    "endless stride": (
        {"history.safetensors": packed({"steps": np.full((1, 3), np.inf), "epochs": np.ones((1, 5))})},
        "no curves of a run",
    ),
    "no PNG": ({"preview.png": b"GIF89a"}, "no PNG"),
}


@pytest.mark.parametrize(("edit", "words"), EDITS.values(), ids=EDITS)
def test_a_bad_part_is_refused_by_name(trained: Path, edit: Members, words: str) -> None:
    write(trained, members_of(trained) | edit)
    with pytest.raises(ProblemError, match=words) as raised:
        load(trained)
    (problem,) = raised.value.problems
    assert problem.where == "xor.nstudio"
    assert problem.remedy
    assert "\n" not in str(problem)


def test_a_layer_that_is_not_wired_yet_is_read(trained: Path) -> None:
    opened = load(write(trained, members_of(trained) | project_of(node("a"))))
    assert opened.project.network["a"].inputs == ()


@pytest.mark.parametrize(
    "position",
    [{"epoch": -1}, {"step": 2**60}, {"seconds": -1.0}],
)
def test_a_position_no_run_can_have_is_refused(trained: Path, position: object) -> None:
    members = members_of(trained)
    text = msgspec.json.decode(members["project.json"]) | {"position": position}
    write(trained, members | {"project.json": msgspec.json.encode(text)})
    with pytest.raises(ProblemError, match="at position"):
        load(trained)


def test_an_early_file_with_the_state_of_a_random_stream_is_read(trained: Path) -> None:
    members = members_of(trained)
    text = msgspec.json.decode(members["project.json"])
    text["position"]["noise"] = ["12", "34", "0", "5"]
    write(trained, members | {"project.json": msgspec.json.encode(text)})
    assert load(trained).run is not None


def test_weights_of_another_shape_are_named_with_both_shapes(trained: Path) -> None:
    run = saved_run(example("xor"))
    weights = run.weights | {"dense-1/kernel": np.zeros((3, 5), np.float32)}
    write(trained, members_of(trained) | {"weights.safetensors": packed(weights)})
    with pytest.raises(ProblemError, match="dense-1/kernel is 3×5 where 2×4 is needed"):
        load(trained)


def test_curves_without_weights_are_refused(trained: Path) -> None:
    members = members_of(trained)
    del members["weights.safetensors"]
    with pytest.raises(ProblemError, match="but no weights"):
        load(write(trained, members))


def test_a_part_that_unpacks_to_too_much_is_not_read_to_its_end(trained: Path) -> None:
    bomb = members_of(trained) | {"preview.png": b"\0" * 10_000_000}
    with pytest.raises(ProblemError, match="over 200 times its size"):
        load(write(trained, bomb, zipfile.ZIP_DEFLATED))


def test_the_size_a_zip_claims_is_not_believed(trained: Path) -> None:
    write(trained, members_of(trained) | {"preview.png": b"\0" * 10_000_000}, zipfile.ZIP_DEFLATED)
    honest = (10_000_000).to_bytes(4, "little")
    trained.write_bytes(trained.read_bytes().replace(honest, (50).to_bytes(4, "little")))
    with pytest.raises(ProblemError, match=r"preview\.png is damaged"):
        load(trained)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_refused(trained: Path) -> None:
    with zipfile.ZipFile(trained, "a") as archive:
        archive.writestr("project.json", b"{}")
    with pytest.raises(ProblemError, match=r"holds 'project\.json' twice"):
        load(trained)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"hello", "not a NeuralStudio project"),
        (b"PK\x03\x04", "ends too early"),
        (b"PK\x03\x04" + b"PK\x05\x06" + b"\0" * 6 + b"\xff\xff" + b"\xff" * 8 + b"\0\0", "65535 parts"),
    ],
)
def test_what_is_no_project_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.nstudio").write_bytes(content)
    with pytest.raises(ProblemError, match=words):
        load(tmp_path / "a.nstudio")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"a\.nstudio: There is no such file"):
        load(tmp_path / "a.nstudio")
    with pytest.raises(ProblemError, match="This is a folder"):
        load(tmp_path)


def test_another_zip_is_not_taken_for_a_project(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="a zip file, but not a NeuralStudio project"):
        load(write(tmp_path / "a.zip", {"hello.txt": b"hello"}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_reads_the_same(trained: Path, data: st.DataObject) -> None:
    whole = trained.read_bytes()
    good = load(trained)
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        damaged[bit // 8] ^= 1 << bit % 8
    cut = data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))
    path = trained.with_name("damaged.nstudio")
    path.write_bytes(bytes(damaged[:cut]))
    try:
        opened = load(path)
    except ProblemError:
        return
    assert opened.project == good.project
    assert opened.run is not None
    assert good.run is not None
    # A flipped bit in a name of the directory may turn an optional part into none.
    if opened.run.weights:
        assert_same(opened.run.weights, good.run.weights)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=400), member=st.sampled_from(("weights", "optimiser", "history")))
def test_junk_for_arrays_never_gets_through(trained: Path, junk: bytes, member: str) -> None:
    path = trained.with_name("junk.nstudio")
    header = len(junk).to_bytes(8, "little") + junk
    for content in (junk, header):
        write(path, members_of(trained) | {f"{member}.safetensors": content})
        with pytest.raises(ProblemError):
            load(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    title=st.text(max_size=50), units=st.integers(1, 65536), rate=st.floats(1e-9, 10), at=st.integers(0, 99)
)
def test_any_project_comes_back_equal(tmp_path: Path, title: str, units: int, rate: float, at: int) -> None:
    text = msgspec.to_builtins(example("xor"))
    text["title"] = title
    text["network"]["nodes"][0]["layer"]["units"] = units
    text["trainer"]["optimiser"]["learning_rate"] = rate
    text["seeds"]["order"] = at
    project = msgspec.convert(text, Project)
    save(tmp_path / "a.nstudio", project, None)
    assert load(tmp_path / "a.nstudio").project == project
