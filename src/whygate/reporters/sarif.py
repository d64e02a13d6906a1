"""The findings of an audit or a check as SARIF 2.1.0, for code scanning and its viewers."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.judge.rules import RULES, family_of
from whygate.reporters.json_ import dump_json
from whygate.reporters.links import rule_link, safe_link
from whygate.reporters.rule_help import RuleHelp, read_rule_help
from whygate.text.clean import clean_line
from whygate.text.message import without_number
from whygate.version import HOME, __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.audit.record import Basis, Record
    from whygate.judge.case import Rule
    from whygate.model import Finding, Verdict

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# SARIF 2.1.0, section 3.27.10; an `info` finding is a note.
_LEVELS = {"error": "error", "warning": "warning", "info": "note", "off": "none"}
_CONFIG_ENDINGS = (".yml", ".yaml", ".toml", ".json")
_README = "README.md"

Value = dict[str, object]


def render_sarif(basis: Basis, records: Sequence[Record]) -> str:
    """Return a SARIF log with one result for each finding, ending in a newline.

    A change is no file: each result stands at line 1 of the configuration file (of the README
    when there is none), and names its change as a logical location. Its fingerprint is made of
    the full hash and the rule, so it is the same alert in every later run. Code scanning
    services keep a limited number of results of one run: audit a shorter range for them.
    """
    results = list(_results(_artifact(basis), records))
    rules = [_describe(rule) for rule in RULES]
    run = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": "whygate/audit/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(basis)],
        "results": results,
        "properties": _properties(basis, records),
    }
    return dump_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def render_check(verdicts: Sequence[Verdict]) -> str:
    """Return a SARIF log of judged texts, ending in a newline.

    A finding stands in the file that was judged. Where only one mend is possible, the result has
    it as a fix (section 3.55): the region of a piece of one line, and what to write in its place.
    """
    rules = [_describe(rule) for rule in RULES]
    places = {rule.id: place for place, rule in enumerate(RULES)}
    results = [_checked(finding, places) for v in verdicts for finding in v.findings]
    run = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": "whygate/check/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": results,
    }
    return dump_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _checked(finding: Finding, places: Mapping[str, int]) -> Value:
    """Return the result of one finding (section 3.27)."""
    place = finding.location
    artifact = {"uri": quote(place.path.encode("utf-8", "replace"))}
    region = {"startLine": place.line, "startColumn": place.column}
    result: Value = {
        "ruleId": finding.rule,
        **({"ruleIndex": places[finding.rule]} if finding.rule in places else {}),
        "level": _LEVELS[finding.severity],
        "message": {"text": clean_line(finding.message).replace("](", "] (")},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if finding.edit is None:
        return result
    edit = finding.edit
    deleted = {
        "startLine": edit.location.line,
        "startColumn": edit.location.column,
        "endColumn": edit.location.column + len(edit.old),
    }
    replacement = {"deletedRegion": deleted, "insertedContent": {"text": edit.new}}
    change = {"artifactLocation": artifact, "replacements": [replacement]}
    described = {"text": f"Write {clean_line(edit.new)}"}
    return result | {"fixes": [{"description": described, "artifactChanges": [change]}]}


def _driver(rules: list[Value]) -> Value:
    return {
        "name": "whygate",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": rules,
    }


def _describe(rule: Rule) -> Value:
    """Return a reportingDescriptor (section 3.49)."""
    told = read_rule_help(rule)
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": told.summary},
        "fullDescription": {"text": " ".join((told.summary, *told.reasons))},
        "helpUri": rule_link(rule.id),
        "help": {"text": rule.documentation, "markdown": _markdown(told)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [family_of(rule)]},
    }


def _markdown(told: RuleHelp) -> str:
    parts = [told.summary, *told.reasons]
    for head, text in told.examples:
        parts += [f"**{head}**", f"````markdown\n{text}\n````"]
    return "\n\n".join(parts)


def _artifact(basis: Basis) -> str:
    """Return the relative path every result points to, as a URI reference (section 3.4.3)."""
    config = basis.config.replace("\\", "/")
    is_inside = not config.startswith(("/", "..")) and ":" not in config
    named = is_inside and config.endswith(_CONFIG_ENDINGS)
    return quote(config.encode("utf-8", "replace")) if named else _README


def _results(artifact: str, records: Sequence[Record]) -> Iterator[Value]:
    indexes = {rule.id: (place, rule) for place, rule in enumerate(RULES)}
    for record in records:
        for nth, (rule_id, severity) in enumerate(record.rules):
            result: Value = {"ruleId": rule_id}
            found = rule_id
            if rule_id in indexes:
                place, rule = indexes[rule_id]
                result["ruleIndex"] = place
                found = read_rule_help(rule).summary
            before = sum(known == rule_id for known, _ in record.rules[:nth])
            fingerprint = _fingerprint(record, rule_id, before)
            yield result | {
                "level": _LEVELS.get(severity, "none"),
                "message": {"text": _message(record, found)},
                "locations": [_location(artifact, record)],
                "partialFingerprints": fingerprint,
                "properties": _result_properties(record),
            }


def _message(record: Record, found: str) -> str:
    """Return the sentence of a result; a title cannot write a link (section 3.11.6) into it."""
    title = clean_line(without_number(record.title, record.identity)).replace("](", "] (")
    return f"{clean_line(record.identity)} {title}: {found}"


def _location(artifact: str, record: Record) -> Value:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": artifact, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {
                "name": clean_line(record.identity),
                "fullyQualifiedName": clean_line(record.sha),
                "kind": "commit",
            }
        ],
    }


def _fingerprint(record: Record, rule: str, before: int) -> Mapping[str, str]:
    """Return the fingerprints of a finding; `before` counts the same rule's in its change.

    Every result stands in the same line, so the one GitHub compares is set as well:
    https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning
    """
    whole = json.dumps([record.sha or record.identity, rule, before])
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return {"changeAndRule/v1": digest, "primaryLocationLineHash": f"{digest}:1"}


def _result_properties(record: Record) -> Value:
    day = record.day.isoformat() if record.day is not None else ""
    return {
        "day": day,
        "kind": record.kind,
        "state": record.state,
        "area": record.area,
        "url": safe_link(record.url),
    }


def _invocation(basis: Basis) -> Value:
    notes = [{"level": "note", "message": {"text": clean_line(note)}} for note in basis.notes]
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _properties(basis: Basis, records: Sequence[Record]) -> Value:
    blind = sum(record.is_blind for record in records)
    judged = sum(record.state != "skipped" for record in records) - blind
    return {
        "repository": basis.repository,
        "range": basis.revisions,
        "branch": basis.branch,
        "head": basis.head,
        "unit": basis.unit,
        "filters": list(basis.filters),
        "today": basis.today.isoformat(),
        "timezone": basis.timezone,
        "configuration": basis.config,
        "preset": basis.preset,
        "schema": basis.schema,
        "templates": list(basis.templates),
        "changes": len(records),
        "judged": judged,
        "blind": blind,
    }
