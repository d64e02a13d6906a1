"""Turn a document into what whygate makes of it, with the functions every command uses."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from tests.corpus.document import CORPUS, TODAY

from whygate.catalogue import CATALOGUE_PATH
from whygate.context.fill import is_filled
from whygate.git.message_file import read_description, read_message
from whygate.judge.check import check
from whygate.model import Author, Change, Origin, Part
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.text.message import split_subject
from whygate.text.template import template_lines
from whygate.world.world import schema_prompts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.corpus.document import Document

    from whygate.model import Statement, Verdict
    from whygate.schema.document import DocumentSchema

BETS = {
    "faster-intake": (
        ".whygate/bets/faster-intake.yml",
        """\
version: 1
problem: nurses copy the referral letter by hand into three screens
audience: intake nurses of the eleven clinics
outcome: a referral is on the ward list before the patient is
measurement:
  - metric: minutes from letter to ward list
    baseline: 41 min
    target: 10 min
    evaluate_by: 2027-01-31
""",
    )
}
# Findings that what stands in a field says nothing a reader could use: it is empty, or is no day,
# no number and nobody where one is asked for.
_EMPTY = ("WG111", "WG112", "WG113", "WG114", "WG115", "WG116", "WG118")
_SAYS_NOTHING = (*_EMPTY, "WG207", "WG211", "WG215")


class Reading(Struct, frozen=True):
    """What whygate read: the answered fields with their texts, the kind, the rules it broke."""

    fields: dict[str, str]
    kind: str
    verdict: str
    rules: frozenset[str]
    sentences: tuple[str, ...]


def judge_document(document: Document) -> Reading:
    """Return what whygate makes of a document on the day of the corpus."""
    verdict = check(to_change(document), make_policy(document), TODAY)
    return Reading(
        fields=dict(_answers(verdict, {*document.undecided})),
        kind=verdict.kind.name,
        verdict=str(verdict.status),
        rules=frozenset(finding.rule for finding in verdict.findings),
        sentences=tuple(f"{f.rule} {f.severity}: {f.message}" for f in verdict.findings),
    )


def to_change(document: Document) -> Change:
    """Return the change a document stands for, read by the sources of the commands."""
    change = replace(
        _read_text(document),
        labels=document.labels,
        branch=document.branch,
        author=Author(login=document.author.login, is_bot=document.author.bot),
        paths=document.paths,
        lines_changed=document.lines_changed,
        parents=document.parents,
        is_draft=document.draft,
    )
    commits = (Part(Origin.COMMIT, f"commit {n}", t) for n, t in enumerate(document.commits, 1))
    return replace(change, parts=(*change.parts, *commits))


def make_policy(document: Document) -> Policy:
    """Return the policy of the repository a document belongs to."""
    schema = _load_schema(document.schema)
    layer = None
    if document.config:
        layer = parse_config(document.config, ".whygate.yml", json.loads(read_bundled(CONFIG)))
    return Policy(
        config=resolve_config(read_presets(), layer),
        schema=schema,
        template=template_lines(f"{schema_prompts(schema)}\n{document.template}"),
        bets=BETS,
        metrics=(CATALOGUE_PATH, document.metrics) if document.metrics else None,
    )


@lru_cache
def _load_schema(name: str) -> DocumentSchema:
    if not name:
        return bundled_schema()
    path = CORPUS / "schemas" / f"{name}.json"
    return load_user_schema(path.read_text(encoding="utf-8"), path.name)


def _read_text(document: Document) -> Change:
    if document.message:
        text = _with_newlines(document, document.message)
        part = Part(Origin.MESSAGE, document.name, text)
        return Change(document.name, split_subject(text)[0], (part,))
    if document.edited:
        return read_message(None, _with_newlines(document, document.edited).encode())
    data = _with_newlines(document, document.body).encode()
    return read_description(None, data, title=document.title)


def _with_newlines(document: Document, text: str) -> str:
    return text.replace("\n", "\r\n") if document.newline == "crlf" else text


def _answers(verdict: Verdict, undecided: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that are answered, by their short names, each with its text."""
    hollow = {*_SAYS_NOTHING} - undecided
    empty = {finding.field for finding in verdict.findings if finding.rule in hollow}
    for statement in _statements(verdict):
        if is_filled(statement) and statement.field not in empty:
            yield statement.field.removeprefix("measurement."), statement.text


def _statements(verdict: Verdict) -> Iterator[Statement]:
    for statement in verdict.context.statements():
        if statement.field != "kind":
            yield statement
