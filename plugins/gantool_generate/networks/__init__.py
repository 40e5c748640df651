"""Generators and discriminators of the four presets."""

from __future__ import annotations

from torch import nn

from gantool_generate.config import ARCHITECTURE, SIDES, GenerateConfig, Preset
from gantool_generate.networks.dcgan import ConvolutionalDiscriminator, ConvolutionalGenerator
from gantool_generate.networks.generator import Generator
from gantool_generate.networks.mlp import DenseDiscriminator, DenseGenerator
from gantool_generate.networks.resnet import ResidualDiscriminator, ResidualGenerator
from gantool_generate.networks.style import StyleDiscriminator, StyleGenerator

__all__ = [
    "ARCHITECTURE",
    "SIDES",
    "GenerateConfig",
    "Generator",
    "Preset",
    "StyleGenerator",
    "build_discriminator",
    "build_generator",
]


def build_generator(config: GenerateConfig) -> Generator:
    """Return a fresh generator."""
    match Preset(config.preset):
        case Preset.mlp:
            return DenseGenerator(config)
        case Preset.dcgan:
            return ConvolutionalGenerator(config)
        case Preset.resnet_sn:
            return ResidualGenerator(config)
        case Preset.style:
            return StyleGenerator(config)


def build_discriminator(config: GenerateConfig) -> nn.Module:
    """Return a fresh discriminator: images (N, C, side, side) and classes (N,) or None to logits (N, 1)."""
    match Preset(config.preset):
        case Preset.mlp:
            return DenseDiscriminator(config)
        case Preset.dcgan:
            return ConvolutionalDiscriminator(config)
        case Preset.resnet_sn:
            return ResidualDiscriminator(config)
        case Preset.style:
            return StyleDiscriminator(config)
