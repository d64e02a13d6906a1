"""Texts no author wrote: every one ends in a verdict or in words, fast and printable."""

from __future__ import annotations

import errno
import json
import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whygate.schema.files import REPORT, read_bundled

if TYPE_CHECKING:
    from tests.cli.conftest import Run

TODAY = ("--today", "2026-12-01")
REPORT_SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(read_bundled(REPORT)))
VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


def _block(yaml: str) -> str:
    return f"```yaml product-context\n{yaml}\n```\n"


HOSTILE = {
    "empty": b"",
    "spaces": b" \t\n\r\n  ",
    "nul": b"feat: x\0y\n\nProblem: \0\0\n",
    "latin-1": "feat: x\n\nProblem: caf\xe9 is closed on Mondays and Sundays\n".encode("latin-1"),
    "lone-cr": b"feat: x\rProblem: a\rOutcome: b\r",
    "zero-width": "## Problem\n\u200b\u200c\u2060\ufeff\u3164\u115f\n".encode(),
    "bidi": "## Problem\nAdmins \u202eevael\u202c the page \u2066now\u2069 and then\n".encode(),
    "escape": b"## Problem\n\x1b]0;owned\x07 \x1b[2J\x9b31m people lose their rows daily\n",
    "osc-link": b"## \x1b]8;;http://x\x07Problem\n\x1b[0mTBD\n",
    "commands": b"## Problem\n::error file=a::owned\n##[error]owned\n::stop-commands::x\n",
    "comment": b"## Problem\nlost rows every day for all\n<!-- never closed\n## Outcome\nfine\n",
    "fence": b"## Problem\nlost rows every day for all\n```\n## Outcome\nfine\n",
    "separators": "Problem: a\u2028Outcome: b\u2029Metric: c\x85Target: 1\x0b\x0c\x1c\n".encode(),
    "surrogates": _block(r'problem: "\ud800 \udfff half a pair here now"').encode(),
    "escapes": _block(r'problem: "\e[31m\x07\a\b red for all of us"').encode(),
    "bomb": _block("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nproblem: *c").encode(),
    "depth": _block("problem: " + "[" * 20_000).encode(),
    "flow": _block("{" * 20_000).encode(),
    "tag": _block("!!python/object/apply:os.system [ls]").encode(),
    "merge": _block("<<: {problem: x}\n<<: {outcome: y}").encode(),
    "numbers": _block("measurement:\n- target: 1e999\n  baseline: .nan").encode(),
    "digits": b"Measurement: from " + b"9" * 20_000 + b" % to 1 % by 2027-02-15\n",
    "years": b"## Measurement\n- Metric: m\n- Target: 1\n- Evaluate by: 99999-99-99\n",
    "quotes": b">" * 30_000,
    "brackets": b"[" * 30_000,
    "stars": b"*a_" * 10_000,
    "comments": b"<!--" * 10_000,
    "colons": b"Problem:" * 8_000,
    "trailers": b"x\n\n" + b"Problem: a b c d e\n" * 200,
    "pipes": b"|" * 30_000 + b"\n" + b"|-" * 15_000,
    "tags": "## Problem\n\U000e0041\U000e0042 \U0001d173 \u00ad\u180e\n".encode(),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("form", ["message", "description"])
def test_hostile_text_gets_a_printable_verdict(run: Run, form: str, content: bytes) -> None:
    message = ("check", "-", *TODAY)
    described = ("check", "--description", "-", "--title", "feat: x", *TODAY)
    command = message if form == "message" else described

    text = run(*command, "--verbose", stdin=content)
    report = run(*command, "--format", "json", stdin=content)

    assert text.status in {0, 1, 2}, text.err
    assert text.status == report.status
    assert "Traceback" not in text.err + report.err
    assert _unprintable(text.out + text.err) == set()
    assert not any(line.lstrip().startswith("::") for line in text.out.split("\n"))
    assert "##[" not in text.out + report.out
    if report.out:
        REPORT_SCHEMA.validate(json.loads(report.out))


@pytest.mark.parametrize("name", ["zero-width", "bidi", "nul", "comment"])
def test_hidden_text_is_no_answer(run: Run, name: str) -> None:
    options = ("--description", "-", "--title", "feat: x")

    result = run("check", *options, stdin=HOSTILE[name])

    assert result.status == 1
    assert "WG102 outcome-missing" in result.out


def test_a_lone_carriage_return_ends_a_line_of_a_description(run: Run) -> None:
    text = b"## Problem\rRows are lost every day for all.\r## Outcome\rNo row is ever lost.\r"

    result = run("check", "--description", "-", "--title", "feat: x", stdin=text)

    assert "WG101" not in result.out
    assert "WG102" not in result.out


# --- files that are none ---------------------------------------------------------------------

REFUSED = {
    "binary": (b"\x7fELF" + bytes(range(32)) * 40, "is not text"),
    "utf-16": ("feat: x\n".encode("utf-16"), "is UTF-16, not UTF-8"),
    "10 MB": (b"feat: x\n\n" + b"words and words\n" * 655_360, "too l"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("option", [(), ("--description",)], ids=["message", "description"])
def test_unfit_file_is_refused(
    run: Run, tmp_path: Path, option: tuple[str, ...], content: bytes, words: str
) -> None:
    (tmp_path / "input").write_bytes(content)

    named = run("check", *option, "input")
    piped = run("check", *option, "-", stdin=content)

    assert (named.status, named.out) == (2, "")
    assert (piped.status, piped.out) == (2, "")
    for refusal in (named.err, piped.err):
        assert words in refusal
        assert "\nhint: " in refusal


@pytest.mark.parametrize("option", [(), ("--description",)], ids=["message", "description"])
def test_absent_file_and_directory_are_refused(run: Run, option: tuple[str, ...]) -> None:
    absent = run("check", *option, "nowhere.md")
    directory = run("check", *option, ".")

    assert (absent.status, directory.status) == (2, 2)
    hint = "hint: correct the path; `-` reads stdin\n"
    assert absent.err == f"whygate: there is no file `nowhere.md`\n{hint}"
    assert directory.err == "whygate: `.` is a directory, not a file\nhint: `-` reads stdin\n"


@posix
@pytest.mark.parametrize("option", [(), ("--description",)], ids=["message", "description"])
def test_pipe_and_device_do_not_wait(run: Run, tmp_path: Path, option: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe")

    for name in ("pipe", "/dev/zero"):
        result = run("check", *option, name)

        assert result.status == 2
        assert "is a pipe or device, not a file" in result.err


def test_file_without_permission_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"feat: x\n")
    opened = Path.open

    # Root reads everything, so the mode of the file would not do.
    def refuse(path: Path, *args: object, **options: object) -> object:
        if path.name == secret.name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)

    result = run("check", "secret")

    assert result.status == 2
    assert "cannot be read: Permission denied" in result.err


# --- any text --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ("## Problem", "Problem:", "## Measurement", "- Metric:", "- Target: 5 %", "Evaluate-By: +30d")
)
NASTY = st.sampled_from(
    ("\x1b[31m", "\x9b", "\u202e", "\u2028", "::error::", "##[error]", "<!--", "-->", "```", "\0")
)
TEXTS = st.lists(st.one_of(WORDS, NASTY, st.text(max_size=20)), max_size=12).map("\n".join)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=TEXTS, title=st.text(st.characters(exclude_characters="\0"), max_size=30))
def test_any_text_gets_a_printable_verdict_and_a_valid_report(
    run: Run, text: str, title: str
) -> None:
    data = text.encode("utf-8", "surrogatepass")
    options = ("--description", "-", "--title", title.encode("utf-8", "replace").decode())

    shown = run("check", *options, *TODAY, "-v", stdin=data)
    report = run("check", *options, *TODAY, "--format", "json", stdin=data)

    assert shown.status == report.status
    assert shown.status in {0, 1, 2}, shown.err
    assert _unprintable(shown.out + shown.err) == set()
    if report.out:
        REPORT_SCHEMA.validate(json.loads(report.out))


def _unprintable(text: str) -> set[str]:
    """Return the characters that a terminal obeys or that nobody can see."""
    return {
        mark
        for mark in text
        if unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"}
        or (unicodedata.category(mark) == "Cf" and mark not in VISIBLE_FORMATS)
    } - {"\n", "\t"}
