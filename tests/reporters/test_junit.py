from __future__ import annotations

from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped, TestCase

from whygate.audit.record import Basis, Record
from whygate.reporters.junit import render_junit

BASIS = Basis(
    repository="acme/shop",
    revisions="v1..main",
    branch="main",
    head="0123456789abcdef0123456789abcdef01234567",
    unit="first-parent changes",
    today=date(2026, 3, 9),
    timezone="UTC",
    config=".whygate.yml",
    preset="adopt",
    schema="product-context 1",
    notes=("One object could not be read.",),
)


def record(number: int = 1, state: str = "missing", **more: object) -> Record:
    given: dict[str, object] = {
        "identity": f"#{number}",
        "sha": f"{number:040x}",
        "title": f"change {number}",
        "day": date(2026, 3, 1),
        "author": "Ada",
        "kind": "fix",
        "state": state,
    }
    return Record(**(given | more))  # type: ignore[arg-type]


def read(report: str) -> list[TestCase]:
    """Return the cases as a reader of CI reports sees them."""
    return [case for suite in JUnitXml.fromstring(report.encode()) for case in suite]


def test_render_junit_error_is_a_failure_with_its_message() -> None:
    rules = (("WG101", "error"), ("WG104", "warning"), ("X999", "error"))

    (case,) = read(render_junit(BASIS, [record(rules=rules, url="https://example.org/1")]))

    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert (case.classname, case.name) == ("fix", "#1 change 1")
    assert failure.type == "WG101"
    assert failure.message == (
        "WG101 problem-missing: Nothing says which problem the change solves.; X999"
    )
    assert failure.text.split("\n")[2:] == [f"commit {1:040x}", "https://example.org/1"]
    assert (
        case.system_out == "WG104 audience-missing: Nothing says whom the change helps. (warning)"
    )


def test_render_junit_exempt_change_is_skipped() -> None:
    (case,) = read(render_junit(BASIS, [record(state="exempt", reason="internal")]))

    (skipped,) = case.result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "exempt: internal"


def test_render_junit_blind_change_is_skipped() -> None:
    (case,) = read(render_junit(BASIS, [record(state="blind")]))

    (skipped,) = case.result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "blind: the description is on the forge"


def test_render_junit_exempt_change_with_an_error_fails() -> None:
    rules = (("WG403", "error"),)

    (case,) = read(render_junit(BASIS, [record(state="exempt", reason="x", rules=rules)]))

    assert [type(result) for result in case.result] == [Failure]


def test_render_junit_counts_what_it_holds() -> None:
    records = [
        record(1, "complete"),
        record(2, rules=(("WG101", "error"),)),
        record(3, "exempt", reason="internal"),
        record(4, "skipped", reason="bot"),
    ]

    report = render_junit(BASIS, records)
    (suite,) = list(JUnitXml.fromstring(report.encode()))

    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (3, 1, 1, 0)
    assert [case.name for case in suite] == ["#1 change 1", "#2 change 2", "#3 change 3"]
    known = {entry.name: entry.value for entry in suite.properties()}  # type: ignore[no-untyped-call]
    assert known["changes"] == "4"
    assert known["head"] == BASIS.head
    assert known["note"] == "One object could not be read."


def test_render_junit_nothing_to_judge() -> None:
    report = render_junit(BASIS, [])

    assert read(report) == []
    assert report.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites')
    assert report.endswith("</testsuites>\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("]]></failure><x/>", id="markup"),
        pytest.param('" x="', id="quote"),
        pytest.param("\x00\x08\x1b\x7f\x85\ud800\ufffe\uffff", id="not-xml"),
        pytest.param("a\u2028b\r\nc\td", id="lines"),
        pytest.param("&amp;&#0;<!DOCTYPE x>", id="entities"),
    ],
)
def test_render_junit_hostile_text_stays_text(text: str) -> None:
    hostile = record(
        identity=text,
        sha=text,
        title=text,
        kind=text,
        reason=text,
        rules=((text, "error"), (text, text)),
        url=text,
    )

    root = ElementTree.fromstring(render_junit(BASIS, [hostile, record(state="exempt")]))

    assert {e.tag for e in root.iter()} == {
        *("testsuites", "testsuite", "properties", "property"),
        *("testcase", "failure", "system-out", "skipped"),
    }


@settings(deadline=None, max_examples=200)
@given(st.text(), st.text())
def test_render_junit_any_text_is_well_formed(title: str, rule: str) -> None:
    report = render_junit(BASIS, [record(title=title, rules=((rule, "error"), (rule, "info")))])

    assert len(read(report)) == 1
    assert report == render_junit(
        BASIS, [record(title=title, rules=((rule, "error"), (rule, "info")))]
    )
