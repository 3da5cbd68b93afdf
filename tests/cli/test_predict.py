"""Pictures of digits, however they were made, become what the network was trained on."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from neuralstudio.cli.image import read_digit as read
from neuralstudio.cli.predict import predict
from neuralstudio.data.pen import centred
from tests.cli.conftest import Command

Pixels = NDArray[np.uint8]


@pytest.fixture
def ink() -> Pixels:
    """A thick white "7" on black, off the middle of a 120×90 picture."""
    picture = np.zeros((120, 90), np.uint8)
    picture[20:32, 30:80] = 255
    for row in range(32, 100):
        picture[row, 72 - (row - 32) // 2 : 82 - (row - 32) // 2] = 255
    return picture


def saved(folder: Path, image: Image.Image, name: str = "digit.png") -> Path:
    path = folder / name
    image.save(path)
    return path


def read_digit(path: Path) -> Pixels:
    """The pixels of a picture that is beyond doubt."""
    digit = read(path)
    assert digit.doubt == ""
    return digit.pixels


def difference(one: Pixels, other: Pixels) -> float:
    """Mean distance of two pictures, one moved by at most a pixel, as a rounded centre may be."""
    moved = (np.roll(one.astype(float), (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1))
    return min(float(np.abs(each - other).mean()) for each in moved)


def test_a_picture_in_the_form_of_mnist_is_taken_as_it_is(tmp_path: Path) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[3:9, 5:20] = 200
    assert np.array_equal(read_digit(saved(tmp_path, Image.fromarray(pixels))), pixels)


@pytest.mark.parametrize(
    "kind", ["white on black", "black on white", "colour", "on clear ground", "light on clear"]
)
def test_every_way_to_draw_it_gives_the_same_digit(tmp_path: Path, ink: Pixels, kind: str) -> None:
    wanted = centred(ink)
    black_on_white = Image.fromarray(255 - ink)
    if kind == "white on black":
        image: Image.Image = Image.fromarray(ink)
    elif kind == "black on white":
        image = black_on_white
    elif kind == "colour":
        image = Image.merge("RGB", [black_on_white] * 3)
    else:
        level = 0 if kind == "on clear ground" else 255
        image = Image.new("RGBA", (90, 120), (level, level, level, 255))
        image.putalpha(Image.fromarray(ink))
    assert difference(read_digit(saved(tmp_path, image)), wanted) < 1


def test_grey_paper_and_the_noise_of_a_photograph_are_no_ink(tmp_path: Path, ink: Pixels) -> None:
    noise = np.random.default_rng(1).normal(0, 3, ink.shape)
    photograph = np.clip(190 - ink * 0.6 + noise, 0, 255).astype(np.uint8)
    digit = read_digit(saved(tmp_path, Image.fromarray(photograph), "photo.jpg"))
    assert difference(digit, centred(ink)) < 6


def test_sixteen_bits_and_palettes_are_read(tmp_path: Path, ink: Pixels) -> None:
    deep = Image.fromarray(ink.astype(np.uint16) * 257)
    assert difference(read_digit(saved(tmp_path, deep, "deep.png")), centred(ink)) < 1
    palette = Image.fromarray(255 - ink).convert("P")
    assert difference(read_digit(saved(tmp_path, palette, "few.gif")), centred(ink)) < 1


def test_a_large_picture_gives_the_same_digit_as_a_small_one(tmp_path: Path, ink: Pixels) -> None:
    large = Image.fromarray(255 - ink).resize((1800, 2400))
    assert difference(read_digit(saved(tmp_path, large)), centred(ink)) < 3


def test_predict_names_the_likeliest_class_first(
    studio_command: Command, digits_project: Path, tmp_path: Path
) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[12:14, 8:20] = 255  # the network made by hand calls these rows a 4
    picture = saved(tmp_path, Image.fromarray(pixels))
    result = studio_command("predict", digits_project, picture, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    classes = json.loads(result.stdout)["classes"]
    assert classes[0]["label"] == "4"
    assert sorted(each["label"] for each in classes) == list("0123456789")
    shares = [each["probability"] for each in classes]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    in_words = studio_command("predict", digits_project, picture).stdout.splitlines()
    assert len(in_words) == 10
    assert in_words[0].startswith("4  ")
    assert "█" in in_words[0]


def doubtful(kind: str) -> Image.Image:
    """A picture that is not of one digit."""
    if kind == "noise":
        return Image.effect_noise((200, 150), 120)
    if kind == "landscape":  # a bright sky over dark ground
        pixels = np.full((150, 200), 220, np.uint8)
        pixels[80:] = 40
    elif kind == "inked all over":
        pixels = np.zeros((150, 200), np.uint8)
        pixels[4:-4, 4:-4] = 255
    else:  # 1 1 1 1 in a row
        pixels = np.zeros((60, 400), np.uint8)
        for left in range(40, 360, 80):
            pixels[15:45, left : left + 8] = 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("noise", "its edges are not plain"),
        ("landscape", "its edges are not plain"),
        ("inked all over", "most of it is ink"),
        ("several in a row", "much wider than high"),
    ],
)
def test_a_picture_that_is_hardly_one_digit_is_answered_with_a_warning(
    digits_project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, reason: str
) -> None:
    picture = saved(tmp_path, doubtful(kind), "photo.png")
    predict(str(digits_project), [str(picture)], as_json=True)
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["classes"]) == 10
    assert printed.err.startswith("Warning: photo.png may not show one digit on a plain background")
    assert reason in printed.err
    assert printed.err.count("\n") == 1


def test_a_digit_that_runs_over_the_edge_is_beyond_doubt(tmp_path: Path, ink: Pixels) -> None:
    cut = ink[20:90, 25:85]
    assert read_digit(saved(tmp_path, Image.fromarray(255 - cut))).max() == 255
