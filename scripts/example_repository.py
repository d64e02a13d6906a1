"""Make the repository in which the documentation's sessions run: a small shop with a history."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The day of the documentation: dates in examples lie after it, and history before it.
TODAY = date(2026, 12, 1)
_FIRST = 1_788_256_800  # 2026-09-01 10:00 UTC; a change is merged every week
_STEP = 7 * 86_400
_NOW = 1_796_119_200  # 2026-12-01 10:00 UTC

TEMPLATE = """\
## Problem

<!-- Who has this problem, and how do you know? -->

## Who it helps

## Outcome

## Measurement

- Metric:
- Baseline:
- Target:
- Evaluate by:
"""
WORKFLOW = """\
name: whygate
on:
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review, labeled, unlabeled]
  merge_group:
permissions: {}
jobs:
  product-context:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
      pull-requests: read
    steps:
      - uses: whygate/whygate@0000000000000000000000000000000000000000 # v1.0.0
"""
FILES = {
    "README.md": "# Shop\n",
    "CODEOWNERS": "cart/ @lena\nsearch/ @search-team\n",
    ".github/pull_request_template.md": TEMPLATE,
    ".github/workflows/whygate.yml": WORKFLOW,
}
# (author, message, a file that the change touches), oldest first.
HISTORY = (
    ("Lena", "chore: begin\n", ""),
    (
        "Lena",
        "feat(cart): keep the cart when a shopper changes device (#11)\n\n"
        "Carts were tied to the browser. They now follow the account.\n\n"
        "Problem: phone carts are empty on the laptop; 140 tickets a month\n"
        "Audience: signed-in shoppers with two devices (18 % of weekly buyers)\n"
        "Outcome: they finish the purchase on the second device\n"
        "Metric: checkout completion of two-device sessions, weekly\n"
        "Baseline: 38 %\nTarget: 45 %\nEvaluate-By: 2026-11-15\n",
        "cart/sync.py",
    ),
    ("Omar", "feat(login): sign in with a passkey (#12)\n", "login/passkey.py"),
    (
        "Omar",
        "fix(search): find products with an apostrophe (#13)\n\n"
        "Problem: shoppers who type o'neill see an empty page, 60 times a day\n",
        "search/query.py",
    ),
    ("dependabot[bot]", "build(deps): bump urllib3 from 2.2.1 to 2.2.2 (#14)\n", "uv.lock"),
    (
        "Lena",
        "feat(cart): gift wrapping (#15)\n\n## Problem\n\n"
        "Eleven shoppers a week ask the chat to wrap an order as a gift.\n\n"
        "## Test plan\n\nUnit tests.\n",
        "cart/gift.py",
    ),
    (
        "Omar",
        "refactor(search): split the tokenizer from the grammar (#16)\n\n"
        "Problem: grammar changes force a re-read of 900 tokenizer lines\n"
        "Product-Context: exempt internal; 412 golden outputs are byte-identical\n",
        "search/tokens.py",
    ),
    ("Lena", "docs: say how a cart is merged (#17)\n", "docs/cart.md"),
    (
        "Omar",
        "perf(search): cache permission lookups per request (#18)\n\n"
        "Problem: large tenants wait on the same permission query 60 times\n"
        "Outcome: results appear before people retype the query\n"
        "Metric: p95 search latency, tenants over 10k docs\n"
        "Baseline: 820 ms\nTarget: <= 300 ms\nEvaluate-By: 2026-12-20\n",
        "search/rights.py",
    ),
    ("Lena", "feat(cart): remember the coupon (#19)\n", "cart/coupon.py"),
    ("Omar", 'Revert "feat(cart): remember the coupon (#19)" (#20)\n', "cart/coupon.py"),
    (
        "Lena",
        "feat(export): write orders as a spreadsheet (#21)\n\n"
        "Problem: nine small sellers copy their orders by hand each month\n"
        "Audience: sellers with fewer than 50 orders a month\n"
        "Outcome: they hand their accountant one file\n"
        "Product-Context: exempt not-measurable; nine sellers are too few to count\n",
        "export/sheet.py",
    ),
)
BRANCH = "export-rows"
BRANCH_COMMITS = (
    (
        "Lena",
        "feat(export): write every row\n\n"
        "Problem: the export stops at row 100, so accountants retype the rest\n"
        "Audience: accountants at firms with more than ten clients\n"
        "Outcome: they close the month from the export without retyping a row\n"
        "Metric: support tickets about missing rows, weekly\n"
        "Baseline: 9 tickets\nTarget: <= 1 ticket\nEvaluate-By: +30d\n",
        "export/rows.py",
    ),
    ("Lena", "test(export): five thousand rows\n", "tests/test_rows.py"),
)


def git_environ(home: Path) -> dict[str, str]:
    """Return the environment of everything that runs: `home` is a user's, the clock stands."""
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
    people = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in {
            "NAME": "Lena",
            "EMAIL": "lena@example.org",
            "DATE": f"{_NOW} +0000",
        }.items()
    }
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **people,
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "96",
        "TZ": "UTC",
        "WHYGATE_CACHE_DIR": str(home / ".cache" / "whygate"),
    }


def make_example(directory: Path, environ: Mapping[str, str]) -> None:
    """Make the repository: `main` is checked out, the branch `export-rows` is two commits ahead."""
    directory.mkdir(parents=True)
    _git(directory, environ, "init", "--quiet", "--initial-branch=main")
    for name, content in FILES.items():
        _write(directory / name, content)
    for index, (author, message, path) in enumerate(HISTORY):
        _commit(directory, environ, author, message, path, _FIRST + index * _STEP)
    _git(directory, environ, "switch", "--quiet", "--create", BRANCH)
    for index, (author, message, path) in enumerate(BRANCH_COMMITS):
        _commit(directory, environ, author, message, path, _NOW - (2 - index) * 3600)
    _git(directory, environ, "switch", "--quiet", "main")


def import_example(directory: Path, stream: Path, environ: Mapping[str, str]) -> None:
    """Make a repository of a stream (git-fast-import) whose branch is `main`."""
    directory.mkdir(parents=True)
    _git(directory, environ, "init", "--quiet", "--initial-branch=main")
    with stream.open("rb") as data:
        _git(directory, environ, "fast-import", "--quiet", data=data)
    _git(directory, environ, "reset", "--quiet", "--hard")


def _commit(
    directory: Path, environ: Mapping[str, str], author: str, message: str, path: str, when: int
) -> None:
    if path:
        file = directory / path
        _write(file, f"{file.read_text(encoding='utf-8') if file.is_file() else ''}changed\n")
    _git(directory, environ, "add", "--all")
    named = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": f"{author.lower()}@example.org"}
    dates = {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000"}
    _git(
        directory,
        {**environ, **named, **dates},
        *("commit", "--quiet", "--cleanup=verbatim", "--allow-empty", "--message", message),
    )


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def _git(
    directory: Path, environ: Mapping[str, str], *args: str, data: BinaryIO | None = None
) -> None:
    command = ("git", "-C", str(directory), *args)
    stdin = subprocess.DEVNULL if data is None else data
    subprocess.run(command, check=True, env=environ, stdin=stdin)  # noqa: S603
