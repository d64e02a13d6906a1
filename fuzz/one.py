"""Run one target under atheris until it fails or libFuzzer's limits are reached.

Usage: python -m fuzz.one TARGET [libFuzzer's options] CORPUS-DIRECTORY...
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["whygate"]):
    from fuzz.targets import TARGETS


def main() -> None:
    """Hand the process over to libFuzzer, which ends it."""
    name, options = sys.argv[1], sys.argv[2:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
