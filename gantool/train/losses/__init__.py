"""Losses, regularisers and augmentations of the trainer: functions of tensors that know no task."""
