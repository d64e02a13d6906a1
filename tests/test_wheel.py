"""The wheel: built from the sdist, installed in a fresh environment, run far from the checkout."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.cli.conftest import PLAN

ROOT = Path(__file__).parents[1]
BAD = "feat(export): write every row\n"
GOOD = f"{BAD}\n{PLAN}"


@pytest.fixture
def bare_environ() -> dict[str, str]:
    """Give an environment in which Python knows nothing of this checkout."""
    hidden = ("PYTHON", "COVERAGE", "COV_", "VIRTUAL_ENV", "GIT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def test_wheel_checks_messages_in_a_fresh_environment(
    tmp_path: Path, bare_environ: dict[str, str]
) -> None:
    def run(*command: str | Path, ok: int = 0) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=tmp_path,
            env=bare_environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == ok, done.stdout + done.stderr
        return done.stdout

    backend = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    run(sys.executable, "-m", "build", *backend, "--outdir", tmp_path / "dist", ROOT)
    assert len(list((tmp_path / "dist").glob("whygate-*.tar.gz"))) == 1
    (wheel,) = (tmp_path / "dist").glob("whygate-*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--no-input", wheel)
    (tmp_path / "good").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad").write_text(BAD, encoding="utf-8")

    where = run(programs / "python", "-c", "import whygate; print(whygate.__file__)")
    passing = run(programs / "whygate", "check", "good")
    failing = run(programs / "whygate", "check", "bad", ok=1)

    assert Path(where.strip()).is_relative_to(tmp_path)
    assert passing.startswith("ok (feature, decided by title")
    assert "bad:1:1: WG101 problem-missing: " in failing
    assert '"urn:whygate:product-context:1"' in run(programs / "whygate", "show", "schema")
    assert '"urn:whygate:config:1"' in run(programs / "whygate", "show", "schema", "config")
    assert '"urn:whygate:report:1"' in run(programs / "whygate", "show", "schema", "report")
    assert "preset = strict" in run(programs / "whygate", "show", "config", "--preset", "strict")


def test_two_builds_are_the_same_byte_for_byte(
    tmp_path: Path, bare_environ: dict[str, str]
) -> None:
    backend = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    built = []
    for name in ("first", "second"):
        source = tmp_path / name / "source"
        ignored = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "site", "dist")
        shutil.copytree(ROOT, source, ignore=ignored, symlinks=True)
        dist = str(tmp_path / name / "dist")
        command = [sys.executable, "-m", "build", *backend, "--outdir", dist]
        subprocess.run([*command, str(source)], env=bare_environ, capture_output=True, check=True)
        files = sorted(Path(dist).iterdir())
        built.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})

    assert len(built[0]) == 2
    assert built[0] == built[1]
