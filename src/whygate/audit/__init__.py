"""Counting what a history says: no git, no files."""
