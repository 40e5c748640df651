"""Tiny generators and a digit classifier of random numbers, as weights."""

from __future__ import annotations

from pathlib import Path

import torch

from gantool.task import LoadedWeight
from gantool.weights import files
from gantool.weights.card import Card
from gantool_generate.classifier import CLASSIFIER_ARCHITECTURE, CLASSIFIER_ID, DigitClassifier
from gantool_generate.config import ARCHITECTURE, GenerateConfig, Preset
from gantool_generate.networks import build_generator
from gantool_generate.options import CompareBy, GenerateOptions
from gantool_generate.sample import GenerateSampler
from gantool_generate.settle import settle

DIGITS = "/".join("0123456789")


def write_generator(
    folder: Path, preset: Preset, labels: str = DIGITS, name: str = "generate-digits"
) -> Path:
    """Write a generator of 28 x 28 grey pictures."""
    torch.manual_seed(0)
    config = GenerateConfig(preset=preset.value, side=28, channels=1, latent=8, width=8, labels=labels)
    generator = build_generator(config)
    settle(generator, torch.device("cpu"))
    path = folder / f"{name}.safetensors"
    card = Card(name, "generate", ARCHITECTURE, config.as_card(), "CC0-1.0")
    files.save(path, generator.state_dict(), card)
    return path


def write_classifier(folder: Path) -> Path:
    """Write a classifier of random numbers."""
    torch.manual_seed(0)
    path = folder / f"{CLASSIFIER_ID}.safetensors"
    card = Card(CLASSIFIER_ID, "generate", CLASSIFIER_ARCHITECTURE, {"digits": 10}, "CC0-1.0")
    files.save(path, DigitClassifier().state_dict(), card)
    return path


def load(path: Path) -> LoadedWeight:
    return files.load(path, task="generate")


def sampler(
    folder: Path, preset: Preset, labels: str = DIGITS, compare_by: CompareBy = CompareBy.pixels
) -> GenerateSampler:
    weight = load(write_generator(folder, preset, labels))
    found = GenerateSampler(GenerateOptions(compare_by=compare_by), [weight])
    found.module.requires_grad_(False)
    return found
