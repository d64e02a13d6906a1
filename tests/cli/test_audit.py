"""`whygate audit`: what it reads, how it says it, and the bars it holds a history against."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from tests.cli.conftest import PLAN

from whygate.history.store import FILE_NAME
from whygate.schema.files import NAMES, read_bundled
from whygate.terminal import output

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo

EXEMPT = """\
Problem: five firms cannot send their tax export
Outcome: five firms send it by themselves
Product-Context: exempt not-measurable; fewer than ten firms use this export
"""
FORMATS = ["text", "json", "ndjson", "csv", "markdown", "html", "sarif", "junit"]


@pytest.fixture(autouse=True)
def cache(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    """Give the directory of a cache of this test's own, whatever `run` has set."""
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def history(repo: Repo) -> Repo:
    """Give eleven first-parent changes of every sort, the first one being `Begin`."""
    repo.commit(f"feat: write every row (#2)\n\nBy page.\n\n{PLAN}", {"src/a.py": "1"})
    repo.commit("feat: blind\n", {"src/a.py": "2"})
    repo.git("tag", "v1")
    repo.commit("feat: half\n\nProblem: rows come in a random order since May\n", {"src/b": "1"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit(f"feat: on the side\n\n{PLAN}", {"docs/b.md": "1"})
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    repo.commit("chore(deps): bump x\n\nLonger.\n", {"c.py": "1"})
    repo.commit('Revert "feat: blind"\n\nThis reverts commit abc, it broke.\n', {"src/a.py": "1"})
    repo.commit(f"feat: tiny export\n\n{EXEMPT}", {"d.py": "1"})
    repo.commit("fixup! feat: half\n", {"src/b": "4"})
    bot = {"GIT_AUTHOR_NAME": "dependabot[bot]"}
    repo.commit("Bump y\n", {"c.py": "2"}, **bot)
    repo.commit("fix: mend\n\nProblem: it was late every Monday morning\n", {"c.py": "3"})
    return repo


def audit(run: Run, repo: Repo, *options: str) -> Any:
    """Return the JSON report, which must be what its schema says."""
    result = run("audit", "-C", str(repo.path), "--format", "json", *options)
    assert (result.status, result.err) == (0, "")
    report = json.loads(result.out)
    schema = json.loads(read_bundled(NAMES["audit"]))
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(report)
    return report


def titles(report: Any) -> list[str]:
    return [change["title"] for change in report["changes"]]


# --- what is counted -------------------------------------------------------------------------


def test_audit_counts_what_a_history_says(run: Run, history: Repo) -> None:
    report = audit(run, history)
    coverage = report["coverage"]

    assert coverage["total"] == {
        "changes": 11,
        "judged": 6,
        "asked": 5,
        "complete": 1,
        "partial": 2,
        "missing": 2,
        "exempt": 1,
        "skipped": 5,
        "blind": 0,
        "share": 20.0,
    }
    assert coverage["skipped"] == {"bot": 1, "deps": 1, "fixup": 1, "merge": 1, "revert": 1}
    assert coverage["exempt"] == {"not-measurable": 1}
    assert coverage["exempt_features"] == [
        {"id": history.git("rev-parse", "HEAD~3")[:12], "title": "feat: tiny export"}
        | {"class": "not-measurable"}
    ]
    assert coverage["forms"] == {"trailer": 4}
    assert [group["name"] for group in coverage["months"]] == ["2025-01"]


def test_audit_says_what_it_looked_at(run: Run, history: Repo) -> None:
    basis = audit(run, history, "--today", "2026-12-01", "--preset", "adopt")["basis"]

    assert basis == {
        "repository": "repo",
        "revisions": "HEAD",
        "branch": "main",
        "head": history.head(),
        "unit": "first-parent changes",
        "today": "2026-12-01",
        "timezone": "UTC",
        "config": "built in",
        "preset": "adopt",
        "schema": "product-context.schema.json",
        "templates": [],
        "filters": [],
        "notes": [
            "bots are told by the author's name alone, which a history cannot verify",
            "changed paths were not read: what depends on them was not judged",
        ],
    }


def test_audit_names_configuration_and_template(run: Run, history: Repo) -> None:
    history.write(".whygate.yml", "version: 1\ntimezone: UTC\n")
    history.write(".github/pull_request_template.md", "## Problem\n\nWho is hurt?\n")
    basis = audit(run, history)["basis"]

    assert basis["config"] == ".whygate.yml"
    assert basis["templates"] == [".github/pull_request_template.md"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--commits", "-n", "7"], 7),
        (["--commits"], 12),
        (["--since", "2025-01-09"], 3),
        (["--until", "2025-01-02"], 3),
        (["--since", "2025-01-02", "--until", "2025-01-03"], 2),
        (["--author", "DEPENDABOT"], 1),
        (["--author", "ada@example.org"], 11),
        (["--kind", "fix"], 1),
        (["--kind", "fix", "--kind", "revert"], 2),
        (["--kind", "feature", "-n", "1"], 1),
        (["--path", "src"], 5),
        (["--path", "src/b", "--path", "docs"], 3),
        (["--path", "docs", "--commits"], 1),
        (["--since-tag"], 8),
        (["--since-tag", "v1"], 8),
        (["HEAD~3..HEAD~1"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_audit_of_a_part(run: Run, history: Repo, options: list[str], expected: int) -> None:
    report = audit(run, history, *options)
    again = audit(run, history, *options)

    assert report["coverage"]["total"]["changes"] == expected == len(report["changes"])
    assert again == report
    named = [*report["basis"]["filters"], report["basis"]["revisions"], report["basis"]["unit"]]
    assert named != ["HEAD", "first-parent changes"]


def test_audit_of_merged_commits_reads_what_a_topic_said(run: Run, history: Repo) -> None:
    alone = audit(run, history)
    report = audit(run, history, "--merged-commits")
    found = {change["title"]: change["state"] for change in report["changes"]}

    assert found["feat: on the side"] == "complete"
    assert "Merge branch 'topic'" not in found
    assert report["coverage"]["total"]["changes"] == 11
    assert {c["title"]: c["state"] for c in alone["changes"]}["Merge branch 'topic'"] == "skipped"


def test_audit_of_merged_commits_by_area_and_path(run: Run, history: Repo) -> None:
    everything = audit(run, history, "--merged-commits", "--by-area")
    part = audit(run, history, "--merged-commits", "--path", "src")

    assert {group["name"] for group in everything["coverage"]["areas"]} == {"src", "docs", "(top)"}
    assert 0 < len(part["changes"]) < len(everything["changes"])


def test_audit_by_area_reads_paths(run: Run, history: Repo) -> None:
    report = audit(run, history, "--by-area")
    areas = {group["name"]: group["changes"] for group in report["coverage"]["areas"]}

    assert areas == {"src": 5, "docs": 1, "(top)": 5}
    assert not any("changed paths" in note for note in report["basis"]["notes"])


def test_audit_by_area_asks_codeowners(run: Run, history: Repo) -> None:
    history.commit("own\n", {".github/CODEOWNERS": "* @all\n/src/ @org/src\n"})
    report = audit(run, history, "--by-area")
    again = audit(run, history, "--by-area")

    assert {group["name"] for group in report["coverage"]["areas"]} == {"@all", "@org/src"}
    assert again == report


def test_authors_are_named_only_when_asked_for(run: Run, history: Repo) -> None:
    silent = run("audit", "-C", str(history.path), "--format", "json").out
    named = audit(run, history, "--by-author")

    assert "ada@" not in silent.lower()
    assert named["coverage"]["authors"][0]["name"] == "Ada Author <ada@example.org>"
    assert named["changes"][0]["author"] == "Ada Author <ada@example.org>"


def test_adoption_splits_the_history(run: Run, history: Repo) -> None:
    phases = audit(run, history, "--adopted", "2025-01-09")["coverage"]["phases"]

    assert [(phase["name"], phase["changes"]) for phase in phases] == [("before", 8), ("since", 3)]


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("https://github.com/org/shop.git", "https://github.com/org/shop/pull/2"),
        ("git@github.com:org/shop.git", "https://github.com/org/shop/pull/2"),
        ("ssh://git@github.com/org/shop", "https://github.com/org/shop/pull/2"),
        ("https://user:secret@github.com/org/shop", "https://github.com/org/shop/pull/2"),
        ("https://gitlab.com/a/b/shop.git", "https://gitlab.com/a/b/shop/-/commit/"),
        ("https://github.com/org/shop?x=<script>", ""),
        ("/srv/shop.git", ""),
    ],
)
def test_changes_link_to_their_forge(run: Run, history: Repo, remote: str, url: str) -> None:
    history.git("remote", "add", "origin", remote)
    report = audit(run, history)
    found = next(change for change in report["changes"] if change["id"] == "#2")

    assert found["url"] == (url + found["sha"] if url.endswith("/commit/") else url)
    assert "secret" not in json.dumps(report)
    first = report["changes"][0]
    assert not url or first["url"].endswith(f"/commit/{first['sha']}")


# --- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_report_is_the_same_byte_for_byte(run: Run, history: Repo, form: str) -> None:
    options = ("audit", "-C", str(history.path), "--format", form, "--today", "2026-12-01")
    first = run(*options, "--no-cache")
    second = run(*options)
    third = run(*options, "--jobs", "1")
    written = run(*options, "--output", "report")

    assert (first.status, first.err, written) == (0, "", (0, "", ""))
    assert first.out == second.out == third.out
    with open("report", encoding="utf-8", newline="") as stream:  # noqa: PTH123
        assert stream.read() == first.out


def test_numbers_are_the_same_in_every_format(run: Run, history: Repo) -> None:
    report = audit(run, history)
    text = run("audit", "-C", str(history.path)).out
    lines = run("audit", "-C", str(history.path), "--format", "ndjson").out.splitlines()
    table = run("audit", "-C", str(history.path), "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(table)))
    total = report["coverage"]["total"]

    assert [json.loads(line) for line in lines] == report["changes"]
    assert [row["sha"] for row in rows] == [change["sha"] for change in report["changes"]]
    assert sum(row["state"] == "complete" for row in rows) == total["complete"]
    assert re.search(rf"^judged +{total['judged']}$", text, re.MULTILINE)
    assert re.search(rf"^complete +{total['complete']} +{total['asked']} +20\.0 %$", text, re.M)


def test_csv_is_disarmed_unless_raw(run: Run, history: Repo) -> None:
    history.commit("=1+1\n")
    options = ("audit", "-C", str(history.path), "--format", "csv", "-n", "1")

    assert ",'=1+1," in run(*options).out
    assert ",=1+1," in run(*options, "--csv-raw").out


def test_terminal_gets_tables_a_trend_and_a_progress(
    run: Run, history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    result = run("audit", "-C", str(history.path))

    assert result.status == 0
    assert "\u2501" in result.out or "\u2500" in result.out
    assert "complete, month by month: \u2582" in result.out


def test_progress_counts_on_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    plain, terminal = io.StringIO(), Terminal()

    assert list(output.show_progress([[], []], plain)) == [[], []]
    assert list(output.show_progress([[], []], terminal)) == [[], []]
    assert plain.getvalue() == ""
    assert "changes" in terminal.getvalue()


# --- files -----------------------------------------------------------------------------------


def test_output_replaces_a_file_and_keeps_its_permissions(
    run: Run, history: Repo, tmp_path: Path
) -> None:
    target = tmp_path / "audit.txt"
    target.write_text("old")
    target.chmod(0o640)
    result = run("audit", "-C", str(history.path), "-o", str(target))

    assert result == (0, "", "")
    assert target.read_text().startswith("repository: repo\n")
    assert target.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.glob(".audit*")] == []


@pytest.mark.parametrize("option", ["--output", "--badge", "--badge-json", "--write-baseline"])
def test_links_are_not_written_through(
    run: Run, history: Repo, tmp_path: Path, option: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "link").symlink_to(precious)
    result = run("audit", "-C", str(history.path), option, "link")

    assert result.status == 2
    assert "`link` is a symbolic link" in result.err
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no/such/dir/x", "cannot be written: No such file"),
        ("no/such/dir/x", "make the directory `no/such/dir` first"),
        ("pipe", "is not a plain file"),
    ],
)
def test_output_that_cannot_be_written(
    run: Run, history: Repo, tmp_path: Path, target: str, words: str
) -> None:
    import os  # noqa: PLC0415

    os.mkfifo(tmp_path / "pipe")
    result = run("audit", "-C", str(history.path), "-o", target)

    assert (result.status, result.out) == (2, "")
    assert words in result.err


def test_badges_say_the_share(run: Run, history: Repo, tmp_path: Path) -> None:
    run("audit", "-C", str(history.path), "--badge", "b.svg", "--badge-json", "b.json")
    whole = json.loads((tmp_path / "b.json").read_text())
    run("audit", "-C", str(history.path), "--badge-json", "b.json", "--field", "problem")
    field = json.loads((tmp_path / "b.json").read_text())

    assert whole["message"] == "20.0 % of 5"
    assert "20.0 % of 5" in (tmp_path / "b.svg").read_text()
    assert (field["label"], field["message"]) == ("problem", "66.7 % of 6")


# --- bars ------------------------------------------------------------------------------------


def test_only_new_debt_fails(run: Run, history: Repo) -> None:
    where = ("audit", "-C", str(history.path))
    written = run(*where, "--write-baseline", "base.json")
    same = run(*where, "--baseline", "base.json")
    history.commit("feat: new and silent\n")
    new = run(*where, "--baseline", "base.json")

    assert (written.status, same.status, same.err) == (0, 0, "")
    assert new.status == 1
    assert "feat: new and silent: WG101 is not in the baseline\n" in new.err
    assert re.search(r"^new debts: 3; in the baseline: [1-9]$", new.err, re.MULTILINE)


def test_first_baseline_brings_its_directory(run: Run, history: Repo, tmp_path: Path) -> None:
    target = ".whygate/baseline.json"
    written = run("audit", "-C", str(history.path), "--write-baseline", target)
    (tmp_path / "file").touch()
    refused = run("audit", "-C", str(history.path), "--write-baseline", "file/baseline.json")

    assert (written.status, written.err) == (0, "")
    assert json.loads((tmp_path / target).read_text())
    assert refused.status == 2
    assert "`file` cannot be made: File exists" in refused.err


@pytest.mark.parametrize(
    ("text", "words"), [("[]", "not a baseline"), (None, "cannot be read"), ("", "is not JSON")]
)
def test_broken_baseline_is_a_usage_problem(
    run: Run, history: Repo, tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "base.json").write_text(text)
    result = run("audit", "-C", str(history.path), "--baseline", "base.json")

    assert (result.status, result.out) == (2, "")  # and no history was read for it
    assert words in result.err


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--fail-under", "20"], 0, ""),
        (["--fail-under", "20.1"], 1, "1 of 5 changes are complete: fewer than 20.1 %\n"),
        (["--fail-under", "66", "--field", "problem"], 0, ""),
        (
            ["--fail-under", "80", "--field", "measurement"],
            1,
            "1 of 6 changes answer measurement: fewer than 80 %\n",
        ),
        (
            ["--fail-under", "80", "-n", "1"],
            0,
            "--fail-under decides nothing: of 1 changes no rate is made\n",
        ),
    ],
    ids=["at", "under", "field", "field-under", "few"],
)
def test_fail_under(run: Run, history: Repo, options: list[str], status: int, words: str) -> None:
    result = run("audit", "-C", str(history.path), *options)

    assert (result.status, result.err) == (status, words)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--path", "nosuchdir"], "no change in `HEAD` touches `nosuchdir`"),
        (["HEAD..HEAD"], "there is no change in `HEAD..HEAD`"),
        (["--since", "2031-01-01"], "no change in `HEAD` fits `since 2031-01-01`"),
        (["--path", "x", "--kind", "docs"], "no change in `HEAD` touches `x` and fits `kind docs`"),
    ],
    ids=["path", "range", "day", "two"],
)
def test_empty_selection_says_so_and_holds_no_bar(
    run: Run, history: Repo, options: list[str], words: str
) -> None:
    asked = ("audit", "-C", str(history.path), *options)
    plain, barred = run(*asked), run(*asked, "--fail-under", "1")

    assert (plain.status, barred.status) == (0, 3)
    assert f"note: {words}" in plain.err
    assert words in " ".join(plain.out.split())
    assert f"whygate: {words}, so nothing was held against the bar" in barred.err


