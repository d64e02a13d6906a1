"""Whether requirements.lock can be installed, by wheels alone, on every system that is supported.

    python scripts/check_lock.py

The action installs the lock with `--only-binary :all:` and its hashes, so a system for which one
library has no wheel cannot run it. Nothing is installed; uv (dependency group `lint`) resolves.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
# The names of `uv pip install --python-platform`.
PLATFORMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
)


def main() -> int:
    """Print what cannot be installed where; return 1 when there is anything, else 0."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{sys.exec_prefix}/bin")
    uv = uv or shutil.which("uv")
    if uv is None:
        print("uv is not installed: pip install --group lint", file=sys.stderr)
        return 3
    failed = 0
    with tempfile.TemporaryDirectory() as target:
        for python, platform in product(PYTHONS, PLATFORMS):
            if complaint := resolve(uv, python, platform, target):
                failed += 1
                print(f"Python {python} on {platform}: {complaint}")
    count = len(PYTHONS) * len(PLATFORMS)
    print(f"requirements.lock resolves on {count - failed} of {count} systems")
    return 1 if failed else 0


def resolve(uv: str, python: str, platform: str, target: str) -> str:
    """Return what uv says against the lock on one system, empty when it can be installed."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            *(uv, "pip", "install", "--quiet", "--dry-run", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--target", target),
            *("--python-version", python, "--python-platform", platform),
            *("--requirement", str(LOCK)),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    return "" if done.returncode == 0 else " ".join(done.stderr.split())


if __name__ == "__main__":
    sys.exit(main())
