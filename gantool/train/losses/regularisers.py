"""What keeps the discriminator's slope, sureness and weights in bounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gantool.errors import UsageError

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


def slope_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """Return m[|d(sum of logits) / d(image)|^2], a float32 scalar whose gradient reaches the weights.

    R1 where `images` are real, R2 where they are made (Mescheder et al. 2018, "Which Training Methods for
    GANs do actually Converge?", equations 9 and 10; to be weighted by gamma / 2). Backpropagate it
    together with the loss: alone it reaches no last bias, which DistributedDataParallel would take for
    unused.

    Args:
        logits: (N, ...), computed from `images` in float32, outside of autocast.
        images: (N, C, H, W), requiring gradients when they were judged.

    Raises:
        ValueError: the logits are of half precision.
    """
    # Small slopes vanish in fp16, in bf16 they are mostly rounding, and with AMX oneDNN's bf16 convolutions
    # have wrong gradients of slopes (torch 2.14; their first gradients are right).
    if logits.dtype in (torch.float16, torch.bfloat16):
        raise ValueError(f"slopes of {logits.dtype} logits are no use: judge the images outside of autocast")
    return _slope(logits.float().sum(), images).square().sum(1).mean()


def gradient_penalty(judge: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """Return m[(|d critic(x) / dx| - 1)^2] at x between real and fake, a float32 scalar.

    Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", equation 3; lambda is 10 there. What the
    critic says of a picture is the mean of its logits, as in the loss. The critic runs in float32
    even under autocast. Backpropagate it together with the loss, as `slope_penalty`.

    Args:
        judge: images (N, C, H, W) to logits (N, ...).
        real: (N, C, H, W).
        fake: the same shape.
    """
    share = torch.rand(len(real), *(1 for _ in real.shape[1:]), device=real.device)
    between = torch.lerp(real.detach().float(), fake.detach().float(), share).requires_grad_()
    with torch.enable_grad(), torch.autocast(real.device.type, enabled=False):
        scores = judge(between).float().reshape(len(real), -1).mean(1)
        slopes = _slope(scores.sum(), between)
    # vector_norm's gradient at zero is zero, where that of a square root would be infinite.
    norms: Tensor = torch.linalg.vector_norm(slopes, dim=1)
    return (norms - 1).square().mean()


@torch.no_grad()
def clip_weights(network: nn.Module, limit: float) -> None:
    """Clip each weight to [-limit, limit] in place (Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1)."""
    for parameter in network.parameters():
        parameter.clamp_(-limit, limit)


def feature_matching(fake: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Return the mean over feature maps of m[|D_i(fake) - D_i(real)|], a float32 scalar.

    Wang et al. 2018, "High-Resolution Image Synthesis ... with Conditional GANs" (pix2pixHD), equation 4. The
    gradient reaches `fake` alone.

    Raises:
        UsageError: there are no feature maps.
    """
    if not fake:
        raise UsageError("this discriminator shows no features to match", "use --feature-matching 0")
    pairs = zip(fake, real, strict=True)
    distances = [functional.l1_loss(made.float(), wanted.detach().float()) for made, wanted in pairs]
    return torch.stack(distances).mean()


def instance_noise(image: Tensor, sigma: float) -> Tensor:
    """Return `image` plus Gaussian noise of standard deviation `sigma`, drawn from torch's global generator.

    Arjovsky and Bottou 2017, "Towards Principled Methods for Training GANs", section 3; Sonderby et al. 2017.
    Real and made pictures get it alike, and sigma falls to 0 in the course of the training.
    """
    return image + sigma * torch.randn_like(image) if sigma else image


class MinibatchStd(nn.Module):
    """Appends how much the pictures of a group differ as one more feature map.

    Karras et al. 2018, "Progressive Growing of GANs", section 3: the standard deviation over the group at
    each place of each feature map, averaged to one number. A discriminator that sees it notices collapse.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C + 1, H, W).

        Neighbours form groups of at most `group_size`, of equal size or as near to it as N allows.
        """
        count = math.ceil(len(features) / self.group_size)
        if len(features) % count:
            return torch.cat([_with_spread(group, 1) for group in features.tensor_split(count)])
        return _with_spread(features, count)


def with_spectral_norm(network: nn.Module) -> nn.Module:
    """Return `network` itself, with every convolution, linear layer and embedding of spectral norm 1.

    Miyato et al. 2018, "Spectral Normalization for GANs". Layers whose weight is already reparametrised
    stay as they are, and so do those of other classes: `unbounded` names them.
    """
    for layer in list(network.modules()):
        plain = "weight" in dict(layer.named_parameters(recurse=False))
        if plain and isinstance(layer, (*_CONVOLUTIONS, *_TRANSPOSED, nn.Linear, nn.Embedding)):
            spectral_norm(layer)
    return network


def unbounded(network: nn.Module) -> list[str]:
    """Return the names of the layers whose matrix or kernel `with_spectral_norm` cannot bound."""
    weights = ((name, layer._parameters.get("weight")) for name, layer in network.named_modules())
    return [name for name, weight in weights if weight is not None and weight.ndim >= 2]


def _slope(score: Tensor, images: Tensor) -> Tensor:
    """Return the gradient (N, C * H * W) of a scalar, which can be differentiated further."""
    (slope,) = torch.autograd.grad(score, images, create_graph=True)
    return slope.float().flatten(1)


def _with_spread(features: Tensor, groups: int) -> Tensor:
    """Append each group's mean standard deviation, computed in float32; groups are equally large."""
    grouped = features.float().view(groups, -1, *features.shape[1:])
    # torch.var walks over the samples many times more slowly on a CPU.
    variance = (grouped - grouped.mean(1, keepdim=True)).square().mean(1)
    spread = torch.sqrt(variance + 1e-8).flatten(1).mean(1).to(features.dtype)
    each = spread.repeat_interleave(len(features) // groups)
    return torch.cat([features, each.view(-1, 1, 1, 1).expand(-1, 1, *features.shape[2:])], 1)
