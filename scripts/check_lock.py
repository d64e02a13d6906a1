"""Whether the locks can be installed, by wheels alone, on every system that they are for.

    python scripts/check_lock.py

The action installs requirements.lock with `--only-binary :all:` and its hashes, so a system for
which one library has no wheel cannot run it. The scheduled job that `whygate init` writes installs
requirements-measure.lock on GitHub's own runners. Nothing is installed here; uv (dependency group
`lint`) resolves.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
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

SERVERS = PLATFORMS[:2]
SYSTEMS = {
    "requirements.lock": [*product(PYTHONS, PLATFORMS)],
    "requirements-measure.lock": [*product(PYTHONS[:4], SERVERS)],
}


def main() -> int:
    """Print what cannot be installed where; return 1 when there is anything, else 0."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{sys.exec_prefix}/bin")
    uv = uv or shutil.which("uv")
    if uv is None:
        print("uv is not installed: pip install --group lint", file=sys.stderr)
        return 3
    failed = 0
    with tempfile.TemporaryDirectory() as target:
        for lock, systems in SYSTEMS.items():
            bad = 0
            for python, platform in systems:
                if complaint := resolve(uv, lock, python, platform, target):
                    bad += 1
                    print(f"{lock}: Python {python} on {platform}: {complaint}")
            print(f"{lock} resolves on {len(systems) - bad} of {len(systems)} systems")
            failed += bad
    return 1 if failed else 0


def resolve(uv: str, lock: str, python: str, platform: str, target: str) -> str:
    """Return what uv says against a lock on one system, empty when it can be installed."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        [
            *(uv, "pip", "install", "--quiet", "--dry-run", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--target", target),
            *("--python-version", python, "--python-platform", platform),
            *("--requirement", str(ROOT / lock)),
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
