"""A request that only appends results to the ledger is not asked why; any other one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub
    from tests.gate.conftest import RunStep

LEDGER = ".whygate/results.jsonl"
OLD = '{"v":1,"for":"#3","at":"2025-01-01","state":"missed"}\n'
NEW = '{"v":1,"for":"#4","at":"2025-01-02","state":"met","value":"3 tickets"}\n'


def ask(
    gate: RunStep, github: FakeGitHub, text: str | None, *more: str, **variables: str
) -> tuple[int, str, str]:
    """Judge a request whose head holds a ledger, and return status, verdict and what is said."""
    files = [LEDGER, *more]
    github.add_pull(title="results", body="", changed_files=len(files))
    github.files[7] = [github.file(path) for path in files]
    head = dict(github.trees[github.base_sha])
    head.pop(LEDGER, None)
    if text is not None:
        head[LEDGER] = ("100644", text.encode())
    github.trees[github.head_sha] = head
    github.made[github.head_sha] = {
        "sha": github.head_sha,
        "tree": {"sha": github.head_sha},
        "parents": [{"sha": github.base_sha}],
    }
    step = gate("pull_request", github.event(), **variables)
    return step.status, step.outputs["verdict"], step.out


@pytest.mark.parametrize("before", [OLD, None], ids=["grows", "begins"])
def test_request_that_only_appends_results_is_not_asked(
    gate: RunStep, github: FakeGitHub, before: str | None
) -> None:
    github.write(".whygate.yml", "version: 1\npreset: strict\n")
    if before is not None:
        github.write(LEDGER, before)

    status, verdict, out = ask(gate, github, (before or "") + NEW)

    assert (status, verdict) == (0, "skipped")
    assert f"it only appends 1 valid line to {LEDGER}" in out


REWRITTEN = {
    "edited": (OLD.replace("missed", "met"), "line 1 of the ledger is changed or deleted"),
    "deleted": (None, "the ledger is deleted"),
    "reordered": (NEW + OLD, ""),
    "invalid": (OLD + "met, promised\n", "line 2 cannot be read"),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_request_that_does_anything_else_to_the_ledger_is_asked(
    gate: RunStep, github: FakeGitHub, name: str
) -> None:
    text, said = REWRITTEN[name]
    github.write(".whygate.yml", "version: 1\npreset: strict\n")
    github.write(LEDGER, OLD)

    status, verdict, out = ask(gate, github, text)

    assert "only appends" not in out
    assert said in out
    if said:
        assert (status, verdict) == (1, "failed")
        assert "WG606 ledger-rewritten" in out


def test_rewriting_fails_also_where_nothing_else_is_asked(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.write(".whygate.yml", "version: 1\npreset: standard\n")
    github.write(LEDGER, OLD)
    status, verdict, _ = ask(gate, github, NEW)

    assert (status, verdict) == (1, "failed")


def test_other_files_beside_the_ledger_are_asked_about(gate: RunStep, github: FakeGitHub) -> None:
    github.write(".whygate.yml", "version: 1\npreset: strict\n")
    github.write(LEDGER, OLD)

    status, verdict, out = ask(gate, github, OLD + NEW, "src/app.py")

    assert (status, verdict) == (1, "failed")
    assert "WG606" not in out


def test_lines_that_others_added_since_are_not_taken_for_deleted(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.write(".whygate.yml", "version: 1\npreset: strict\n")
    github.write(LEDGER, OLD)
    github.move_on(LEDGER, OLD + NEW.replace("#4", "#5"))

    status, verdict, _ = ask(gate, github, OLD + NEW)

    assert (status, verdict) == (0, "skipped")


def test_ledger_is_looked_at_where_not_every_file_is_listed(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.write(LEDGER, OLD)
    ask(gate, github, OLD + NEW)
    github.pulls[7]["changed_files"] = 3001
    github.files[7] = [github.file(f"docs/{n}.md") for n in range(3000)]
    appends = gate("pull_request", github.event())
    github.trees[github.head_sha][LEDGER] = ("100644", NEW.encode())
    rewrites = gate("pull_request", github.event())

    assert ("only appends" in appends.out, "WG606" in appends.out) == (False, False)
    assert (rewrites.status, "WG606" in rewrites.out) == (1, True)


def test_ledger_that_is_a_link_fails(gate: RunStep, github: FakeGitHub) -> None:
    github.write(".whygate.yml", "version: 1\npreset: standard\n")
    github.write(LEDGER, OLD)
    ask(gate, github, OLD)
    github.trees[github.head_sha][LEDGER] = ("120000", b"../elsewhere")
    step = gate("pull_request", github.event())

    assert (step.status, "is not a plain file" in step.out) == (1, True)


def test_forge_that_does_not_tell_decides_nothing(gate: RunStep, github: FakeGitHub) -> None:
    github.write(LEDGER, OLD)
    github.fail("/compare/", status=404)

    assert ask(gate, github, OLD + NEW)[:2] == (3, "undecided")
