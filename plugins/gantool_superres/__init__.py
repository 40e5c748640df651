"""Super-resolution by 2, 3 and 4: the superres task of gantool."""
