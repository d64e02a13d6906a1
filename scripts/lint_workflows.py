"""Lint action.yml, our workflows, the one `whygate init` writes, and those of the documentation."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from doc_blocks import PAGES, ROOT, read_blocks

from whygate.setup.workflows import OUTCOMES_PATH, render_outcomes

_WORKFLOW = "vendor.github-workflows"
_JOBS = re.compile(r"^on:$.*^jobs:$", re.MULTILINE | re.DOTALL)


def main() -> int:
    """Return the worst exit status of the linters."""
    ours = [str(path) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))]
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / ".github/workflows"
        documented = write_documented(directory)
        outcomes = directory / Path(OUTCOMES_PATH).name
        outcomes.write_text(render_outcomes("whygate/whygate", "v0.1.0", ("PROM_URL",)), "utf-8")
        workflows = [*ours, *documented.pop(_WORKFLOW, []), str(outcomes)]
        action = str(ROOT / "action.yml")
        return max(
            run("zizmor", "--offline", "--no-progress", "--persona", "auditor", action, *workflows),
            run("check-jsonschema", "--builtin-schema", "vendor.github-actions", action),
            run("check-jsonschema", "--builtin-schema", _WORKFLOW, *workflows),
            *(
                run("check-jsonschema", "--builtin-schema", schema, *paths)
                for schema, paths in documented.items()
            ),
        )


def is_workflow(text: str) -> bool:
    """Tell whether a YAML text is a workflow of GitHub."""
    return _JOBS.search(text) is not None


def write_documented(directory: Path) -> dict[str, list[str]]:
    """Write the YAML blocks of all pages that a schema is known for; return paths by schema."""
    directory.mkdir(parents=True)
    paths: dict[str, list[str]] = defaultdict(list)
    for page in PAGES:
        for block in read_blocks(page):
            is_foreign = block.way == "validate" and block.told.startswith("vendor.")
            schema = block.told if is_foreign else ""
            if block.language == "yaml" and not block.way and is_workflow(block.text):
                schema = _WORKFLOW
            if schema:
                path = directory / f"{page.stem}-{block.line}.yml"
                path.write_text(block.text, encoding="utf-8")
                paths[schema].append(str(path))
    return paths


def run(program: str, *args: str) -> int:
    """Run a linter that stands beside this interpreter."""
    path = Path(sys.executable).with_name(program)
    return subprocess.run([path, *args], check=False).returncode  # noqa: S603 - our own programs


if __name__ == "__main__":
    sys.exit(main())
