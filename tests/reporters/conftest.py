"""A basis, and histories of records: a small one to show, and any at all to count."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from whygate.audit.record import Basis, Record

REASONS = {"exempt": ["internal", "trivial"], "skipped": ["bot", "merge", "docs"]}
STATES = ["complete", "partial", "missing", "exempt", "skipped", "blind"]
HOSTILE = [
    *("=1+1", "@SUM(A1)", "-2", "\t=1", "::error::x", "##[error]x", "a,b", 'say "x"', "a;b"),
    *("<img src=x onerror=y>", "[a](javascript:x)", "a|b", "**a**", "`a`", "@lena", "#1", "a_b_"),
    *("&lt;b&gt;", "\\", "~~a~~", "https://example.org", "\x1b[31m", "\u202e", "\n# a", "\r\n- a"),
    *("$a$", ":bug:", "\u2028", "\ufeff=1", "\x00", "\u754c", "", "x" * 90, "www.example.org"),
]


def make_basis(**more: object) -> Basis:
    """Return the basis of an audit."""
    given: dict[str, object] = {
        "repository": "acme/shop",
        "revisions": "v1..main",
        "branch": "",
        "head": "0123456789abcdef0123456789abcdef01234567",
        "unit": "first-parent changes",
        "today": date(2026, 3, 9),
        "timezone": "UTC",
        "config": ".whygate.yml",
        "preset": "adopt",
        "schema": "product-context 1",
    }
    return Basis(**(given | more))  # type: ignore[arg-type]


def make_record(number: int = 1, state: str = "missing", **more: object) -> Record:
    """Return the record of a change that goes by its number."""
    given: dict[str, object] = {
        "identity": f"#{number}",
        "sha": f"{number:040x}",
        "title": f"change {number}",
        "day": date(2026, 3, 1),
        "author": "Ada <ada@example.org>",
        "kind": "feature",
        "state": state,
    }
    return Record(**(given | more))  # type: ignore[arg-type]


def small_history() -> list[Record]:
    """Return ten changes of two months: six judged, five of them asked, one blind."""
    why, plan = ("problem", "Why"), ("measurement", "Metric")
    error, warning = ("WG103", "error"), ("WG104", "warning")
    early = date(2026, 2, 27)
    return [
        make_record(9, "complete", answers=(why, plan), forms=("section", "trailer"), area="src"),
        make_record(8, "partial", answers=(why,), forms=("section",), rules=(error,), area="src"),
        make_record(7, "skipped", reason="merge", kind="merge"),
        make_record(6, "missing", rules=(error, warning), title="a|b <i>", kind="fix"),
        make_record(5, "exempt", reason="internal", title="tiny export"),
        make_record(4, "complete", answers=(("problem", "Problem"), plan), day=early),
        make_record(3, "missing", rules=(("WG210", "info"),), day=early),
        make_record(2, "skipped", reason="bot", day=early),
        make_record(1, "skipped", reason="merge", day=None, kind="merge"),
        make_record(0, "blind", title="a request", day=early, kind="fix"),
    ]


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    """Draw a record whose texts are hostile."""
    texts = st.sampled_from(HOSTILE)
    fields = st.sampled_from(["problem", "outcome", "kind", "risk", "exempt"])
    rules = st.tuples(
        st.sampled_from(["WG101", "WG103", "WG999"]), st.sampled_from(["error", "warning", "info"])
    )
    state = draw(st.sampled_from(STATES))
    return make_record(
        draw(st.integers(0, 99)),
        state,
        reason=draw(st.sampled_from(REASONS.get(state, [""]))),
        title=draw(texts),
        author=draw(texts),
        kind=draw(st.sampled_from(["feature", "fix"])),
        day=draw(st.sampled_from([None, date(2026, 1, 1), date(2026, 2, 1)])),
        answers=tuple(draw(st.dictionaries(fields, texts, max_size=3)).items()),
        forms=tuple(sorted(draw(st.sets(st.sampled_from(["trailer", "section"]))))),
        rules=tuple(sorted(draw(st.sets(rules, max_size=3)))),
        area=draw(texts),
        url=draw(texts),
    )


ANY_HISTORY = st.lists(any_record(), max_size=14)
