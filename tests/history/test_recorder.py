"""Commits to records: a glance says what a full reading would, for any message at all."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.history.conftest import make_entry, make_policy

from whygate.history.recorder import Recorder
from whygate.history.stream import carried_change
from whygate.model import Severity
from whygate.policy.config import Override, PartialConfig, PathRule
from whygate.policy.policy import Policy
from whygate.schema.document import parse_schema
from whygate.text.commit import MESSAGE_LIMIT

if TYPE_CHECKING:
    from whygate.git.log import LoggedCommit

POLICY = make_policy()
TODAY = date(2026, 12, 1)
OWN_SCHEMA = parse_schema(
    """{"type": "object", "properties": {
        "problem": {"type": "string", "title": "2nd thoughts"},
        "danger": {"type": "string", "title": "Gefahr f\\u00fcr uns",
                   "x-aliases": ["\\u5371\\u9669"]},
        "it": {"type": "string", "title": "It's", "x-trailer": "Its-Own"}
    }}""",
    "own.json",
    {},
)
OWN = Policy(config=POLICY.config, schema=OWN_SCHEMA)
WORDS = sorted(
    {
        *POLICY.schema.vocabulary.labels,
        *POLICY.schema.vocabulary.trailers,
        *POLICY.schema.vocabulary.parts,
        *OWN_SCHEMA.vocabulary.labels,
        *("probelm", "outcom", "the", "user", "2nd", "its", "benefit's", "not", "what", "n"),
        *("Signed-off-by", "Probelm", "TBD", "it is slow because the index is rebuilt each time"),
    }
)
MARKS = [
    *("\n", "\n\n", " ", "  ", "    ", "\t", "\r\n", "\r", ":", ": ", "**", "*", "__", "_", "`"),
    *("```", "~~~", "<!--", "-->", "# ", "## ", "---\n", "===\n", "- ", "1. ", "> ", "(", ")"),
    *("[", "]", "](x)", "[1] ", "&amp;", "&", "<b>", "'", '"', "!", "?", ".", ",", ";", "\u2028"),
    *("\x0b", "\xe9", "\u200b", "\u754c", "\U0001f41b", ":bug:", "1234", "12", "=", "-", "|", "/"),
    *("Outcome-For: #1\n", "outcome-result: met\n", "Outcome-Evidence", "Bet: cart-sync\n"),
    *("Change-Id: I" + "a1" * 20 + "\n", "Reverts a/b#7\n", "Evaluate-By: +30d\n"),
    *("(optional)", "\ufeff", "\x1c", "\uff1a", " " * 40, "x" * 90, "```yaml product-context\n"),
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(WORDS).map(str.title),
        st.sampled_from(MARKS),
        st.sampled_from(MARKS),
        st.text(max_size=3),
    ),
    max_size=14,
).map("".join)
SUBJECTS = st.sampled_from(
    [
        *("feat: add", "fix(cart)!: mend", "Add it", "[docs] say", "[fix: no", "revert: x", "\n"),
        *('Revert "add"', 'Reapply "x"', "Merge branch 'x'", "Merge pull request #7 from a/b"),
        *(
            "Auto merge of #8 - x, r=y",
            "Merge all of it",
            "fixup! add",
            "Add it (#12)",
            "x (y:z): w",
        ),
        *("chore(deps): bump", "feat(a:b): c", "two\nlines", "\ufeff", " led", "", "Bump x :tada:"),
        *("chore: release 2.1.0", "Chore(main): Release v2.1", "PAY-12: fix: mend", "P1-2 fix: x"),
        *(
            ":bug: fix: mend",
            "[#12] [minor] feat: add",
            "[Fix] mend",
            "A: b",
            "Docs: say",
            "Ci!: x",
        ),
        *(
            "amend! add",
            "Back out D1234567",
            'Back out "add"',
            "Reverting it",
            "Merged in a",
            "fix",
        ),
        *("Merge remote-tracking branch 'a/b'", "Auto merge of it", "Merges: none", "deps(x): y"),
    ]
)
TITLES = st.lists(
    st.one_of(
        st.sampled_from(sorted(POLICY.config.kind_types)),
        st.sampled_from(["PAY-12", "[", "]", "(", ")", "!", ":", ": ", " ", "#12", "a-b", ":x:"]),
        st.sampled_from(["Revert", "Reapply", "Back out", "Merge", "fixup!", "release 1.2", '"']),
        st.sampled_from(['Revert "x"', "[MINOR] ", "WIP ", "Merge branch 'x' into 'y'", "oops, "]),
        st.sampled_from(
            ["rows: ", "db/rows.c: ", "a-b/ci: ", "add ", "& ", ", ", "fix", "feat", "add", "mend"]
        ),
        st.text(max_size=2),
    ),
    max_size=6,
).map("".join)
BODIES = st.one_of(
    TEXTS,
    TEXTS.map(lambda text: f"This reverts commit abcdef1.\n{text}"),
    TEXTS.map(lambda text: f"fix: x\n\n{text}\n\nSee merge request a/b!7"),
    st.just(""),
)


def recorder(policy: Policy = POLICY) -> Recorder:
    return Recorder(policy, TODAY, carried_change)


GLANCING = {id(POLICY): recorder(), id(OWN): recorder(OWN)}
READING = {id(POLICY): recorder(), id(OWN): recorder(OWN)}


@settings(max_examples=1500, deadline=None)
@given(st.one_of(SUBJECTS, TITLES), BODIES, st.integers(0, 2), st.sampled_from([POLICY, OWN]))
@example("Add it", "problem", 1, POLICY)
@example("chore(main): release 2.14.0", "", 1, POLICY)
@example("PAY-12: fix: mend", "", 1, POLICY)
@example("Add it", "```yaml product-context\n```", 1, POLICY)
@example("Add it", "```yaml\nproduct_context:\n  a: b\n```", 1, POLICY)
@example("Add it", "```problem\nx\n```", 1, POLICY)
@example("Add it", "```\nProblem: x\n```", 1, POLICY)
@example("Add it", "```\nx\n~~~", 1, POLICY)
@example("Add it", "<pre>\n```\nx\n```", 1, POLICY)
@example("Add it\n```\nx", "y\n```", 1, POLICY)
@example("Add it", "**Anything** x\n\n**Problem**: y", 1, POLICY)
@example("Add it", "* 'problem' of x", 1, POLICY)
@example("Add it", "2nd thoughts: none came", 1, OWN)
@example("Add it", "Gefahr f\xfcr uns\n\nviel", 1, OWN)
@example("Add it", "x\n\nits: gone", 1, OWN)
@example("Add it", "\n\nProbelm: it is slow", 1, POLICY)
@example("Add it", "\n\nOutcome-For: #1\nOutcome-Result: met\n", 1, POLICY)
@example('[MINOR] Revert "[#12] fix(x): y (#1)" (#3)', "", 1, POLICY)
@example('WIP: Revert "x"', "", 1, POLICY)
@example("PAY-12 fix: mend", "", 1, POLICY)
@example("PAY-12[MINOR] bug: mend", "", 1, POLICY)
@example("Re-add it", "", 1, POLICY)
@example("Add it", "\n\nWho it halps: users of the shop", 1, POLICY)
@example("Add it", "\n\n- Probelm: rows are lost", 1, POLICY)
@example("Add it", "\n\nProbelm\n\nrows are lost", 1, POLICY)
@example("add & fix: x", "", 1, POLICY)
@example("rows: add, fix: x", "", 1, POLICY)
@example("ci/rows: add x", "", 1, POLICY)
@example("rows/ci: add x", "", 1, POLICY)
@example("db/rows.c: add x", "", 1, POLICY)
@example("db/rows.c: docs: add x", "", 1, POLICY)
@example("bug-fix: add x", "", 1, POLICY)
@example("rows-fix: add x", "", 1, POLICY)
@example("do-not-merge: add x", "", 1, POLICY)
@example("rows: wip: fix: x", "", 1, POLICY)
@example("rows: add & feat: x", "", 1, POLICY)
@example("rows: fix: x", "", 1, POLICY)
@example("rows:  feat: x", "", 1, POLICY)
@example("rows: Revert x", "", 1, POLICY)
@example('rows: Revert "x"', "", 1, POLICY)
@example("rows: Merge branch 'x'", "", 2, POLICY)
@example("Merge branch 'x' into 'y'", "fix: x\n\nSee merge request a/b!7", 2, POLICY)
@example('Revert "add (#1)"', "This reverts commit abcdef1.", 1, OWN)
def test_record_is_the_one_of_a_full_reading(
    subject: str, body: str, parents: int, policy: Policy
) -> None:
    entry = make_entry(f"{subject}\n\n{body}", parents=parents)
    known = GLANCING[id(policy)]

    assert (known.glance(entry) or known.read(entry)) == READING[id(policy)].read(entry)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", b"x\n\n", b"x\n\nproblem\n"]))
def test_record_of_any_bytes(data: bytes, start: bytes) -> None:
    entry = make_entry(start + data.replace(b"\0", b""))
    known = GLANCING[id(POLICY)]

    assert (known.glance(entry) or known.read(entry)) == READING[id(POLICY)].read(entry)


@pytest.mark.parametrize(
    "message",
    [
        "Add it\n\nThe cache is cold after a restart, so the first page takes a second.\n",
        "Add it\n\nThe user's table has 3 rows; it's read once.\n\nSigned-off-by: Ada <a@b.c>\n",
        "Add it\n\n* one\n* two: three\n1. four\n[1] https://example.org/x\n",
        "Add it\n\n    static int main(void)\n    {\n\t\treturn 0;\n    }\n",
        "Add it\n\nFound by Andr\xe9 while reading.\n\nReviewed-by: Andr\xe9 <a@b.c>\n",
        "Add it\n\nWhat changes is the order; not the rows.\n\n---\n\nMore.\n",
        "Merge pull request #7 from a/b\n\nfix: mend the cart\n",
        "Add it\n\nIt says:\n\n```c\nint main(void);\n```\n\nor:\n~~~\nx\n~~~~\n",
        "Add it\n\n__init is renamed, ** is not\n***\n",
        "PAY-12: fix: mend it\n",
        "chore(main): release 2.14.0\n",
    ],
    ids=[
        *("prose", "contraction", "list", "code", "accent", "rule", "merge"),
        *("fences", "no-bold", "ticket", "release"),
    ],
)
def test_glance_is_enough_for_an_ordinary_message(message: str) -> None:
    assert recorder().glance(make_entry(message, parents=1)) is not None


@pytest.mark.parametrize(
    "message",
    [
        "Add it\n\nProblem: slow\n",
        "Add it\n\n## Problem\n\nslow\n",
        "Add it\n\n**Probelm**\n",
        "Add it\n\nProblem\n-------\n",
        "Add it\n\nx <!-- open\n",
        "Add it\n\n```yaml product-context\n",
        "Add it\r\n\r\nProblem:\r\n",
        "Add it\n\nOutcome-For: #1\nOutcome-Result: met\n",
        "Add it\r\n\r\nOUTCOME-RESULT: met\r\n",
        "Add it\n\nOutcome-Evidence: https://example.org\n",
    ],
)
def test_glance_is_not_enough_where_something_is_said(message: str) -> None:
    assert recorder().glance(make_entry(message)) is None


def record(message: str | bytes, **options: object) -> tuple[str, ...]:
    entry: LoggedCommit = make_entry(message, **options)  # type: ignore[arg-type]
    known = recorder()
    found = known.glance(entry) or known.read(entry)
    return found.identity, found.title, found.kind, found.state, found.reason


@pytest.mark.parametrize(
    ("message", "options", "expected"),
    [
        ("feat: a (#4)\n", {}, ("#4", "feat: a (#4)", "feature", "blind", "")),
        (
            "Merge pull request #7 from a/b\n\nfix: mend\n",
            {"parents": 2},
            ("#7", "fix: mend", "fix", "blind", ""),
        ),
        (
            "Merge branch 'x' into 'main'\n\nfix: mend\n\nSee merge request a/b!17\n",
            {"parents": 2},
            ("!17", "fix: mend", "fix", "blind", ""),
        ),
        (
            "Merge branch 'fix-rows' into 'main'\n\nSee merge request a/b!17\n",
            {"parents": 2},
            ("!17", "fix-rows", "unknown", "blind", ""),
        ),
        (
            "Merge pull request #8 from ada/fix-rows\n",
            {"parents": 2},
            ("#8", "fix-rows", "unknown", "blind", ""),
        ),
        (
            "Merged in fix-rows (pull request #9)\n\nfix: mend\n\nApproved-by: Ada\n",
            {"parents": 2},
            ("#9", "fix: mend", "fix", "blind", ""),
        ),
        ("Merged PR 10: fix: mend\n", {}, ("!10", "fix: mend", "fix", "blind", "")),
        ("Pull request #11: fix: mend\n", {}, ("#11", "fix: mend", "fix", "blind", "")),
        ("feat: a (!4)\n", {}, ("!4", "feat: a (!4)", "feature", "blind", "")),
        (
            "Merge branch 'x'\n",
            {"parents": 2},
            (None, "Merge branch 'x'", "merge", "skipped", "merge"),
        ),
        (
            "Merge branch 'x'\n",
            {"parents": 1},
            (None, "Merge branch 'x'", "unknown", "missing", ""),
        ),
        ("docs: say\n", {}, (None, "docs: say", "docs", "skipped", "docs")),
        ('Revert "a"\n', {}, (None, 'Revert "a"', "revert", "skipped", "revert")),
        ("fixup! a\n", {}, (None, "fixup! a", "unknown", "skipped", "fixup")),
        (
            "chore(deps): bump\n",
            {"author": "dependabot[bot] <1+dependabot[bot]@users.example>"},
            (None, "chore(deps): bump", "deps", "skipped", "bot"),
        ),
        (
            "Add it\n",
            {"author": "x <renovate[bot]>"},
            (None, "Add it", "unknown", "skipped", "bot"),
        ),
        (
            "Add it too\n",
            {"author": "shop-release[bot] <x@y>"},
            (None, "Add it too", "unknown", "skipped", "bot"),
        ),
        (
            "Add that\n",
            {"author": "Shop <7+shop-release[bot]@users.noreply.example>"},
            (None, "Add that", "unknown", "skipped", "bot"),
        ),
        (
            "Add [bot]\n",
            {"author": "Bot [bot] Fan <bot@y>"},
            (None, "Add [bot]", "unknown", "missing", ""),
        ),
        (
            "Merge pull request #7 from a/b\n\nfix: mend\n",
            {"parents": 2, "author": "mergify[bot] <x@y>"},
            ("#7", "fix: mend", "fix", "blind", ""),
        ),
        (
            b"Add it\n\n" + b"x" * MESSAGE_LIMIT,
            {},
            (None, "Add it", "unknown", "skipped", "too large"),
        ),
        ("", {}, (None, "", "unknown", "missing", "")),
    ],
    ids=lambda value: None if isinstance(value, dict | tuple) else str(value)[:24],
)
def test_record_of(
    message: str | bytes, options: dict[str, object], expected: tuple[str | None, ...]
) -> None:
    found = record(message, **options)

    assert found[1:] == expected[1:]
    assert expected[0] is None or found[0] == expected[0]


@pytest.mark.parametrize(
    ("message", "is_blind"),
    [
        pytest.param("Add it", False, id="no request"),
        pytest.param("Add it\n\nBody", False, id="body"),
        pytest.param("Merge branch 'a' into b", False, id="merge of branches"),
        pytest.param("Merge pull request #7 from a/b", True, id="merge"),
        pytest.param("Merge pull request #7 from a/b\n\nAdd it\n", True, id="title of a request"),
        pytest.param("Merge pull request #7 from a/b\n\nAdd it\n\nBody", False, id="its body"),
        pytest.param("Auto merge of #7 - a:b, r=c\n\nAdd it", True, id="bors"),
        pytest.param("Add it (#7)", True, id="squash"),
        pytest.param("Add it (#7)\n\nThe words of its author.", False, id="squash with a body"),
        pytest.param("Add it (#7)\n\nCo-authored-by: A <a@b.c>\n", True, id="squash, co-author"),
        pytest.param(
            "Add it (#7)\r\n\r\n* Add it\r\n\r\n* Mend it\r\n", True, id="squash, commits"
        ),
        pytest.param("Add it (#7)\n\n* one thing\n* another", False, id="squash, bullets"),
        pytest.param(
            "Merge branch 'a' into 'b'\n\nAdd it\n\nSee merge request a/b!7", True, id="gitlab"
        ),
        pytest.param(
            "Merge branch 'a' into 'b'\n\nAdd it\n\nCloses #3 and #4\n\nSee merge request a/b!7",
            True,
            id="gitlab with an issue",
        ),
        pytest.param(
            "Merge branch 'a' into 'b'\n\nSee merge request a/b!7", True, id="gitlab, no title"
        ),
        pytest.param(
            "Merge branch 'a' into 'b'\n\nAdd it\n\nBody\n\nSee merge request a/b!7",
            False,
            id="gitlab with a body",
        ),
        pytest.param("Add it\n\nSee merge request a/b!7", True, id="gitlab squash"),
        pytest.param(
            "Merged in a (pull request #7)\n\nAdd it\n\nApproved-by: A", True, id="bitbucket"
        ),
        pytest.param(
            "Merged in a (pull request #7)\n\nAdd it\n\nBody", False, id="bitbucket, body"
        ),
        pytest.param(
            "Pull request #7: Add it\n\nMerge in P/r from a to b\n\n* commit 'abc':\n  Add it",
            True,
            id="bitbucket data center",
        ),
        pytest.param("Merged PR 7: Add it\n\nRelated work items: #3", True, id="azure"),
        pytest.param("Merged PR 7: Add it\n\nBody", False, id="azure with a body"),
        pytest.param("Merge pull request 'Add it' (#7) from a into b", True, id="gitea"),
    ],
)
def test_request_is_blind_of_which_only_the_title_is_here(message: str, is_blind: bool) -> None:
    entry = make_entry(message, parents=2)
    glanced = recorder().glance(entry)

    found = recorder().read(entry)
    assert found.is_blind is is_blind
    assert is_blind or found.state in ("missing", "skipped")
    assert glanced is None or glanced == recorder().read(entry)


def test_record_of_a_message_just_small_enough() -> None:
    message = b"Add it\n\n" + b"x" * (MESSAGE_LIMIT - 8)

    assert record(message)[3] == "missing"


def test_record_names_answers_labels_forms_and_rules() -> None:
    entry = make_entry("feat: a\n\n## Motivation\n\nit is slow since the index is built twice\n")
    found = recorder().read(entry)

    assert found.answers == (("problem", "Motivation"),)
    assert found.forms == ("section",)
    assert ("WG102", "error") in found.rules
    assert (found.author, found.day) == ("Ada <ada@example.org>", date(2025, 1, 1))


@pytest.mark.parametrize(
    ("paths", "kind"),
    [
        (("README.md",), "docs"),
        (("Cargo.lock",), "deps"),
        (("src/a.py",), "unknown"),
        ((), "unknown"),
    ],
)
def test_paths_decide_the_kind_at_a_glance(paths: tuple[str, ...], kind: str) -> None:
    known = Recorder(
        POLICY, TODAY, carried_change, find_area=lambda found: found[0] if found else ""
    )
    entry = make_entry("Add it\n", paths=paths)
    glanced = known.glance(entry)

    assert glanced is not None
    assert glanced == known.read(entry)
    assert (glanced.kind, glanced.area) == (kind, paths[0] if paths else "")


@pytest.mark.parametrize(
    "layer",
    [
        PartialConfig(exempt_paths=("vendor/",)),
        PartialConfig(overrides=(Override(Severity.INFO, paths=("src/**",)),)),
    ],
    ids=["exempt", "override"],
)
def test_paths_that_weigh_are_never_passed_over(layer: PartialConfig) -> None:
    known = recorder(Policy(config=POLICY.config.apply(layer), schema=POLICY.schema))

    assert known.glance(make_entry("Add it\n", paths=("src/a.py",))) is None
    assert known.glance(make_entry("Add it\n")) is not None


def test_many_kinds_of_titles_and_keys_stay_bounded() -> None:
    config = POLICY.config.apply(PartialConfig(kind_paths=(PathRule(("a/**",), "docs"),)))
    known = recorder(replace(POLICY, config=config))
    for number in range(5000):
        entry = make_entry(f"t{number}: x\n\nk{number}: y\nz{number}: y\n")
        glanced = known.glance(entry)
        assert glanced is not None
        assert glanced.kind == "unknown"


RESULT = "Outcome-For: #12\nOutcome-Result: met; 46 %\n"


@pytest.mark.parametrize(
    ("message", "author"),
    [
        (f"docs: say it\n\n{RESULT}", "Ada <ada@example.org>"),
        (f"docs: say it\n\n{RESULT}", "dependabot[bot] <x@example.org>"),
        (f'Revert "add"\n\nThis reverts commit abcdef1234.\n\n{RESULT}', "Ada <a@b.c>"),
        (f"fixup! add\n\n{RESULT}", "Ada <a@b.c>"),
        (f"feat: add\n\nProblem: nobody can find the button\n{RESULT}", "Ada <a@b.c>"),
        (f"feat: add\n\nText.\n\nSigned-off-by: Ada\n{RESULT}", "Ada <a@b.c>"),
    ],
    ids=["docs", "bot", "revert", "fixup", "stated", "signed"],
)
def test_result_is_never_lost(message: str, author: str) -> None:
    entry = make_entry(message, author=author)
    known = recorder()
    known.glance(make_entry("docs: say it\n\nText.\n"))
    record = known.glance(entry) or known.read(entry)

    assert [(r.change, r.value) for r in record.results] == [("#12", "46 %")]


def test_revert_names_what_it_takes_back() -> None:
    entry = make_entry('Revert "add (#7)"\n\nThis reverts commit abcdef1234.\n')
    assert recorder().glance(entry) is None  # its reason may be any line of prose

    record = recorder().read(entry)

    assert record.reverts == ("abcdef1234", "#7")


@pytest.mark.parametrize("title", ["fixup! feat: add", "feat: add"])
def test_plan_of_a_bot_or_a_fixup_is_none(title: str) -> None:
    body = "Metric: clicks\nTarget: 5 clicks\nEvaluate-By: +30d\n"
    author = "dependabot[bot] <x@y.z>" if title.startswith("feat") else "Ada <a@b.c>"

    assert recorder().read(make_entry(f"{title}\n\n{body}", author=author)).plans == ()


def test_recorder_keeps_the_answers_only_when_asked() -> None:
    message = (
        "feat: rows (#1)\n\nProblem: the export stops\n  at row 100, so accountants retype\n"
        "Audience: accountants\nMetric: tickets, weekly\nTarget: 1\nEvaluate-By: 2027-01-01\n"
    )
    kept, plain = (
        Recorder(make_policy(), TODAY, carried_change, keeps_words=keeps).read(make_entry(message))
        for keeps in (True, False)
    )

    assert kept.said == (
        ("Problem", "the export stops at row 100, so accountants retype"),
        ("Who it helps", "accountants"),
    )
    assert plain.said == ()
    assert kept.answers == plain.answers


@pytest.mark.parametrize(
    ("message", "author", "by_agent"),
    [
        ("fix: x\n\nCo-authored-by: Claude <noreply@anthropic.com>\n", "Ada", True),
        ("fix: x\n\nProblem: y\nAssisted-by: Claude:opus\n", "Ada", True),
        ("fix: x\n", "copilot-swe-agent[bot]", True),
        ("fix: x\n\nCo-authored-by: Ben <ben@example.org>\n", "Ada", False),
    ],
    ids=["says nothing else", "read in full", "author", "person"],
)
def test_change_of_an_agent_is_told_by_every_reading(
    message: str, author: str, by_agent: bool
) -> None:
    entry = make_entry(message, author=author)
    known = recorder()

    assert known.read(entry).by_agent is by_agent
    assert (known.glance(entry) or known.read(entry)).by_agent is by_agent
