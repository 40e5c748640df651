"""Parts of networks that more than one task is made of."""
