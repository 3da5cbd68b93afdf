"""How a PyTorch script learns: in one process or in several, on processors or graphics cards."""

from neuralstudio.engine.losses import Encoding
from neuralstudio.export._base import Plan, report_line, unfolded
from neuralstudio.export._course import STEP_COUNTS, stopping_lines
from neuralstudio.export._omissions import omission_lines
from neuralstudio.export._torch_parts import Module, Part
from neuralstudio.export._torch_training import clipping_lines, optimiser_line, schedule_of
from neuralstudio.training.backprop import Backprop

Places = list[tuple[str, Module, Part]]
"""Each module with the expression that gets it from the model."""

PROCESS_LINES = [
    "# Alone, or one of several processes: torchrun --nproc_per_node N SCRIPT. Each computes its share of",
    "# every batch, and gradients are averaged: what is learnt is what one process would learn.",
    'RANK, PROCESSES = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))',
    'device = f"cuda:{os.environ.get(\'LOCAL_RANK\', 0)}" if torch.cuda.is_available() else "cpu"',
    "if PROCESSES > 1:",
    '    torch.distributed.init_process_group("gloo" if device == "cpu" else "nccl")',
]
END_LINES = [
    "if SAVE_TO and RANK == 0:",
    "    torch.save(model.state_dict(), SAVE_TO)",
    "if PROCESSES > 1:",
    "    torch.distributed.barrier()  # all are done",
    "    del learner  # it holds on to the others",
    "    torch.distributed.destroy_process_group()",
]


def model_lines(plan: Plan, places: Places) -> list[str]:
    """Has the model work on the device, with others where there are any."""
    norms = [module for _, module, _ in places if module.code.startswith("nn.BatchNorm")]
    synchronised = [
        "    # Without graphics cards, batch norm takes mean and variance of its share of a batch only.",
        '    if device != "cpu":',
        "        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)",
    ]
    return [
        "model.to(device)",
        "learner = model",
        "if PROCESSES > 1:",
        *(synchronised if norms else []),
        "    learner = nn.parallel.DistributedDataParallel(model)",
        f"    torch.manual_seed({plan.project.seeds.noise} + RANK)  # other noise in each",
    ]


def function_lines(plan: Plan, places: Places, in_loss: str) -> list[str]:
    """The functions ``penalty`` where weights have one, ``evaluate`` and ``predict``.

    in_loss: the activation that the loss computes itself, or nothing.
    """
    middle = 0.5 if plan.encoding == "binary" and not in_loss else 0
    metric = _METRICS[plan.encoding].format(middle=middle)
    return [
        *_penalty_lines(places),
        "def evaluate():",
        f'    """Loss and {_metric_name(plan)} on the test data, of which each process measures some."""',
        "    model.eval()",
        "    sums = torch.zeros(2, device=device)",
        "    with torch.no_grad():",
        "        for rows in torch.arange(len(x_test)).split(500)[RANK::PROCESSES]:",
        "            output, target = model(x_test[rows]), y_test[rows]",
        f"            metric = {metric}.float().mean()",
        "            sums += len(rows) * torch.stack([loss_of(output, target), metric])",
        "    if PROCESSES > 1:",
        "        torch.distributed.all_reduce(sums)",
        "    return (sums / len(x_test)).tolist()",
        "",
        "def predict(x):",
        '    """What the network says of samples such as those in x_test."""',
        "    model.eval()",
        "    with torch.no_grad():",
        f"        return {_ANSWERS[in_loss].format('model(torch.as_tensor(x).to(device))')}.cpu().numpy()",
        "",
    ]


