from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from gantool.errors import UsageError
from gantool.train.losses.regularisers import (
    MinibatchStd,
    clip_weights,
    feature_matching,
    gradient_penalty,
    instance_noise,
    slope_penalty,
    with_spectral_norm,
)


def linear(slope: Tensor) -> nn.Module:
    """A discriminator <slope, x> + 7 of pictures (N, 1, 2, 2)."""
    layer = nn.Linear(4, 1)
    with torch.no_grad():
        layer.weight.copy_(slope.view(1, 4))
        layer.bias.fill_(7)
    return nn.Sequential(nn.Flatten(), layer)


def small_network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.SiLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.SiLU(), nn.Conv2d(8, 1, 3)
    )


def backward(loss: Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]


SLOPE = torch.tensor([3.0, 0.0, -4.0, 0.0])


def test_the_slope_of_a_linear_discriminator_is_its_weight() -> None:
    judge = linear(SLOPE)
    images = torch.rand(3, 1, 2, 2, requires_grad=True)
    penalty = slope_penalty(judge(images), images)
    assert penalty.item() == pytest.approx(25)
    backward(penalty)
    weight = judge[1].weight.grad  # type: ignore[index]
    assert torch.allclose(weight.flatten(), 2 * SLOPE)


def test_the_slope_penalty_is_a_mean_over_pictures_of_summed_logits() -> None:
    images = torch.tensor([1.0, 2.0]).view(2, 1, 1, 1).requires_grad_()
    logits = torch.cat([images.square(), 3 * images], 1)  # d(x^2 + 3x) = 2x + 3
    assert slope_penalty(logits, images).item() == pytest.approx((5**2 + 7**2) / 2)


def test_the_slope_penalty_of_a_network_equals_finite_differences() -> None:
    torch.manual_seed(0)
    judge = small_network().double()
    images = torch.rand(1, 3, 8, 8, dtype=torch.float64)
    wide = images.clone().requires_grad_()
    penalty = slope_penalty(judge(wide), wide).item()
    total = 0.0
    for index in range(images.numel()):
        step = torch.zeros(images.numel(), dtype=torch.float64)
        step[index] = 1e-4
        moved = step.view_as(images)
        total += ((judge(images + moved).sum() - judge(images - moved).sum()).item() / 2e-4) ** 2
    assert penalty == pytest.approx(total, rel=1e-4)


def test_the_gradient_penalty_of_a_linear_critic_is_that_of_its_slope() -> None:
    judge = linear(SLOPE)
    real, fake = torch.rand(3, 1, 2, 2), torch.rand(3, 1, 2, 2)
    assert gradient_penalty(judge, real, fake).item() == pytest.approx(16)
    assert gradient_penalty(linear(SLOPE / 5), real, fake).item() == pytest.approx(0, abs=1e-10)


def test_the_gradient_penalty_looks_between_real_and_fake_anew_for_each_picture() -> None:
    seen: list[Tensor] = []

    def judge(image: Tensor) -> Tensor:
        seen.append(image.detach())
        return image.sum((1, 2, 3))

    real, fake = torch.zeros(8, 1, 2, 2), torch.ones(8, 1, 2, 2)
    torch.manual_seed(3)
    gradient_penalty(judge, real, fake)
    torch.manual_seed(3)
    gradient_penalty(judge, real, fake)
    assert torch.equal(seen[0], seen[1])
    shares = seen[0][:, 0, 0, 0]
    assert len(set(shares.tolist())) == 8
    assert bool(((shares >= 0) & (shares <= 1)).all())
    assert torch.equal(seen[0], shares.view(-1, 1, 1, 1).expand(8, 1, 2, 2))


def test_a_critic_that_ignores_its_input_has_a_finite_penalty_and_gradient() -> None:
    judge = linear(torch.zeros(4))
    penalty = gradient_penalty(judge, torch.rand(2, 1, 2, 2), torch.rand(2, 1, 2, 2))
    assert penalty.item() == pytest.approx(1)
    backward(penalty)
    assert bool(torch.isfinite(judge[1].weight.grad).all())  # type: ignore[index]


def test_what_a_critic_of_places_says_of_a_picture_is_their_mean() -> None:
    real, fake = torch.rand(2, 1, 4, 4), torch.rand(2, 1, 4, 4)
    # Each of 16 logits has slope 1 in one pixel, so their mean has slope 1 / 16 in each of 16: norm 1 / 4.
    assert gradient_penalty(lambda image: image, real, fake).item() == pytest.approx(0.75**2)


def test_a_gradient_penalty_under_autocast_is_that_in_float32() -> None:
    torch.manual_seed(0)
    judge = small_network()
    real, fake = torch.rand(4, 3, 16, 16), torch.rand(4, 3, 16, 16)
    results, gradients = [], []
    for enabled in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            critic = gradient_penalty(judge, real, fake)
        assert critic.dtype is torch.float32
        judge.zero_grad()
        backward(critic)
        results.append(critic.item())
        gradients.append(judge[0].weight.grad.clone())  # type: ignore[index]
    assert results[1] == pytest.approx(results[0], rel=1e-6)
    torch.testing.assert_close(gradients[1], gradients[0])


def test_slopes_of_half_precision_are_refused() -> None:
    judge, images = small_network(), torch.rand(4, 3, 16, 16).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        logits = judge(images)
    with pytest.raises(ValueError, match="outside of autocast"):
        slope_penalty(logits, images)


