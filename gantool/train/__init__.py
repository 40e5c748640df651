"""The one trainer for all tasks: it owns optimisers, precision, EMA, checkpoints, logs and processes."""
