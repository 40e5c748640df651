"""One training run from its description to its exported weight."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor

from gantool.errors import TrainError, UsageError
from gantool.inference.device import choose_device, describe
from gantool.networks.loading import strangers
from gantool.task import AnyTask, Recipe, Train, TrainInputs
from gantool.train.checkpoint import checkpoints_of, list_checkpoints
from gantool.train.config import resolve
from gantool.train.contest import Contest
from gantool.train.criteria import Criteria
from gantool.train.critic import refuse_unplayed
from gantool.train.data.skipped import kind_of
from gantool.train.distributed import join_ranks, leave_ranks
from gantool.train.ending import note_end, worded
from gantool.train.environment import read_environments, write_environment
from gantool.train.events import Event, EventKind, append_event
from gantool.train.export import check_export, export_run
from gantool.train.facts import Facts, facts_of, with_budgets
from gantool.train.folder import BEST_FILE, RunFile, check_unused, drop_empty, read_run
from gantool.train.game import Augment, GameSettings
from gantool.train.loop import Trainer
from gantool.train.occupied import occupied
from gantool.train.processes import Ranks, launch
from gantool.train.record.report import write_report
from gantool.train.resumption import budget_text
from gantool.train.settings import Settings
from gantool.train.step import Rules
from gantool.train.terms import Term
from gantool.weights.exchange import foreign_tensors
from gantool.weights.files import FOREIGN, has_card, load
from gantool.weights.store import resolve as resolve_weight

GIB = 1 << 30
_SHORT = {torch.float32: "fp32", torch.bfloat16: "bf16", torch.float16: "fp16"}
"""What a number format is called everywhere else."""


@dataclass(frozen=True)
class TrainResult:
    """Where a run lies, whether its budget is spent, and the weight file that it then exported.

    Of several processes, the one that writes knows the weight; on the others it is None.
    """

    folder: Path
    finished: bool
    weight: Path | None = None


def train_session(task: AnyTask, described: RunFile, folder: Path, resumed: bool) -> TrainResult:
    """Train, and export when the budget is spent. A run that has no checkpoint yet begins anew."""
    try:
        with occupied(folder) if launch().writes else nullcontext():
            if launch().writes and not resumed:
                check_unused(folder)  # again: another run may have come and gone
            return _joined(task, described, folder, resumed)
    finally:
        drop_empty(folder)


def _joined(task: AnyTask, described: RunFile, folder: Path, resumed: bool) -> TrainResult:
    console = Console(stderr=True, markup=False, emoji=False)  # names of files are no markup
    if resumed and not list_checkpoints(checkpoints_of(folder)):
        _check_anew(folder)
        resumed = False
        if launch().writes:
            console.print(f"{folder} holds no checkpoint: the run begins anew", soft_wrap=True)
    ranks = join_ranks()
    try:
        return _run(task, described, folder, resumed, ranks, console)
    except RuntimeError as problem:
        told = worded(problem)
        if told is problem:
            raise
        raise told from problem
    finally:
        leave_ranks(ranks)


def _check_anew(folder: Path) -> None:
    """Raise TrainError where a run that begins anew would replace what a whole one made."""
    made = sorted(path.name for path in folder.glob("*.safetensors") if path.name != BEST_FILE)
    if made:
        raise TrainError(
            f"{folder} holds {made[0]} and no checkpoint to go on from",
            "begin another run, --init takes weights",
        )


def _run(
    task: AnyTask, described: RunFile, folder: Path, resumed: bool, ranks: Ranks, console: Console
) -> TrainResult:
    capability: Train[Any] = task.train  # type: ignore[assignment]
    settings = resolve(Settings, [described.trainer])
    device = _device(described.device, ranks)
    rules = _rules(capability, described, settings, device)
    torch.manual_seed(settings.seed)
    options = resolve(capability.options, [described.task])
    recipe = capability.build(options, _inputs(described, settings, device))
    if not resumed:
        own = {"lr_d": Settings.lr_d, **capability.settings(options), **capability.game(options)}
        refuse_unplayed(recipe.discriminator, {"lr_d": settings.lr_d, **described.game}, own)
    facts = facts_of(described, capability.options)
    if described.init and not resumed:
        _initialise(task, recipe, described.init, console)
    trainer = Trainer(recipe, rules, folder, device, ranks, console)
    if resumed:
        trainer.resume()
        _compare_processes(trainer)
        described = _compare(trainer, facts, described, read_run(folder))
    else:
        described = facts.noted(described)
        trainer.position.meets(facts.pictures.held_out)
    check_export(recipe, trainer.players.ema.module, described, trainer.position, device)
    if ranks.writes and not (resumed and described == read_run(folder)):
        described.write(folder)  # what is refused before leaves no run behind
    if ranks.writes:
        _open(trainer, resumed)
        precision = _SHORT[trainer.players.dtype]
        line = f"training {task.name} on {describe(device)} in {precision}, run folder {folder}"
        console.print(line, soft_wrap=True)
    try:
        finished = trainer.run()
        weight = _close(trainer, described, finished, console) if ranks.writes else None
    except BaseException as problem:
        if ranks.writes:
            note_end(folder, trainer.position.step, problem)
        raise
    return TrainResult(folder, finished, weight)


def _rules(capability: Train[Any], described: RunFile, settings: Settings, device: torch.device) -> Rules:
    game = resolve(GameSettings, [described.game])
    if game.augment is not Augment.none and not capability.judged_alone:
        raise UsageError(
            f"--augment {game.augment.value} would move the pictures away from what the discriminator of "
            f"{described.task_name} sees beside them",
            "leave it out",
        )
    terms = {name: resolve(Term, [table]) for name, table in described.losses.items()}
    criteria = Criteria(terms, capability.own_losses, device, settings.backbone)
    return Rules(settings, criteria, Contest(game))


def _open(trainer: Trainer, resumed: bool) -> None:
    write_environment(trainer.folder, str(trainer.device))
    _tell(trainer, EventKind.RESUMED if resumed else EventKind.STARTED, f"on {trainer.device}")
    for line in trainer.recipe.take_notes():  # what was found when the pictures were opened
        trainer.console.print(line, soft_wrap=True)
        _tell(trainer, kind_of(line), line)


def _close(trainer: Trainer, described: RunFile, finished: bool, console: Console) -> Path | None:
    if not finished:
        _tell(trainer, EventKind.STOPPED, "by an interruption")
        console.print(
            f"stopped at step {trainer.position.step}; go on with --resume {trainer.folder}", soft_wrap=True
        )
        return None
    average = trainer.players.ema.module
    path = export_run(trainer.recipe, average, trainer.folder, described, trainer.position, trainer.device)
    _tell(trainer, EventKind.EXPORTED, path.name)
    _tell(trainer, EventKind.FINISHED, "the budget is spent")
    console.print(f"wrote {path}; use it with --weights {path}", soft_wrap=True)
    page = write_report(trainer.folder)
    console.print(f"curves, samples and health: {page}", soft_wrap=True)
    return path


def _tell(trainer: Trainer, kind: EventKind, text: str) -> None:
    append_event(trainer.folder, Event(trainer.position.step, kind, text))


def _device(wanted: str, ranks: Ranks) -> torch.device:
    if ranks.world > 1 and wanted in ("auto", "cuda") and torch.cuda.is_available():
        return torch.device("cuda", ranks.local)
    return choose_device(wanted)


def _inputs(described: RunFile, settings: Settings, device: torch.device) -> TrainInputs:
    return TrainInputs(
        data=Path(described.data),
        val=Path(described.val) if described.val else None,
        device=device,
        seed=settings.seed,
        memory=int(settings.memory * GIB),
        backbone=settings.backbone,
    )


def _compare(trainer: Trainer, facts: Facts, described: RunFile, before: RunFile) -> RunFile:
    """Say what is not as it was when the run began, and return the description as it goes on."""
    for line in facts.differences(described):
        _note(trainer, line)
    if not trainer.position.meets(facts.pictures.held_out):
        _note(trainer, "other pictures are held out now: the best figure is sought anew")
    now = with_budgets(described, before, trainer.position)
    if now != described:
        _note(trainer, f"the budget is {budget_text(now)} now, and was {now.budgets}")
    return now


def _compare_processes(trainer: Trainer) -> None:
    """Say so where a step takes more or fewer samples than before, since each process has a batch."""
    starts = read_environments(trainer.folder)
    now, before = trainer.ranks.world, starts[-1].processes if starts else trainer.ranks.world
    if trainer.ranks.writes and now != before:
        batch = trainer.settings.batch
        _note(
            trainer,
            f"a step takes {now} x {batch} samples now (processes x batch) and took {before} x {batch}: "
            "the run does not resume exactly",
        )


def _note(trainer: Trainer, line: str) -> None:
    trainer.console.print(line, soft_wrap=True)
    if trainer.ranks.writes:
        _tell(trainer, EventKind.NOTE, line)


def _initialise(task: AnyTask, recipe: Recipe, wanted: str, console: Console) -> None:
    path = Path(wanted) if Path(wanted).suffix in FOREIGN else resolve_weight(wanted, task)
    own = recipe.generator.state_dict()
    tensors = _tensors(path, task)
    beyond = set(strangers(tensors, recipe.generator))
    names = recipe.initialise(tensors)
    unmatched = dict.fromkeys(
        name.rpartition(".")[0] if name in own else name for name in names if name not in beyond
    )
    if len(unmatched) >= sum(1 for part in recipe.generator.modules() if part._parameters):
        raise UsageError(f"{path} has no layer in common with this network", "choose another --init")
    unlike = ", ".join(unmatched) or "none"
    console.print(f"started from {path}; layers without a match: {unlike}", soft_wrap=True)
    if left := [name for name in names if name in beyond]:
        have = "layer of the file has" if len(left) == 1 else "layers of the file have"
        named = " ... ".join(dict.fromkeys((left[0], left[-1])))
        console.print(f"{len(left)} {have} no place in the network: {named}", soft_wrap=True)


def _tensors(path: Path, task: AnyTask) -> Mapping[str, Tensor]:
    """Return the tensors of a weight of ours, or of any other file that holds nothing but tensors."""
    if has_card(path):
        return load(path, task=task.name).tensors
    return {name: tensor.float() for name, tensor in foreign_tensors(path).items()}
