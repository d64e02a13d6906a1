"""`whygate measure`: from a plan in git to a line of the ledger, with real files and no network."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol
from xml.etree import ElementTree

import pytest
from jsonschema_rs import Draft202012Validator

from whygate.catalogue import CATALOGUE_PATH
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.schema.files import RESULTS, read_bundled

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Run
    from tests.conftest import Repo

TODAY = "2025-03-20"
CATALOGUE = """\
version: 1
backends:
  data: {type: files, path: data/*.csv}
  gone: {type: prometheus, url: "http://127.0.0.1:1"}
metrics:
  row-tickets:
    title: tickets about missing rows, weekly
    backend: data
    query: select sum(tickets) from data where day >= :start and day < :end
    window: 7d
    unit: tickets
    link: https://bi.example.com/31
  cut-share:
    title: share of exports that are cut off
    backend: data
    query: select avg(cut) from data where day >= :start and day < :end
    window: 7d
    scale: ratio
  no-rows: {title: rows of nobody, backend: data, window: 7d, query: select :start, unit: rows}
  lost: {title: a lost source, backend: gone, window: 7d, query: up}
"""
NOTHING = "select sum(tickets) from data where day < date '1900-01-01' and day > :start"


class Plan(Protocol):
    """Returns a message of request number `number` that names a metric, merged on 2025-01-01."""

    def __call__(self, number: int, metric: str, **parts: str) -> str: ...


def plan(number: int, metric: str, **parts: str) -> str:
    values = {"Baseline": "21 tickets", "Target": "<= 7 tickets", "Evaluate-By": "2025-03-10"}
    values |= {key.replace("_", "-"): text for key, text in parts.items()}
    head = f"feat(export): write every row (#{number})\n\nProblem: rows are cut off at 100\n"
    return head + f"Metric: {metric}\n" + "".join(f"{k}: {v}\n" for k, v in values.items() if v)


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """Give a repository whose tickets fell from 3 a day to 1 on 2025-01-15, and its catalogue."""
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(440)]
    rows = "".join(f"{day},{1 if day >= date(2025, 1, 15) else 3},0.25\n" for day in days)
    files = {CATALOGUE_PATH: CATALOGUE, "data/days.csv": f"day,tickets,cut\n{rows}"}
    repo.commit("chore: begin\n", files)
    return repo


class Measure(Protocol):
    """Runs `whygate measure` in the shop on a day."""

    def __call__(self, *argv: str, today: str = TODAY) -> Result: ...


@pytest.fixture
def measure(run: Run, shop: Repo) -> Measure:
    def go(*argv: str, today: str = TODAY) -> Result:
        where = ("-C", str(shop.path), "--no-cache", "--today", today)
        return run("measure", *argv, *where)

    return go


def test_due_plan_is_measured_and_decided(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))

    result = measure("--due")

    assert result.status == 0
    lines = result.out.splitlines()
    assert lines[0] == "#12 feat(export): write every row (#12)"
    assert lines[1] == ("  row-tickets, 2025-03-04/2025-03-11: 7 tickets, target <= 7 tickets: met")
    assert "  before the merge it moved this far in " in result.out
    assert not (shop.path / LEDGER_PATH).exists()


STATES = {
    "missed": ({"Target": "<= 3 tickets"}, "7 tickets, target <= 3 tickets: missed"),
    "relative": ({"Target": "-60%"}, "7 tickets, target -60%: met"),
    "rate": ({"Target": "<= 1 a day", "Baseline": "3 a day"}, "1 tickets per day"),
    "no way": (
        {"Target": "6 tickets", "Baseline": "new"},
        "inconclusive: 7 tickets cannot be held",
    ),
    "share": (
        {"Target": "<= 30 %", "Baseline": "40 %", "Data_Source": "metric:cut-share"},
        "25 %, target <= 30 %: met",
    ),
    "guardrail kept": ({"Guardrail": "cut-share <= 30 %"}, "guardrail cut-share <= 30 %: 25 %"),
}


@pytest.mark.parametrize("name", STATES)
def test_value_is_held_against_the_plan(measure: Measure, shop: Repo, name: str) -> None:
    parts, expected = STATES[name]
    shop.commit(plan(12, "row-tickets", **parts))

    result = measure("--due")

    assert result.status == 0
    assert expected in result.out


def test_result_is_written_once_and_settles_the_plan(
    measure: Measure, shop: Repo, run: Run
) -> None:
    shop.commit(plan(12, "row-tickets", Guardrail="cut-share <= 20 %"))

    written = measure("--due", "--write")
    again = measure("--due", "--write")

    line = (shop.path / LEDGER_PATH).read_text()
    event = json.loads(line)
    assert (written.status, again.status) == (0, 0)
    assert again.out == "nothing to measure\n"
    assert line.count("\n") == 1
    assert {key: event[key] for key in ("for", "at", "state", "value", "by", "guardrails")} == {
        "for": "#12",
        "at": "2025-03-10",
        "state": "met",
        "value": "7 tickets",
        "by": "whygate",
        "guardrails": ["25 %"],
    }
    assert event["window"] == "2025-03-04/2025-03-11"
    assert event["evidence"] == "https://bi.example.com/31"
    assert event["series"][-1] == ["2025-03-10", "7"]
    assert ["2024-12-30", "21"] in event["series"]
    assert Draft202012Validator(json.loads(read_bundled(RESULTS))).is_valid(event)

    where = ("-C", str(shop.path), "--no-cache", "--today", TODAY)
    scorecard = json.loads(run("scorecard", "--format", "json", *where).out)
    assert "met, guardrail broken" in json.dumps(scorecard)


def test_hand_written_result_of_the_same_day_wins_and_both_are_shown(
    measure: Measure, shop: Repo, run: Run
) -> None:
    shop.commit(plan(12, "row-tickets"))
    where = ("-C", str(shop.path), "--today", TODAY)
    by_hand = ("--value", "9 tickets", "--by", "@jo", "--at", "2025-03-10")
    assert run("record", "#12", "missed", *by_hand, *where).status == 0
    ledger = shop.path / LEDGER_PATH
    hand = ledger.read_text()
    ledger.unlink()
    measure("--due", "--write")
    ledger.write_text(hand + ledger.read_text())

    due = run("due", "--no-cache", *where).out
    card = json.loads(run("scorecard", "--format", "json", "--no-cache", *where).out)

    assert "#12: whygate measured 7 tickets for 2025-03-10; what a person recorded counts" in due
    assert "9 tickets" in json.dumps(card)


UNREAD = {
    "source is down": ({"Data_Source": "metric:lost"}, "not read: gone: it cannot be reached"),
    "unknown": ({"Data_Source": "metric:row-ticket"}, "did it mean `row-tickets`?"),
    "wrong query": ({"Data_Source": "metric:no-rows"}, "not read: no-rows: the answer is"),
    "guardrail is down": ({"Guardrail": "metric:lost <= 3"}, "not read: guardrail"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_plan_that_cannot_be_read_is_3_and_stops_no_other(
    measure: Measure, shop: Repo, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("whygate.metrics.sources.time.sleep", lambda _: None)
    monkeypatch.setattr("whygate.metrics.sources._WAIT", 0)
    parts, reason = UNREAD[name]
    shop.commit(plan(12, "row-tickets", **parts))
    shop.commit(plan(13, "row-tickets"))

    result = measure("--due", "--write")

    assert result.status == 3
    assert reason in result.out
    written = (shop.path / LEDGER_PATH).read_text().splitlines()
    assert [json.loads(line)["for"] for line in written] == ["#13"]


def test_plan_without_a_metric_is_left_to_a_person(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "smiles at the desk"))

    result = measure("--due")

    assert result.status == 0
    assert "not measured: it names no metric of the catalogue, so a person looks" in result.out


def test_window_without_data_is_inconclusive_with_the_reason(measure: Measure, shop: Repo) -> None:
    text = CATALOGUE.replace(
        "select sum(tickets) from data where day >= :start and day < :end", NOTHING
    )
    shop.commit(plan(12, "row-tickets"), {CATALOGUE_PATH: text})

    result = measure("--due", "--write")

    event = json.loads((shop.path / LEDGER_PATH).read_text())
    assert result.status == 0
    assert (event["state"], "value" in event) == ("inconclusive", False)
    assert event["note"] == "the source has no data for this window"


def test_definition_that_changed_is_shown_with_both_hashes(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))
    changed = CATALOGUE.replace("sum(tickets)", "sum(tickets) * 2")
    shop.commit("chore: count twice\n", {CATALOGUE_PATH: changed})

    report = json.loads(measure("--due", "--format", "json").out)["measured"][0]

    assert report["result"] == "inconclusive"
    assert report["definition"] != report["definition_at_merge"]
    assert all(report[key] in report["reason"] for key in ("definition", "definition_at_merge"))


def test_metric_that_was_defined_later_is_used(measure: Measure, shop: Repo) -> None:
    other = CATALOGUE.replace("  row-tickets:", "  other-tickets:")
    shop.commit(plan(12, "row-tickets"), {CATALOGUE_PATH: other})
    shop.commit("chore: define it\n", {CATALOGUE_PATH: CATALOGUE})

    assert ": met" in measure("--due").out


def test_late_rows_are_waited_for(measure: Measure, shop: Repo) -> None:
    text = CATALOGUE.replace("    unit: tickets", "    unit: tickets\n    settle: 2d")
    shop.commit(plan(12, "row-tickets"), {CATALOGUE_PATH: text})

    early, late = measure("--due", today="2025-03-12"), measure("--due", today="2025-03-13")

    assert (early.status, "late rows are waited for until 2025-03-13" in early.out) == (0, True)
    assert ": met" in late.out


def test_dry_run_prints_the_query_and_asks_nothing(measure: Measure, shop: Repo) -> None:
    (shop.path / "data/days.csv").unlink()
    shop.commit(plan(12, "row-tickets", Guardrail="cut-share <= 30 %"))

    result = measure("--due", "--dry-run")

    assert result.status == 0
    assert "would ask data (files) for row-tickets, 2025-03-04/2025-03-11" in result.out
    assert "[:start = 2025-03-04 00:00, :end = 2025-03-11 00:00]" in result.out
    assert "and guardrail cut-share <= 30 %: cut-share" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_baseline_is_asked_of_the_window_before_the_merge(
    measure: Measure, shop: Repo, run: Run
) -> None:
    shop.commit(plan(12, "row-tickets", Baseline="9 tickets"))

    result = measure("--baseline", "--write", today="2025-02-01")

    assert result.status == 0
    assert "row-tickets, 2024-12-27/2025-01-03: 21 tickets" in result.out
    event = json.loads((shop.path / LEDGER_PATH).read_text())
    assert (event["state"], event["value"], event["at"]) == ("baseline", "21 tickets", "2025-01-02")
    assert measure("--baseline", today="2025-02-01").out == "no baseline to measure\n"
    due = run(
        "due", "-C", str(shop.path), "--no-cache", "--today", "2025-03-08", "--format", "json"
    )
    items = json.loads(due.out)
    assert items["counts"]["due"] == 1
    assert "the source said 21 tickets before the merge" in due.out


def test_change_is_shown_with_its_windows(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))

    result = measure("#12")

    assert result.status == 0
    assert "    2024-12-31/2025-01-07  21 tickets" in result.out
    assert "    2025-03-04/2025-03-11  7 tickets" in result.out
    assert "█" in result.out


def test_change_before_its_day_is_shown_until_yesterday(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))

    assert "row-tickets, 2025-02-13/2025-02-20: 7 tickets" in measure("#12", today="2025-02-20").out


def test_picture_has_words_for_those_who_do_not_see_it(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets", Metric="row-tickets"))

    root = ElementTree.fromstring(measure("#12", "--format", "svg").out)

    space = "{http://www.w3.org/2000/svg}"
    words = root.findtext(f"{space}desc") or ""
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == "#12: tickets about missing rows, weekly"
    assert "merged 2025-01-03; looked at 2025-03-10; target 7 tickets" in words
    assert "2025-03-10: 7 tickets" in words
    assert len(root.findall(f"{space}circle")) == words.count(" tickets") - 1
    assert [text.text for text in root.iter(f"{space}text") if text.text == "merged"] == ["merged"]


def test_table_shows_what_was_measured(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))
    shop.commit(plan(13, "smiles | of the day"))

    out = measure("--due", "--format", "markdown").out

    row = "`21 tickets` | 2025-03-04/2025-03-11 | `7 tickets` "
    assert f"| `tickets about missing rows, weekly` | {row}" in out
    assert "- `#13`: `it names no metric" in out


USAGE = {
    "nothing": (),
    "two": ("#12", "--due"),
    "picture of all": ("--due", "--format", "svg"),
    "picture of a baseline": ("--baseline", "--format", "svg"),
    "both": ("--due", "--write", "--dry-run"),
    "write one": ("#12", "--write"),
    "write and propose": ("--due", "--write", "--propose"),
    "propose one": ("#12", "--propose"),
    "propose nothing": ("--due", "--propose", "--dry-run"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_is_said(measure: Measure, name: str) -> None:
    result = measure(*USAGE[name])

    assert (result.status, result.out) == (2, "")


def test_change_of_another_name_is_answered_with_a_near_one(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))

    result = measure("#13")

    assert result.status == 2
    assert "did you mean `#12`?" in result.err


def test_change_without_a_plan_is_said(measure: Measure, shop: Repo) -> None:
    shop.commit("feat: no plan (#14)\n")

    assert "carries no plan" in measure("#14").err


def test_catalogue_that_is_missing_is_said(measure: Measure, shop: Repo) -> None:
    shop.commit(plan(12, "row-tickets"))
    (shop.path / CATALOGUE_PATH).unlink()

    change, due, dry = measure("#12"), measure("--due"), measure("--due", "--dry-run")
    early = measure("--due", today="2025-03-01")

    assert (change.status, f"there is no {CATALOGUE_PATH}" in change.err) == (2, True)
    for one in (due, dry, early):
        assert one.status == 3
        assert f"there is no {CATALOGUE_PATH}, so no plan can be measured" in one.err
    assert "#12 feat(export)" in due.out


PLANLESS = {
    "nothing is due and no metric is named": (plan(12, "smiles at the desk"), "2025-03-01", 0),
    "a person's plan is due": (plan(12, "smiles at the desk"), TODAY, 3),
    "no plan at all": ("fix: rows (#12)", TODAY, 0),
}


@pytest.mark.parametrize("name", PLANLESS)
def test_catalogue_is_missed_only_where_a_plan_waits_for_it(
    measure: Measure, shop: Repo, name: str
) -> None:
    message, today, status = PLANLESS[name]
    shop.commit(message)
    (shop.path / CATALOGUE_PATH).unlink()

    assert measure("--due", today=today).status == status


def test_secret_stands_in_no_output(
    measure: Measure, shop: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.metrics.sources._WAIT", 0)
    secret = "hunter2-of-the-shop"
    monkeypatch.setenv("SHOP_DB", f"postgresql://shop:{secret}@127.0.0.1:1/shop")
    text = CATALOGUE.replace(
        '{type: prometheus, url: "http://127.0.0.1:1"}', "{type: sql, url_env: SHOP_DB}"
    )
    text = text.replace("query: up}", "query: 'select :end'}")
    shop.commit(plan(12, "row-tickets", Data_Source="metric:lost"), {CATALOGUE_PATH: text})

    for form in ("text", "json", "markdown"):
        result = measure("--due", "--write", "--format", form)
        assert result.status == 3
        assert secret not in result.out + result.err
    assert not (shop.path / LEDGER_PATH).exists()
