"""From pictures to better pictures: planning, tiles, precision, devices and the pipeline."""
