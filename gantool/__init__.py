"""gantool: enhance images with GANs from the command line; every task is a plugin."""

__version__ = "0.1.0"
