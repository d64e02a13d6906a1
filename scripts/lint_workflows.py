"""Lint action.yml, our workflows and those of the documentation; print what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/action.md"
_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def main() -> int:
    """Return the worst exit status of the linters."""
    workflows = ROOT / ".github/workflows"
    with tempfile.TemporaryDirectory() as scratch:
        documented = write_documented(Path(scratch) / ".github/workflows")
        named = [str(path) for path in sorted(workflows.glob("*.yml"))] + documented
        action = str(ROOT / "action.yml")
        return max(
            run("zizmor", "--offline", "--no-progress", "--persona", "auditor", action, *named),
            run("check-jsonschema", "--builtin-schema", "vendor.github-actions", action),
            run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *named),
        )


def write_documented(directory: Path) -> list[str]:
    """Write the workflows of the documentation as files and return their paths."""
    directory.mkdir(parents=True)
    paths = []
    for index, block in enumerate(_BLOCK.findall(PAGE.read_text(encoding="utf-8"))):
        path = directory / f"documented-{index}.yml"
        path.write_text(block, encoding="utf-8")
        paths.append(str(path))
    return paths


def run(program: str, *args: str) -> int:
    """Run a linter that stands beside this interpreter."""
    path = Path(sys.executable).with_name(program)
    return subprocess.run([path, *args], check=False).returncode  # noqa: S603 - our own programs


if __name__ == "__main__":
    sys.exit(main())
