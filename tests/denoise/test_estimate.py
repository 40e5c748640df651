from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gantool.images import ArrayPicture
from gantool_denoise.degrade import gaussian
from gantool_denoise.estimate import FEATURES, MOST_TILES, LevelEstimator, spread, statistics, statistics_of
from gantool_denoise.fitting import fit_estimator
from gantool_denoise.held_out import white
from tests.denoise.pictures import save_photos, smooth
from tests.train.pictures import truncate


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40, 33), (481, 321), (5000, 90), (9000, 7000)])
def test_tiles_lie_in_the_picture_and_are_few(width: int, height: int) -> None:
    tiles = spread(width, height)
    assert 1 <= len(tiles) <= MOST_TILES
    for tile in tiles:
        assert tile.width % 16 == tile.height % 16 == 0
        assert 0 <= tile.x <= max(0, width - tile.width)
        assert 0 <= tile.y <= max(0, height - tile.height)


def test_a_large_picture_is_looked_at_everywhere() -> None:
    tiles = spread(4000, 3000)
    assert min(tile.x for tile in tiles) == 0
    assert max(tile.x + tile.width for tile in tiles) > 3900
    assert max(tile.y + tile.height for tile in tiles) > 2900


def test_white_noise_keeps_its_level_at_every_scale() -> None:
    noise = torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    medians = statistics([0.5 + 0.1 * noise])[:45].view(9, 5)[:, 3].exp()
    torch.testing.assert_close(medians, torch.full((9,), 0.1), rtol=0.15, atol=0)


def test_statistics_are_finite_for_flat_and_saturated_pictures() -> None:
    for value in (0, 128, 255):
        found = statistics_of(ArrayPicture(np.full((50, 70, 3), value, np.uint8)))
        assert found.shape == (FEATURES,)
        assert found.isfinite().all()


def test_a_level_is_never_below_zero() -> None:
    estimator = LevelEstimator()
    assert (estimator(torch.randn(50, FEATURES) * 10) >= 0).all()


def test_a_fitted_estimator_finds_the_level_and_fits_again_alike(tmp_path: Path) -> None:
    files = sorted(save_photos(tmp_path, 12, 192, 160).iterdir())
    fitted, again = (fit_estimator(files, gaussian, 10) for _ in range(2))
    unseen = torch.from_numpy(np.array(smooth(160, 160, 99))).permute(2, 0, 1)[None] / 255
    for level in (10, 25, 45):
        noisy = white(unseen, level, torch.Generator().manual_seed(level)).noisy
        found = float(fitted(statistics([noisy])[None])) * 255
        assert found == pytest.approx(level, rel=0.15)
        assert float(again(statistics([noisy])[None])) * 255 == pytest.approx(found, rel=1e-3)


def test_an_estimator_is_fitted_without_the_pictures_that_cannot_be_read(tmp_path: Path) -> None:
    files = sorted(save_photos(tmp_path, 3, 64, 64).iterdir())
    without = fit_estimator([files[0], files[2]], gaussian, 2)
    truncate(files[1])
    fitted = fit_estimator(files, gaussian, 2)
    for name, tensor in without.state_dict().items():
        assert torch.equal(fitted.state_dict()[name], tensor)


@pytest.mark.parametrize(("width", "height"), [(300, 300), (2000, 1500)])
def test_what_is_hidden_does_not_count(width: int, height: int) -> None:
    drawn = torch.randn(height, width, 3, generator=torch.Generator().manual_seed(0))
    pixels = (128 + 20 * drawn).clamp(0, 255).byte().numpy()
    alpha = np.zeros((height, width), np.uint8)
    alpha[50:220, 60:250] = 255
    cut = np.where(alpha[..., None] > 0, pixels, np.uint8(128))
    whole, seen = statistics_of(ArrayPicture(pixels)), statistics_of(ArrayPicture(cut), ArrayPicture(alpha))
    torch.testing.assert_close(seen, whole, atol=0.3, rtol=0.1)
    opaque = statistics_of(ArrayPicture(pixels), ArrayPicture(np.full_like(alpha, 255)))
    assert torch.equal(opaque, whole)
    assert statistics_of(ArrayPicture(pixels), ArrayPicture(np.zeros_like(alpha))).isfinite().all()
