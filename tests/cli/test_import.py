"""`whygate import`: descriptions from a file, and what the reports make of them."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from whygate.git.run import Git
from whygate.history.requests import name_home
from whygate.history.store import FILE_NAME, lock_path

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo

WHOLE = """\
## Problem
Exports stop at row 100, so 40 accountants retype the rest every month.
## Who it helps
Accountants at firms with more than ten clients.
## Outcome
They close the month without retyping a single row.
## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: 2025-03-01
- Data source: https://example.org/d/1
"""


@pytest.fixture(autouse=True)
def cache(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: ARG001
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("WHYGATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def merged(repo: Repo) -> Repo:
    """Give a history of three requests of which only the titles are there, and one more commit."""
    repo.commit("feat: write every row (#12)\n", {"a": "1"})
    repo.commit("Merge pull request #13 from ada/rows\n\nfix: mend rows\n", {"a": "2"})
    repo.commit("feat: show rows\n\nSee merge request a/b!14\n", {"a": "3"})
    repo.commit("fix: say nothing\n", {"a": "4"})
    return repo


def gh(number: int, body: str | None, **more: object) -> dict[str, object]:
    """Return a pull request as `gh pr list --json` writes it."""
    return {
        "number": number,
        "title": f"request {number}",
        "body": body,
        "mergedAt": "2025-01-01T10:00:00Z",
        "mergeCommit": {"oid": "1" * 40},
        "author": {"id": "x", "is_bot": False, "login": "ada", "name": "Ada"},
        "labels": [{"id": "x", "name": "bug", "description": "", "color": "d73a4a"}],
        **more,
    }


def write(path: Path, *entries: object) -> str:
    path.write_text(json.dumps(entries), encoding="utf-8")
    return str(path)


def audit(run: Run, repo: Repo, *options: str) -> Any:
    result = run("audit", "-C", str(repo.path), "--format", "json", *options)
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)


def change(report: Any, name: str) -> Any:
    return next(c for c in report["changes"] if c["id"] == name)


def test_history_without_an_import_says_what_is_blind(run: Run, merged: Repo) -> None:
    report = audit(run, merged)

    assert report["coverage"]["total"]["blind"] == 3
    assert report["coverage"]["total"]["missing"] == 2  # the first commit, and the last
    assert (
        "blind: 3, their descriptions are on the forge; `whygate import`"
        in (report["basis"]["notes"])
    )


def test_imported_descriptions_are_read_by_number(run: Run, merged: Repo, tmp_path: Path) -> None:
    path = write(tmp_path / "prs.json", gh(12, WHOLE), gh(13, "words"), gh(99, WHOLE))
    done = run("import", path, "-C", str(merged.path))
    report = audit(run, merged)
    coverage = report["coverage"]

    assert done.out == "fetched 3 requests, 3 of them new; 3 are held\n"
    assert change(report, "#12")["state"] == "complete"
    assert {a["origin"] for a in change(report, "#12")["answers"]} == {"description"}
    assert change(report, "#13")["state"] == "missing"
    assert change(report, "!14")["state"] == "blind"
    assert coverage["total"]["blind"] == 1
    assert coverage["origins"] == {"description": 1}
    assert coverage["described"] == {"read": 2, "edited": 0}
    assert (
        "descriptions read from the forge: 2; 1 imported requests fit no commit of this branch"
        in report["basis"]["notes"]
    )


def test_imported_description_is_found_by_the_commit(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    sha = merged.git("rev-parse", "HEAD")
    write(tmp_path / "prs.json", gh(40, WHOLE, mergeCommit={"oid": sha}))
    run("import", str(tmp_path / "prs.json"), "-C", str(merged.path))
    report = audit(run, merged)

    assert change(report, "#40")["sha"] == sha
    assert change(report, "#40")["state"] == "complete"


def test_second_audit_and_a_new_import_see_the_same_texts(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    path = write(tmp_path / "prs.json", gh(12, WHOLE))
    run("import", path, "-C", str(merged.path))
    first, second = audit(run, merged), audit(run, merged)
    write(tmp_path / "prs.json", gh(12, "nothing of use"))
    run("import", path, "-C", str(merged.path))
    third = audit(run, merged)

    assert first == second
    assert change(third, "#12")["state"] == "missing"


def test_audit_without_the_cache_reads_imports_all_the_same(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    run("import", write(tmp_path / "prs.json", gh(12, WHOLE)), "-C", str(merged.path))

    assert change(audit(run, merged, "--no-cache"), "#12")["state"] == "complete"
    assert change(audit(run, merged, "--commits"), "#12")["state"] == "complete"


def test_plan_of_an_imported_description_is_due(run: Run, merged: Repo, tmp_path: Path) -> None:
    run("import", write(tmp_path / "prs.json", gh(12, WHOLE)), "-C", str(merged.path))
    due = json.loads(
        run("due", "-C", str(merged.path), "--format", "json", "--today", "2025-04-01").out
    )
    (plan,) = due["items"]

    assert plan["change"] == "#12"
    assert "descriptions read from the forge: 1; 2 are still blind" in due["notes"]
    assert plan["read"]["path"] == "#12 on the forge"


def test_terminal_names_the_texts_that_answers_stand_in(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    run("import", write(tmp_path / "prs.json", gh(12, WHOLE)), "-C", str(merged.path))
    shown = run("audit", "-C", str(merged.path)).out
    page = run("audit", "-C", str(merged.path), "--format", "html").out

    assert "description on the forge" in shown
    assert "description on the forge" in page


def test_linked_issue_answers_where_the_description_does_not(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    issue = {
        "number": 5,
        "title": "rows",
        "body": "### Problem\n\nAccountants retype 30 rows by hand every month.\n\n"
        "### Outcome\n\n_No response_\n\n### Measurement\n\n- Metric: rows\n- Target: 0\n",
    }
    body = "## Outcome\nThey close the month without retyping a single row.\n"
    path = write(tmp_path / "prs.json", gh(12, body, closingIssuesReferences=[issue]))
    run("import", path, "-C", str(merged.path))
    with_issue = change(audit(run, merged), "#12")
    merged.write(".whygate.yml", "linked_issues: false\n")
    without = change(audit(run, merged), "#12")

    origins = {a["field"]: a["origin"] for a in with_issue["answers"]}
    assert origins == {"outcome": "description", "problem": "issue"}
    assert [a["field"] for a in without["answers"]] == ["outcome"]


def test_text_edited_after_the_merge_is_marked_and_held_against_the_first(
    run: Run, repo: Repo, tmp_path: Path
) -> None:
    repo.commit("feat: write every row (#12)\n", {"a": "1"})

    def lab(description: str, edited: str) -> dict[str, object]:
        return {
            "iid": 12,
            "title": "rows",
            "state": "merged",
            "description": description,
            "merged_at": "2025-01-01T10:00:00Z",
            "last_edited_at": edited,
            "merge_commit_sha": repo.git("rev-parse", "HEAD"),
            "labels": ["type::feature"],
            "author": {"username": "ada"},
        }

    run("import", write(tmp_path / "mrs.json", lab(WHOLE, "")), "-C", str(repo.path))
    moved = WHOLE.replace("Target: 0", "Target: 20")
    later = write(tmp_path / "mrs.json", lab(moved, "2025-02-20T10:00:00Z"))
    run("import", later, "-C", str(repo.path))
    report = audit(run, repo)
    told = run("scorecard", "-C", str(repo.path), "--format", "json", "--today", "2025-04-01")
    (plan,) = json.loads(told.out)["outcomes"]["moved"]

    assert change(report, "!12")["described"] == "edited"
    assert any("1 of them edited after the merge" in note for note in report["basis"]["notes"])
    assert plan["target"] == "0"
    assert plan["moved"][0]["then"] == "0"
    assert plan["moved"][0]["now"] == "20"
    assert "edited on 2025-02-20" in plan["moved"][0]["where"]


def test_bot_by_the_word_of_the_forge_is_not_asked(run: Run, merged: Repo, tmp_path: Path) -> None:
    bot = {"is_bot": True, "login": "app/renovate"}
    run("import", write(tmp_path / "p.json", gh(12, "x", author=bot)), "-C", str(merged.path))

    assert change(audit(run, merged), "#12")["reason"] == "bot"


def test_deleted_author_and_empty_description_are_read(
    run: Run, merged: Repo, tmp_path: Path
) -> None:
    entry = gh(12, None, author=None, labels=None, mergeCommit=None)
    done = run("import", write(tmp_path / "p.json", entry), "-C", str(merged.path))

    assert done.status == 0
    assert change(audit(run, merged), "#12")["state"] == "missing"


def test_long_description_is_read(run: Run, merged: Repo, tmp_path: Path) -> None:
    body = WHOLE + "\n## Notes\n" + "word " * 13_000
    run("import", write(tmp_path / "p.json", gh(12, body)), "-C", str(merged.path))

    assert change(audit(run, merged), "#12")["state"] == "complete"


def test_gitlab_export_of_lines_is_read(run: Run, merged: Repo, tmp_path: Path) -> None:
    entry = {
        "iid": 14,
        "title": "rows",
        "state": "merged",
        "description": WHOLE,
        "metrics": {"merged_at": "2025-01-01T10:00:00Z"},
        "label_links": [{"label": {"title": "type::feature"}}],
    }
    other = {"iid": 15, "title": "open", "state": "opened", "description": "x"}
    path = tmp_path / "merge_requests.ndjson"
    path.write_text(f"{json.dumps(entry)}\n{json.dumps(other)}\n", encoding="utf-8")
    done = run("import", str(path), "-C", str(merged.path))

    assert done.out.endswith("1 of them new; 1 is held; 1 other is not merged\n")
    assert change(audit(run, merged), "!14")["state"] == "complete"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("<html>", "is not JSON", id="html"),
        pytest.param("7", "holds no list of requests", id="number"),
        pytest.param("[7]", "entry 1 is no request", id="no object"),
        pytest.param('[{"title": "x"}]', "entry 1 is no request", id="no number"),
        pytest.param('[{"number": "x"}]', "entry 1 is not what it should be", id="wrong type"),
        pytest.param('[{"number": -1}]', "entry 1 is not what it should be", id="negative"),
        pytest.param('{"iid": 1}\n{', "is not JSON in line 2", id="torn line"),
        pytest.param("[" * 100_000, "is not JSON", id="deep"),
    ],
)
def test_file_of_another_shape_is_refused(
    run: Run, repo: Repo, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    result = run("import", str(path), "-C", str(repo.path))

    assert result.status == 2
    assert said in result.err
    assert "gh pr list" in result.err


def test_import_outside_of_a_repository_says_so(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", gh(1, "x"))

    assert run("import", path, "-C", str(tmp_path)).status in (2, 3)


def test_store_says_what_was_imported_and_is_cleared(
    run: Run, merged: Repo, tmp_path: Path, cache: Path
) -> None:
    run("import", write(tmp_path / "prs.json", gh(12, WHOLE)), "-C", str(merged.path))
    shown = run("show", "store").out
    held = json.loads(run("show", "store", "--format", "json").out)
    run("show", "store", "--clear")

    assert "1 requests from GitHub, prs.json, fetched 20" in shown
    assert held["imports"][0]["requests"] == 1
    assert list(cache.iterdir()) == []
    assert audit(run, merged)["coverage"]["total"]["blind"] == 3


def test_two_imports_at_once_are_refused(
    run: Run, merged: Repo, tmp_path: Path, cache: Path
) -> None:
    cache.mkdir(mode=0o700)
    home = name_home(Git(merged.path))
    other = sqlite3.connect(lock_path(cache / FILE_NAME, home), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    result = run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))
    other.close()

    assert result.status == 3
    assert "another import of this repository is running" in result.err


def test_store_of_a_newer_version_is_left_alone(
    run: Run, merged: Repo, tmp_path: Path, cache: Path
) -> None:
    cache.mkdir(mode=0o700)
    base = sqlite3.connect(cache / FILE_NAME)
    base.execute("PRAGMA user_version = 99")
    base.close()
    before = (cache / FILE_NAME).read_bytes()
    result = run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))

    assert result.status == 3
    assert "a newer whygate made it" in result.err
    assert (cache / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("damage", [b"no database at all " * 60, b""])
def test_damaged_or_older_store_is_begun_again(
    run: Run, merged: Repo, tmp_path: Path, cache: Path, damage: bytes
) -> None:
    cache.mkdir(mode=0o700)
    if damage:
        (cache / FILE_NAME).write_bytes(damage)
    else:
        base = sqlite3.connect(cache / FILE_NAME)
        base.execute("CREATE TABLE requests (x)")
        base.close()
    done = run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))

    assert done.status == 0
    assert change(audit(run, merged), "#12")["state"] == "complete"


def test_locked_store_says_so_and_keeps_what_it_holds(
    run: Run, merged: Repo, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.history.store._BUSY_SECONDS", 0.01)
    run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))
    other = sqlite3.connect(cache / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    result = run("import", write(tmp_path / "q.json", gh(13, WHOLE)), "-C", str(merged.path))
    other.execute("COMMIT")
    other.close()

    assert result.status == 3
    assert "database is locked" in result.err
    assert "WHYGATE_CACHE_DIR" in result.err
    assert change(audit(run, merged), "#12")["state"] == "complete"


def test_store_that_cannot_be_written_says_so(
    run: Run, merged: Repo, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))
    real: Any = sqlite3.connect

    def read_only(path: Any, *args: Any, **options: Any) -> Any:
        if str(path).endswith(FILE_NAME):
            return real(f"file:{path}?mode=ro", *args, **options, uri=True)
        return real(path, *args, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    result = run("import", write(tmp_path / "q.json", gh(13, WHOLE)), "-C", str(merged.path))
    monkeypatch.undo()
    os.environ["WHYGATE_CACHE_DIR"] = str(cache)

    assert result.status == 3
    assert "readonly" in result.err


def test_damaged_request_in_the_store_is_said_and_not_believed(
    run: Run, merged: Repo, tmp_path: Path, cache: Path
) -> None:
    run("import", write(tmp_path / "p.json", gh(12, WHOLE)), "-C", str(merged.path))
    base = sqlite3.connect(cache / FILE_NAME)
    base.execute("UPDATE requests SET data = x'00112233445566778899'")
    base.commit()
    base.close()
    report = audit(run, merged)

    assert change(report, "#12")["state"] == "blind"
    assert any("1 imported requests are damaged" in note for note in report["basis"]["notes"])
