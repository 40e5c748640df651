"""Losses between a made picture and its target, both (N, C, H, W) in [0, 1]: a float32 scalar to minimise.

All are computed in float32, under autocast too, and pass the gradient to the made picture.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.errors import UsageError
from gantool.train.losses.style import style
from gantool.train.terms import ImageLoss

if TYPE_CHECKING:
    from gantool.train.perceptual import Perceptual

_Loss = Callable[[Tensor, Tensor], Tensor]

_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of MS-SSIM's five scales, the finest first."""
_SSIM_SIDE = 11
"""Pixels of SSIM's window."""
_LDL_WINDOW = 7
_COLOUR_SIDE = 32
"""Pixels of the squares whose mean colours are compared: wide enough to hold no detail."""


def make_image_loss(loss: ImageLoss, perceptual: Callable[[], Perceptual]) -> _Loss:
    """Return the function (fake, target) -> scalar of a loss.

    Args:
        loss: which.
        perceptual: gives the VGG16 on the pictures' device; called only for what needs it, and only here.

    Raises:
        UsageError: the loss needs a package that is not installed.
    """
    match loss:
        case ImageLoss.perceptual:
            return perceptual()
        case ImageLoss.style:
            return partial(style, perceptual())
        case ImageLoss.ssim | ImageLoss.ms_ssim:
            _torchmetrics(loss)
    return _FUNCTIONS[loss]


def _in_float32(loss: _Loss) -> _Loss:
    @wraps(loss)
    def wrapped(fake: Tensor, target: Tensor) -> Tensor:
        with torch.autocast(fake.device.type, enabled=False):
            return loss(fake.float(), target.float())

    return wrapped


