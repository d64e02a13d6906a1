"""The reading of a history: which commits, by how many processes, and what is kept of them."""
