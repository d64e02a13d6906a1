"""Every question to git: the one room that runs it."""
