"""`whygate doctor`: check a repository's own set-up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import click
from msgspec.structs import replace

from whygate.cli.options import format_option, repository_option, today_option
from whygate.errors import ConfigError, InputError, SchemaError
from whygate.git.tree import Worktree
from whygate.policy.config_fields import require_known_fields
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.reporters.json_ import dump_json
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.setup import checkup
from whygate.setup.advice import Advice, SourceFile, broken
from whygate.setup.doctor import Facts, diagnose, list_topics
from whygate.text.clean import clean_line
from whygate.text.template import template_lines
from whygate.version import __version__
from whygate.world.worktree import Document, find_bets, find_templates
from whygate.world.world import (
    World,
    find_world,
    load_config,
    load_schema,
    read_today,
    require_repository,
    schema_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from whygate.policy.config import Config

REPORT_VERSION = 1

T = TypeVar("T")


@click.command(
    "doctor",
    epilog="""\b
Examples:
  whygate doctor
  whygate doctor -C ../shop --format json

\b
Exit status:
  0  nothing is wrong, or there are only hints
  1  something is broken
  3  no repository""",
)
@format_option("text", "json")
@repository_option
@today_option
def command(repository: Path | None, form: str, today: date | None) -> int:
    """Check the set-up of a repository and say what to change.

    Looks at the configuration, the workflows, the commit-msg hook, the pull request template
    and how the last pull requests were merged. Nothing is changed.
    """
    facts = _read_facts(find_world(repository), today)
    advice = diagnose(facts)
    if form == "json":
        click.echo(dump_json(_report(facts, advice)), nl=False)
    else:
        click.echo("\n".join(_lines(facts, advice)))
    return 1 if any(one.is_broken for one in advice) else 0


def _read_facts(world: World, today: date | None) -> Facts:
    repository = require_repository(world)
    tree = Worktree(world.root) if world.root is not None else world.tree
    reading = _Reading()
    policy, templates = reading.load(world)
    facts = Facts(policy, read_today(today, policy.config), templates=templates)
    problems = list(reading.problems)
    if tree is not None:
        workflows, unread = checkup.read_workflows(tree)
        problems += unread
        facts = replace(facts, workflows=workflows, is_action=checkup.is_whygate(tree))
        if world.root is not None:
            hooks, unread = checkup.read_hooks(repository, world.git, tree, os.environ)
            problems += unread
            facts = replace(facts, hooks=hooks)
    messages = checkup.read_messages(world.git)
    return replace(facts, messages=messages, problems=tuple(problems))


class _Reading:
    """Loads a policy piece by piece; what cannot be used is noted and the default stands in."""

    def __init__(self) -> None:
        self.problems: list[Advice] = []

    def load(self, world: World) -> tuple[Policy, tuple[SourceFile, ...]]:
        defaults = resolve_config(read_presets())
        config = self._try("configuration", lambda: load_config(world), defaults)
        schema = self._try(
            "schema", lambda: load_schema(world, config), bundled_schema(), config.schema_path
        )
        self._try("configuration", lambda: require_known_fields(config, schema), None)
        templates = tuple(self._templates(world, config))
        lines = template_lines(schema_prompts(schema))
        for template in templates:
            lines |= template_lines(template.text)
        return Policy(
            config=config, schema=schema, template=lines, bets=self._bets(world)
        ), templates

    def _templates(self, world: World, config: Config) -> Iterator[SourceFile]:
        files, none = world.files, tuple[Document, ...]()
        if files is not None:
            found = self._try("template", lambda: find_templates(files, config.templates), none)
            yield from (SourceFile(each.path, each.text) for each in found)

    def _bets(self, world: World) -> dict[str, tuple[str, str]]:
        files, none = world.files, dict[str, Document]()
        if files is None:
            return {}
        found = self._try("bet", lambda: dict(find_bets(files)), none)
        return {slug: (bet.path, bet.text) for slug, bet in found.items()}

    def _try(self, topic: str, work: Callable[[], T], default: T, path: str = "") -> T:
        try:
            return work()
        except ConfigError as error:
            for line, sentence in error.problems:
                self.problems.append(broken(topic, sentence, error.hint, error.path, line))
        except (SchemaError, InputError) as error:
            self.problems.append(broken(topic, error.message, error.hint, path))
        return default


def _lines(facts: Facts, advice: Sequence[Advice]) -> Iterator[str]:
    yield f"looked at: {', '.join(list_topics(facts))}"
    for one in advice:
        place = f"{one.path}:{one.line}: " if one.line else f"{one.path}: " if one.path else ""
        word = "error" if one.is_broken else "hint"
        yield clean_line(f"{place}{one.topic}: {word}: {one.message}")
        yield from (f"    {clean_line(line)}" for line in one.cure.split("\n") if line)
    yield _counts(advice)


def _counts(advice: Sequence[Advice]) -> str:
    errors = sum(one.is_broken for one in advice)
    hints = len(advice) - errors
    if not advice:
        return "nothing to change"
    return f"{errors} error{'' if errors == 1 else 's'}, {hints} hint{'' if hints == 1 else 's'}"


def _report(facts: Facts, advice: Sequence[Advice]) -> dict[str, object]:
    errors = sum(one.is_broken for one in advice)
    return {
        "version": REPORT_VERSION,
        "tool": {"name": "whygate", "version": __version__},
        "looked_at": list(list_topics(facts)),
        "errors": errors,
        "hints": len(advice) - errors,
        "advice": [
            {
                "severity": str(one.severity),
                "topic": one.topic,
                "path": one.path,
                "line": one.line,
                "message": one.message,
                "cure": one.cure,
            }
            for one in advice
        ],
    }
