"""Judge an example of a page as a change of its own, on the day of the documentation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from example_repository import TODAY
from msgspec.structs import replace

from whygate.git.message_file import read_description, read_message
from whygate.judge.check import check
from whygate.model import Severity, Status

if TYPE_CHECKING:
    from doc_blocks import Block

    from whygate.model import Change
    from whygate.policy.policy import Policy

TITLE = "feat(export): write every row"
_TRAILERS = re.compile(r"[A-Z][A-Za-z-]*: ")


def judge_block(block: Block, policy: Policy) -> str:
    """Return what a `check:` marker has to say: the state, or the rules of errors and warnings.

    The marker may give the title (`; title: fix: x`) and the number of changed lines
    (`; lines: 2`). A block of Markdown is a description, any
    other a commit message, or its trailers when it begins with one.
    """
    options = dict(_read_option(part) for part in block.told.split(";")[1:])
    change = _read_change(block, options.get("title", TITLE))
    if "lines" in options:
        change = replace(change, lines_changed=int(options["lines"]))
    verdict = check(change, policy, TODAY)
    weighty = (Severity.ERROR, Severity.WARNING)
    rules = dict.fromkeys(f.rule for f in verdict.findings if f.severity in weighty)
    if rules:
        return " ".join(sorted(rules))
    return str(verdict.status) if verdict.status is not Status.OK else "ok"


def _read_option(part: str) -> tuple[str, str]:
    key, _, value = part.strip().partition(": ")
    return key, value


def _read_change(block: Block, title: str) -> Change:
    if block.language == "markdown":
        return read_description(None, block.text.encode(), title=title, label=block.page)
    text = f"{title}\n\n{block.text}" if _TRAILERS.match(block.text) else block.text
    return read_message(None, text.encode())
