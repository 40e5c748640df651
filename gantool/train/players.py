"""The two networks of the game with their optimisers, averages and wrappers."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Adam, Optimizer
from torch.optim.swa_utils import AveragedModel

from gantool.errors import UsageError
from gantool.task import Recipe
from gantool.train.ema import make_ema
from gantool.train.muon import Muon, split
from gantool.train.processes import Ranks
from gantool.train.repair import Scales
from gantool.train.settings import Amp, Optimiser, Settings

GENERATOR = "g"


@dataclass(frozen=True)
class Frozen:
    """Parameters that stay as they are for the first `steps` steps."""

    parameters: tuple[nn.Parameter, ...]
    steps: int


@dataclass
class Player:
    """A network, the wrapper that averages its gradients over processes, and its optimisers.

    Each parameter is moved by one of them. `scale` is what repairs have left of the peak rate.
    """

    name: str
    network: nn.Module
    wrapped: nn.Module
    optimizers: tuple[Optimizer, ...]
    peak_rate: float
    frozen: Frozen | None = None
    scale: float = 1.0

    def parameters(self) -> list[nn.Parameter]:
        """Return the network's parameters."""
        return list(self.network.parameters())

    def drop_frozen(self, step: int) -> None:
        """Forget the gradients of what is frozen at this step: the optimiser then passes over it."""
        if self.frozen and step < self.frozen.steps:
            for parameter in self.frozen.parameters:
                parameter.grad = None


@dataclass
class Players:
    """Generator, its average, and the discriminator where there is one."""

    generator: Player
    discriminator: Player | None
    ema: AveragedModel
    scaler: torch.amp.GradScaler
    dtype: torch.dtype
    device: torch.device

    @property
    def moved(self) -> bool:
        """Return whether a step was ever taken, by what the optimisers keep of those they took."""
        players = [player for player in (self.generator, self.discriminator) if player]
        return any(optimizer.state for player in players for optimizer in player.optimizers)

    def scale_rates(self, scales: Scales) -> None:
        """Lower the rates of a repaired run."""
        self.generator.scale = scales.generator
        if self.discriminator:
            self.discriminator.scale = scales.discriminator

    def autocast(self) -> torch.autocast:
        """Return the context of the forward passes."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not torch.float32)


def amp_dtype(amp: Amp, device: torch.device) -> torch.dtype:
    """Return what autocast computes in; float32 means no autocast.

    Raises:
        UsageError: fp16 was asked for on a CPU, which has no fast path for it.
    """
    if amp is Amp.fp32:
        return torch.float32
    if amp is Amp.fp16:
        if device.type == "cpu":
            raise UsageError("--amp fp16 needs a GPU", "use --amp bf16 or --amp fp32 on a CPU")
        return torch.float16
    if amp is Amp.bf16:
        return torch.bfloat16
    return torch.bfloat16 if fast_bf16(device) else torch.float32


def fast_bf16(device: torch.device) -> bool:
    """Return whether bf16 has hardware behind it: AVX512-bf16 or AMX on a CPU, Ampere or later on CUDA."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def make_players(
    recipe: Recipe, settings: Settings, device: torch.device, ranks: Ranks, has_slopes: bool = False
) -> Players:
    """Place the recipe's networks and give each its optimisers.

    With `has_slopes` the discriminator's gradient is derived again, which no compiled network can do.
    """
    dtype = amp_dtype(settings.amp, device)
    generator = _player(GENERATOR, recipe.generator, settings.lr, settings, device, ranks)
    generator.frozen = _frozen(recipe.generator, settings)
    network = recipe.discriminator
    discriminator = None if network is None else _player("d", network, settings.lr_d, settings, device, ranks)
    scaler = torch.amp.GradScaler(device.type, enabled=dtype is torch.float16)
    ema = make_ema(generator.network, settings.ema)
    if settings.compile:
        for player in (generator, None if has_slopes else discriminator):
            if player:
                player.network.compile()
    return Players(generator, discriminator, ema, scaler, dtype, device)


def _frozen(network: nn.Module, settings: Settings) -> Frozen | None:
    if not settings.freeze:
        return None
    named = [item for item in network.named_parameters() if fnmatchcase(item[0], settings.freeze)]
    if not named:
        known = ", ".join(sorted({name.split(".")[0] for name, _ in network.named_parameters()}))
        raise UsageError(
            f"--freeze {settings.freeze} matches no parameter", f"their names begin with {known}"
        )
    return Frozen(tuple(parameter for _, parameter in named), settings.freeze_steps)


def _player(
    name: str, network: nn.Module, rate: float, settings: Settings, device: torch.device, ranks: Ranks
) -> Player:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    wrapped: nn.Module = network
    if ranks.world > 1:
        # Buffers (spectral norm's vectors) follow from the weights and stay equal without broadcasts.
        wrapped = DistributedDataParallel(network, broadcast_buffers=False)
    muon = settings.optimizer is Optimiser.muon and name == GENERATOR
    return Player(name, network, wrapped, _optimizers(network, rate, settings, device, muon), rate)


def _optimizers(
    network: nn.Module, rate: float, settings: Settings, device: torch.device, muon: bool
) -> tuple[Optimizer, ...]:
    kernels, others = split(network) if muon else ([], list(network.parameters()))
    # foreach on a CPU, fused on CUDA: both walk all parameters in few passes.
    betas = (settings.beta1, settings.beta2)
    fused = device.type == "cuda"
    adam = [Adam(others, lr=rate, betas=betas, fused=fused, foreach=not fused)] if others else []
    return (*adam, *([Muon(kernels, lr=rate)] if kernels else []))
