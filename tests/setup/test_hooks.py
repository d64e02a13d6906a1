"""Files of hook managers: whygate is added where it belongs, and every other byte stays."""

from __future__ import annotations

import pytest

from whygate.setup.advice import SourceFile
from whygate.setup.hooks import (
    HUSKY,
    HUSKY_CALL,
    LEFTHOOK_CALL,
    PRE_COMMIT,
    add_hook,
    asks_whygate,
    installs_commit_msg,
)
from whygate.text.yaml_tree import load_tree

HOME, REV = "https://example.org/whygate", "v1"
LEFTHOOK = "lefthook.yml"
TYPES = "default_install_hook_types: [pre-commit, commit-msg]\n"

PLAIN = """\
# our hooks
repos:
  - repo: https://example.org/lint
    rev: v3 # keep
    hooks:
      - id: lint
        args: [--fix]

  # the last one
  - repo: local
    hooks:
      - {id: unit, name: unit, entry: make test, language: system}
"""
ADDED = """\
  - repo: https://example.org/whygate
    rev: v1
    hooks:
      - id: whygate
"""


def add(path: str, text: str) -> str | None:
    return add_hook(SourceFile(path, text), HOME, REV)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN, PLAIN.replace("repos:", f"{TYPES}repos:") + ADDED),
        (f"{TYPES}{PLAIN}", f"{TYPES}{PLAIN}{ADDED}"),
        (
            f"{PLAIN}\n# how it runs in CI\nci:\n  skip: [unit]\n",
            f"{PLAIN}{ADDED}\n# how it runs in CI\nci:\n  skip: [unit]\n".replace(
                "repos:", f"{TYPES}repos:"
            ),
        ),
        (
            "repos:\n- repo: local\n  hooks:\n  - id: x\nfail_fast: true\n",
            f"{TYPES}repos:\n- repo: local\n  hooks:\n  - id: x\n- repo: {HOME}\n  rev: v1\n"
            "  hooks:\n    - id: whygate\nfail_fast: true\n",
        ),
        (
            f"default_install_hook_types: [pre-commit]\n{PLAIN}",
            f"{TYPES}{PLAIN}{ADDED}",
        ),
        (
            f"default_install_hook_types:\n  - pre-commit\n{PLAIN}",
            f"default_install_hook_types:\n  - pre-commit\n  - commit-msg\n{PLAIN}{ADDED}",
        ),
        (
            PLAIN.rstrip("\n"),
            PLAIN.replace("repos:", f"{TYPES}repos:") + ADDED,
        ),
        (
            PLAIN.replace("\n", "\r\n"),
            (PLAIN.replace("repos:", f"{TYPES}repos:") + ADDED).replace("\n", "\r\n"),
        ),
    ],
    ids=[
        *("plain", "types-there", "key-behind", "flat", "flow-types", "block-types", "no-end"),
        "crlf",
    ],
)
def test_pre_commit_fetches_whygate(text: str, expected: str) -> None:
    new = add(PRE_COMMIT, text)
    assert new == expected
    assert asks_whygate(SourceFile(PRE_COMMIT, new))
    assert installs_commit_msg(new)


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos: [{repo: local, hooks: []}]\n",
        "fail_fast: true\n",
        "repos: {a: b}\n",
        "repos: [\n",
        "",
        "repos:\n  - &a {repo: local}\n  - *a\n",
        f"default_install_hook_types: pre-commit\n{PLAIN}",
        f"default_install_hook_types: []\n{PLAIN}",
        f"default_install_hook_types: [\n  pre-commit\n]\n{PLAIN}",
    ],
    ids=[
        *("empty-list", "flow", "none", "mapping", "broken", "empty", "alias", "word", "no-type"),
        "many-lines",
    ],
)
def test_file_of_pre_commit_without_a_plain_place_is_left_alone(text: str) -> None:
    assert add(PRE_COMMIT, text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "pre-commit:\n  jobs:\n    - run: make lint\n",
            "pre-commit:\n  jobs:\n    - run: make lint\n"
            f"commit-msg:\n  jobs:\n    - run: {LEFTHOOK_CALL}\n",
        ),
        (
            "commit-msg:\n  jobs:\n    - run: gitlint\n      name: lint\n"
            "pre-push:\n  parallel: true\n",
            "commit-msg:\n  jobs:\n    - run: gitlint\n      name: lint\n"
            f"    - run: {LEFTHOOK_CALL}\npre-push:\n  parallel: true\n",
        ),
        (
            "commit-msg:\n  commands:\n    gitlint:\n      run: gitlint\n",
            "commit-msg:\n  commands:\n    gitlint:\n      run: gitlint\n"
            f"    whygate:\n      run: {LEFTHOOK_CALL}\n",
        ),
    ],
    ids=["no-stage", "jobs", "commands"],
)
def test_lefthook_runs_whygate(text: str, expected: str) -> None:
    assert add(LEFTHOOK, text) == expected
    assert load_tree(expected) is not None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("lefthook.toml", "[commit-msg]\n"),
        ("lefthook.json", "{}"),
        (LEFTHOOK, "- a\n"),
        (LEFTHOOK, "commit-msg:\n  scripts:\n    a: b\n"),
        (LEFTHOOK, "commit-msg:\n  commands: {a: {run: b}}\n"),
        (LEFTHOOK, "commit-msg: later\n"),
    ],
    ids=["toml", "json", "list", "scripts", "flow", "word"],
)
def test_file_of_lefthook_without_a_plain_place_is_left_alone(path: str, text: str) -> None:
    assert add(path, text) is None


@pytest.mark.parametrize("text", ["npx commitlint --edit $1\n", "npx commitlint --edit $1", ""])
def test_husky_runs_whygate_after_what_is_there(text: str) -> None:
    new = add(HUSKY, text)
    assert new is not None
    assert new.startswith(text)
    assert new.split("\n")[-2:] == [HUSKY_CALL, ""]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PRE_COMMIT, PLAIN + ADDED),
        (LEFTHOOK, "commit-msg:\n  jobs:\n    - run: whygate hook commit-msg '{1}'\n"),
        (HUSKY, 'whygate hook commit-msg "$@"\n'),
    ],
)
def test_file_that_runs_whygate_stays(path: str, text: str) -> None:
    assert add(path, text) == text
