"""Self-contained HTML pages: shell, style, charts, pictures over time. Knows no run, no task. Torch-free."""
