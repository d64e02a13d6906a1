"""`whygate due` on real histories: what is due, from wherever it is written."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import icalendar
import jsonschema_rs
import pytest
from rich.cells import cell_len

from whygate.schema.files import DUE, read_bundled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo

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
SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(read_bundled(DUE)))
NO_NOTES = "no notes under refs/notes/product-context or refs/notes/product-results"


def feature(number: int, day: str = "2025-02-15") -> str:
    return f"feat: write every row (#{number})\n\n{PLAN.format(day=day)}"


def event(**values: object) -> str:
    return json.dumps({"v": 1, "for": "#12", "at": "2025-02-15", "state": "met"} | values) + "\n"


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """Give a repository with one overdue plan, one that is due and one that comes due."""
    repo.commit(feature(12))
    repo.commit(feature(13, "2025-02-25"))
    repo.commit(feature(14, "2025-03-10"))
    repo.commit(feature(15, "2025-12-31"))
    repo.commit("docs: say it\n\nNo plan.\n")
    return repo


def read_json(run: Run, repo: Repo, *argv: str) -> dict[str, list[dict[str, object]]]:
    found = run("due", "-C", str(repo.path), "--today", TODAY, "--format", "json", *argv)
    assert (found.status, found.err) == (0, "")
    report = json.loads(found.out)
    SCHEMA.validate(report)
    return dict(report)


def test_list_in_text(run: Run, shop: Repo) -> None:
    found = run("due", "-C", str(shop.path), "--today", TODAY)

    assert found.status == 0
    assert (
        found.out
        == """\
today: 2025-03-01

Ada Author (1 overdue, 1 due, 1 coming)
  14 days late  #12  support tickets about missing ro…: 9 tickets to <= 1 ticket
  4 days late   #13  support tickets about missing ro…: 9 tickets to <= 1 ticket
  in 9 days     #14  support tickets about missing ro…: 9 tickets to <= 1 ticket

to record what came out, whatever it is (--review asks for each):
  whygate record '#12' --value "<what you measured>" --evidence "<link>"

