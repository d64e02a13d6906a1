"""The contract as JSON (contract.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.authoring.contract import ADMONITION, CONTRACT_VERSION, EXIT_CODES
from whygate.model import Severity
from whygate.reporters.json_ import Report, dump_json
from whygate.schema.fields import Field, FieldKind
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from whygate.authoring.contract import Contract, KindDemand


def render_contract_json(contract: Contract) -> str:
    """Return the contract of contract.schema.json version 1, ending in a newline.

    It is small, because an agent pays for each of its words: one line, without what is empty.
    `whygate show schema --effective` has the aliases, `whygate rules` what each rule finds.
    """
    kind = next((kind for kind in contract.kinds if kind.name == contract.example_kind), None)
    shown = frozenset(kind.needs) if kind else frozenset()
    contents: Report = {
        "version": CONTRACT_VERSION,
        "tool": {"name": "whygate", "version": __version__},
        "schema": contract.schema,
        "preset": contract.preset,
        "default_kind": contract.default_kind,
        "commit_scope": contract.commit_scope,
        "admonition": ADMONITION,
        "fields": _fields(contract.fields, shown),
        "formats": [
            {"name": f.name, "says": f.says, "examples": f.examples} for f in contract.formats
        ],
        "kinds": [_kind(kind) for kind in contract.kinds],
        "exemptions": [
            {"class": e.name, "excuses": e.excuses, "sentence": e.sentence, "trailer": e.trailer}
            for e in contract.exemptions
        ],
        "rules": _by_severity((rule.id, rule.severity) for rule in contract.rules),
        "rules_by_kind": {
            rule.id: _by_severity(rule.by_kind.items()) for rule in contract.rules if rule.by_kind
        },
        "rules_vary_by_path": contract.has_path_overrides,
        "forms": [
            {"name": form.name, "title": form.title, "body": form.body} for form in contract.forms
        ],
        "forms_kind": contract.example_kind,
        "forms_complete": contract.complete,
        "exit_codes": {str(code): meaning for code, meaning in EXIT_CODES},
    }
    return dump_json(contents, indent=None)


def _fields(fields: Iterable[Field], shown: Collection[str]) -> list[Report]:
    """Return the fields without what is empty; an example where no form shows one."""
    found: list[Report] = []
    for field in fields:
        if field.kind is FieldKind.CONSTANT:
            continue
        values: Report = {
            "name": field.name,
            "title": field.title,
            "trailer": field.trailer,
            "description": field.description or field.question,
            "type": "" if field.kind is FieldKind.TEXT else str(field.kind),
            "format": field.format,
            "choices": field.choices,
            "example": "" if field.name in shown else field.example,
            "min_words": field.min_words,
            "max_words": field.max_words,
            "max_items": field.max_items,
            "parts": _fields(field.parts, shown),
        }
        found.append({key: value for key, value in values.items() if value})
    return found


def _kind(kind: KindDemand) -> Report:
    if kind.skipped:
        return {"name": kind.name, "types": kind.types, "skipped": True}
    needs = _by_severity(kind.needs.items())
    return {"name": kind.name, "types": kind.types, "needs": needs, "exemptions": kind.exemptions}


def _by_severity(weights: Iterable[tuple[str, Severity]]) -> Report:
    """Return the names under what each weighs, the heaviest first."""
    found: dict[str, list[str]] = {}
    for name, severity in sorted(weights, key=lambda weight: list(Severity).index(weight[1])):
        found.setdefault(str(severity), []).append(name)
    return dict(found)
