"""Figures of merit; images are (N, C, H, W) in [0, 1]."""

from gantool.metrics.quality import luma, psnr, psnr_y, ssim, ssim_y

__all__ = ["luma", "psnr", "psnr_y", "ssim", "ssim_y"]
