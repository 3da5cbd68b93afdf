"""Which class is taken for which: the confusion matrix of test samples, and how well each class is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Samples
from neuralstudio.network.model import Model
from neuralstudio.views._base import Bars, Heatmap

MOST_BARS = 16
Counts = NDArray[np.int64]


def compute(counts: Counts, classes: Sequence[str], of: int = 0) -> Heatmap:
    """The matrix as a figure: a row for each true class, a column for each predicted one.

    counts: (classes, classes). Cells without a sample stay without a number. of: how many there are in all,
    where only some are counted.
    """
    total = int(counts.sum())
    title = "Confusion"
    if total:
        right = int(np.trace(counts))
        title = f"Confusion · {right:,} of {total:,} right ({right / total:.1%})"
        if total < of:
            title = f"{title} · a sample of {of:,}"
    return Heatmap(
        title,
        counts.astype(np.float64) if total else np.empty((0, 0)),
        limit=float(max(1, counts.max(initial=0))),
        row_labels=tuple(classes),
        column_labels=tuple(classes),
        row_title="true class",
        column_title="predicted class",
        cell_texts=tuple(tuple(f"{count:,}" if count else "" for count in row) for row in counts.tolist()),
    )


def by_class(counts: Counts, classes: Sequence[str]) -> Bars:
    """Share of each class's samples that are predicted right; classes without samples are left out.

    Of very many classes only the least known are shown, the worst first.
    """
    totals = counts.sum(axis=1)
    seen = np.flatnonzero(totals)
    title = "Accuracy by class"
    if len(seen) > MOST_BARS:
        mistakes = (totals - counts.diagonal())[seen]
        worst = np.lexsort((-mistakes, -mistakes / totals[seen]))  # of equally bad ones the more frequent
        seen = seen[worst[:MOST_BARS]]
        title = f"Accuracy · worst {MOST_BARS}"
    shares = counts.diagonal()[seen] / totals[seen]
    labels = tuple(classes[index] for index in seen.tolist())
    return Bars(title, labels, shares, percent=True)


def counted(model: Model, samples: Samples) -> Counts:
    """Counts of (true class, predicted class) over some samples: (classes, classes).

    Of sequences each step counts.
    """
    classes = len(model.signature.classes)
    outputs = model.predict(samples.scaled())
    predicted = _decided(outputs.reshape(-1, outputs.shape[-1]), model.encoding == "signed")
    pairs = samples.targets.reshape(-1).astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def _decided(outputs: NDArray[np.floating], is_signed: bool) -> NDArray[np.int64]:
    """The class each row of outputs stands for: the largest, or for one output the side it lies on."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > (0.0 if is_signed else 0.5)).astype(np.int64)
    largest: NDArray[np.int64] = outputs.argmax(axis=1)
    return largest