@_in_float32
def l1(fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference."""
    return functional.l1_loss(fake, target)


@_in_float32
def l2(fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared difference."""
    return functional.mse_loss(fake, target)


@_in_float32
def charbonnier(fake: Tensor, target: Tensor) -> Tensor:
    """Return m[sqrt(d^2 + epsilon^2)], epsilon 1e-3: a smooth L1, epsilon at equality.

    Lai et al. 2017, "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution".
    """
    return torch.sqrt((fake - target).square() + 1e-6).mean()


@_in_float32
def ssim(fake: Tensor, target: Tensor) -> Tensor:
    """Return 1 - SSIM (Wang et al. 2004), by torchmetrics: Gaussian window of 11 pixels, sigma 1.5.

    Raises:
        UsageError: torchmetrics is not installed, or a side has less than 11 pixels.
    """
    _check_side(fake, "ssim")
    similarity: Tensor = _torchmetrics(ImageLoss.ssim).structural_similarity_index_measure(
        fake, target, data_range=1.0
    )
    return 1 - similarity


@_in_float32
def ms_ssim(fake: Tensor, target: Tensor) -> Tensor:
    """Return 1 - MS-SSIM, by torchmetrics.

    Wang et al. 2003, "Multi-scale structural similarity for image quality assessment". Their five scales need
    176 pixels a side; a smaller picture gets the first 4 (99), 3 (44), 2 (22) or 1 (11), whose weights are
    scaled to the sum 1. Similarities s enter as (s + 1) / 2, since a power of one at or
    below zero has no finite gradient.

    Raises:
        UsageError: torchmetrics is not installed, or a side has less than 11 pixels.
    """
    _check_side(fake, "ms-ssim")
    weights = _SCALE_WEIGHTS[: _scales(min(fake.shape[2:]))]
    betas = tuple(weight / sum(weights) for weight in weights)
    compare = _torchmetrics(ImageLoss.ms_ssim).multiscale_structural_similarity_index_measure
    similarity: Tensor = compare(fake, target, data_range=1.0, betas=betas, normalize="simple")
    return 1 - similarity


@_in_float32
def fft(fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference of real and imaginary parts of the spectra.

    Cho et al. 2021, "Rethinking Coarse-to-Fine Approach in Single Image Deblurring"; here with the
    orthonormal transform, whose values do not grow with the picture, and without the half of the spectrum
    that mirrors the other.
    """
    # The transform is linear: that of the difference is the difference of the transforms.
    spectrum = torch.fft.rfft2(fake - target, norm="ortho")
    return torch.view_as_real(spectrum).abs().mean()


@_in_float32
def total_variation(fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference of vertical neighbours plus that of horizontal ones.

    Rudin et al. 1992 in its anisotropic form. It asks for smoothness of `fake` alone, so it is 0 for a flat
    picture, not for `target`, which is ignored.
    """
    return fake.diff(dim=2).abs().mean() + fake.diff(dim=3).abs().mean()


@_in_float32
def ldl(fake: Tensor, target: Tensor) -> Tensor:
    """Return m[w |fake - target|] with weights that are large where artefacts are likely.

    Locally discriminative learning (Liang et al. 2022, "Details or Artifacts"): w is the residual's variance
    in a window of 7 x 7, which is large where details are invented, times the fifth root of its variance
    over the picture, which is large while the whole is unreliable. The weights are constants to the
    gradient. This is the paper's simple form; its full one also looks at the averaged generator's
    output, and gives places where that is the worse of the two the weight 0.

    Sides have at least 4 pixels.
    """
    return (_artefacts(fake.detach(), target) * (fake - target).abs()).mean()


@_in_float32
def colour(fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean absolute difference of mean colours, over squares of 32 pixels that overlap by half.

    After the colour loss of Ignatov et al. 2017, "DSLR-Quality Photos on Mobile Devices with Deep
    Convolutional Networks", which blurs with a Gaussian and squares. A discriminator that knows how
    photographs mostly look moves colours and brightness; in losses of single pixels that is little
    beside the detail.
    """
    side = min(_COLOUR_SIDE, *fake.shape[2:])
    return functional.avg_pool2d(fake - target, side, max(1, side // 2)).abs().mean()


def _artefacts(fake: Tensor, target: Tensor) -> Tensor:
    """Return LDL's weights (N, 1, H, W)."""
    residual = (fake - target).abs().sum(1, keepdim=True)
    half, count = _LDL_WINDOW // 2, _LDL_WINDOW**2
    padded = functional.pad(residual, (half, half, half, half), mode="reflect")
    # Around the picture's mean, so that the difference of squares keeps its digits.
    centred = padded - residual.mean((2, 3), keepdim=True)
    mean = functional.avg_pool2d(centred, _LDL_WINDOW, stride=1)
    mean_square = functional.avg_pool2d(centred.square(), _LDL_WINDOW, stride=1)
    local = (mean_square - mean.square()).clamp(min=0) * count / (count - 1)
    return local * residual.var((1, 2, 3), keepdim=True) ** 0.2


def _scales(side: int) -> int:
    """Return how many of MS-SSIM's scales fit a window, by what torchmetrics asks for, too."""
    fits = (n for n in range(1, 6) if side >= _SSIM_SIDE * max(2 ** (n - 1), (n - 1) ** 2))
    return max(fits)


def _check_side(image: Tensor, name: str) -> None:
    side = min(image.shape[2:])
    if side < _SSIM_SIDE:
        raise UsageError(
            f"the loss {name} needs pictures of {_SSIM_SIDE} pixels a side, not {side}",
            "train on larger patches",
        )


def _torchmetrics(loss: ImageLoss) -> ModuleType:
    """Import what SSIM needs, which is an extra and takes its time."""
    try:
        from torchmetrics.functional import image
    except ImportError:
        raise UsageError(f"the loss {loss.value} needs torchmetrics", "pip install 'gantool[eval]'") from None
    found: ModuleType = image
    return found


_FUNCTIONS = {
    ImageLoss.l1: l1,
    ImageLoss.l2: l2,
    ImageLoss.charbonnier: charbonnier,
    ImageLoss.ssim: ssim,
    ImageLoss.ms_ssim: ms_ssim,
    ImageLoss.fft: fft,
    ImageLoss.tv: total_variation,
    ImageLoss.ldl: ldl,
    ImageLoss.colour: colour,
}
