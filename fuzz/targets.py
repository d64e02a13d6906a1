"""Turn bytes into calls of everything that reads what strangers write, and hold the answers up.

A target raises AssertionError, or whatever its reader lets through, when the reader is wrong: it
may refuse a text only by the error it documents, and what it returns must keep its promises.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import bidirectional, category

from whygate.authoring.skeleton import render_skeleton
from whygate.catalogue.catalogue import Backend, Metric
from whygate.catalogue.file import parse_catalogue
from whygate.errors import ConfigError, InputError, SchemaError, UndecidedError
from whygate.forges.answers import HASH, parse_json
from whygate.forges.exports import read_export
from whygate.forges.github.event import read_event
from whygate.git.log import LoggedCommit
from whygate.history.recorder import Recorder
from whygate.history.stream import carried_change
from whygate.judge.check import check
from whygate.judge.rules import RULES
from whygate.metrics.backends.http import fold_values
from whygate.metrics.backends.prometheus import read_instant
from whygate.metrics.port import QueryError, SourceError
from whygate.metrics.reading import judge_number
from whygate.metrics.windows import window_of
from whygate.model import Change, Origin, Part, Severity, Status, Verdict
from whygate.outcomes.ledger import parse_ledger, render_event
from whygate.outcomes.ledger import read_event as read_result
from whygate.outcomes.result import Result, Source
from whygate.outcomes.trailers import find_complaints, read_results
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.edits import add_aliases
from whygate.setup.headings import choose_aliases, decide_labels
from whygate.text.clean import clean_line
from whygate.text.message import Cleanup, clean_message, decode
from whygate.text.trailers import parse_loose, parse_trailers
from whygate.text.yaml_tree import YamlError, load_tree, to_plain
from whygate.values.dates import find_dates
from whygate.values.plans import read_prose, split_hypothesis
from whygate.values.quantities import find_quantities, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TODAY = date(2026, 11, 2)
_EVENTS = ("pull_request", "pull_request_target", "merge_group", "push", "workflow_dispatch")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_KEYS = frozenset({"problem", "outcome", "metric", "target"})


def read_message(data: bytes) -> None:
    """Judge a commit message; its trailers stand in it, and its findings point into it."""
    text = decode(data)
    for cleanup in Cleanup:
        clean_message(text, cleanup=cleanup, comment="#")
    parse_trailers(data)
    parse_loose(data, _KEYS)
    _hold(_judge(Origin.MESSAGE, text, text.partition("\n")[0]), text)


def read_description(data: bytes) -> None:
    """Judge a description; no skeleton passes by itself in which what must be said is open."""
    text = data.decode("utf-8", "replace")
    verdict = _judge(Origin.DESCRIPTION, text, "feat: longer exports")
    _hold(verdict, text)
    skeleton = render_skeleton(verdict, _policy())
    needs = _policy().needs(verdict.kind.name)
    errors = (f for f in verdict.findings if f.severity is Severity.ERROR)
    if skeleton and any(needs.get(error.field) is Severity.ERROR for error in errors):
        assert _judge(Origin.DESCRIPTION, skeleton, "feat: x").status is not Status.OK


def read_history(data: bytes) -> None:
    """Glance at a commit; a glance never says anything else than a reading."""
    message = data.replace(b"\0", b"")
    entry = LoggedCommit(b"1" * 40, b"2" * 40, b"A", b"a@b", b"1735732800", b"", message)
    recorder = Recorder(_policy(), TODAY, carried_change)
    glanced = recorder.glance(entry)
    if glanced is not None:
        assert glanced == recorder.read(entry)


def read_yaml(data: bytes) -> None:
    """Load YAML; what is loaded is a plain document."""
    with suppress(YamlError):
        tree = load_tree(data.decode("utf-8", "replace"))
        json.dumps(to_plain(tree) if tree is not None else None)


def read_config(data: bytes) -> None:
    """Parse a configuration in both of its languages; a mistake has a line of the file."""
    text = data.decode("utf-8", "replace")
    schema = json.loads(read_bundled(CONFIG))
    known = {rule.id: rule.name for rule in RULES}
    mistakes: tuple[tuple[int, str], ...] = ((1, "none"),)
    try:
        layer = parse_config(text, ".whygate.yml", schema, fmt="yaml", known_rules=known)
        resolve_config(read_presets(), layer, None)
    except ConfigError as error:
        mistakes = error.problems
    assert mistakes
    assert all(line >= 1 and sentence for line, sentence in mistakes)
    with suppress(ConfigError):
        parse_config(text, "pyproject.toml", schema, fmt="toml", known_rules=known)


def read_schema(data: bytes) -> None:
    """Load a team's schema, and judge by it."""
    with suppress(SchemaError):
        schema = load_user_schema(data.decode("utf-8", "replace"), "team.json")
        policy = Policy(config=resolve_config(read_presets()), schema=schema)
        check(_change(Origin.DESCRIPTION, "## Problem\nrows are lost", "feat: x"), policy, TODAY)


