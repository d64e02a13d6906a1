"""Everything that runs git: commits, ranges, trees, notes, hooks."""
