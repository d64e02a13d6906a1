"""Failures and files: how a run ends, and where its output goes."""
