"""`whygate scorecard`, and the part about outcomes of `whygate audit`, on real histories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from whygate.schema.files import AUDIT, SCORECARD, read_bundled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo

    Json = dict[str, object]

PLAN = """\
Problem: the export stops at row 100, so accountants retype the rest
Audience: accountants of firms with more than 100 rows
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: {day}
"""
LEDGER = ".whygate/results.jsonl"
TODAY = "2025-03-01"
SCHEMAS = {
    name: jsonschema_rs.Draft202012Validator(json.loads(read_bundled(name)), validate_formats=True)
    for name in (AUDIT, SCORECARD)
}


def feature(number: int, day: str = "2025-02-15", kind: str = "feat") -> str:
    return f"{kind}: write every row (#{number})\n\n{PLAN.format(day=day)}"


def event(number: int, state: str, **values: object) -> str:
    known = {"v": 1, "for": f"#{number}", "at": "2025-02-15", "state": state}
    return json.dumps(known | values) + "\n"


EXEMPT = """\
feat: tiny export (#18)

Problem: three banks ask for the export in a format of their own every month
Audience: accountants of the three banks that asked
Outcome: they load the file without editing it by hand
Product-Context: exempt not-measurable; fewer than ten customers use it so far
"""
RESULTS = (
    event(12, "met", value="0 tickets", note="nobody noticed, which was the point")
    + event(13, "missed", value="3 tickets", note="the rows get lost elsewhere")
    + event(14, "inconclusive", note="the log was off")
)


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """Give a repository with five plans whose day has passed, three of them evaluated."""
    repo.commit(feature(12), {"src/export.py": "1\n"})
    repo.commit(feature(13), {"src/export.py": "2\n", "docs/export.md": "2\n", "src/a.py": ""})
    repo.commit(feature(14, kind="perf"), {"web/export.js": "3\n"})
    repo.commit(feature(15))
    repo.commit(feature(16, "2025-02-27"))
    repo.commit(feature(17, "2025-12-31"))
    repo.commit(EXEMPT)
    repo.commit("chore: record\n", {LEDGER: RESULTS})
    return repo


def read_json(run: Run, repo: Repo, *argv: str) -> Json:
    found = run("scorecard", "-C", str(repo.path), "--today", TODAY, "--format", "json", *argv)
    assert (found.status, found.err) == (0, "")
    report = json.loads(found.out)
    SCHEMAS[SCORECARD].validate(report)
    outcomes: Json = report["outcomes"]
    return outcomes | {"notes": report["basis"]["notes"], "exempt": report["exempt_features"]}


def names(rows: object) -> list[object]:
    assert isinstance(rows, list)
    return [row["change"] for row in rows]


def total(outcomes: Json) -> dict[str, object]:
    found = outcomes["total"]
    assert isinstance(found, dict)
    return found


def test_who_looked_stands_before_what_came_out(run: Run, shop: Repo) -> None:
    found = run("scorecard", "-C", str(shop.path), "--today", TODAY)
    lines = found.out.splitlines()

    assert (found.status, found.err) == (0, "")
    assert "evaluated, of those whose day has passed      3   5  60.0 %" in lines
    assert "met, of those met or missed                   1   2       -" in lines
    assert lines.index("evaluated, of those whose day has passed      3   5  60.0 %") < lines.index(
        "met, of those met or missed                   1   2       -"
    )
    assert "nobody" in found.out  # the rest is folded into its column
    assert "25 % short" in found.out


def test_json_has_every_plan_and_every_reason(run: Run, shop: Repo) -> None:
    outcomes = read_json(run, shop)

    assert total(outcomes)["plans"] == 6
    assert (names(outcomes["hits"]), names(outcomes["misses"])) == (["#12"], ["#13"])
    assert names(outcomes["inconclusive"]) == ["#14"]
    assert names(outcomes["due"]) == ["#15", "#16"]
    assert outcomes["shipped"] == {"changes": 9, "met": 1, "for_each_met": None}
    assert [f["id"] for f in outcomes["exempt"]] == ["#18"]  # type: ignore[attr-defined]


def test_groups_are_by_kind_quarter_and_area(run: Run, shop: Repo) -> None:
    outcomes = read_json(run, shop)
    plans = {
        group: {row["name"]: row["plans"] for row in outcomes[group]}  # type: ignore[attr-defined]
        for group in ("kinds", "quarters", "areas", "owners")
    }

    assert plans == {
        "kinds": {"feature": 5, "perf": 1},
        "quarters": {"2025-Q1": 5, "2025-Q4": 1},
        "areas": {"no area": 3, "src": 2, "web": 1},
        "owners": {},
    }


def test_areas_are_the_code_owners_where_there_are_some(run: Run, shop: Repo) -> None:
    shop.commit("chore: own\n", {".github/CODEOWNERS": "/src/ @acme/core\n"})
    outcomes = read_json(run, shop)

    assert "@acme/core" in {row["name"] for row in outcomes["areas"]}  # type: ignore[attr-defined]


def test_owners_are_counted_when_asked(run: Run, shop: Repo) -> None:
    outcomes = read_json(run, shop, "--by-owner")
    owners = {row["name"]: row["plans"] for row in outcomes["owners"]}  # type: ignore[attr-defined]

    assert owners == {"Ada Author <ada@example.org>": 6}


def test_result_behind_the_range_counts(run: Run, shop: Repo) -> None:
    tagged = shop.git("rev-parse", "HEAD~1")
    shop.git("tag", "v1", tagged)
    shop.commit("chore: look\n\nOutcome-For: #15\nOutcome-Result: met; 1 ticket\n")
    outcomes = read_json(run, shop, "v1")

    assert total(outcomes)["met"] == 2
    assert names(outcomes["hits"]) == ["#12", "#15"]


def test_branch_is_read_when_nothing_is_checked_out(run: Run, shop: Repo) -> None:
    shop.git("symbolic-ref", "HEAD", "refs/heads/none")
    outcomes = read_json(run, shop, "main")

    assert (total(outcomes)["plans"], total(outcomes)["met"]) == (6, 1)


def test_range_shows_its_own_plans_and_calls_no_result_lost(run: Run, shop: Repo) -> None:
    first = shop.git("log", "--format=%H", "--grep=(#13)")
    outcomes = read_json(run, shop, f"{first}..HEAD")

    assert total(outcomes)["plans"] == 4
    assert outcomes["unmatched"] == []


def test_period_is_of_the_changes_and_results_come_from_anywhere(run: Run, repo: Repo) -> None:
    repo.commit(feature(12))
    repo.commit(feature(13))
    repo.commit("chore: look\n\nOutcome-For: #12\nOutcome-Result: met; 1 ticket\n")
    before = read_json(run, repo, "--until", "2025-01-02")
    later = read_json(run, repo, "--since", "2025-01-03")

    assert (total(before)["plans"], total(before)["met"]) == (1, 1)
    assert (total(later)["plans"], total(later)["met"]) == (1, 0)


def test_change_without_a_date_is_in_no_period_and_named(run: Run, shop: Repo) -> None:
    tree = shop.git("rev-parse", "HEAD^{tree}")
    who = "Ada <ada@example.org> 99999999999999999999 +0000"
    raw = f"tree {tree}\nparent {shop.head()}\nauthor {who}\ncommitter {who}\n\nfix: late\n"
    sha = shop.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=raw.encode())
    shop.git("update-ref", "HEAD", sha)
    outcomes = read_json(run, shop, "--since", "2025-01-01")
    notes = [str(note) for note in outcomes["notes"]]  # type: ignore[attr-defined]

    assert any(note.endswith("their date cannot be read: 1 changes") for note in notes)
    assert total(outcomes)["plans"] == 6


def test_damaged_line_and_lost_result_are_named(run: Run, shop: Repo) -> None:
    shop.commit("chore: break\n", {LEDGER: RESULTS + "{broken\n" + event(99, "met")})
    notes = " | ".join(map(str, read_json(run, shop)["notes"]))  # type: ignore[call-overload]

    assert f"{LEDGER}:4: this is not JSON" in notes
    assert f"{LEDGER}:5: the result `met` of `#99` fits no plan of this history" in notes


def test_many_lost_results_are_counted(run: Run, shop: Repo) -> None:
    lost = "".join(event(number, "met") for number in range(100, 115))
    shop.commit("chore: lose\n", {LEDGER: lost})
    notes = [str(note) for note in read_json(run, shop)["notes"]]  # type: ignore[attr-defined]

    assert sum("fits no plan" in note for note in notes) == 10
    assert any(note.startswith("5 more results count for nothing") for note in notes)


def test_markdown_and_a_file(run: Run, shop: Repo, tmp_path: Path) -> None:
    argv = ("scorecard", "-C", str(shop.path), "--today", TODAY, "--format", "markdown")
    printed = run(*argv)
    written = run(*argv, "-o", "card.md")

    assert printed.out.startswith("# What came of the changes\n")
    assert "| evaluated, of those whose day has passed | 3 | 5 | 60.0 % |" in printed.out
    assert (written.status, written.out) == (0, "")
    assert (tmp_path / "card.md").read_text() == printed.out


def test_terminal_gets_drawn_tables(run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    found = run("scorecard", "-C", str(shop.path), "--today", TODAY, "--since", "2025-01-01")
    nothing = run("scorecard", "-C", str(shop.path), "--since", "2999-01-01")

    assert "60.0 %" in found.out
    assert "\u2502" in found.out
    assert "nothing can come due" in nothing.out
    assert "no change in `HEAD` fits `since 2999-01-01`" in nothing.out


def test_history_without_a_plan_says_so(run: Run, repo: Repo) -> None:
    found = run("scorecard", "-C", str(repo.path))

    assert found.status == 0
    assert found.out.endswith("nothing can come due, and nothing can be learned from it\n")


def test_shallow_clone_is_refused(run: Run, shop: Repo, make_repo: MakeRepo) -> None:
    clone = make_repo("clone")
    clone.git("fetch", "-q", "--depth=1", shop.path.as_uri(), "HEAD")
    clone.git("checkout", "-q", "FETCH_HEAD")
    found = run("scorecard", "-C", str(clone.path))

    assert found.status == 3
    assert "fetch-depth: 0" in found.err


def test_same_input_gives_the_same_bytes(run: Run, shop: Repo) -> None:
    argv = ("scorecard", "-C", str(shop.path), "--today", TODAY, "--format", "json")

    assert run(*argv).out == run(*argv, "--no-cache").out == run(*argv).out


def audit(run: Run, repo: Repo, *argv: str, form: str = "json") -> str:
    found = run("audit", "-C", str(repo.path), "--today", TODAY, "--format", form, *argv)
    assert (found.status, found.err) == (0, "")
    return found.out


def test_audit_has_the_same_numbers(run: Run, shop: Repo) -> None:
    report = json.loads(audit(run, shop))
    SCHEMAS[AUDIT].validate(report)
    outcomes = read_json(run, shop)

    for name in ("total", "kinds", "quarters", "shipped", "waiting"):
        assert report["outcomes"][name] == outcomes[name]
    for name in ("hits", "misses", "inconclusive", "due"):
        assert names(report["outcomes"][name]) == names(outcomes[name])


@pytest.mark.parametrize(
    ("form", "part"),
    [
        ("text", "evaluated, of those whose day has passed      3   5  60.0 %"),
        ("markdown", "| evaluated, of those whose day has passed | 3 | 5 | 60.0 % |"),
        ("html", '<td class="keep">60.0 % <span class="n">(3 of 5)</span></td>'),
    ],
)
def test_audit_shows_the_rate_in_every_format(run: Run, shop: Repo, form: str, part: str) -> None:
    shown = audit(run, shop, form=form)

    assert part in " ".join(shown.split("\n")) or part in shown


def test_audit_of_a_period_keeps_to_its_plans(run: Run, repo: Repo) -> None:
    repo.commit(feature(12))
    repo.commit(feature(13))
    repo.commit("chore: look\n\nOutcome-For: #12\nOutcome-Result: met; 1 ticket\n")
    report = json.loads(audit(run, repo, "--kind", "feature", "--until", "2025-01-02"))

    assert (report["outcomes"]["total"]["plans"], report["outcomes"]["total"]["met"]) == (1, 1)


def test_audit_of_the_last_changes_keeps_to_their_plans(run: Run, shop: Repo) -> None:
    report = json.loads(audit(run, shop, "--last", "4"))

    assert report["outcomes"]["total"]["plans"] == 2


def test_audit_without_a_plan_says_nothing_of_outcomes(run: Run, repo: Repo) -> None:
    assert "outcomes" not in json.loads(audit(run, repo))
    assert "Outcomes" not in audit(run, repo, form="text")


def test_audit_names_a_lost_result(run: Run, shop: Repo) -> None:
    shop.commit("chore: lose\n", {LEDGER: event(99, "met")})

    assert "the result `met` of `#99` fits no plan" in audit(run, shop, form="text")


def test_scorecard_writes_the_page_with_the_answers(run: Run, shop: Repo) -> None:
    page = run("scorecard", "-C", str(shop.path), "--today", TODAY, "--format", "html").out

    assert "Who looks, and when" in page
    assert "the export stops at row 100" in page
