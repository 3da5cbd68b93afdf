"""Modules that PyTorch has not: written into a script where a network needs them."""

from collections.abc import Sequence

from neuralstudio.export._base import called, indented, quoted
from neuralstudio.export._features import columns
from neuralstudio.export._formula import TORCH, code, functions_of
from neuralstudio.schema.formula import read

CLASSES = {
    "ChannelsFirst": [
        "class ChannelsFirst(nn.Module):",
        '    """(batch, ..., channels) to (batch, channels, ...): how PyTorch wants images and sequences."""',
        "",
        "    def forward(self, x):",
        "        return x.movedim(-1, 1)",
    ],
    "ChannelsLast": [
        "class ChannelsLast(nn.Module):",
        '    """(batch, channels, ...) to (batch, ..., channels)."""',
        "",
        "    def forward(self, x):",
        "        return x.movedim(1, -1)",
    ],
    "Recurrent": [
        "class Recurrent(nn.Module):",
        '    """A recurrent layer\'s outputs at all steps, or its state after the last step it reads."""',
        "",
        "    def __init__(self, cell, returns_all=False, is_backward=False):",
        "        super().__init__()",
        "        self.cell, self.returns_all, self.is_backward = cell, returns_all, is_backward",
        "",
        "    def forward(self, x):",
        "        outputs, state = self.cell(x.flip(1) if self.is_backward else x)",
        "        if self.returns_all:",
        "            return outputs.flip(1) if self.is_backward else outputs",
        "        hidden = state[0] if isinstance(state, tuple) else state  # an LSTM has a memory, too",
        "        return torch.cat(tuple(hidden), dim=-1)  # both ways side by side",
    ],
    "AveragePool": [
        "class AveragePool(nn.Module):",
        '    """Means of windows that stick out; what lies outside is not counted."""',
        "",
        "    def __init__(self, pool, margins):",
        "        super().__init__()",
        "        self.pool, self.margins = pool, margins",
        "",
        "    def forward(self, x):",
        "        inside = nn.functional.pad(torch.ones_like(x), self.margins)",
        "        return self.pool(nn.functional.pad(x, self.margins)) / self.pool(inside)",
    ],
    "GaussianNoise": [
        "class GaussianNoise(nn.Module):",
        '    """Adds normally distributed numbers, in training only."""',
        "",
        "    def __init__(self, deviation):",
        "        super().__init__()",
        "        self.deviation = deviation",
        "",
        "    def forward(self, x):",
        "        return x + self.deviation * torch.randn_like(x) if self.training else x",
    ],
    "Scaled": [
        "class Scaled(nn.Module):",
        '    """x times a number."""',
        "",
        "    def __init__(self, factor):",
        "        super().__init__()",
        "        self.factor = factor",
        "",
        "    def forward(self, x):",
        "        return x * self.factor",
    ],
    "RBF": [
        "class RBF(nn.Module):",
        '    """exp(-|x - c|**2 / (2 * s**2)) with centres c and widths s."""',
        "",
        "    def __init__(self, inputs, units):",
        "        super().__init__()",
        "        self.centres = nn.Parameter(torch.empty(units, inputs).uniform_(-1, 1))",
        "        self.log_widths = nn.Parameter(torch.full((units,), inputs**0.5).log())",
        "",
        "    def forward(self, x):",
        "        squares = (x[:, None] - self.centres).square().sum(-1)",
        "        return torch.exp(-0.5 * squares * torch.exp(-2 * self.log_widths))",
    ],
    "step": [
        "def step(x):",
        '    """1 for x >= 0, else 0; its slope is taken to be that of x between -1 and 1."""',
        "    line = x.clamp(-1, 1)",
        "    return (x >= 0).to(x.dtype) + line - line.detach()",
    ],
    "Step": [
        "class Step(nn.Module):",
        '    """The step function as a layer."""',
        "",
        "    def forward(self, x):",
        "        return step(x)",
    ],
}
NEEDS = {"Step": "step"}
"""A class of which another must stand before it."""


def features_class(name: str, chosen: Sequence[str]) -> list[str]:
    """A module that makes the chosen features of two numbers."""
    return [
        f"class {name}(nn.Module):",
        '    """What the next layer sees of x1 and x2."""',
        "",
        "    def forward(self, x):",
        "        x1, x2 = x.split(1, dim=-1)",
        *indented(called("return torch.cat", [f"[{', '.join(columns(chosen, 'torch'))}]", "dim=-1"]), 8),
    ]


def formula_class(name: str, expression: str) -> tuple[list[str], set[str]]:
    """A module for a person's formula, and the names in ``CLASSES`` it uses. The text is only a docstring."""
    tree = read(expression)
    lines = [
        f"class {name}(nn.Module):",
        f"    {quoted(expression.strip())}",
        "",
        "    def forward(self, x):",
        f"        return {code(tree, TORCH)}",
    ]
    return lines, functions_of(tree) & {"step"}
