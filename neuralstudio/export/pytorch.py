"""Writes a project as a PyTorch script."""

from typing import ClassVar

from neuralstudio.export._base import Plan, Script, data_lines, emit_layers, import_lines
from neuralstudio.export._course import class_weight_lines
from neuralstudio.export._torch_layers import TorchLayers
from neuralstudio.export._torch_loop import (
    PROCESS_LINES,
    Places,
    end_lines,
    function_lines,
    is_still,
    loop_lines,
    model_lines,
)
from neuralstudio.export._torch_parts import Part
from neuralstudio.export._torch_training import IN_LOSS, loss_lines, schedule_of
from neuralstudio.export._torch_weights import SWAPPED
from neuralstudio.export._weights import reader_lines, switch_lines, weight_imports


class PyTorch(Script, tag="pytorch"):
    """PyTorch: a model of its modules and a training loop of one's own, on one machine or many."""

    title: ClassVar[str] = "PyTorch"
    order: ClassVar[int] = 1

    def lines(self, plan: Plan) -> list[str]:
        trainer, signature = plan.trainer, plan.signature
        layers = TorchLayers()
        emit_layers(plan, layers, self.title)
        in_loss = _without_activation(layers.parts, plan)
        places = _finished(layers, plan.is_stack)
        loss = loss_lines(
            trainer.loss, plan.encoding, is_sequence=signature.steps > 0, takes_logits=bool(in_loss)
        )
        weighting = class_weight_lines(trainer.loss, len(signature.classes))
        return [
            *import_lines(plan.project.dataset, *_modules_for(plan)),
            "",
            'SAVE_TO = ""  # a file for the weights after training, such as "model.pt"',
            *(switch_lines(plan) or [""]),
            *PROCESS_LINES,
            f"torch.manual_seed({plan.project.seeds.weights})",
            "",
            "# Data",
            *data_lines(plan.project.dataset, plan.encoding, weighting),
            "arrays = (x_train, y_train, x_test, y_test)",
            "x_train, y_train, x_test, y_test = (torch.from_numpy(each).to(device) for each in arrays)",
            "",
            *(["", *_class_lines(layers.classes)] if layers.classes else []),
            "# Model",
            *(
                [f"# {trainer.loss.title} takes what goes into {in_loss}; that is why it is not here."]
                * bool(in_loss)
            ),
            *(f"# {note}" for note in layers.notes),
            *(_stack_lines(layers.parts) if plan.is_stack else _graph_lines(layers.parts)),
            *_weight_lines(plan, places),
            *(f"{place}.requires_grad_(False)" for place, module, part in places if is_still(module, part)),
            *model_lines(plan, places),
            "",
            "# Training" if not plan.weights_file else "# Training, if it is switched on",
            *loss,
            *function_lines(plan, places, in_loss),
            *loop_lines(plan, places),
            "",
            *end_lines(plan),
        ]


def _modules_for(plan: Plan) -> list[str]:
    rules = plan.trainer.stopping
    asked = {"copy": rules.restores_best, "time": rules.time_limit > 0}
    asked["math"] = "math." in "".join(schedule_of(plan.trainer.schedule).lines)
    standard = [f"import {name}" for name, is_wanted in asked.items() if is_wanted]
    others = ["import numpy as np", "import torch", "from torch import nn"]
    return [*standard, "import os", *weight_imports(plan), *others]


def _weight_lines(plan: Plan, places: Places) -> list[str]:
    """Gives the weights their start: at random, or as they were trained."""
    fixed = [line.format(m=place) for place, module, _ in places for line in module.fixed]
    if not plan.weights_file:
        return [line.format(m=place) for place, module, _ in places for line in module.start] + fixed
    stored = [
        f"    {place}.{weight}.copy_(torch.from_numpy({numbers}))"
        for place, module, _ in places
        for weight, numbers in module.stored.items()
    ]
    functions = SWAPPED if any("swapped(" in line for line in stored) else []
    return [*reader_lines(plan), *functions, *(["with torch.no_grad():", *stored] if stored else []), *fixed]


def _without_activation(parts: list[Part], plan: Plan) -> str:
    """Takes the last activation out if the loss computes it; returns its name, or nothing."""
    name = IN_LOSS.get(type(plan.trainer.loss), "")
    if not name:
        return ""
    for part in (part for part in parts if part.place.node.id == plan.final):
        for place in range(len(part.modules) - 1, -1, -1):
            if part.modules[place].code.startswith(f"nn.{name}("):
                del part.modules[place]
                return name.lower()
    return ""


def _finished(layers: TorchLayers, is_stack: bool) -> Places:
    """Turns the output's channels last, and finds out where each module stands."""
    layers.finish()
    found: Places = []
    for part in layers.parts:
        for place, module in enumerate(part.modules):
            if is_stack:
                name = f"model[{len(found)}]"
            else:
                name = f"model.layer{part.place.number}" + (f"[{place}]" if len(part.modules) > 1 else "")
            found.append((name, module, part))
    return found


def _class_lines(classes: dict[str, list[str]]) -> list[str]:
    return [line for lines in classes.values() for line in (*lines, "", "")]


def _stack_lines(parts: list[Part]) -> list[str]:
    modules = [module for part in parts for module in part.modules]
    return ["model = nn.Sequential(", *(f"    {module.code}," for module in modules), ")"]


def _graph_lines(parts: list[Part]) -> list[str]:
    """A module of our own, where layers do not simply follow one another."""
    made, passed = [], []
    for part in parts:
        place = part.place
        source = part.joined or f"x{place.inputs[0]}"
        if len(part.modules) == 1:
            made.append(f"        self.layer{place.number} = {part.modules[0].code}")
        elif part.modules:
            made.append(f"        self.layer{place.number} = nn.Sequential(")
            made += [f"            {module.code}," for module in part.modules]
            made.append("        )")
        expression = f"self.layer{place.number}({source})" if part.modules else source
        passed.append(f"        x{place.number} = {expression}")
    return [
        "class Network(nn.Module):",
        '    """The layers, numbered as in NeuralStudio; x0 are the data."""',
        "",
        "    def __init__(self):",
        "        super().__init__()",
        *made,
        "",
        "    def forward(self, x0):",
        *passed,
        f"        return x{parts[-1].place.number}",
        "",
        "",
        "model = Network()",
    ]
