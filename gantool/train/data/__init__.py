"""Training sets as they lie on a disk: folders, pairs, lists and tar shards."""