@pytest.fixture
def one_rank() -> Iterator[None]:
    store = dist.HashStore()  # type: ignore[attr-defined]
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("one_rank")
@pytest.mark.parametrize("reduced", [False, True])
def test_penalties_go_through_a_wrapped_discriminator_with_spectral_norm(reduced: bool) -> None:
    gradients = []
    for wraps in (False, True):
        torch.manual_seed(0)
        network = with_spectral_norm(small_network())
        judge = DistributedDataParallel(network, broadcast_buffers=False) if wraps else network
        real, fake = torch.rand(2, 3, 12, 12), torch.rand(2, 3, 12, 12)
        for _ in range(2):  # The second pass is where DDP would complain of unused parameters.
            with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
                loss = judge(fake).mean() - judge(real).mean() + gradient_penalty(judge, real, fake)
            images = real.clone().requires_grad_()
            backward(loss + slope_penalty(judge(images), images))
        gradients.append([parameter.grad for parameter in network.parameters()])
    for alone, wrapped in zip(*gradients, strict=True):
        torch.testing.assert_close(alone, wrapped)


def test_clipping_bounds_every_weight_and_leaves_small_ones() -> None:
    network = nn.Linear(2, 1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[0.005, -3.0]]))
        network.bias.fill_(2.0)
    clip_weights(network, 0.01)
    assert torch.equal(network.weight, torch.tensor([[0.005, -0.01]]))
    assert network.bias.item() == pytest.approx(0.01)
    assert network.weight.requires_grad


def test_feature_matching_is_the_mean_of_each_maps_l1_and_moves_the_fake_alone() -> None:
    fake = [torch.zeros(2, 4, requires_grad=True), torch.zeros(2, 100, requires_grad=True)]
    real = [torch.full((2, 4), 3.0, requires_grad=True), torch.full((2, 100), 1.0, requires_grad=True)]
    loss = feature_matching(fake, real)
    assert loss.item() == pytest.approx((3 + 1) / 2)
    backward(loss)
    assert all(made.grad is not None and float(made.grad.sum()) < 0 for made in fake)
    assert all(wanted.grad is None for wanted in real)


def test_a_discriminator_without_features_gets_its_line() -> None:
    with pytest.raises(UsageError, match="feature-matching 0"):
        feature_matching([], [])


def test_instance_noise_has_its_sigma_and_the_global_seed() -> None:
    image = torch.full((4, 3, 32, 32), 0.5)
    torch.manual_seed(2)
    first = instance_noise(image, 0.1)
    torch.manual_seed(2)
    assert torch.equal(first, instance_noise(image, 0.1))
    assert float((first - image).std()) == pytest.approx(0.1, rel=0.03)
    assert torch.equal(instance_noise(image, 0.0), image)


def test_minibatch_std_appends_each_groups_spread() -> None:
    features = torch.zeros(8, 2, 3, 3)
    features[:4, 0] = torch.tensor([0.0, 0.0, 2.0, 2.0]).view(4, 1, 1)  # sigma 1 in one map of two
    out = MinibatchStd(4)(features)
    assert out.shape == (8, 3, 3, 3)
    assert torch.equal(out[:, :2], features)
    torch.testing.assert_close(out[:4, 2], torch.full((4, 3, 3), 0.5), atol=1e-3, rtol=0)
    torch.testing.assert_close(out[4:, 2], torch.zeros(4, 3, 3), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("count", "groups"), [(7, [4, 3]), (5, [3, 2]), (3, [3]), (1, [1])])
def test_a_batch_that_no_group_divides_is_split_evenly(count: int, groups: list[int]) -> None:
    torch.manual_seed(0)
    features = torch.rand(count, 2, 2, 2)
    spread = MinibatchStd(4)(features)[:, 2, 0, 0]
    wanted = [part.std(0, correction=0).mean().expand(len(part)) for part in torch.split(features, groups)]
    torch.testing.assert_close(spread, torch.cat(wanted), atol=2e-4, rtol=0)


def test_minibatch_std_of_a_collapsed_batch_has_finite_gradients_and_keeps_its_dtype() -> None:
    features = torch.ones(4, 2, 2, 2, dtype=torch.bfloat16, requires_grad=True)
    out = MinibatchStd()(features)
    assert out.dtype is torch.bfloat16
    backward(out.float().square().sum())
    assert features.grad is not None
    assert bool(torch.isfinite(features.grad).all())


def test_spectral_norm_goes_on_every_layer_once() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3),
        nn.Sequential(nn.ConvTranspose2d(6, 4, 3), nn.BatchNorm2d(4)),
        spectral_norm(nn.Conv2d(4, 4, 1)),
        weight_norm(nn.Conv2d(4, 4, 1)),
        nn.Flatten(),
        nn.Linear(4 * 25, 1),
    )
    with torch.no_grad():
        network[0].weight.mul_(50)  # type: ignore[operator]
    names = set(network.state_dict())
    assert with_spectral_norm(network) is network
    once = set(network.state_dict())
    with_spectral_norm(network)
    assert set(network.state_dict()) == once != names
    assert {name for name in names if name.startswith(("2.", "3."))} <= once
    assert not any(".0._u" in name for name in once if name.startswith(("1.1", "3.")))
    for _ in range(20):
        network(torch.rand(1, 3, 5, 5))
    weight = network[0].weight.flatten(1)  # type: ignore[operator]
    assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, rel=0.02)
