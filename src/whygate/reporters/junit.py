"""An audit or a check as JUnit XML: one test case for each judged change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.judge.rules import RULES
from whygate.model import Severity
from whygate.reporters.coverage import BLIND_ROW
from whygate.reporters.rule_help import read_rule_help
from whygate.text.clean import clean_line
from whygate.text.message import without_number
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from whygate.audit.record import Basis, Record
    from whygate.model import Finding, Verdict

# Everything but the characters of XML 1.0, section 2.2.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(basis: Basis, records: Sequence[Record]) -> str:
    """Return a JUnit report, ending in a newline.

    A change with an error fails, an exempt one is skipped with its class, and so is a blind one;
    any other passes. What is no error stands in `system-out`. Changes nothing is asked of are left
    out and counted in the property `changes`. Times are zero: no clock is read.
    """
    from xml.etree.ElementTree import Element, SubElement, indent, tostring  # noqa: PLC0415 - slow

    judged = [record for record in records if record.state != "skipped"]
    counts = {
        "name": f"whygate audit of {_text(basis.repository)}",
        "tests": str(len(judged)),
        "failures": str(sum(map(_is_failure, judged))),
        "errors": "0",
        "skipped": str(sum(_is_exempt(record) or record.is_blind for record in judged)),
        "time": "0",
    }
    root = Element("testsuites", {key: counts[key] for key in counts if key != "skipped"})
    suite = SubElement(root, "testsuite", counts)
    properties = SubElement(suite, "properties")
    for name, value in _properties(basis, len(records)):
        SubElement(properties, "property", {"name": name, "value": _text(value)})
    summaries = {rule.id: f"{rule.name}: {read_rule_help(rule).summary}" for rule in RULES}
    for record in judged:
        suite.append(_case(record, summaries))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def render_check(verdicts: Sequence[Verdict], *, failure: str = "") -> str:
    """Return a JUnit report of judged texts, ending in a newline.

    A change with an error fails, an exempt one is skipped with the reason, any other passes; what
    is no error stands in `system-out`. `failure` says why there is no verdict: one case in error.
    """
    from xml.etree.ElementTree import Element, SubElement, indent, tostring  # noqa: PLC0415 - slow

    cases = [_verdict_case(verdict) for verdict in verdicts]
    if failure:
        case = Element("testcase", {"classname": "whygate", "name": "verdict", "time": "0"})
        SubElement(case, "error", {"type": "undecided", "message": _text(failure)})
        cases.append(case)
    counts = {
        "name": "whygate check",
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "1" if failure else "0",
        "time": "0",
    }
    root = Element("testsuites", counts)
    skipped = str(sum(case.find("skipped") is not None for case in cases))
    SubElement(root, "testsuite", {**counts, "skipped": skipped}).extend(cases)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _verdict_case(verdict: Verdict) -> Element:
    from xml.etree.ElementTree import Element, SubElement  # noqa: PLC0415 - slow

    change = verdict.change
    name = f"{change.identity} {without_number(change.title, change.identity)}"
    attributes = {"classname": _text(verdict.kind.name), "name": _text(name), "time": "0"}
    case = Element("testcase", attributes)
    errors = [found for found in verdict.findings if found.severity is Severity.ERROR]
    others = [found for found in verdict.findings if found.severity is not Severity.ERROR]
    if errors and not verdict.ok:
        failure = SubElement(case, "failure", {"type": _text(errors[0].rule)})
        failure.set("message", "; ".join(_said(found) for found in errors))
        failure.text = "\n".join(line for found in errors for line in _lines(found))
    elif verdict.exemption is not None:
        reason = f"{verdict.exemption.name}: {verdict.exemption.reason}"
        SubElement(case, "skipped", {"message": _text(reason)})
    if others:
        lines = [f"{_said(found)} ({found.severity})" for found in others]
        SubElement(case, "system-out").text = "\n".join(lines)
    return case


def _said(finding: Finding) -> str:
    return _text(f"{finding.rule} {finding.message}")


def _lines(finding: Finding) -> Iterator[str]:
    place = finding.location
    yield _text(f"{place.path}:{place.line}: {finding.rule} {finding.message}")
    yield from (f"    {_text(more)}" for more in (finding.question, finding.paste) if more)


def _case(record: Record, summaries: dict[str, str]) -> Element:
    from xml.etree.ElementTree import Element, SubElement  # noqa: PLC0415 - slow

    name = f"{record.identity} {without_number(record.title, record.identity)}"
    case = Element("testcase", {"classname": _text(record.kind), "name": _text(name), "time": "0"})
    errors = [rule for rule, severity in record.rules if severity == "error"]
    others = [
        f"{_told(rule, summaries)} ({_text(severity)})"
        for rule, severity in record.rules
        if severity != "error"
    ]
    if errors:
        failure = SubElement(case, "failure", {"type": _text(errors[0])})
        failure.set("message", "; ".join(_told(rule, summaries) for rule in errors))
        failure.text = "\n".join((*(_told(rule, summaries) for rule in errors), *_where(record)))
    elif _is_exempt(record):
        SubElement(case, "skipped", {"message": f"exempt: {_text(record.reason)}"})
    elif record.is_blind:
        SubElement(case, "skipped", {"message": BLIND_ROW})
    if others:
        SubElement(case, "system-out").text = "\n".join(others)
    return case


def _told(rule: str, summaries: dict[str, str]) -> str:
    return f"{_text(rule)} {summaries.get(rule, '')}".strip()


def _where(record: Record) -> Iterator[str]:
    yield f"commit {_text(record.sha)}"
    if record.url:
        yield _text(record.url)


def _is_failure(record: Record) -> bool:
    return any(severity == "error" for _, severity in record.rules)


def _is_exempt(record: Record) -> bool:
    return record.state == "exempt" and not _is_failure(record)


def _text(text: str) -> str:
    """Return one line that is safe to print and that an XML parser accepts."""
    return _NOT_XML.sub("\ufffd", clean_line(text))


def _properties(basis: Basis, changes: int) -> Iterator[tuple[str, str]]:
    yield "whygate", __version__
    yield "range", basis.revisions
    yield "branch", basis.branch
    yield "head", basis.head
    yield "unit", basis.unit
    yield "filters", ", ".join(basis.filters)
    yield "today", basis.today.isoformat()
    yield "timezone", basis.timezone
    yield "configuration", basis.config
    yield "preset", basis.preset
    yield "schema", basis.schema
    yield "templates", ", ".join(basis.templates)
    yield "changes", str(changes)
    for note in basis.notes:
        yield "note", note
