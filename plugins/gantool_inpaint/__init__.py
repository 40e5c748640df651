"""The inpaint task."""
