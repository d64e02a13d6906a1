"""The version and the home, constants because reading package metadata costs 34 ms at start."""

__version__ = "0.1.0"
HOME = "https://github.com/whygate/whygate"
