"""Reading a history: which changes, by how many processes, and what is known of them already."""
