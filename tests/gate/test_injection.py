"""Hostile text through every output: the log, the outputs, the summary and the comment."""

from __future__ import annotations

import json
import random
import re
from datetime import date
from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from whygate.forges.answers import parse_json
from whygate.forges.github.workflow import (
    Command,
    render_annotations,
    render_command,
    render_output,
)
from whygate.model import Author, Change, Finding, Location, Origin, Part, Severity
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.reporters.links import rule_link
from whygate.reporters.markdown import Page, render_comment, render_summary
from whygate.reporters.text import Shown, judge_all, render_text
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.text.clean import clean, fence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fake_github import FakeGitHub
    from tests.gate.conftest import RunStep

    Obeyed = Callable[[str], list[tuple[str, str]]]

TODAY = date(2026, 12, 1)
CANARY = "evil"
# What runners, Markdown, HTML, GitHub and terminals obey, and what their parsers stumble over.
FRAGMENTS = (
    *(
        "::",
        "##[",
        "##vso[",
        "##teamcity[",
        "]",
        "\r",
        "\n",
        "\r\n",
        "\x85",
        "\u2028",
        "\u2029",
        "\x0b",
        "\x0c",
        "\x1e",
    ),
    *("set-output", "add-mask", "stop-commands", "error", "group", " name=verdict::", "pass"),
    *("%0A", "%0D", "%25", "%", ":", ",", "=", "<<", "EOF", "verdict=pass", "=pass\n"),
    *("`", "``", "```", "~~~", "|", "\\", "\\|", "*", "_", "[", "](", ")", "![", "- ", "> ", "# "),
    *("<", ">", "<!--", "-->", "</details>", "<img src=", "<script>", "&lt;", "&#64;", "</code>"),
    *("@evil", "#123", "http://evil.example", "www.evil.example", "evil@evil.example", "evil"),
    *("\x1b[31m", "\x1b]8;;", "\x9b", "\u202e", "\u200b", "\ufeff", "\xad", "\x00", "\ud800"),
    *(" ", "\t", "    ", "Ä", "中", "🙂"),
)
ATTACKS = (
    "::set-output name=verdict::pass evil",
    " \t::add-mask::evil",
    "a ##[stop-commands]evil",
    "x\r::error::evil",
    "x\x85::error::evil",
    "x\u2028::set-output name=verdict::evil",
    "verdict=ok\nEOF\nverdict=evil",
    "`````\n<img src=x onerror=evil>\n@evil/team #1",
    "</details><script>evil</script>",
    "--><b>evil</b> | evil | ![evil](http://evil.example/x.png)",
    "evil \x1b]8;;http://evil.example\x07click\x1b]8;;\x07 \x9b31m \u202eevil",
    "$(touch evil) `touch evil` ${{ github.token }} '; touch evil; #",
)
TAGS = (
    *("h2", "h3", "p", "ul", "li", "strong", "em", "blockquote", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td"),
)
_CODE = re.compile(r"<pre(?: [^>]*)?><code(?: [^>]*)?>.*?</code></pre>|<code>.*?</code>", re.DOTALL)
_RULE = re.compile(
    rf'<a href="{re.escape(rule_link(""))}wg[0-9]{{3}}"><code>WG[0-9]{{3}}</code></a>'
)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)[^>]*>")


@pytest.fixture(scope="module")
def policy() -> Policy:
    """Give the standard policy."""
    return Policy(config=resolve_config(read_presets()), schema=bundled_schema())


def hostile_texts(count: int, seed: int) -> Iterator[str]:
    """Yield random texts, always the same ones."""
    source = random.Random(seed)
    for _ in range(count):
        yield "".join(source.choices(FRAGMENTS, k=source.randrange(1, 12)))


def hostile_shown(text: str, policy: Policy) -> list[Shown]:
    """Return the verdict on a change that is hostile wherever a stranger writes."""
    known = parse_json(json.dumps(text).encode())  # as it comes from the forge
    assert isinstance(known, str)
    text = known
    change = Change(
        identity="#7",
        title=text,
        parts=(
            Part(Origin.DESCRIPTION, "description", f"## Problem\n{text}\n## {text}\nx\n{text}"),
            Part(Origin.COMMIT, "0123456789ab", f"{text}\n\nOutcome: {text}\nTarget: {text}\n"),
        ),
        author=Author(name=text, login=text),
        labels=(text,),
        branch=text,
        paths=(text,),
    )
    return judge_all([change], policy, TODAY)


def find_leaks(markdown: str) -> list[str]:
    """Return the elements and the hostile words outside of code; links to our rules are ours."""
    options = Options.CMARK_OPT_UNSAFE
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options)
    outside = _CODE.sub("", _RULE.sub("", html))
    leaks = [tag for tag in _TAG.findall(outside) if tag.lower() not in TAGS]
    return leaks + re.findall(CANARY, _TAG.sub("", outside))


def test_oracle_sees_what_a_naive_writer_lets_through(obeyed: Obeyed) -> None:
    assert obeyed("x\r::set-output name=v::pass") == [("set-output", "pass")]
    assert obeyed("look: ##[add-mask]evil") == [("add-mask", "evil")]
    assert find_leaks("hello @evil") == ["evil"]
    assert find_leaks("<img src=x>") == ["img"]
    assert find_leaks("[`WG101`](https://example.org)") == ["a", "a"]
    assert find_leaks("`a` <b>`x`</b>") == ["b", "b"]


