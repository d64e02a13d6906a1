"""Decisions at a commit and a push."""
