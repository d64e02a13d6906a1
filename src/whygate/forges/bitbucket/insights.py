"""A verdict as a Code Insights report with annotations, sent by way of the proxy of Pipelines.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/
https://support.atlassian.com/bitbucket-cloud/docs/code-insights/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from whygate.forges.answers import Done
from whygate.forges.jobs import describe_finding, sum_up
from whygate.forges.port import ForgeError
from whygate.forges.rest import ApiError, Rest
from whygate.model import Severity
from whygate.text.clean import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.port import Report
    from whygate.model import Finding, Verdict

REPORT_ID = "whygate"
MOST = 1_000  # annotations of a report
AT_ONCE = 100  # that are taken at once
_SUMMARY, _DETAILS = 450, 2_000  # characters that are taken
_PASSED = {"success": "PASSED", "failure": "FAILED", "error": "FAILED"}
_SEVERITIES = {Severity.ERROR: "HIGH", Severity.WARNING: "MEDIUM"}
_Said = TypeVar("_Said")
_NOT_DELETED = (403, 404, 405)  # there is none, or the way to it lets none be deleted


class _Put(Struct):
    """A report as Bitbucket took it."""

    result: str


class Proxy(Rest):
    """What the proxy of a step lets through without a token: the reports of a commit."""

    name = "Bitbucket"
    url_variable = "the address of Bitbucket"
    may_be_anonymous = True
    grant = (
        "reports go through the proxy of Pipelines (localhost:29418) or, where none answers, need "
        "WHYGATE_TOKEN with the scope `write:repository:bitbucket`"
    )

    def headers(self) -> Mapping[str, str]:
        """Return nothing: the proxy knows the step."""
        return {}


class Insights:
    """The report of one commit; every method raises ApiError when it cannot be published.

    `address` is its path. The proxy is asked first; where none listens, as in a runner of one's
    own without containers, `direct` is, with its token.
    """

    def __init__(self, address: str, proxy: Rest, direct: Rest) -> None:
        self._address = address
        self._ways = [proxy, direct]

    def open(self, link: str) -> None:
        """Make the report anew: pending, and without what an earlier run said of the commit."""
        self._send(self._delete)
        self._put("PENDING", "whygate is reading", link, {})

    def close(self, report: Report, link: str) -> None:
        """Say what a run found; the annotations come first, so that no half report passes."""
        found = [_annotation(v, f) for v in report.verdicts for f in v.findings]
        rows = [
            {"external_id": f"{REPORT_ID}-{number}", **row}
            for number, row in enumerate(found[:MOST], 1)
        ]
        for start in range(0, len(rows), AT_ONCE):
            self._annotate(rows[start : start + AT_ONCE])
        state, said = sum_up(report)
        details = clean(report.failure or said)
        counts = {name: report.outputs.get(name, 0) for name in ("errors", "warnings")}
        self._put(_PASSED[state], details[:_DETAILS], link, counts)

    def _annotate(self, rows: Sequence[Mapping[str, object]]) -> None:
        path = f"{self._address}/annotations"
        self._send(lambda way: way.send("POST", path, rows, list[Done], again=True))

    def _put(self, result: str, details: str, link: str, counts: Mapping[str, object]) -> None:
        body: dict[str, object] = {
            "title": "whygate",
            "details": details,
            "report_type": "TEST",
            "reporter": "whygate",
            "link": link,
            "result": result,
            "data": [
                {"title": name.capitalize(), "type": "NUMBER", "value": count}
                for name, count in counts.items()
            ],
        }
        told = self._send(lambda way: way.send("PUT", self._address, body, _Put)).result
        if told != result:
            raise ForgeError(f"Bitbucket took the report `{result}` for `{told}`", hint=Proxy.grant)

    def _delete(self, way: Rest) -> None:
        try:
            way.delete(self._address)
        except ApiError as error:
            if error.status not in _NOT_DELETED:
                raise

    def _send(self, work: Callable[[Rest], _Said]) -> _Said:
        try:
            return work(self._ways[0])
        except ApiError as error:
            if error.status or len(self._ways) == 1:
                raise
            del self._ways[0]
            return work(self._ways[0])


def _annotation(verdict: Verdict, finding: Finding) -> dict[str, object]:
    """Return a finding as an annotation; it stands in no file, so it names none."""
    title, message = describe_finding(verdict, finding)
    first, _, rest = message.partition("\n")
    row: dict[str, object] = {
        "annotation_type": "CODE_SMELL",
        "summary": clean_line(f"{title}: {first}")[:_SUMMARY],
        "severity": _SEVERITIES.get(finding.severity, "LOW"),
    }
    return {**row, "details": clean(rest)[:_DETAILS]} if rest else row