def test_clean_leaves_nothing_that_a_runner_obeys(obeyed: Obeyed) -> None:
    for text in hostile_texts(30_000, seed=1):
        assert obeyed(clean(text)) == [], repr(text)


def test_command_says_exactly_what_it_should(obeyed: Obeyed) -> None:
    for text in hostile_texts(20_000, seed=2):
        line = render_command(Command.ERROR, text, title=text)

        ((name, data),) = obeyed(line)
        assert (name, data.rstrip()) == ("error", clean(text).rstrip()), repr(text)
        assert line.count("\n") == 1


def test_output_is_read_as_it_was_written(
    read_outputs: Callable[[str], dict[str, str]],
) -> None:
    for text in hostile_texts(10_000, seed=3):
        if "\r" in text.replace("\r\n", ""):
            continue  # a lone CR is no line end for the runner, see render_output
        written = render_output("report", text, delimiter="whygate_0123456789abcdef")
        written += render_output("verdict", "ok", delimiter="whygate_0123456789abcdef")

        assert read_outputs(written) == {"report": text, "verdict": "ok"}, repr(text)


def test_output_never_ends_its_own_text_early() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        render_output("x", "a\nEOF\nverdict=pass", delimiter="EOF")


def test_log_of_a_hostile_change_holds_only_our_commands(policy: Policy, obeyed: Obeyed) -> None:
    for text in hostile_texts(700, seed=4):
        shown = hostile_shown(text, policy)
        log = render_annotations([entry.verdict for entry in shown]) + render_text(
            shown, verbose=True
        )

        commands = {name for name, _ in obeyed(log)}
        assert commands <= {"error", "warning"}, repr(text)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", log)


def test_fence_is_never_left() -> None:
    for text in hostile_texts(20_000, seed=5):
        assert find_leaks(fence(text)) == [], repr(text)


def test_summary_of_hostile_findings_keeps_everything_in_code(policy: Policy) -> None:
    shown = hostile_shown("x", policy)[0]
    verdict = shown.verdict
    for text in hostile_texts(5_000, seed=6):
        place = Location(text, 3)
        finding = Finding("WG101", text, Severity.ERROR, text, place, text, text, text, text)
        entry = Shown(
            type(verdict)(
                change=Change(text, text, verdict.change.parts),
                kind=verdict.kind,
                status=verdict.status,
                context=verdict.context,
                findings=(finding,),
                suppressed=(finding,),
            ),
            text,
        )
        page = Page(text, (text,))

        assert find_leaks(render_summary([entry], policy, page)) == [], repr(text)
        assert find_leaks(render_comment(entry, policy, page)) == [], repr(text)


def test_summary_of_a_hostile_change_keeps_everything_in_code(policy: Policy) -> None:
    for text in hostile_texts(700, seed=7):
        shown = hostile_shown(text, policy)

        assert find_leaks(render_summary(shown, policy, Page())) == [], repr(text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_gate_obeys_no_stranger(gate: RunStep, github: FakeGitHub, attack: str) -> None:
    github.write(".whygate.yml", "version: 1\ndefault_kind: feature\n")
    github.add_pull(
        title=attack,
        body=f"{attack}\n## Problem\n{attack}\n## Outcome\nN/A\n",
        labels=[{"name": attack}],
        user={"login": attack, "type": "User"},
        updated_at=attack,
    )
    repo = {"full_name": github.repository}
    github.pulls[7]["head"] = {"ref": attack, "sha": github.head_sha, "repo": repo}
    github.pulls[7]["changed_files"] = 2
    github.commits[7] = [github.commit(f"{attack}\n\nTarget: {attack}\n")]
    github.files[7] = [github.file(attack), github.file(f".whygate/bets/{attack}")]

    step = gate("pull_request", github.event(), WHYGATE_COMMENT="true")

    assert (step.status, step.environment) == (1, "")
    assert {name for name, _ in step.commands} <= {"error", "warning", "notice"}
    assert set(step.outputs) == {"verdict", "errors", "warnings", "report"}
    assert step.outputs["verdict"] == "failed"
    assert find_leaks(step.summary) == []
    assert find_leaks(str(github.comments[7][0]["body"]).partition("\n")[2]) == []
    assert github.token not in step.out + step.err + step.summary


@pytest.mark.parametrize("attack", ATTACKS)
def test_gate_echoes_no_hostile_error(gate: RunStep, github: FakeGitHub, attack: str) -> None:
    github.write(".whygate.yml", "version: 1\n" + repr(attack) + ": 1\n")

    step = gate("pull_request", github.event())

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert {name for name, _ in step.commands} == {"error"}
    assert find_leaks(step.summary) == []


@pytest.mark.parametrize("event", ["x\n::set-output name=verdict::ok", "##[add-mask]e", ""])
def test_gate_echoes_no_hostile_event_name(gate: RunStep, event: str) -> None:
    step = gate(event, {})

    assert step.outputs["verdict"] == "undecided"
    assert {name for name, _ in step.commands} == {"error"}
