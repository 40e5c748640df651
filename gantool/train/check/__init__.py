"""Looking through a training set before anything is trained on it. Torch-free, shards apart."""
