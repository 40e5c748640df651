"""Grey photographs to colour ones: the colorize task, a plugin of gantool."""
