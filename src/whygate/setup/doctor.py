"""Turn the facts of a repository into advice on what to change in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.policy.config import CommitScope
from whygate.policy.config_fields import find_unasked
from whygate.setup.advice import Advice, SourceFile, broken, hint
from whygate.setup.gate_advice import Setting, advise_workflows
from whygate.setup.hook_advice import Hooks, advise_hooks, find_runner
from whygate.setup.template_advice import advise_templates
from whygate.text.document import Fence
from whygate.text.machine_block import read_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whygate.policy.policy import Policy

__all__ = ["Advice", "Facts", "diagnose", "list_topics"]

_SQUASHED = re.compile(r"\(#[0-9]{1,9}\)[ \t]*\Z")
# What GitHub adds to the message of a squash by itself.
_ADDED = re.compile(r"(?:co-authored-by|signed-off-by):", re.IGNORECASE)
_SHARE = 0.6
_FEWEST = 5


class Facts(Struct, frozen=True):
    """What was read of a repository.

    `policy` is what holds, with the defaults in the place of what cannot be read, and `problems`
    say what that is. `hooks` is None where nobody commits (a bare repository). `messages` are
    those of the last first-parent commits of the default branch. `is_action` tells that the
    repository is whygate's own.
    """

    policy: Policy
    today: date
    problems: tuple[Advice, ...] = ()
    workflows: tuple[SourceFile, ...] = ()
    templates: tuple[SourceFile, ...] = ()
    hooks: Hooks | None = None
    messages: tuple[str, ...] = ()
    is_action: bool = False


def diagnose(facts: Facts) -> tuple[Advice, ...]:
    """Return what to change, what is broken first."""
    advice = [*facts.problems, *_advise_bets(facts.policy), *_advise_schema(facts.policy)]
    advice += advise_workflows(facts.workflows, Setting(facts.policy.config, facts.is_action))
    if facts.hooks is not None and facts.policy.config.commit_scope is not CommitScope.OFF:
        advice += advise_hooks(facts.hooks)
    advice += advise_templates(facts.templates, facts.policy, facts.today)
    advice += _advise_squash(facts.messages)
    return tuple(sorted(advice, key=lambda one: not one.is_broken))


def list_topics(facts: Facts) -> tuple[str, ...]:
    """Return what was looked at, for people: `2 workflows`, `50 commits`."""
    runner = find_runner(facts.hooks) if facts.hooks is not None else ""
    hooks = f"hooks (commit-msg: {runner})" if runner else "hooks"
    return (
        "configuration",
        _count(len(facts.workflows), "workflow"),
        *((hooks,) if facts.hooks is not None else ()),
        "template" if len(facts.templates) == 1 else _count(len(facts.templates), "template"),
        _count(len(facts.messages), "commit"),
    )


def _advise_bets(policy: Policy) -> Iterator[Advice]:
    for path, text in (policy.bets or {}).values():
        block = read_block(Fence("yaml product-context", text, 1, 1, closed=True))
        for problem in block.problems if block is not None else ():
            yield broken("bet", problem.message, "correct the YAML", path, problem.line)


def _advise_schema(policy: Policy) -> Iterator[Advice]:
    """Yield a hint when a team's schema lacks what some kind of change must answer."""
    if lacking := find_unasked(policy.config, policy.schema):
        names = ", ".join(f"`{name}`" for name in lacking)
        message = f"nobody is asked for {names}: the schema has no such field"
        cure = 'build on ours with "$ref": "urn:whygate:product-context:1#/$defs/document"'
        yield hint("schema", message, cure, policy.schema.name)


def _advise_squash(messages: Sequence[str]) -> Iterator[Advice]:
    """Yield a hint when squash merges leave the description behind."""
    bare = sum(_is_bare_squash(message) for message in messages)
    if len(messages) >= _FEWEST and bare > _SHARE * len(messages):
        message = f"{bare} of the last {len(messages)} commits have a title and nothing else"
        cure = (
            "Settings > General > Pull Requests > Allow squash merging > "
            'Default commit message: "Pull request title and description"'
        )
        yield hint("squash", message, cure)


def _is_bare_squash(message: str) -> bool:
    subject, _, rest = message.partition("\n")
    if not _SQUASHED.search(subject):
        return False
    return all(not line.strip() or _ADDED.match(line) for line in rest.split("\n"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
