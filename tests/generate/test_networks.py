from __future__ import annotations

import pytest
import torch

from gantool.errors import UsageError
from gantool_generate.classifier import DigitClassifier
from gantool_generate.config import GenerateConfig, Preset
from gantool_generate.networks import build_discriminator, build_generator
from gantool_generate.networks.style import StyledConv, StyleGenerator
from gantool_generate.settle import settle

CPU = torch.device("cpu")


def config(preset: Preset, side: int = 28, labels: str = "a/b", channels: int = 1) -> GenerateConfig:
    return GenerateConfig(preset.value, side, channels, latent=8, width=8, labels=labels)


@pytest.mark.parametrize("labels", ["", "a/b"])
@pytest.mark.parametrize("side", [28, 32, 64])
@pytest.mark.parametrize("preset", Preset)
def test_every_preset_makes_and_judges_pictures(preset: Preset, side: int, labels: str) -> None:
    chosen = config(preset, side, labels, channels=3)
    classes = torch.tensor([0, 1, 1]) if labels else None
    made = build_generator(chosen)(torch.randn(3, 8), classes)
    assert made.shape == (3, 3, side, side)
    assert 0 <= float(made.detach().min()) <= float(made.detach().max()) <= 1
    assert build_discriminator(chosen)(made, classes).shape == (3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("preset", Preset)
def test_the_largest_side(preset: Preset) -> None:
    assert build_generator(config(preset, 256))(torch.randn(2, 8), torch.tensor([0, 1])).shape[2:] == (
        256,
        256,
    )


@pytest.mark.parametrize("preset", Preset)
def test_classes_matter_to_both_players(preset: Preset) -> None:
    torch.manual_seed(0)
    chosen = config(preset)
    generator, discriminator = build_generator(chosen), build_discriminator(chosen)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    latents = torch.randn(1, 8).expand(4, 8)
    generator.eval()
    first, second = (generator(latents, torch.full((4,), label)) for label in (0, 1))
    assert float((first - second).abs().max()) > 1e-4
    discriminator.eval()
    assert not torch.equal(*(discriminator(first, torch.full((4,), label)) for label in (0, 1)))


def test_a_styled_convolution_is_one_with_each_samples_own_weights() -> None:
    torch.manual_seed(0)
    layer = StyledConv(6, 5, 4, 3)
    grid, w = torch.randn(2, 6, 7, 7), torch.randn(2, 4)
    own = layer.scale * layer.weight * layer.style(w)[:, None, :, None, None]
    own = own / (own.square().sum((2, 3, 4), keepdim=True) + 1e-8).sqrt()
    wanted = torch.cat([torch.nn.functional.conv2d(grid[i : i + 1], own[i], padding=1) for i in range(2)])
    torch.testing.assert_close(layer(grid, w), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("preset", Preset)
def test_truncation_reaches_from_the_mean_to_the_latent(preset: Preset) -> None:
    torch.manual_seed(0)
    generator = build_generator(config(preset))
    settle(generator, CPU)
    classes = torch.tensor([0, 1])
    w = generator.mapping(torch.randn(2, 8), classes)
    torch.testing.assert_close(generator.truncate(w, classes, 1.0), w)
    mean = generator.truncate(w, classes, 0.0)
    torch.testing.assert_close(mean, generator.mean_w[classes % len(generator.mean_w)])


def test_settling_finds_each_classs_mean_w() -> None:
    torch.manual_seed(0)
    generator = build_generator(config(Preset.style))
    assert isinstance(generator, StyleGenerator)
    settle(generator, CPU)
    many = generator.mapping(torch.randn(20000, 8), torch.ones(20000, dtype=torch.long))
    torch.testing.assert_close(generator.mean_w[1], many.mean(0), atol=0.05, rtol=0)


@pytest.mark.parametrize("count", [7, 300, 700])
def test_settling_sees_every_class(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    torch.manual_seed(0)
    generator = build_generator(config(Preset.style, labels="/".join(map(str, range(count)))))
    seen: list[torch.Tensor] = []
    mapping = generator.mapping

    def watched(latents: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        seen.append(classes)
        return mapping(latents, classes)

    monkeypatch.setattr(generator, "mapping", watched)
    settle(generator, CPU)
    assert torch.cat(seen).bincount(minlength=count).min() >= 16
    assert generator.mean_w.isfinite().all()
    assert (generator.mean_w != 0).any(1).all()


def test_settling_makes_evaluation_agree_with_training() -> None:
    """The means of all pixels hardly tell: it is each pixel's spread that statistics of batch norm decide."""
    torch.manual_seed(0)
    generator = build_generator(config(Preset.dcgan))
    classes = torch.arange(512) % 2
    with torch.no_grad():
        trained = generator(torch.randn(512, 8), classes).std(0).mean()
        settle(generator, CPU)
        assert not generator.training
        settled = generator(torch.randn(512, 8), classes).std(0).mean()
    torch.testing.assert_close(settled, trained, rtol=0.05, atol=0)
    assert [norm.momentum for norm in generator.modules() if isinstance(norm, torch.nn.BatchNorm2d)] == [
        0.1,
        0.1,
    ]


@pytest.mark.parametrize("preset", Preset)
def test_the_weight_that_is_factorised_meets_the_latent(preset: Preset) -> None:
    generator = build_generator(config(preset))
    width = generator.mapping(torch.randn(2, 8), torch.tensor([0, 1])).shape[1]
    assert generator.factor_weight().shape[1] == width


def test_what_no_preset_makes_is_refused() -> None:
    with pytest.raises(UsageError, match="100 pixels"):
        config(Preset.mlp, side=100)
    with pytest.raises(UsageError, match="did you mean dcgan"):
        GenerateConfig("dcgam", 28, 1, 8, 8)


def test_the_digit_classifier() -> None:
    classifier = DigitClassifier().eval()
    images = torch.rand(3, 1, 28, 28)
    assert classifier(images).shape == (3, 10)
    assert classifier.features(images).shape == (3, 64)
    assert 2 * sum(value.numel() for value in classifier.state_dict().values()) < 150_000
