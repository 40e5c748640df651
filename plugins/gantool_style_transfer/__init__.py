"""The style-transfer task."""
