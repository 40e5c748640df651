"""A stand-in for the stored VGG16, so that tests of perceptual losses need no network."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torchvision.models.vgg import cfgs, make_layers

from gantool.train.perceptual import install_backbone


def write_backbone(target: Path) -> Path:
    """Store a VGG16 of seeded random numbers where `TrainInputs.backbone` may point to."""
    torch.manual_seed(1)
    tensors = {f"features.{name}": value for name, value in make_layers(cfgs["D"]).state_dict().items()}
    source = target.with_name("random-" + target.name)
    save_file(tensors, source)
    return install_backbone(source, target)
