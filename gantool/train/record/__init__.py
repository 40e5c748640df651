"""Run folders read back: figures, standing, health, page, comparisons. Torch-free; torn files are no bar."""
