"""Setting a repository up: what is there, what to propose, and consent."""
