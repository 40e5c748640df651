"""What all generators have in common, and how classes come into either player."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gantool_generate.config import GenerateConfig


class Generator(nn.Module):
    """Latents and classes to images.

    `mean_w`, (classes or 1, W), is what truncation pulls towards: of the style preset each class's mean
    intermediate latent, 0 for the others, whose latents have mean 0.
    """

    mean_w: Tensor

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.classes, config.latent) if config.classes else None
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight)
        self.register_buffer("mean_w", torch.zeros(1, config.latent))

    @property
    def latent_width(self) -> int:
        """Return how many values the first layer sees: the latent's, and those of a class."""
        return self.config.latent * (2 if self.config.classes else 1)

    def forward(self, latents: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) and classes (N,) int64 to images (N, C, side, side) in [0, 1].

        `classes` is None where the generator has none.
        """
        return self.synthesis(self.mapping(latents, classes), classes)

    def mapping(self, latents: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) to what `synthesis` takes, (N, W); the latents themselves, but for style."""
        return latents

    def synthesis(self, w: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map what `mapping` returns, (N, W), and classes to images (N, C, side, side) in [0, 1]."""
        raise NotImplementedError

    def truncate(self, w: Tensor, classes: Tensor | None, strength: float) -> Tensor:
        """Pull `w` (N, W) to its mean: 1 leaves it as it is, 0 gives the mean picture (of its class).

        The truncation trick (Marchesi 2017; Brock et al. 2019; in w, Karras et al. 2019).
        """
        mean = self.mean_w[classes] if classes is not None and len(self.mean_w) > 1 else self.mean_w[:1]
        return torch.lerp(mean.to(w.dtype).expand_as(w), w, strength)

    def factor_weight(self) -> Tensor:
        """Return the first affine layers' weight (K, W), as they act on what `synthesis` takes.

        The eigenvectors of its Gram matrix (W, W) are directions of editing (SeFa: Shen and Zhou 2021,
        "Closed-Form Factorization of Latent Semantics in GANs").
        """
        raise NotImplementedError

    def joined(self, latents: Tensor, classes: Tensor | None) -> Tensor:
        """Return latents (N, Z), or with the classes' embeddings beside them (N, 2 Z)."""
        if self.embedding is None:
            return latents
        assert classes is not None  # noqa: S101 - who has classes is asked with them
        return torch.cat((latents, self.embedding(classes)), 1)


class Projection(nn.Module):
    """Features to logits, with the inner product of features and class (Miyato and Koyama 2018).

    "cGANs with Projection Discriminator": logit = v(features) + <embedding(class), features>.
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.judge = nn.Linear(features, 1)
        self.embedding = nn.Embedding(classes, features) if classes else None
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=features**-0.5)

    def forward(self, features: Tensor, classes: Tensor | None) -> Tensor:
        """Map (N, features) and (N,) or None to logits (N, 1)."""
        logits: Tensor = self.judge(features)
        if self.embedding is None or classes is None:
            return logits
        likeness: Tensor = (self.embedding(classes) * features).sum(1, keepdim=True)
        return logits + likeness
