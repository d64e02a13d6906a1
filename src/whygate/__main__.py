"""Run whygate as `python -m whygate`."""

from __future__ import annotations

import sys

from whygate.cli import main

if __name__ == "__main__":
    sys.exit(main())
