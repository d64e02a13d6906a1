"""Turn the world (git, files, stdin) into changes and texts to judge."""
