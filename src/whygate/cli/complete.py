"""The words that a shell offers after the beginning of one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click
    from click.shell_completion import CompletionItem

    from whygate.policy.policy import Policy


def complete_rules(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the ids of the rules with their names, or the names when one was begun."""
    from whygate.outcomes.rules import ALL_RULES  # noqa: PLC0415  (the shell asks)

    ids = _matching(((rule.id, rule.name) for rule in ALL_RULES), incomplete.upper())
    return ids or _matching(((rule.name, rule.id) for rule in ALL_RULES), incomplete)


def complete_fields(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the fields of the schema of the repository the shell is in."""
    policy = _policy()
    fields = policy.schema.all_fields() if policy is not None else ()
    return _matching(((field.name, field.question) for field in fields), incomplete)


def complete_kinds(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the kinds of change that an author may declare here."""
    policy = _policy()
    field = policy.schema.field("kind") if policy is not None else None
    known = policy.config.kinds if policy is not None else ()
    names = (name for name in known if field is not None and name in field.choices)
    return _matching(((name, "") for name in names), incomplete)


def complete_metrics(
    _context: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the metrics of the catalogue here, with what they count."""
    from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415  (the shell asks)
    from whygate.errors import ConfigError  # noqa: PLC0415

    policy = _policy()
    if policy is None or policy.metrics is None:
        return []
    try:
        metrics = parse_catalogue(*policy.metrics).metrics.values()
    except ConfigError:
        return []
    return _matching(((metric.slug, metric.title) for metric in metrics), incomplete)


def list_completions(commands: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """Return the commands that begin like a word, with what they do."""
    return _matching(commands, incomplete)


def _matching(words: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem  # noqa: PLC0415  (only the shell needs it)

    return [CompletionItem(word, help=text) for word, text in words if word.startswith(incomplete)]


def _policy() -> Policy | None:
    """Return the policy here; a mistake in it is no reason to complete nothing but these words."""
    from msgspec.structs import replace  # noqa: PLC0415  (as above)

    from whygate.errors import WhygateError  # noqa: PLC0415
    from whygate.world.extended import Pins  # noqa: PLC0415
    from whygate.world.world import find_world, load_policy  # noqa: PLC0415

    try:
        world = find_world(None)
        pins = Pins(os.environ, git=world.git, asks=False)  # nobody waits for a forge at a tab
        return load_policy(replace(world, pins=pins))
    except WhygateError:
        return None
