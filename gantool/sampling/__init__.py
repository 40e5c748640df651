"""What every generative task gets: numbered latents, drawing, directions, paths, projection, data sets."""
