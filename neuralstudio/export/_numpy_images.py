"""Convolutions and poolings in plain NumPy, on images (batch, height, width, channels)."""

from collections.abc import Sequence

from neuralstudio.engine.activations import ActivationFunction
from neuralstudio.engine.graph import Shape
from neuralstudio.engine.initialisers import InitialiserKind
from neuralstudio.export._margins import Margins, pool_margins, same_margins
from neuralstudio.export._numpy_activations import NumPyActivations


class NumPyImages(NumPyActivations):
    """What each layer for images and for rows of numbers is in plain NumPy."""

    def conv1d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        dilation: int,
        groups: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._to_images(1)
        margins = Margins((0, 0), (0, 0))
        if padding == "same":
            margins = _flat(same_margins(self.given[:1], kernel_size, stride, dilation))
        kernel = (kernel_size, self._channels(1) // groups, filters)
        self._padded((1, self.given[0]), margins, "0")
        self._convolution(kernel, (1, stride), dilation, groups, initialiser)
        self._add(f"{self._h}[:, 0]", "row", ["d = d[:, None]"])
        self._activate(activation)

    def conv2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        dilation: int,
        groups: int,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._to_images(2)
        margins = Margins((0, 0), (0, 0))
        if padding == "same":
            margins = same_margins(self.given[:2], kernel_size, stride, dilation)
        kernel = (kernel_size, kernel_size, self._channels(2) // groups, filters)
        self._padded(self.given[:2], margins, "0")
        self._convolution(kernel, (stride, stride), dilation, groups, initialiser)
        self._activate(activation)

    def conv_transpose2d(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        padding: str,
        activation: ActivationFunction,
        initialiser: InitialiserKind,
    ) -> None:
        self._to_images(2)
        self._use("painted")
        wanted = tuple(length * stride for length in self.given[:2])
        whole = tuple(length + max(kernel_size - stride, 0) for length in wanted)
        kernel = (kernel_size, kernel_size, filters, self._channels(2))
        w, b = self._weight("W", "kernel", kernel, initialiser), self._weight("b", "bias", (filters,))
        h, strides = self._h, (stride, stride)
        gradients = [f"gradients[{w}] = kernel_gradient(d, weights[{w}], {h}, {strides}, 1)"]
        back = f"d = convolved(d, weights[{w}], {strides}, 1)"
        self._add(f"painted({h}, weights[{w}], {strides}, {whole})", "painting", [back], gradients, [w])
        if padding == "same":
            self._cropped(wanted, same_margins(wanted, kernel_size, stride))
        self._add(f"{self._h} + weights[{b}]", "bias", [], [f"gradients[{b}] = d.sum(axis=(0, 1, 2))"])
        self._activate(activation)

    def up_sampling2d(self, factor: int) -> None:
        self._to_images(2)
        parts = ", ".join(f"{length}, {factor}" for length in self.given[:2])
        back = f"d = d.reshape(-1, {parts}, {self._channels(2)}).sum(axis=(2, 4))"
        self._add(f"{self._h}.repeat({factor}, axis=1).repeat({factor}, axis=2)", "larger", [back])

    def max_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "max", size, stride or size, padding)

    def max_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "max", size, stride or size, padding)

    def average_pool1d(self, size: int, stride: int, padding: str) -> None:
        self._pool(1, "sum", size, stride or size, padding)

    def average_pool2d(self, size: int, stride: int, padding: str) -> None:
        self._pool(2, "sum", size, stride or size, padding)

    def global_average_pool(self) -> None:
        h, axes = self._h, tuple(range(1, len(self.given)))
        back = f"d = np.expand_dims(d, {axes}) / {_size(self.given[:-1])} * np.ones_like({h})"
        self._add(f"{h}.mean(axis={axes})", "mean", [back])

    def global_max_pool(self) -> None:
        h, kept = self._h, self._kept
        places = f"{h}.reshape(len({h}), {_size(self.given[:-1])}, {self.given[-1]})"
        self.forward.append(f"{kept} = {places}.argmax(axis=1)[:, None]")
        back = [
            f"back = np.zeros_like({places})",
            f"np.put_along_axis(back, {kept}, d[:, None], axis=1)",
            f"d = back.reshape({h}.shape)",
        ]
        self._add(f"np.take_along_axis({places}, {kept}, axis=1)[:, 0]", "max", back)

    # ── shared by several ────────────────────────────────────────────────────────────────────────

    def _channels(self, axes: int) -> int:
        return self.given[axes] if len(self.given) > axes else 1

    def _to_images(self, axes: int) -> None:
        """(batch, height, width, channels), from sequences (1 axis) or images without channels."""
        if len(self.given) == axes:
            self._add(f"{self._h}[..., None]", "channel", ["d = d[..., 0]"])
        if axes == 1:
            self._add(f"{self._h}[:, None]", "row", ["d = d[:, 0]"])

    def _padded(self, lengths: Sequence[int], margins: Margins, value: str) -> None:
        if not any((*margins.before, *margins.after)):
            return
        (top, left), (bottom, right) = margins.before, margins.after
        sides = f"((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0))"
        inner = f"d = d[:, {top} : {top + lengths[0]}, {left} : {left + lengths[1]}]"
        self._add(f"np.pad({self._h}, {sides}, constant_values={value})", "padding", [inner])

    def _convolution(
        self,
        kernel: Shape,
        stride: Shape,
        dilation: int,
        groups: int,
        initialiser: InitialiserKind,
    ) -> None:
        self._use("convolved_in_groups" if groups > 1 else "convolved")
        w, b = self._weight("W", "kernel", kernel, initialiser), self._weight("b", "bias", kernel[-1:])
        is_row = len(kernel) == 3  # an image of height 1
        both = f"{self._h}, weights[{w}]{'[None]' * is_row}"
        end = f"{stride}, {dilation}" + f", {groups}" * (groups > 1)
        suffix = "_in_groups" * (groups > 1)
        gradients = [
            f"gradients[{w}] = kernel_gradient{suffix}({both}, d, {end}){'[0]' * is_row}",
            f"gradients[{b}] = d.sum(axis=(0, 1, 2))",
        ]
        back = f"d = image_gradient{suffix}({both}, d, {end})"
        made = f"convolved{suffix}({both}, {end}) + weights[{b}]"
        self._add(made, "convolution", [back], gradients, [w])

    def _cropped(self, lengths: Sequence[int], margins: Margins) -> None:
        if not any((*margins.before, *margins.after)):
            return
        (top, left), (bottom, right) = margins.before, margins.after
        inner = f"[:, {top} : {top + lengths[0]}, {left} : {left + lengths[1]}]"
        sides = f"((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0))"
        self._add(f"{self._h}{inner}", "crop", [f"d = np.pad(d, {sides})"])

    def _pool(self, axes: int, kind: str, size: int, stride: int, padding: str) -> None:
        self._use(f"{kind}_pool")
        self._to_images(axes)
        lengths = self.given[:axes]
        margins = pool_margins(lengths, size, stride, padding)
        sizes, strides = (size, size), (stride, stride)
        if axes == 1:
            lengths, margins, sizes, strides = (1, *lengths), _flat(margins), (1, size), (1, stride)
        inside = f"np.ones((1, {lengths[0]}, {lengths[1]}, 1), np.float32)"
        (top, left), (bottom, right) = margins.before, margins.after
        if any((top, left, bottom, right)):
            inside = f"np.pad({inside}, ((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0)))"
        self._padded(lengths, margins, "-np.inf" if kind == "max" else "0")
        h, after, kept, both = self._h, self._next, self._kept, f"{sizes}, {strides}"
        if kind == "max":
            back = f"d = max_pool_gradient({h}, {after}, d, {both})"
            self._add(f"max_pool({h}, {both})", "pool", [back])
        else:
            self.forward.append(f"{kept} = sum_pool({inside}, {both})  # numbers in each window")
            back = f"d = sum_pool_gradient({h}, d / {kept}, {both})"
            self._add(f"sum_pool({h}, {both}) / {kept}", "pool", [back])
        if axes == 1:
            self._add(f"{self._h}[:, 0]", "row", ["d = d[:, None]"])


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _flat(margins: Margins) -> Margins:
    """The margins of a sequence, for an image of height 1."""
    return Margins((0, *margins.before), (0, *margins.after))