def read_template(data: bytes) -> None:
    """Find the aliases of a template; a configuration with them is read back."""
    file = SourceFile("template.md", data.decode("utf-8", "replace"))
    aliases = choose_aliases(decide_labels([file], bundled_schema()), bundled_schema())
    if aliases:
        text = add_aliases("version: 1\n", aliases, "yaml")
        assert parse_config(text, "f", json.loads(read_bundled(CONFIG))).aliases == aliases


def read_ledger(data: bytes) -> None:
    """Read a ledger, one of its lines, and a message with results; what is read can be written."""
    text = data.decode("utf-8", "replace")
    ledger = parse_ledger(text)
    read_results(data, "m", TODAY)
    find_complaints(data, TODAY)
    for result in ledger.results:
        again = read_result(render_event(result), Source.LEDGER, result.path, result.line)
        assert isinstance(again, Result)
        assert again == result


def read_payload(data: bytes) -> None:
    """Read the payload of an event of any name."""
    try:
        payload = parse_json(data)
    except ValueError:
        return
    for name in _EVENTS:
        with suppress(InputError, UndecidedError):
            read_event(name, payload)


def read_requests(data: bytes) -> None:
    """Read a file of exported requests; what is taken can be kept by number and by hash."""
    try:
        found = read_export(data.decode("utf-8", "replace"), "x.json")
    except InputError:
        return
    for request in found.requests:
        assert 0 < request.number <= 1 << 53
        assert all(HASH.fullmatch(sha) for sha in request.commits)
        assert not any("\ud800" <= char <= "\udfff" for char in request.body)


def read_catalogue(data: bytes) -> None:
    """Read a metric catalogue; its mistakes have lines, and what is read can be named again."""
    text = data.decode("utf-8", "replace")
    problems: tuple[tuple[int, str], ...] = ()
    catalogue = None
    try:
        catalogue = parse_catalogue("metrics.yml", text)
    except ConfigError as error:
        problems = error.problems
    assert all(line > 0 and sentence for line, sentence in problems)
    if catalogue is None:
        assert problems
        return
    for slug, metric in catalogue.metrics.items():
        assert catalogue.find(slug) is metric
        assert catalogue.find(metric.title) is metric
        assert len(catalogue.definition(metric)) == 16


def read_answer(data: bytes) -> None:
    """Read what a source may answer: a finite number, nothing, or a reason, and no other error."""
    metric = Metric("m-m", "m", Backend("b", "http"), 168, aggregate="sum")
    window = window_of(TODAY, 168)
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    for found in (answer if isinstance(answer, list) else [answer], [answer]):
        with suppress(QueryError):
            reading = judge_number(metric, fold_values(found, metric, window))
            number = reading.number
            assert (number is not None and number.is_finite()) or reading.reason
    if isinstance(answer, dict):
        with suppress(QueryError, SourceError):
            read_instant(answer)


def read_values(data: bytes) -> None:
    """Find numbers and days in prose; they stand in it, in order."""
    text = data.decode("utf-8", "replace")
    parse_quantity(text)
    quantities = [
        span for start, end, _ in find_quantities(text, bare=True) for span in (start, end)
    ]
    days = [span for start, end, _ in find_dates(text, TODAY) for span in (start, end)]
    for spans in (quantities, days):
        assert spans == sorted(spans)
        assert all(0 <= span <= len(text) for span in spans)
    for found in (*read_prose(text), *split_hypothesis(text)):
        assert 0 <= found.start <= found.end <= len(text)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "message": read_message,
    "description": read_description,
    "history": read_history,
    "yaml": read_yaml,
    "config": read_config,
    "schema": read_schema,
    "template": read_template,
    "ledger": read_ledger,
    "payload": read_payload,
    "requests": read_requests,
    "values": read_values,
    "catalogue": read_catalogue,
    "answer": read_answer,
}


@cache
def _policy() -> Policy:
    return Policy(config=resolve_config(read_presets()), schema=bundled_schema())


def _change(origin: Origin, text: str, title: str) -> Change:
    return Change("x", title, (Part(origin, "text", text),))


def _judge(origin: Origin, text: str, title: str) -> Verdict:
    return check(_change(origin, text, title), _policy(), TODAY)


def _commands(char: str) -> bool:
    """Tell whether a terminal may obey a character, or reorder what stands around it."""
    return category(char) in _CONTROLS or bidirectional(char) in _DIRECTIONS


def _hold(verdict: Verdict, text: str) -> None:
    """Require that findings point into the text, fail where they must, and can be shown."""
    text = text.replace("\r\n", "\n")
    if verdict.change.parts[0].origin is Origin.DESCRIPTION:  # a lone return ends no line of git's
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    for finding in verdict.findings:
        place = finding.location
        assert 1 <= place.line <= len(lines), finding
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1, finding
        assert not any(map(_commands, clean_line(finding.message))), finding
    errors = any(finding.severity is Severity.ERROR for finding in verdict.findings)
    assert errors == (verdict.status is Status.FAILED)
