"""Noise and JPEG traces taken out of pictures, for gantool."""
