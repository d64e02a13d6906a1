"""The contract as JSON (contract.schema.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.authoring.contract import ADMONITION, CONTRACT_VERSION, EXIT_CODES
from whygate.reporters.json_ import Report, dump_json
from whygate.schema.fields import Field, FieldKind
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whygate.authoring.contract import Contract
    from whygate.model import Severity


def render_contract_json(contract: Contract) -> str:
    """Return the contract of contract.schema.json version 1, ending in a newline."""
    return dump_json(
        {
            "version": CONTRACT_VERSION,
            "tool": {"name": "whygate", "version": __version__},
            "schema": contract.schema,
            "preset": contract.preset,
            "default_kind": contract.default_kind,
            "commit_scope": contract.commit_scope,
            "admonition": ADMONITION,
            "fields": _fields(contract.fields),
            "formats": [
                {"name": f.name, "says": f.says, "examples": list(f.examples)}
                for f in contract.formats
            ],
            "kinds": _kinds(contract),
            "exemptions": [
                {
                    "class": found.name,
                    "excuses": list(found.excuses),
                    "sentence": found.sentence,
                    "trailer": found.trailer,
                }
                for found in contract.exemptions
            ],
            "rules": _rules(contract),
            "rules_vary_by_path": contract.has_path_overrides,
            "forms": [
                {"name": f.name, "place": f.place, "title": f.title, "body": f.body}
                for f in contract.forms
            ],
            "forms_kind": contract.example_kind,
            "forms_complete": contract.complete,
            "exit_codes": [{"status": code, "means": means} for code, means in EXIT_CODES],
        }
    )


def _fields(fields: Iterable[Field]) -> list[Report]:
    return [
        {
            "name": field.name,
            "key": field.key,
            "title": field.title,
            "question": field.question,
            "description": field.description,
            "trailer": field.trailer,
            "type": str(field.kind),
            "format": field.format,
            "aliases": list(field.aliases),
            "choices": list(field.choices),
            "example": field.example,
            "min_words": field.min_words,
            "max_words": field.max_words,
            "max_items": field.max_items,
            "parts": _fields(field.parts),
        }
        for field in fields
        if field.kind is not FieldKind.CONSTANT
    ]


def _kinds(contract: Contract) -> list[Report]:
    return [
        {
            "name": kind.name,
            "types": list(kind.types),
            "skipped": kind.skipped,
            "needs": _severities(kind.needs),
            "exemptions": list(kind.exemptions),
        }
        for kind in contract.kinds
    ]


def _rules(contract: Contract) -> list[Report]:
    return [
        {
            "id": rule.id,
            "name": rule.name,
            "family": rule.family,
            "severity": str(rule.severity),
            "by_kind": _severities(rule.by_kind),
            "finds": rule.finds,
        }
        for rule in contract.rules
    ]


def _severities(weights: Mapping[str, Severity]) -> dict[str, str]:
    return {name: str(weight) for name, weight in weights.items()}
