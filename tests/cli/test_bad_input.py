"""Whatever is wrong with what is given: one sentence on stderr, exit code 2, and never a traceback."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from neuralstudio.project.archive import write_members
from neuralstudio.project.document import Project
from neuralstudio.project.file import save
from tests.cli.conftest import Command


def mnist_of_truncated_images(folder: Path) -> None:
    folder.mkdir()
    for part in ("train", "t10k"):
        header = b"\0\0\x08\x03" + (5).to_bytes(4, "big") + (28).to_bytes(4, "big") * 2
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + b"\0" * 100)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + (5).to_bytes(4, "big") + b"\0" * 5
        )


def huge_png() -> bytes:
    """A small file that claims 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.fixture
def folder(tmp_path: Path, digits_project: Path) -> Path:
    """Everything that can be wrong, in one folder."""
    (tmp_path / "broken.nstudio").write_bytes(digits_project.read_bytes()[:-40])
    (tmp_path / "text.nstudio").write_text("hello")
    with (tmp_path / "newer.nstudio").open("wb") as file:
        write_members(file, {"project.json": msgspec.json.encode({"version": 7})})
    save(tmp_path / "untrained.nstudio", Project(), None)
    (tmp_path / "letter.png").write_text("Dear reader, this is no picture.")
    (tmp_path / "program.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\nshowpage\n")
    (tmp_path / "huge.png").write_bytes(huge_png())
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    Image.new("L", (28, 28)).save(tmp_path / "black.png")
    Image.effect_noise((64, 64), 90).save(tmp_path / "cut.png")
    cut = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(cut[: len(cut) // 2])
    mnist_of_truncated_images(tmp_path / "truncated")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.csv").mkdir()
    return tmp_path


CASES: dict[str, tuple[str, str]] = {
    "unknown example": ("train no-such-example", "There is no example and no file of this name"),
    "missing project": ("train missing.nstudio", "missing.nstudio: There is no such file"),
    "a folder as project": ("check empty", "This is a folder"),
    "broken project": ("check broken.nstudio", "broken.nstudio: The file ends too early"),
    "text as project": ("train text.nstudio", "text.nstudio: It is not a NeuralStudio project"),
    "newer project": ("train newer.nstudio", "newer NeuralStudio (format 7; this one reads 1)"),
    "no layers": ("train untrained.nstudio", "There are no layers yet"),
    "missing data folder": ("train digits-mlp --data nowhere", "There is no such folder"),
    "empty data folder": ("train digits-mlp --data empty", "There are no MNIST files in empty. Choose"),
    "missing folder for other data": ("train xor --data nowhere", "nowhere: There is no such folder"),
    "empty folder for other data": ("train xor --data empty", "There are no MNIST files in empty"),
    "truncated images": ("train digits-mlp --data truncated", "train-images-idx3-ubyte: The file says 5"),
    "other data": (
        "train xor --data truncated",
        "xor is a network for 2 inputs, but MNIST has images of 28×28; use digits-mlp.",
    ),
    "zero epochs": (
        "train xor --epochs 0",
        "--epochs: Expected a whole number from 1 to 1,000,000. Received: 0.",
    ),
    "words for epochs": ("train xor --epochs many", "--epochs: Expected a whole number"),
    "negative seed": ("train xor --seed -1", "--seed: Expected a whole number from 0"),
    "unknown option": ("train xor --fast", "There is no option --fast. See: neuralstudio train --help"),
    "nearly an option": (
        "train xor --epoch 3",
        "no option --epoch. Did you mean --epochs? See: neuralstudio",
    ),
    "no source": ("train", "Missing argument 'SOURCE'. See: neuralstudio train --help"),
    "nearly an example": ("train digit-mlp", "no file of this name. Did you mean digits-mlp?"),
    "nearly a family": ("list layer", "Did you mean layers?"),
    "nearly a command": ("trian xor", "Did you mean train?"),
    "an example alone": ("xor", "Train it with: neuralstudio train xor"),
    "no family": ("list", "Say what to list: layers, datasets, examples"),
    "output is a folder": ("train xor --epochs 1 --out empty", "This is a folder"),
    "output below a file": ("train xor --epochs 1 --out text.nstudio/a.nstudio", "Nothing can be written"),
    "nothing to resume": ("train xor --resume", "no saved run"),
    "resume elsewhere": ("train digits.nstudio --resume --seed 3", "cannot go on with another seed"),
    "untrained": ("predict untrained.nstudio white.png", "not trained yet"),
    "untrained, to be measured": ("evaluate untrained.nstudio", "not trained yet. Train it first: neural"),
    "an example to be measured": ("evaluate xor", "neuralstudio train xor --out FILE.nstudio"),
    "predictions of no kind": ("evaluate digits.nstudio --out a.txt", "End its name in .csv or .npz"),
    "predictions into a folder": ("evaluate digits.nstudio --out empty.csv", "This is a folder"),
    "measured on missing data": ("evaluate digits.nstudio --data nowhere", "There is no such folder"),
    "missing image": ("predict digits.nstudio missing.png", "missing.png: There is no such file"),
    "folder as image": ("predict digits.nstudio empty", "This is a folder, not a picture"),
    "text as image": ("predict digits.nstudio letter.png", "letter.png: This is no picture"),
    "a program as image": ("predict digits.nstudio program.png", "program.png: This is no picture"),
    "huge image": ("predict digits.nstudio huge.png", "huge.png: The picture has more than"),
    "cut image": ("predict digits.nstudio cut.png", "cut.png: The picture is damaged"),
    "white image": ("predict digits.nstudio white.png", "of one colour"),
    "black image in the form of MNIST": ("predict digits.nstudio black.png", "of one colour"),
    "unknown family": ("list gadgets", "Lists are: layers, datasets, examples"),
    "unknown command": ("fly", "There is no command and no file of this name"),
    "picture of nothing": ("picture --out a.png missing.nstudio", "There is no such file"),
    "picture of no kind": ("picture --out a.txt", "PNG"),
    "picture of no size": ("picture --out a.png --size huge", "--size: Expected a size"),
    "picture in no theme": ("picture --out a.png --theme pink", "--theme: Expected dark or light"),
    "data of no kind": ("data xor --out a.txt", ".npz"),
}


@pytest.mark.parametrize(("command", "words"), CASES.values(), ids=CASES)
def test_it_is_one_sentence(folder: Path, studio_command: Command, command: str, words: str) -> None:
    before = sorted(folder.rglob("*"))
    result = studio_command(*command.split())
    assert result.returncode == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert sorted(folder.rglob("*")) == before


def test_a_problem_with_json_wanted_is_still_told_on_stderr(studio_command: Command) -> None:
    result = studio_command("train", "no-such-example", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("spoil", [lambda data: data[:200], lambda data: data[:-22], lambda data: data[::-1]])
def test_a_spoilt_project_is_refused_before_anything_is_trained(
    folder: Path, studio_command: Command, spoil: Callable[[bytes], bytes]
) -> None:
    path = folder / "digits.nstudio"
    path.write_bytes(spoil(path.read_bytes()))
    result = studio_command("train", path, "--resume", "--out", "out.nstudio")
    assert result.returncode == 2
    assert result.stderr.startswith("digits.nstudio: ")
    assert not (folder / "out.nstudio").exists()
