"""What reads, runs and judges the pages passes what is right and says what is wrong."""

from __future__ import annotations

import click
import pytest
from doc_blocks import Block, find_blocks, find_inline_code
from doc_commands import find_calls, require_call
from doc_judge import judge_block
from doc_sessions import SessionError, run_sessions
from lint_workflows import is_workflow

from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

# --- blocks ----------------------------------------------------------------------------------


def test_block_carries_the_marker_right_above_it() -> None:
    text = "<!-- check: ok; title: fix: x -->\n```markdown\n## Problem\n```\n\n```bash\nls\n```\n"

    assert list(find_blocks(text, "p.md")) == [
        Block("p.md", 2, "markdown", "## Problem\n", "check", "ok; title: fix: x"),
        Block("p.md", 6, "bash", "ls\n"),
    ]


@pytest.mark.parametrize(
    "above",
    [
        "<!-- a remark: of somebody -->\n",
        "<!-- check: ok -->\n\nText.\n\n",
        "",
        "<p>check: ok</p>\n",
    ],
    ids=["another comment", "text between", "nothing", "html"],
)
def test_block_without_a_marker_has_no_way(above: str) -> None:
    (block,) = find_blocks(f"{above}\n```yaml\na: 1\n```\n", "p.md")

    assert (block.way, block.told) == ("", "")


def test_inline_code_is_found_in_tables_and_sentences_and_not_in_blocks() -> None:
    text = "`a`\n\n| x |\n| --- |\n| `b` |\n\n```\n`c`\n```\n"

    assert [code for _, code in find_inline_code(text)] == ["a", "b"]


# --- commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "calls"),
    [
        ("whygate audit   # all\nwhygate rules\n", [["audit"], ["rules"]]),
        ("git log -1 | whygate check - > out.txt\n", [["check", "-"]]),
        (".venv/bin/whygate audit && x; whygate rules || exit 3\n", [["audit"], ["rules"]]),
        ("whygate check --title 'a; b' \\\n  --description x\n",
         [["check", "--title", "a; b", "--description", "x"]]),
        ("whygate check --title 'two\nlines' --description x\n",
         [["check", "--title", "two\nlines", "--description", "x"]]),
        ("cat <<'END' > x\nwhygate nonsense\nEND\nwhygate rules\n", [["rules"]]),
        ("echo whygated\n", []),
    ],
    ids=["comments", "pipe", "lists", "continued", "quoted line end", "here-document", "no call"],
)  # fmt: skip
def test_calls_are_found_in_scripts(script: str, calls: list[list[str]]) -> None:
    assert list(find_calls(script)) == calls


def test_quotation_that_is_not_closed_is_refused() -> None:
    with pytest.raises(ValueError, match="not closed"):
        list(find_calls("whygate check --title 'x\n"))


@pytest.mark.parametrize(
    "call",
    [
        [], ["--version"], ["hook"], ["hook", "install", "--hook", "commit-msg"],
        ["audit", "--help"], ["check", "--range", "A..B"], ["show", "schema", "report"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_call_that_whygate_understands_passes(call: list[str]) -> None:
    require_call(call)


@pytest.mark.parametrize(
    "call",
    [
        ["chek"], ["hook", "instal"], ["check", "--rang", "A..B"], ["check", "--scope", "all"],
        ["record", "--metric", "0"], ["check", "--range"], ["audit", "--last", "0"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_call_that_whygate_does_not_understand_is_refused(call: list[str]) -> None:
    with pytest.raises(click.UsageError):
        require_call(call)


def test_call_in_a_sentence_need_not_be_whole() -> None:
    require_call(["hook", "commit-msg"], whole=False)
    require_call(["check", "--range"], whole=False)
    with pytest.raises(click.UsageError):
        require_call(["check", "--rang"], whole=False)


# --- verdicts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "told", "verdict"),
    [
        ("markdown", "## Problem\nShoppers wait 40 seconds, daily.\n", "; title: fix: x", "WG103"),
        ("", "Problem: shoppers wait 40 seconds, daily\n", "; title: docs: x", "ok"),
        ("", "docs: a typo\n", "", "ok"),
        ("", "feat: rows\n\nProblem: TBD\n", "", "WG102 WG103 WG104 WG112"),
        ("", "chore(deps): bump x\n", "", "skipped"),
    ],
    ids=["description", "trailers", "message", "findings", "not asked"],
)
def test_example_is_judged(language: str, text: str, told: str, verdict: str) -> None:
    policy = Policy(config=resolve_config(read_presets()), schema=bundled_schema())
    block = Block("p.md", 1, language, text, "check", f"{verdict}{told}")

    assert judge_block(block, policy) == verdict


def test_workflow_is_known_by_its_events_and_jobs() -> None:
    assert is_workflow("name: x\non:\n  push:\njobs:\n  a: {}\n")
    assert not is_workflow("version: 1\nkinds: {}\n")


# --- sessions --------------------------------------------------------------------------------


def session(commands: str, marker: str = "session: empty") -> str:
    return f"# A\n\n<!-- {marker} -->\n```console\n{commands}```\n\nAfter.\n"


def test_session_shows_what_the_commands_print_now() -> None:
    page = session(
        "$ echo one; echo two >&2\nstale\n$ false\n$ echo $?\n$ cat <<'E'\n> x\n>\n> E\n"
    )

    shown = run_sessions(page, "p.md")

    assert shown == session(
        "$ echo one; echo two >&2\none\ntwo\n$ false\n$ echo $?\n1\n$ cat <<'E'\n> x\n>\n> E\nx\n"
    )
    assert run_sessions(shown, "p.md") == shown


def test_session_sees_the_files_above_it_and_runs_what_is_not_shown() -> None:
    file = "<!-- file: a/b.sh -->\n```sh\n#!/bin/sh\necho $1\n```\n\n"
    page = file + session("$ a/b.sh hello\n$ cat seen\n", "session: empty; echo unseen > seen")

    shown = run_sessions(page, "p.md")

    assert "$ a/b.sh hello\nhello\n$ cat seen\nunseen\n```" in shown


def test_session_that_prints_a_fence_has_a_longer_one() -> None:
    shown = run_sessions(session("$ printf '```\\nx\\n```\\n'\n"), "p.md")

    assert "````console\n$ printf '```\\nx\\n```\\n'\n```\nx\n```\n````\n" in shown
    assert run_sessions(shown, "p.md") == shown


def test_session_has_a_shop_with_a_history_and_a_day() -> None:
    shown = run_sessions(
        session(
            "$ pwd\n$ git log --oneline | wc -l\n$ whygate audit | grep today\n", "session: shop"
        ),
        "p.md",
    )

    assert "$ pwd\n/home/lena/shop\n$ git log" in shown
    assert "| wc -l\n12\n" in shown
    assert "today: 2026-12-01 (UTC)\n" in shown


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (session("$ false\n"), "p.md:4: `false` ends with 1"),
        (session("$ ls\n", "session: shopp"), "p.md:4: there is no repository shopp"),
        (session("$ exit 2\n$ ls\n"), "the shell gives up"),
        ("- a\n\n  <!-- session: empty -->\n  ```console\n  $ ls\n  ```\n", "inside of a list"),
    ],
    ids=["failure", "name", "shell", "list"],
)
def test_session_that_goes_wrong_is_refused(page: str, said: str) -> None:
    with pytest.raises(SessionError, match=said):
        run_sessions(page, "p.md")