1 overdue, 1 due, 1 coming
"""
    )


def test_json_keeps_its_schema(run: Run, shop: Repo) -> None:
    report = read_json(run, shop)
    (item, *_) = report["items"]

    counts: object = report["counts"]
    assert counts == {"overdue": 1, "due": 1, "coming": 1, "unreleased": 0}
    assert (item["change"], item["group"], item["days_late"]) == ("#12", "overdue", 14)
    assert (item["due"], item["owner_named"], item["index"]) == ("2025-02-15", False, 1)
    assert item["read"] == {
        "form": "trailer",
        "label": "Metric",
        "path": str(item["sha"])[:12],
        "line": 6,
    }


@pytest.mark.parametrize(
    ("within", "count"),
    [("0d", 2), ("1w", 2), ("9d", 3), ("9", 3), ("+2w", 3), ("1y", 4), ("12m", 4)],
)
def test_how_far_ahead(run: Run, shop: Repo, within: str, count: int) -> None:
    assert len(read_json(run, shop, "--within", within)["items"]) == count


@pytest.mark.parametrize("within", ["soon", "-3d", "2025-03-01", "2h", ""])
def test_time_that_is_none_is_refused(run: Run, shop: Repo, within: str) -> None:
    found = run("due", "-C", str(shop.path), f"--within={within}")

    assert found.status == 2
    assert "14d, 2w or 1m" in found.err


def test_only_what_an_owner_looks_at(run: Run, shop: Repo) -> None:
    shop.commit(feature(16) + "Metric-Owner: @lena\n")

    assert [i["change"] for i in read_json(run, shop, "--owner", "@LENA")["items"]] == ["#16"]
    assert len(read_json(run, shop, "--owner", "ada")["items"]) == 3


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"for": "cart"},
        {"state": "abandoned"},
        {"state": "extended", "until": "2025-12-01", "note": "later"},
    ],
    ids=["met", "unmatched", "abandoned", "extended"],
)
def test_ledger_is_read(run: Run, shop: Repo, values: dict[str, str]) -> None:
    shop.write(LEDGER, event(value="1 ticket") if not values else event(**values))
    report = read_json(run, shop)

    is_matched = values.get("for") is None
    assert ("#12" in [i["change"] for i in report["items"]]) != is_matched
    assert [r["change"] for r in report["unmatched"]] == ([] if is_matched else ["cart"])


def test_damaged_ledger_line_is_told_and_the_others_count(run: Run, shop: Repo) -> None:
    text = event(value="1 ticket").encode() + b'{"v":1,\xff}\n{"v":1,"for":"#13"\n'
    shop.write(LEDGER, text)
    found = run("due", "-C", str(shop.path), "--today", TODAY)

    assert found.status == 0
    assert "To correct (2)" in found.out
    assert f"{LEDGER}:2: this is not UTF-8" in found.out
    assert f"{LEDGER}:3: this is not JSON" in found.out
    assert "#12" not in found.out.split("To correct")[0]


def test_conflict_in_the_ledger_is_told(run: Run, shop: Repo) -> None:
    text = f"<<<<<<< HEAD\n{event(value='1')}=======\n{event(**{'for': '#13'})}>>>>>>> topic\n"
    shop.write(LEDGER, text)
    found = run("due", "-C", str(shop.path), "--today", TODAY)

    assert f"{LEDGER}:1: a merge conflict begins here" in found.out
    assert "merge=union" in found.out
    assert "0 overdue, 0 due, 1 coming" in found.out


def test_contradiction_is_told(run: Run, shop: Repo) -> None:
    shop.write(LEDGER, event(value="3 tickets"))
    report = read_json(run, shop)

    assert [f["rule"] for f in report["findings"]] == ["WG603"]


def test_ledger_that_leads_elsewhere_is_refused(run: Run, shop: Repo, tmp_path: object) -> None:
    outside = shop.path.parent / "outside"
    outside.write_text(event(), encoding="utf-8")
    (shop.path / ".whygate").mkdir()
    (shop.path / LEDGER).symlink_to(outside)
    found = run("due", "-C", str(shop.path))

    assert found.status == 2
    assert "leads out of the repository" in found.err
    assert tmp_path


def test_result_of_a_merged_branch_counts(run: Run, shop: Repo) -> None:
    shop.git("switch", "--quiet", "-c", "topic")
    shop.commit("chore: look\n\nOutcome-For: #12\nOutcome-Result: missed; 3 tickets\n")
    shop.commit("chore: look\n\nOutcome-For: #13\nOutcome-Result: won\n")
    shop.git("switch", "--quiet", "main")
    shop.commit("docs: meanwhile\n")
    shop.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    report = read_json(run, shop)

    assert [i["change"] for i in report["items"]] == ["#13", "#14"]
    assert [str(d["message"])[:5] for d in report["damages"]] == ["`won`"]


def test_revert_in_a_merged_branch_counts(run: Run, shop: Repo) -> None:
    sha = shop.git("rev-parse", "HEAD~4")
    shop.git("switch", "--quiet", "-c", "topic")
    shop.commit(f"Take it back\n\nThis reverts commit {sha}.\n")
    shop.git("switch", "--quiet", "main")
    shop.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")

    assert [i["change"] for i in read_json(run, shop)["items"]] == ["#13", "#14"]


def test_merge_carries_the_plan_of_its_commits(run: Run, repo: Repo) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("feat: write every row\n\n" + PLAN.format(day="2025-02-15"))
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")

    carried = read_json(run, repo)["items"]
    named = read_json(run, repo, "--merged-commits")["items"]

    assert [item["title"] for item in (*carried, *named)] == [
        "Merge branch 'topic'",
        "feat: write every row",
    ]


def test_notes_of_results_and_contexts_are_read(run: Run, shop: Repo) -> None:
    first, last = shop.git("rev-parse", "HEAD~4"), shop.head()
    document = {"measurement": [{"metric": "visits", "target": "5", "evaluate_by": "2025-02-01"}]}
    kept = {"v": 1, "for": "#16", "sha": last, "at": "2025-01-06", "context": document}
    for ref, sha, text in (
        ("product-results", first, event(value="1 ticket") + event(at="2025-02-16", value="0")),
        ("product-context", last, json.dumps(kept)),
    ):
        shop.git("notes", f"--ref={ref}", "add", "-F", "-", sha, data=text.encode())
    report = read_json(run, shop)

    assert [i["change"] for i in report["items"]] == [last[:12], "#13", "#14"]
    assert report["items"][0]["read"] == {
        "form": "note",
        "label": "metric",
        "path": f"refs/notes/product-context:{last[:12]}",
        "line": 1,
    }
    assert report["notes"] == []
    assert read_json(run, shop)["items"] == report["items"]  # now from the cache


def test_note_that_comes_later_is_seen_although_the_walk_is_cached(run: Run, shop: Repo) -> None:
    assert len(read_json(run, shop)["items"]) == 3
    document = {"measurement": [{"metric": "visits", "target": "5", "evaluate_by": "2025-02-01"}]}
    sha = shop.head()
    kept = {"v": 1, "for": "#16", "sha": sha, "at": "2025-01-06", "context": document}
    shop.git("notes", "--ref=product-context", "add", "-m", json.dumps(kept), sha)

    assert len(read_json(run, shop)["items"]) == 4
    shop.git("notes", "--ref=product-context", "remove", sha)
    assert len(read_json(run, shop)["items"]) == 3


def test_context_in_the_ledger_is_read(run: Run, repo: Repo) -> None:
    sha = repo.commit("feat: write every row (#12)\n")
    document = {"measurement": [{"metric": "visits", "target": "5", "evaluate_by": "+10d"}]}
    kept = {"v": 1, "for": "#12", "sha": sha, "at": "2025-01-02", "context": document}
    repo.write(LEDGER, json.dumps(kept) + "\n")
    (item,) = read_json(run, repo)["items"]

    assert (item["change"], item["due"]) == ("#12", "2025-01-12")
    assert item["read"]["path"] == LEDGER  # type: ignore[index]


BET = """\
version: 1
problem: the export stops at row 100, so accountants retype the rest
outcome: they close the month without retyping a row
measurement:
  - {{metric: "tickets about missing rows", baseline: 9, target: {target}, evaluate_by: +20d}}
