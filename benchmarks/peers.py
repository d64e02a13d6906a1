"""Turn one range of commits into the time that whygate and its peers take for each of them.

The peers check a message against a convention, whygate reads it and judges what it says: they do
less. They are installed for the run, two from PyPI and, where there is npm, commitlint.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.histories import MIXTURES, make_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMITS = 1_000
MIXTURE = "template"
_PYTHON_PEERS = ("gitlint-core", "commitizen")
_NPM_PEERS = ("@commitlint/cli@20", "@commitlint/config-conventional@20")
_CONVENTION = "export default { extends: ['@commitlint/config-conventional'] };\n"


class Peer(NamedTuple):
    """A program, and the word it prints about each message that breaks its convention."""

    name: str
    command: tuple[str, ...]
    complaint: str


def time_peers(scratch: Path) -> Iterator[tuple[str, str]]:
    """Yield whygate and each peer with its milliseconds a commit, over the same commits.

    Exits when a peer finds nothing at all, because then it did not do its work.
    """
    directory = scratch / "peers"
    make_repository(directory, COMMITS + 1, MIXTURES[MIXTURE])
    for peer in (_whygate(directory), *_from_pypi(scratch, directory), *_from_npm(scratch)):
        start = time.perf_counter()
        done = subprocess.run(peer.command, cwd=directory, check=False, capture_output=True)
        seconds = time.perf_counter() - start
        if peer.complaint.encode() not in done.stdout + done.stderr:
            raise SystemExit(
                f"{peer.name}: exit status {done.returncode} and no `{peer.complaint}`"
            )
        yield peer.name, f"{1000 * seconds / COMMITS:.2f}"


def _whygate(directory: Path) -> Peer:
    audit = (sys.executable, "-m", "whygate", "audit", "-C", str(directory), _span())
    return Peer("whygate audit", (*audit, "--no-cache"), "problem-missing")


def _from_pypi(scratch: Path, directory: Path) -> Iterator[Peer]:
    home = scratch / "venv-of-peers"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    install = (str(programs / "python"), "-m", "pip", "install", "--quiet", "--compile")
    subprocess.run((*install, *_PYTHON_PEERS), check=True)
    gitlint = (str(programs / "gitlint"), "--ignore-stdin", "--target", str(directory))
    yield Peer("gitlint", (*gitlint, "--commits", _span()), "B1 Line exceeds max length")
    cz = (str(programs / "cz"), "check", "--rev-range", _span())
    yield Peer("commitizen", cz, "commit validation: failed!")


def _from_npm(scratch: Path) -> Iterator[Peer]:
    npm = shutil.which("npm")
    if npm is None:
        print("commitlint is left out: there is no npm", file=sys.stderr)
        return
    home = scratch / "node"
    home.mkdir()
    install = (npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home))
    subprocess.run((*install, *_NPM_PEERS), check=True)
    convention = home / "commitlint.config.mjs"
    convention.write_text(_CONVENTION, encoding="utf-8")
    commitlint = (str(home / "node_modules/.bin/commitlint"), "--config", str(convention))
    yield Peer("commitlint", (*commitlint, "--from", f"HEAD~{COMMITS}"), "type may not be empty")


def _span() -> str:
    return f"HEAD~{COMMITS}..HEAD"
