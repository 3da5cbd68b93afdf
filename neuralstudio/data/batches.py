"""Deals samples out in batches: which rows come together, and the copying of them into a network's inputs."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralstudio.data._base import Samples


class Batches:
    """Row numbers of samples, a batch at a time; each row once an epoch.

    ``order`` is the only source of chance: put its state back (``order.bit_generator.state``) and the next
    epoch comes again. Without one the rows come as they lie. The last batch of an epoch is smaller where
    ``batch_size`` does not divide the count, or left out without ``keep_remainder``.
    """

    def __init__(
        self,
        samples: Samples,
        batch_size: int,
        order: np.random.Generator | None,
        keep_remainder: bool = True,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"Expected a batch size from 1 up. Received: {batch_size}")
        self.batch_size = batch_size
        self._rows = np.arange(len(samples), dtype=np.int64)
        self._order = order
        self._keep_remainder = keep_remainder

    def __len__(self) -> int:
        """Batches in an epoch."""
        whole, remainder = divmod(len(self._rows), self.batch_size)
        return whole + (1 if remainder and self._keep_remainder else 0)

    def epoch(self, carried: NDArray[np.int64] | None = None) -> Iterator[NDArray[np.int64]]:
        """The batches of one epoch: (batch_size,) int64 views into one order drawn at the first batch.

        carried: (n,) rows that the epoch before left out; they join the first batch.
        """
        rows, size = self._drawn(), self.batch_size
        for number in range(len(self)):
            batch = rows[number * size : (number + 1) * size]
            yield batch if carried is None or number else np.concatenate((carried, batch))

    def left_out(self) -> NDArray[np.int64]:
        """Draws an order and returns the rows, fewer than a batch, that are left at its end."""
        return self._drawn()[len(self._rows) // self.batch_size * self.batch_size :]

    def _drawn(self) -> NDArray[np.int64]:
        return self._rows if self._order is None else self._order.permutation(self._rows)


class Gather:
    """Copies rows of samples into a network's input and target buffers, scaled, allocating nothing.

    At batch 32 of 784 bytes this takes about 6 µs: ``take`` into a scratch array, then widening to float32
    and scaling in place, which beats one multiplication of mixed types and any look-up table.
    """

    def __init__(self, samples: Samples, batch_size: int, dtype: type[np.floating[Any]] = np.float32) -> None:
        # The method of the array is called, not np.take: its wrapper costs as much as the copy itself.
        self._take_inputs = np.ascontiguousarray(samples.inputs).take
        targets = samples.targets.astype(
            np.int64 if samples.targets.dtype.kind in "iu" else dtype, copy=False
        )
        self._take_targets = np.ascontiguousarray(targets).take
        self._scratch = np.empty((batch_size, *samples.inputs.shape[1:]), dtype=samples.inputs.dtype)
        self._is_direct = samples.inputs.dtype in (dtype, np.int64)
        self._scale = dtype(samples.scale)
        self._is_scaled = samples.scale != 1.0

    def __call__(
        self,
        rows: NDArray[np.int64],
        inputs_out: NDArray[Any],
        targets_out: NDArray[Any],
    ) -> None:
        """Fills both buffers with some rows.

        rows: (n,) with n ≤ batch_size, each a valid row number (others are clipped to the first or last row:
        checking them would make NumPy buffer the output); inputs_out: (n, *input_shape) of ``dtype``, int64
        where the samples are token numbers; targets_out: (n, …) of ``dtype``, or int64. Both contiguous.
        """
        # mode "clip" writes straight into the output; "raise" would go through a copy of it.
        if self._is_direct:
            self._take_inputs(rows, 0, inputs_out, "clip")
        else:
            scratch = self._scratch[: len(rows)]
            self._take_inputs(rows, 0, scratch, "clip")
            np.copyto(inputs_out, scratch)
        if self._is_scaled:  # never where they are token numbers
            np.multiply(inputs_out, self._scale, inputs_out)
        self._take_targets(rows, 0, targets_out, "clip")
