"""Self-contained HTML pages: shell, style, charts, pictures over time. Knows no run and no task. Torch-free."""
