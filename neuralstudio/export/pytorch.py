"""Writes a project as a PyTorch script."""

from typing import ClassVar

from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import (
    Plan,
    Target,
    data_lines,
    emit_layers,
    import_lines,
    report_line,
    unfolded,
)
from neuralstudio.export._course import STEP_COUNTS, class_weight_lines, stopping_lines
from neuralstudio.export._torch_layers import TorchLayers
from neuralstudio.export._torch_parts import Module, Part
from neuralstudio.export._torch_training import (
    IN_LOSS,
    clipping_lines,
    loss_lines,
    optimiser_line,
    schedule_of,
)
from neuralstudio.training.backprop import Backprop


class PyTorch(Target, tag="pytorch"):
    """PyTorch: a model of its modules and a training loop of one's own."""

    title: ClassVar[str] = "PyTorch"
    order: ClassVar[int] = 1

    def lines(self, plan: Plan) -> list[str]:
        trainer, signature = plan.trainer, plan.signature
        layers = TorchLayers()
        emit_layers(plan, layers, self.title)
        removed = _without_activation(layers.parts, plan)
        places = _finished(layers, plan.is_stack)
        loss = loss_lines(
            trainer.loss, plan.encoding, is_sequence=signature.steps > 0, takes_logits=bool(removed)
        )
        weights = class_weight_lines(trainer.loss, len(signature.classes))
        return [
            *import_lines(plan.project.dataset, *_modules_for(trainer)),
            "",
            f"torch.manual_seed({plan.project.seeds.weights})",
            "",
            "# Data",
            *data_lines(plan.project.dataset, plan.encoding, weights),
            "x_train, y_train, x_test, y_test = map(torch.from_numpy, (x_train, y_train, x_test, y_test))",
            "",
            *(["", *_class_lines(layers.classes)] if layers.classes else []),
            "# Model",
            *(
                [f"# {trainer.loss.title} takes what goes into {removed}; that is why it is not here."]
                * bool(removed)
            ),
            *(f"# {note}" for note in layers.notes),
            *(_stack_lines(layers.parts) if plan.is_stack else _graph_lines(layers.parts)),
            *(line.format(m=place) for place, module, _ in places for line in module.start),
            *(f"{place}.requires_grad_(False)" for place, module, part in places if _is_still(module, part)),
            "",
            "# Training",
            *loss,
            *_loop_lines(plan, places, bool(removed)),
        ]


Places = list[tuple[str, Module, Part]]
"""Each module with the expression that gets it from the model."""


def _modules_for(trainer: Backprop) -> list[str]:
    names = ["import numpy as np", "import torch", "from torch import nn"]
    rules = trainer.stopping
    asked = {"copy": rules.restores_best, "time": rules.time_limit > 0}
    asked["math"] = "math." in "".join(schedule_of(trainer.schedule).lines)
    return [f"import {name}" for name, wanted in asked.items() if wanted] + names


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


def _is_still(module: Module, part: Part) -> bool:
    """Whether a module's weights do not learn."""
    learning = part.place.node.learning
    return module.has_weights and (learning.is_frozen or learning.rate_factor == 0)


def _loop_lines(plan: Plan, places: Places, takes_logits: bool) -> list[str]:
    trainer, encoding = plan.trainer, plan.encoding
    schedule = schedule_of(trainer.schedule)
    stops = stopping_lines(
        trainer.stopping, encoding, "copy.deepcopy(model.state_dict())", "model.load_state_dict(kept)"
    )
    middle = 0.5 if encoding == "binary" and not takes_logits else 0
    groups, penalty = _group_lines(trainer, places), _penalty_lines(places)
    scheduled = {
        "step": [f"        {schedule.call}"],
        "last step": ["        if schedule.last_epoch < STEPS - 1:", f"            {schedule.call}"],
    }
    return [
        *penalty,
        *groups,
        *unfolded(f"optimiser = {optimiser_line(trainer.optimiser, bool(groups))}").split("\n"),
        f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
        *(STEP_COUNTS if schedule.each in ("step", "last step") else []),
        *schedule.lines,
        *stops.before,
        "",
        "for epoch in range(EPOCHS):",
        "    model.train()",
        *(f"    {place}.eval()  # frozen" for place, module, part in places if _is_resting(module, part)),
        "    for rows in torch.randperm(len(x_train)).split(BATCH_SIZE):",
        *_caution(places),
        f"        loss = loss_of(model(x_train[rows]), y_train[rows]){' + penalty()' if penalty else ''}",
        "        optimiser.zero_grad()  # forget the gradients of the last batch",
        "        loss.backward()",
        *(f"        {line}" for line in clipping_lines(trainer.clipping)),
        "        optimiser.step()",
        *scheduled.get(schedule.each, []),
        "    model.eval()",
        "    with torch.no_grad():",
        "        output = torch.cat([model(part) for part in x_test.split(500)])",
        "        loss = loss_of(output, y_test).item()",
        f"        metric = {_METRICS[encoding].format(middle=middle)}.float().mean().item()",
        report_line(encoding),
        *([f"    {schedule.call}"] if schedule.each == "epoch" else []),
        *stops.within,
        *stops.after,
    ]


def _is_resting(module: Module, part: Part) -> bool:
    return part.place.node.learning.is_frozen and module.code.startswith("nn.BatchNorm")


def _caution(places: Places) -> list[str]:
    """A single row has no variance, which PyTorch refuses."""
    if not any(
        module.code.startswith("nn.BatchNorm1d") and len(part.place.given[0]) == 1
        for _, module, part in places
    ):
        return []
    return ["        if len(rows) == 1:", "            continue  # a batch of one has no variance"]


def _group_lines(trainer: Backprop, places: Places) -> list[str]:
    """Learning rates of single layers."""
    factors = [
        f"{place}: {part.place.node.learning.rate_factor!r}"
        for place, module, part in places
        if module.has_weights
        and part.place.node.learning.rate_factor not in (0, 1)
        and not _is_still(module, part)
    ]
    if not factors:
        return []
    return [
        f"factors = {{{', '.join(factors)}}}  # times the learning rate",
        f"rates = {{weight: {trainer.optimiser.learning_rate!r} for weight in model.parameters()}}",
        "for module, factor in factors.items():",
        "    rates |= {weight: rates[weight] * factor for weight in module.parameters()}",
        'groups = [{"params": [weight], "lr": rate} for weight, rate in rates.items()]',
    ]


def _penalty_lines(places: Places) -> list[str]:
    """The function ``penalty`` of the weights that have one."""
    terms = []
    for place, module, part in places:
        learning = part.place.node.learning
        for name in module.penalised if not learning.is_frozen else ():
            terms += [f"{learning.l1!r} * {place}.{name}.abs().sum()"] * (learning.l1 > 0)
            terms += [f"{learning.l2!r} * {place}.{name}.square().sum()"] * (learning.l2 > 0)
    if not terms:
        return []
    return [
        "def penalty():",
        '    """What large weights cost."""',
        f"    cost = {terms[0]}",
        *(f"    cost += {term}" for term in terms[1:]),
        "    return cost",
        "",
        "",
    ]


_METRICS: dict[Encoding, str] = {
    "index": "(output.argmax(-1) == y_test)",
    "one_hot": "(output.argmax(-1) == y_test.argmax(-1))",
    "binary": "((output > {middle}) == (y_test > 0.5))",
    "signed": "((output > 0) == (y_test > 0))",
    "numbers": "(output - y_test).abs()",
}
