"""The version, a constant because reading package metadata costs 34 ms at start."""

__version__ = "0.1.0"
