"""MNIST: 70,000 scanned handwritten digits, read from a folder of IDX files."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from neuralstudio.data._base import Data, Dataset, Samples, Signature, with_image_targets
from neuralstudio.data.idx import find_digit_files, read_digits
from neuralstudio.data.split import carve
from neuralstudio.schema.problem import Problem, ProblemError

SIDE = 28
DIGITS = tuple("0123456789")


class Mnist(Dataset, tag="mnist"):
    """Handwritten digits of hundreds of people, scanned: the data set most lessons on networks begin with.

    Any four IDX files of 28×28 images in ten classes will do, gzipped or not, so Fashion-MNIST works as well.
    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
    """

    title: ClassVar[str] = "MNIST"
    group: ClassVar[str] = "Images"

    folder: Annotated[
        str,
        Meta(
            title="Folder",
            description="Where the four files train-images, train-labels, t10k-images and t10k-labels lie.",
            extra={"role": "folder"},
        ),
    ] = ""
    validation: Annotated[
        float,
        Meta(
            ge=0,
            le=0.5,
            title="Validation share",
            description="Part of the training images kept aside to watch the learning with.",
        ),
    ] = 0.0
    target: Annotated[
        Literal["digit", "image"],
        Meta(
            title="To predict",
            description="Which digit it is; or the image itself, for an autoencoder.",
        ),
    ] = "digit"

    @property
    def signature(self) -> Signature:
        """28×28 pixels in; one of ten digits out, or all pixels again, from 0 to 1."""
        if self.target == "image":
            return Signature((SIDE, SIDE), numbers=SIDE * SIDE)
        return Signature(input_shape=(SIDE, SIDE), classes=DIGITS)

    def load(self, seed: int) -> Data:
        """Reads the four files; the seed picks the validation images. Raises ``ProblemError``."""
        if not self.folder:
            raise ProblemError(
                Problem(
                    self.title,
                    "No folder is chosen",
                    "Choose the folder with the four MNIST files, or take Pen digits, which need none.",
                    field="folder",
                )
            )
        try:
            files = find_digit_files(Path(self.folder))
            train = _samples(files.train_images, files.train_labels)
            test = _samples(files.test_images, files.test_labels)
        except ProblemError as error:
            # Whatever is wrong with a file, the field to change is the folder.
            raise ProblemError(*(replace(problem, field="folder") for problem in error.problems)) from None
        if self.target == "image":
            train, test = (with_image_targets(part) for part in (train, test))
        train, validation = carve(train, self.validation, np.random.default_rng(seed))
        return Data(self.signature, train, validation, test)


def _samples(images: Path, labels: Path) -> Samples:
    inputs, targets = read_digits(images, labels, len(DIGITS))
    height, width = inputs.shape[1:]
    if (height, width) != (SIDE, SIDE):
        raise ProblemError(
            Problem(
                images.name,
                f"The images are {height}×{width} pixels, but {SIDE}×{SIDE} are expected",
                f"Choose files of {SIDE}×{SIDE} images.",
            )
        )
    return Samples(inputs, targets, scale=1 / 255)
