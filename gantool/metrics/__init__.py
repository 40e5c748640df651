"""Figures of merit; images are (N, C, H, W) in [0, 1]."""

from gantool.metrics.quality import luma, psnr, psnr_y, ssim, ssim_map, ssim_y
from gantool.metrics.stlpips import StLpips, load_stlpips

__all__ = ["StLpips", "load_stlpips", "luma", "psnr", "psnr_y", "ssim", "ssim_map", "ssim_y"]