def test_audit_alone_never_fails_on_what_it_finds(run: Run, history: Repo) -> None:
    result = run("audit", "-C", str(history.path), "--preset", "strict")

    assert result.status == 0
    assert "WG101" in result.out


# --- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--commits", "--merged-commits"], "exclude each other"),
        (["--since-tag", "v1", "HEAD~1..HEAD"], "exclude each other"),
        (["--since", "yesterday"], "is not a day; write 2027-02-15"),
        (["--kind", "wish"], "there is no kind `wish`"),
        (["--field", "wish"], "there is no field `wish`"),
        (["--since-tag", "v9"], "there is no commit `refs/tags/v9`"),
        (["--fail-under", "101"], "0<=x<=100"),
        (["nowhere"], "there is no commit `nowhere`"),
        (["--path", "../out"], "--path names no path of this repository"),
        (["--path", "/etc"], "--path names no path of this repository"),
        (["--path", ""], "--path names no path of this repository"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(run: Run, history: Repo, options: list[str], words: str) -> None:
    result = run("audit", "-C", str(history.path), *options)

    assert result.status in {2, 3}
    assert result.out == ""
    assert words in result.err


def test_log_too_long_for_code_scanning_says_so(
    run: Run, history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("audit", "-C", str(history.path), "--format", "sarif")
    short = run(*options)
    monkeypatch.setattr("whygate.reporters.audit._MOST_RESULTS", 1)
    long = run(*options)

    assert short.err == ""
    assert long.status == 0
    assert "GitHub's code scanning refuses one with more than 1: audit a part" in long.err
    [invocation] = json.loads(long.out)["runs"][0]["invocations"]
    assert long.err.removeprefix("note: ").strip() in str(invocation)


# --- cache -----------------------------------------------------------------------------------


def test_second_run_reads_no_history(
    run: Run, history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("audit", "-C", str(history.path), "--today", "2026-12-01")
    monkeypatch.setattr("whygate.history.stream.Reader", None)

    assert run("audit", "-C", str(history.path), "--today", "2026-12-01") == first
    monkeypatch.setattr("whygate.history.store.RecordCache.find_walk", None)
    assert run("audit", "-C", str(history.path), "--today", "2026-12-01") == first


@pytest.mark.parametrize(
    "change",
    [
        ("--preset", "strict"),
        ("--commits",),
        ("--path", "src"),
        ("--by-area",),
        ("--merged-commits",),
        ("HEAD~1",),
        ("-n", "2"),
        ("--by-author",),
        ("--kind", "fix"),
        ("--adopted", "2026-02-01"),
        ("--format", "csv"),
    ],
    ids=" ".join,
)
def test_another_question_is_never_answered_from_the_cache(
    run: Run, history: Repo, change: tuple[str, ...]
) -> None:
    run("audit", "-C", str(history.path))
    cached = run("audit", "-C", str(history.path), *change)

    assert cached == run("audit", "-C", str(history.path), *change, "--no-cache")
    assert cached.out != run("audit", "-C", str(history.path)).out


def test_new_commits_and_new_policies_are_judged_anew(run: Run, history: Repo) -> None:
    before = audit(run, history)
    history.commit("feat: one more\n\nProblem: it is late every Monday morning\n")
    after = audit(run, history)
    history.write(".whygate.yml", "version: 1\nkinds: {fix: {skip: true}}\n")
    skipped = audit(run, history)

    assert titles(after) == ["feat: one more", *titles(before)]
    assert skipped["changes"][1]["state"] == "skipped"


def test_part_of_a_history_is_taken_from_the_whole(run: Run, history: Repo) -> None:
    whole = audit(run, history)
    part = audit(run, history, "-n", "3")

    assert part["changes"] == whole["changes"][:3]


def test_damaged_cache_is_told_and_changes_nothing(run: Run, history: Repo, cache: Path) -> None:
    first = audit(run, history)
    (cache / FILE_NAME).write_bytes(b"no database" * 100)
    second = audit(run, history)
    third = audit(run, history)

    assert "the store was damaged and is begun again" in second["basis"]["notes"]
    assert second["changes"] == first["changes"]
    assert third == first


def test_locked_cache_is_told_and_changes_nothing(
    run: Run, history: Repo, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.history.store._BUSY_SECONDS", 0.01)
    first = audit(run, history)
    history.commit("one more\n")
    base = sqlite3.connect(cache / FILE_NAME, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    second = audit(run, history)
    base.execute("COMMIT")
    base.close()

    assert second["basis"]["notes"][-1] == "the cache is not used: database is locked"
    assert second["changes"][1:] == first["changes"]


def test_no_cache_leaves_nothing_behind(run: Run, history: Repo, cache: Path) -> None:
    run("audit", "-C", str(history.path), "--no-cache")

    assert not cache.exists()