"""


def test_bet_is_held_against_its_file_at_the_first_merge(run: Run, repo: Repo) -> None:
    path = ".whygate/bets/export-rows.yml"
    repo.commit("feat: a\n\nBet: export-rows\n", {path: BET.format(target=1)})
    repo.commit("feat: b\n\nBet: export-rows\n", {path: BET.format(target=4)})
    report = read_json(run, repo)
    (item,) = report["items"]

    assert (item["change"], item["target"], item["due"]) == ("export-rows", "1", "2025-01-22")
    assert len(item["changes"]) == 2  # type: ignore[arg-type]
    assert [f["rule"] for f in report["findings"]] == ["WG604"]
    assert "was `1` when it was merged, and is `4`" in str(report["findings"][0]["message"])


def test_markdown_is_harmless(run: Run, repo: Repo) -> None:
    repo.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    repo.commit(feature(12).replace("every row", "| <b>@all</b> `x`"))
    found = run("due", "-C", str(repo.path), "--today", TODAY, "--format", "markdown")

    assert (
        "| 2025-02-15, 14 days late | [`#12`](<https://github.com/acme/shop/pull/12>) " in found.out
    )
    assert "``feat: write ¦ <b>@all</b> `x` (#12)``" in found.out
    assert "`whygate record '#12' --value" in found.out


def test_calendar_is_read_by_another_program(run: Run, shop: Repo) -> None:
    shop.git("remote", "add", "origin", "https://github.com/acme/shop")
    long = "Zähler, der; sehr \\ lang ist " * 8
    shop.commit(feature(16).replace("weekly", f"weekly {long}\U0001f41b" * 2))
    found = run("due", "-C", str(shop.path), "--today", TODAY, "--format", "ical")
    lines = found.out.encode().split(b"\r\n")
    calendar = icalendar.Calendar.from_ical(found.out)
    events = calendar.walk("VEVENT")

    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    assert [str(e["SUMMARY"])[:3] for e in events] == ["#12", "#16", "#13", "#14"]
    assert [e.start.isoformat() for e in events if isinstance(e, icalendar.Event)][::3] == [
        *("2025-02-15", "2025-03-10"),
    ]
    assert str(events[0]["URL"]) == "https://github.com/acme/shop/pull/12"
    assert "der; sehr \\ lang ist" in str(events[1]["SUMMARY"])
    assert "\nOwner: Ada Author" in str(events[0]["DESCRIPTION"])
    assert len({str(e["UID"]) for e in events}) == 4


def test_calendar_of_nothing_is_still_one(run: Run, repo: Repo) -> None:
    found = run("due", "-C", str(repo.path), "--format", "ical")

    assert icalendar.Calendar.from_ical(found.out).walk("VEVENT") == []


def test_nothing_is_due(run: Run, repo: Repo) -> None:
    found = run("due", "-C", str(repo.path), "--today", TODAY)

    assert "nothing is due within 14 days" in found.out
    assert "0 overdue, 0 due, 0 coming" in found.out


def test_list_goes_to_a_file(run: Run, shop: Repo) -> None:
    out = shop.path.parent / "due.md"
    argv = ("--today", TODAY, "--format", "markdown", "-o", str(out))

    assert run("due", "-C", str(shop.path), *argv).out == ""
    assert out.read_text(encoding="utf-8").startswith("# Due on 2025-03-01\n")


def test_range_limits_the_changes(run: Run, shop: Repo) -> None:
    found = run("due", "HEAD~3..HEAD", "-C", str(shop.path), "--today", TODAY)

    assert "0 overdue, 0 due, 1 coming" in found.out


def test_bare_repository_reads_the_ledger_of_its_tip(run: Run, shop: Repo) -> None:
    shop.commit("chore: record\n", {LEDGER: event(value="1 ticket")})
    shop.git("clone", "--quiet", "--bare", str(shop.path), str(shop.path.parent / "bare.git"))
    found = run("due", "-C", str(shop.path.parent / "bare.git"), "--today", TODAY)

    assert "0 overdue, 1 due, 1 coming" in found.out


def test_shallow_clone_is_undecided(run: Run, shop: Repo) -> None:
    target = str(shop.path.parent / "shallow")
    shop.git("clone", "--quiet", "--depth=1", f"file://{shop.path}", target)
    found = run("due", "-C", target)

    assert found.status == 3
    assert "shallow" in found.err
    assert "fetch-depth: 0" in found.err


def test_repository_without_a_commit_is_refused(run: Run, make_repo: MakeRepo) -> None:
    empty = run("due", "-C", str(make_repo("empty").path))

    assert empty.status == 2
    assert "no commit yet" in empty.err


def test_bet_names_its_changes_and_addresses(run: Run, repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/acme/shop.git")
    path = ".whygate/bets/export-rows.yml"
    repo.commit("feat: a (#1)\n\nBet: export-rows\n", {path: BET.format(target=1)})
    repo.commit("feat: b (#2)\n\nBet: export-rows\n")
    found = run("due", "-C", str(repo.path), "--today", TODAY)

    assert "  export-rows  " in found.out
    (item,) = read_json(run, repo)["items"]
    assert item["url"] == "https://github.com/acme/shop/pull/2"


def test_what_is_to_be_corrected_in_markdown(run: Run, shop: Repo) -> None:
    shop.write(LEDGER, event(value="3 tickets") + event(**{"for": "#99"}) + "{}\n")
    found = run("due", "-C", str(shop.path), "--today", TODAY, "--format", "markdown")

    assert "## To correct (3)" in found.out
    assert "WG603 result-contradicts-target (error)" in found.out
    assert "the result `met` of `#99` fits no plan" in found.out
    assert f"{LEDGER}:3: it lacks" in found.out


def test_nothing_in_markdown(run: Run, repo: Repo) -> None:
    found = run("due", "-C", str(repo.path), "--within", "1d", "--format", "markdown")

    assert "Nothing is due within 1 day." in found.out


def test_extensions_that_no_longer_count_are_told(run: Run, shop: Repo) -> None:
    days = ("2025-02-20", "2025-02-25", "2025-12-01")
    events = (event(state="extended", until=day, at=day, note="x") for day in days)
    shop.write(LEDGER, "".join(events))

    assert (
        "#12: extended 3 times; only the first 2 moved the day"
        in run("due", "-C", str(shop.path), "--today", TODAY).out
    )


def test_result_of_another_part_of_the_history_is_no_mistake(run: Run, shop: Repo) -> None:
    shop.write(LEDGER, event(value="1 ticket"))
    found = run("due", "HEAD~3..HEAD", "-C", str(shop.path), "--today", TODAY)

    assert "To correct" not in found.out


def test_deferred_plan_is_listed_and_its_context_settles_it(run: Run, repo: Repo) -> None:
    sha = repo.commit(
        "fix: stop the outage (#5)\n\nProblem: nobody can log in since the last release\n"
        "Product-Context: exempt deferred; until 2025-01-10 because this stops an outage\n"
    )
    (item,) = read_json(run, repo)["items"]
    document = {"measurement": [{"metric": "logins", "target": "5", "evaluate_by": "2025-12-01"}]}
    kept = {"v": 1, "for": "#5", "sha": sha, "at": "2025-01-11", "context": document}
    repo.write(LEDGER, json.dumps(kept) + "\n")

    assert (item["deferred"], item["group"], item["days_late"]) == (True, "overdue", 50)
    assert str(item["command"]).startswith("whygate record '#5' abandoned --note")
    assert read_json(run, repo)["items"] == []


def test_note_that_is_too_large_is_told(
    run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.git.notes._NOTE_LIMIT", 10)
    sha = shop.head()
    shop.git("notes", "--ref=product-results", "add", "-m", event(), sha)
    found = run("due", "-C", str(shop.path), "--today", TODAY)

    assert f"the note of {sha[:12]} is too large to read" in found.out


def test_without_the_cache_it_says_the_same(run: Run, shop: Repo) -> None:
    assert read_json(run, shop, "--no-cache") == read_json(run, shop)


@pytest.mark.parametrize("remote", ["origin", "upstream"])
def test_notes_that_a_clone_may_lack_are_told_with_the_command_that_fetches_them(
    run: Run, shop: Repo, tmp_path: Path, remote: str
) -> None:
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", "--origin", remote, str(shop.path), str(clone))
    told = f"{NO_NOTES}; clones do not fetch them: git fetch {remote} 'refs/notes/*:refs/notes/*'"

    due = run("due", "-C", str(clone), "--today", TODAY)
    audit = run("audit", "-C", str(clone), "--today", TODAY)

    assert f"note: {told}\n" in due.out
    assert f"note: {told}\n" in audit.out


def test_notes_are_not_missed_where_nothing_is_planned_or_nobody_has_them(
    run: Run, repo: Repo, shop: Repo, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", str(shop.path), str(clone))

    unplanned = run("due", "HEAD~1..HEAD", "-C", str(clone), "--today", TODAY)

    assert "refs/notes" not in unplanned.out
    assert "refs/notes" not in run("due", "-C", str(repo.path), "--today", TODAY).out


@pytest.mark.parametrize("command", ["due", "scorecard"])
def test_range_without_a_change_says_so(run: Run, shop: Repo, command: str) -> None:
    found = run(command, "HEAD..HEAD", "-C", str(shop.path))

    assert found.status == 0
    assert "there is no change in `HEAD..HEAD`" in found.out


def test_list_is_within_80_columns_whatever_its_letters(run: Run, repo: Repo) -> None:
    metrics = ("出口" * 60, "abcdefghij " * 20, "é\u0301x " * 50, "short")
    for number, metric in enumerate(metrics, 12):
        text = feature(number).replace("support tickets about missing rows, weekly", metric)
        repo.commit(f"{text}Metric-Owner: @lena\n")

    lines = run("due", "-C", str(repo.path), "--today", TODAY).out.split("\n")
    entries = [line for line in lines if "14 days late" in line]

    assert len(entries) == 4
    assert max(cell_len(line) for line in lines) <= 80
    assert all(line.endswith(": 9 tickets to <= 1 ticket") for line in entries)


class Chat:
    """A chat that takes posts, or answers with another status."""

    def __init__(self, status: int, location: str = "") -> None:
        self.bodies: list[bytes] = []
        chat = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                chat.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/services/SECRET"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def remind(run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch, address: str) -> tuple[int, str]:
    monkeypatch.setenv("CHAT", address)
    argv = ("-C", str(repo.path), "--today", TODAY, "--webhook-env", "CHAT")
    found = run("due", *argv)
    assert "SECRET" not in found.out + found.err
    return found.status, found.err


def test_reminder_is_one_text_in_which_nothing_is_live(
    run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "<!channel> @here </b> `x` <https://evil.example|y> &lt;!here&gt; ::error::"
    text = feature(16).replace("support tickets about missing rows, weekly", hostile)
    shop.commit(f"{text}Metric-Owner: @lena\n")
    chat = Chat(200)

    status, said = remind(run, shop, monkeypatch, chat.address)
    chat.close()

    assert (status, said) == (0, "note: sent to the address in CHAT\n")
    (body,) = chat.bodies
    sent = json.loads(body)
    assert list(sent) == ["text"]
    assert sent["text"].startswith("Outcomes to look at on 2025-03-01: 2 overdue, 1 due, 1 coming")
    assert (
        "• 14 days late: `#12 support tickets about missing rows, weekly: 9 tickets" in sent["text"]
    )
    assert not set("<>") & set(sent["text"])
    assert "&lt;" not in sent["text"]


@pytest.mark.parametrize(
    ("status", "location"),
    [(500, ""), (404, ""), (302, "http://127.0.0.1:9/other")],
    ids=["error", "gone", "elsewhere"],
)
def test_reminder_that_is_not_taken_is_undecided(
    run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch, status: int, location: str
) -> None:
    chat = Chat(status, location)

    code, said = remind(run, shop, monkeypatch, chat.address)
    chat.close()

    assert code == 3
    assert f"was not sent to the address in CHAT: it answers HTTP {status}" in said


@pytest.mark.parametrize(
    "address",
    [
        *("", "http://example.org/SECRET", "ftp://127.0.0.1/SECRET", "file:///etc/SECRET"),
        *(
            "https://",
            "SECRET",
            "https://x\nHost: y/SECRET",
            "http://127.0.0.1.evil.example/SECRET",
        ),
        "http://127.0.0.1:1/SECRET",
    ],
)
def test_reminder_to_no_safe_address_is_undecided(
    run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    code, said = remind(run, shop, monkeypatch, address)

    assert code == 3
    assert "CHAT" in said
    assert "Traceback" not in said


def test_reminder_of_nothing_is_not_sent(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("docs: say it\n")

    assert remind(run, repo, monkeypatch, "https://192.0.2.1/SECRET")[0] == 0