def loop_lines(plan: Plan, places: Places) -> list[str]:
    """The optimiser, and the loop over epochs and batches."""
    trainer, encoding = plan.trainer, plan.encoding
    schedule = schedule_of(trainer.schedule)
    elapsed = "longest(time.perf_counter() - began)"
    stops = stopping_lines(
        trainer.stopping,
        encoding,
        "copy.deepcopy(model.state_dict())",
        "model.load_state_dict(kept)",
        elapsed,
    )
    groups, has_penalty = _group_lines(trainer, places), bool(_penalty_lines(places))
    scheduled = {
        "step": [f"        {schedule.call}"],
        "last step": ["        if schedule.last_epoch < STEPS - 1:", f"            {schedule.call}"],
    }
    least, reason = _least(places)
    shuffle = (
        f"shuffle = torch.Generator().manual_seed({plan.project.seeds.order})  # the same in every process"
    )
    return [
        *(_LONGEST if trainer.stopping.time_limit else []),
        *groups,
        *unfolded(f"optimiser = {optimiser_line(trainer.optimiser, bool(groups))}").split("\n"),
        f"BATCH_SIZE, EPOCHS = {trainer.batch_size}, {trainer.epochs}",
        *(STEP_COUNTS if schedule.each in ("step", "last step") else []),
        *schedule.lines,
        *stops.before,
        *omission_lines(trainer),
        *([shuffle] if trainer.order == "shuffled" else []),
        "",
        f"for epoch in range({'EPOCHS if TRAIN else 0' if plan.weights_file else 'EPOCHS'}):",
        "    model.train()",
        *(f"    {place}.eval()  # frozen" for place, module, part in places if _is_resting(module, part)),
        f"    for batch in {_ORDERS[trainer.order]}.split(BATCH_SIZE):",
        f"        if len(batch) < {least}:",
        f"            continue  # {reason}",
        "        rows = batch[RANK::PROCESSES]",
        "        loss = loss_of(learner(x_train[rows]), y_train[rows])",
        "        loss = loss * len(rows) * PROCESSES / len(batch)  # shares may differ by a sample",
        *(["        loss = loss + penalty()"] if has_penalty else []),
        "        optimiser.zero_grad()  # forget the gradients of the last batch",
        "        loss.backward()",
        *(f"        {line}" for line in clipping_lines(trainer.clipping)),
        "        optimiser.step()",
        *scheduled.get(schedule.each, []),
        "    loss, metric = evaluate()",
        "    if RANK == 0:",
        f"    {report_line(encoding)}",
        *([f"    {schedule.call}"] if schedule.each == "epoch" else []),
        *stops.within,
        *stops.after,
    ]


_LONGEST = [
    "def longest(seconds):",
    '    """The longest time of all processes, so that they stop together."""',
    "    seconds = torch.tensor(seconds, device=device)",
    "    if PROCESSES > 1:",
    "        torch.distributed.all_reduce(seconds, torch.distributed.ReduceOp.MAX)",
    "    return seconds.item()",
    "",
]


def end_lines(plan: Plan) -> list[str]:
    """What comes last: how good stored weights are, and saving where it was asked for."""
    shown = [
        "test_loss, test_metric = evaluate()",
        "if RANK == 0:",
        f'    print(f"test loss {{test_loss:.4f}}, {_metric_name(plan)} {{test_metric:.4f}}")',
        "    print(predict(x_test[:1]))",
    ]
    return [*(shown if plan.weights_file else []), *END_LINES]


def _metric_name(plan: Plan) -> str:
    return "mean absolute error" if plan.encoding == "numbers" else "accuracy"


def is_still(module: Module, part: Part) -> bool:
    """Whether a module's weights do not learn."""
    learning = part.place.node.learning
    return module.has_weights and (learning.is_frozen or learning.rate_factor == 0)


def _is_resting(module: Module, part: Part) -> bool:
    return part.place.node.learning.is_frozen and module.code.startswith("nn.BatchNorm")


def _least(places: Places) -> tuple[str, str]:
    """How many samples a batch must have, and why: in PyTorch a single row has no variance."""
    if any(
        module.code.startswith("nn.BatchNorm1d") and len(part.place.given[0]) == 1
        for _, module, part in places
    ):
        return "2 * PROCESSES", "one sample has no variance, which batch norm needs"
    return "PROCESSES", "too few for each process to have one"


def _group_lines(trainer: Backprop, places: Places) -> list[str]:
    """Learning rates of single layers."""
    factors = [
        f"{place}: {part.place.node.learning.rate_factor!r}"
        for place, module, part in places
        if module.has_weights
        and part.place.node.learning.rate_factor not in (0, 1)
        and not is_still(module, part)
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
    ]


_ORDERS = {
    "shuffled": "torch.randperm(len(x_train), generator=shuffle)",
    "fixed": "torch.arange(len(x_train))",
}
_ANSWERS = {"": "{}", "softmax": "{}.softmax(-1)", "sigmoid": "{}.sigmoid()"}
"""What the window shows, from the model's output, by the activation that is in the loss."""
_METRICS: dict[Encoding, str] = {
    "index": "(output.argmax(-1) == target)",
    "one_hot": "(output.argmax(-1) == target.argmax(-1))",
    "binary": "((output > {middle}) == (target > 0.5))",
    "signed": "((output > 0) == (target > 0))",
    "numbers": "(output - target).abs()",
}
