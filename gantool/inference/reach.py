"""How far a network of another project looks: what can honestly be said of its geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gantool.task import Geometry

if TYPE_CHECKING:
    from torch import Tensor, nn

# Convolutions and pointwise operations at one size and nothing else, as spandrel builds them: the sum of the
# kernels' radii is their receptive field's, or more.
PLAIN = frozenset({"Compact", "DnCNN", "SPAN", "ESRGAN"})

# Fourier units, attention or style codes over the whole picture: a tile is another picture to them.
WHOLE = frozenset({"AuraSR", "GFPGAN", "HVICIDNet", "LaMa", "MixDehazeNet", "RestoreFormer", "RetinexFormer"})

GENEROUS_HALO = 48
"""Where the receptive field is not known, or so wide that tiles would be mostly halo."""
WIDEST_EXACT = 64
PROBE_SIDE = 16


def geometry_of(model: Any) -> Geometry:
    """Return the geometry of a spandrel model descriptor; exact only where that can be told."""
    size, name = model.size_requirements, str(model.architecture.id)
    reach = _reach(model.model) * size.multiple_of if name in PLAIN else 0
    exact = 0 < reach <= WIDEST_EXACT
    whole = name in WHOLE or size.square or model.tiling.name == "INTERNAL"
    return Geometry(
        scale=int(model.scale),
        multiple_of=int(size.multiple_of),
        halo=reach if exact else GENEROUS_HALO,
        exact=exact,
        tileable=not whole,
        note=_note(name, reach, whole, exact),
        features=_features(model),
        turnable=not _is_masked(model),
    )


def _note(name: str, reach: int, whole: bool, exact: bool) -> str:
    if exact:
        return ""
    if whole:
        return f"{name} looks at the whole picture at once"
    known = f"sees {reach} pixels around" if reach else "sees farther than is known"
    return f"{name} {known}, tiles are read with {GENEROUS_HALO}"


def _reach(module: nn.Module) -> int:
    """Return the sum of all kernels' radii: none of them can look farther in a row than all of them do."""
    from torch import nn

    convolutions = [part for part in module.modules() if isinstance(part, nn.Conv2d)]
    return sum(
        max((kernel - 1) // 2 * gap for kernel, gap in zip(part.kernel_size, part.dilation, strict=True))
        for part in convolutions
    )


def _features(model: Any) -> int:
    """Return the values of the largest feature map for an input pixel, by running a small picture."""
    import torch

    largest = 0

    def note(module: nn.Module, given: object, output: object) -> None:
        nonlocal largest
        if isinstance(output, torch.Tensor):
            largest = max(largest, output.numel())

    side = max(PROBE_SIDE, int(model.size_requirements.minimum))
    side = -(-side // int(model.size_requirements.multiple_of)) * int(model.size_requirements.multiple_of)
    hooks = [part.register_forward_hook(note) for part in model.model.modules()]
    try:
        model(*_probes(model, side))
    finally:
        for hook in hooks:
            hook.remove()
    return -(-largest // side**2)


def _probes(model: Any, side: int) -> tuple[Tensor, ...]:
    import torch

    image = torch.full((1, model.input_channels, side, side), 0.5)
    return (image, torch.zeros(1, 1, side, side)) if _is_masked(model) else (image,)


def _is_masked(model: Any) -> bool:
    """Tell whether a mask goes in, too, which belongs to a place of the picture."""
    return type(model).__name__.startswith("Masked")
