from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.networks.config import NetworkConfig
from gantool.networks.foldable import Foldable
from gantool.networks.overparameterised import OverParameterised, convolution
from gantool.networks.residual import ResidualBlock


@dataclass(frozen=True)
class Shape(NetworkConfig):
    width: int = 4
    blocks: int = 1
    classes: int = 3


class Net(Foldable[Shape]):
    """Every kind of layer: over-parameterised, plain, without a bias, a table, statistics, a parameter."""

    def __init__(self, config: Shape, training: bool = False) -> None:
        super().__init__(config)
        self.head = convolution(3, config.width, training)
        self.scale = nn.Parameter(torch.rand(config.width, 1, 1))
        self.norm = nn.BatchNorm2d(config.width)
        self.body = nn.Sequential(*(ResidualBlock(config.width, training) for _ in range(config.blocks)))
        self.table = nn.Embedding(config.classes, config.width)
        self.tail = nn.Conv2d(config.width, 2, 1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        features = self.norm(self.head(image)) * self.scale + self.table.weight.sum(0)[:, None, None]
        output: Tensor = self.tail(self.body(features))
        return output


def make(config: Shape, seed: int) -> Net:
    torch.manual_seed(seed)
    net = Net(config, training=True)
    net.norm.running_mean = torch.rand(config.width)
    return net.eval()


IMAGE = torch.rand(1, 3, 7, 9, generator=torch.Generator().manual_seed(0))


def test_folding_keeps_what_is_computed_and_no_surplus() -> None:
    trained = make(Shape(), 1)
    plain = trained.fold().eval()
    torch.testing.assert_close(plain(IMAGE), trained(IMAGE), atol=1e-6, rtol=1e-5)
    assert not any(isinstance(module, OverParameterised) for module in plain.modules())


def test_every_kind_of_layer_is_taken_over() -> None:
    source, target = make(Shape(), 1), make(Shape(), 2)
    assert target.unfold(source.fold().state_dict()) == ()
    torch.testing.assert_close(target(IMAGE), source(IMAGE), atol=1e-6, rtol=1e-5)


def test_new_blocks_start_as_identities_and_other_layers_as_they_were() -> None:
    source, target = make(Shape(), 1), make(Shape(blocks=3, classes=5), 2)
    table = target.table.weight.clone()
    unmatched = target.unfold(source.fold().state_dict())
    assert set(unmatched) == {"body.1.first", "body.1.second", "body.2.first", "body.2.second", "table"}
    assert torch.equal(target.table.weight, table)
    features = torch.rand(1, 4, 5, 5)
    torch.testing.assert_close(target.body(features), source.body(features), atol=1e-6, rtol=1e-5)


def test_a_bare_parameter_of_another_shape_is_named() -> None:
    assert "" in make(Shape(width=6), 2).unfold(make(Shape(), 1).fold().state_dict())
