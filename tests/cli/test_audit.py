"""`whygate audit`: a history becomes a report, in every format, and a bar it is held against."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from tests.conftest import FIRST_DAY

from whygate.cli.audit_report import show_progress
from whygate.sources import record_cache
from whygate.sources.record_cache import FILE_NAME

if TYPE_CHECKING:
    from tests.cli.conftest import Result, Run
    from tests.conftest import MakeRepo, Repo

    from whygate.audit.record import Record

SCHEMAS = Path(__file__).parents[2] / "schemas"
PLAN = """\
Problem: support staff copy rows by hand each week
Audience: the twelve members of the support team
Outcome: nobody copies rows by hand any more
Metric: copied rows a week
Baseline: 30
Target: 0
Evaluate-By: 2027-02-15
"""
HOSTILE = (
    "=cmd|'/c calc'!A1 <script>alert(1)</script> | `x` \x1b[31mred\x1b[0m",
    "feat: \u202ereversed \u2028 line\n\nProblem: <b>&amp;]]> ]]&gt; rows are \x07 off daily\n",
    "",
    "\n\n\n",
    "\x85",
    "feat: null \ufffd\n\n" + "#" * 5000,
)


@pytest.fixture
def story(repo: Repo) -> Repo:
    """Give a history of six first-parent changes: by Ada and Bob, with a merge and a tag."""
    repo.commit(f"feat: write every row (#2)\n\nBy page.\n\n{PLAN}", {"src/a.py": "1"})
    repo.git("tag", "v1")
    repo.commit("feat: blind\n", {"src/a.py": "2"}, GIT_AUTHOR_NAME="Bob")
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit(f"feat: on the side\n\n{PLAN}", {"docs/b.md": "1"})
    repo.git("checkout", "--quiet", "main")
    day = f"{FIRST_DAY + 86_400 * (repo.commits - 1)} +0000"
    merge = ("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    repo.git(*merge, GIT_COMMITTER_DATE=day)
    repo.commit("docs: say it\n\nLonger.\n", {"docs/c.md": "1"})
    repo.commit("feat: half\n\nProblem: rows come in a random order since May\n", {"src/d": "1"})
    return repo


def _report(run: Run, repo: Repo, *argv: str) -> dict[str, object]:
    result = run("audit", "-C", str(repo.path), "--format", "json", *argv)

    assert (result.status, result.err) == (0, "")
    report: dict[str, object] = json.loads(result.out)
    return report


def _titles(run: Run, repo: Repo, *argv: str) -> list[str]:
    result = run("audit", "-C", str(repo.path), "--format", "ndjson", *argv)

    assert (result.status, result.err) == (0, "")
    return [json.loads(line)["title"] for line in result.out.split("\n") if line]


def _text(run: Run, repo: Repo, *argv: str) -> Result:
    return run("audit", "-C", str(repo.path), *argv)


@pytest.fixture
def hostile(make_repo: MakeRepo) -> Repo:
    """Give a history that tries to break out of every format."""
    repo = make_repo("hostile")
    for number, message in enumerate(HOSTILE):
        options = ("--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim")
        data = message.encode()
        repo.git("commit", *options, "-F-", data=data, GIT_AUTHOR_NAME=f"@<i>{number}|,;\"'")
    return repo


# --- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["story", "hostile"])
@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "html", "sarif", "junit", "markdown"])
def test_every_format_is_well_formed(
    run: Run, form: str, which: str, request: pytest.FixtureRequest
) -> None:
    repo: Repo = request.getfixturevalue(which)
    result = run("audit", "-C", str(repo.path), "--by-author", "--format", form)
    count = int(repo.git("rev-list", "--first-parent", "--count", "HEAD"))
    out = result.out

    assert (result.status, result.err) == (0, "")
    assert "\x1b" not in out
    assert "\u202e" not in out or form in ("json", "ndjson")
    match form:
        case "json":
            schema = json.loads((SCHEMAS / "audit.schema.json").read_text(encoding="utf-8"))
            jsonschema_rs.validator_for(schema).validate(json.loads(out))
            assert len(json.loads(out)["changes"]) == count
        case "ndjson":
            lines = out.split("\n")
            assert lines.pop() == ""
            assert len([json.loads(line) for line in lines]) == count
        case "csv":
            rows = list(csv.reader(io.StringIO(out)))
            assert len(rows) == count + 1
            assert not any(cell.startswith(("=", "@", "+", "-")) for row in rows for cell in row)
        case "html":
            assert out[:9].lower() == "<!doctype"
            assert "<script>alert" not in out
        case "sarif":
            assert json.loads(out)["version"] == "2.1.0"
        case "junit":
            suites = ET.fromstring(out)
            assert len(suites.findall(".//testcase")) == int(suites.get("tests", "0")) <= count
        case _:
            assert out.startswith("# ")
            assert "<script>" not in out


def test_csv_for_programs_leaves_formulas(run: Run, hostile: Repo) -> None:
    raw = _text(run, hostile, "--format", "csv", "--csv-raw").out

    assert any(cell.startswith("=") for row in csv.reader(io.StringIO(raw)) for cell in row)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_terminal_gets_a_table(run: Run, story: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _text(run, story).out
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    status = run("audit", "-C", str(story.path)).status
    monkeypatch.undo()

    assert status == 0
    assert screen.getvalue() != plain
    assert "first-parent changes" in screen.getvalue()


def test_terminal_sees_the_count_and_others_do_not() -> None:
    batches: list[list[Record]] = [[], []]
    screen, file = Terminal(), io.StringIO()

    assert list(show_progress(batches, screen)) == batches
    assert list(show_progress(batches, file)) == batches
    assert "0 changes" in screen.getvalue()
    assert file.getvalue() == ""


@pytest.mark.parametrize(
    ("remote", "change", "commit"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b/pull/2", "/a/b/commit/"),
        ("git@github.com:a/b", "https://github.com/a/b/pull/2", "/a/b/commit/"),
        ("ssh://git@gitlab.com/a/b/c.git", "gitlab.com/a/b/c/-/commit/", "/a/b/c/-/commit/"),
        ("https://token@github.com/a/b", "https://github.com/a/b/pull/2", "/a/b/commit/"),
        ("https://example.org/a/b", "", ""),
    ],
    ids=["https", "scp", "gitlab", "token", "unknown"],
)
def test_links_lead_to_the_forge(
    run: Run, story: Repo, remote: str, change: str, commit: str
) -> None:
    story.git("remote", "add", "origin", remote)
    result = _text(run, story, "--format", "ndjson").out
    urls = {held["id"]: held["url"] for held in map(json.loads, result.split("\n")[:-1])}

    assert change in urls["#2"]
    assert all(commit in url for identity, url in urls.items() if identity != "#2")
    assert "token" not in result


def test_authors_are_named_only_when_asked_for(run: Run, story: Repo) -> None:
    assert "ada@example.org" not in _text(run, story, "--format", "json").out
    assert "ada@example.org" in _text(run, story, "--format", "json", "--by-author").out
    assert "Bob" not in _text(run, story).out
    assert "Bob" in _text(run, story, "--by-author").out


# --- what is read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "titles"),
    [
        (("--last", "1"), ["feat: half"]),
        (("--since", "2025-01-05"), ["docs: say it", "feat: half"]),
        (("--until", "2025-01-01"), ["Begin"]),
        (("--since", "2025-01-02", "--until", "2025-01-02"), ["feat: write every row (#2)"]),
        (("--author", "BOB"), ["feat: blind"]),
        (("--kind", "docs"), ["docs: say it"]),
        (("--path", "src/d"), ["feat: half"]),
        (("--path", "docs/c.md", "--path", "src/d"), ["docs: say it", "feat: half"]),
        (("v1..HEAD~2",), ["feat: blind", "Merge branch 'topic'"]),
        (("--since-tag", "v1", "HEAD~1", "--kind", "docs"), ["docs: say it"]),
        (("--last", "1", "--author", "bob"), ["feat: blind"]),
    ],
    ids=["last", "since", "until", "day", "author", "kind", "path", "paths", "range", "tag", "two"],
)
def test_filter_keeps(run: Run, story: Repo, argv: tuple[str, ...], titles: list[str]) -> None:
    assert _titles(run, story, *argv) == titles[::-1]


def test_newest_tag_needs_no_name(run: Run, story: Repo) -> None:
    assert len(_titles(run, story, "--since-tag")) == 4
    assert "\nrange: v1..HEAD\n" in _text(run, story, "--since-tag").out


def test_filters_are_said(run: Run, story: Repo) -> None:
    out = _text(run, story, "--path", "src", "--author", "ada", "--since", "2025-01-02").out

    assert "path src" in out
    assert "author ada" in out
    assert "since 2025-01-02" in out


def test_units_count_differently(run: Run, story: Repo) -> None:
    merged = _titles(run, story, "--merged-commits")

    assert len(_titles(run, story)) == 6
    assert len(_titles(run, story, "--commits")) == 7
    assert len(merged) == 6
    assert "feat: on the side" in merged
    assert "Merge branch 'topic'" not in merged
    assert "feat: on the side" not in _titles(run, story)


def test_areas_are_owners_or_directories(run: Run, story: Repo) -> None:
    by_path = _text(run, story, "--by-area").out
    story.commit("docs: owners\n", {".github/CODEOWNERS": "/src/ @a/rows\n"})
    by_owner = _text(run, story, "--by-area").out

    assert "docs" in by_path
    assert "@a/rows" not in by_path
    assert "@a/rows" in by_owner
    assert "changed paths were not read" not in by_owner


def test_adoption_splits_the_history(run: Run, story: Repo) -> None:
    out = _text(run, story, "--adopted", "2025-01-03").out
    changes = {line.split()[0]: line.split()[1] for line in out.split("\n") if " 2 " in line}

    assert "\nAdoption\n" in out
    assert (changes["before"], changes["since"]) == ("2", "4")


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("--commits", "--merged-commits"), "exclude each other"),
        (("--since-tag", "v1", "v1..HEAD"), "exclude each other"),
        (("--path", "a", "--merged-commits"), "exclude each other"),
        (("--by-area", "--merged-commits"), "exclude each other"),
        (("--since", "yesterday"), "is not a day"),
        (("--kind", "novel"), "there is no kind `novel`"),
        (("--last", "0"), "--last"),
        (("--fail-under", "101"), "--fail-under"),
        (("--format", "pdf"), "pdf"),
        (("nowhere",), "nowhere"),
        (("--since-tag", "v9"), "v9"),
        (("--since-tag", "", "v1~1"), "no tag leads"),
    ],
    ids=[
        *("units", "tag and range", "path", "area", "day", "kind", "last", "percent", "format"),
        *("revision", "tag", "no tag"),
    ],
)
def test_wrong_option_is_refused(run: Run, story: Repo, argv: tuple[str, ...], word: str) -> None:
    result = _text(run, story, *argv)

    assert (result.status, result.out) == (2, "")
    assert word in result.err


# --- repositories ----------------------------------------------------------------------------


def test_shallow_clone_decides_nothing(run: Run, story: Repo, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    story.git("clone", "--quiet", "--depth=2", f"file://{story.path}", str(clone))
    result = run("audit", "-C", str(clone))

    assert (result.status, result.out) == (3, "")
    assert "shallow" in result.err


def test_branch_without_a_commit_is_bad_input(run: Run, empty_repo: Repo) -> None:
    result = _text(run, empty_repo)

    assert (result.status, result.out) == (2, "")


def test_directory_that_is_missing_is_bad_input(run: Run) -> None:
    assert run("audit", "-C", "nowhere").status == 2


def test_empty_range_has_nothing_to_judge(run: Run, story: Repo) -> None:
    result = _text(run, story, "HEAD..HEAD")

    assert result.status == 0
    assert result.out.endswith("nothing to judge\n")


def test_grafts_and_replacements_are_said(run: Run, story: Repo) -> None:
    before = _titles(run, story)
    (story.path / ".git" / "info").mkdir(exist_ok=True)
    story.git("replace", "HEAD", "HEAD~2")
    (story.path / ".git" / "info" / "grafts").write_text(f"{story.head()}\n")
    out = _text(run, story).out

    assert "has grafts, which are ignored" in out
    assert "has replace refs, which are ignored" in out
    assert _titles(run, story) == before


def test_commit_without_a_date_is_in_no_period(run: Run, story: Repo) -> None:
    raw = story.git("cat-file", "commit", "HEAD").encode()
    head, _, body = raw.partition(b"\n\n")
    lines = [
        b"committer A <a@x> 99999999999999 +0000" if line.startswith(b"committer") else line
        for line in head.split(b"\n")
    ]
    data = b"\n".join(lines) + b"\n\n" + body
    sha = story.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=data)
    result = _text(run, story, sha, "--since", "2025-01-01")

    assert result.status == 0
    assert "1 changes whose date cannot be read are in no period" in result.out


# --- the cache -------------------------------------------------------------------------------


@pytest.fixture
def place(git_environ: dict[str, str]) -> Path:
    """Give the file in which the audits of a test keep their verdicts."""
    return Path(git_environ["WHYGATE_CACHE_DIR"]) / FILE_NAME


@pytest.mark.parametrize(
    "argv",
    [(), ("--commits",), ("--merged-commits",), ("--by-area",), ("--last", "3"), ("--path", "src")],
    ids=["plain", "commits", "merged", "areas", "last", "path"],
)
def test_second_audit_says_the_same(run: Run, story: Repo, argv: tuple[str, ...]) -> None:
    first = _report(run, story, *argv)

    assert _report(run, story, *argv) == first
    assert _report(run, story, "--no-cache", *argv) == first


def test_cache_is_not_made_when_unwanted(run: Run, story: Repo, place: Path) -> None:
    _report(run, story, "--no-cache")

    assert not place.exists()


def test_cached_walk_needs_no_reading(
    run: Run, story: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _report(run, story)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the history was read again")

    monkeypatch.setattr("whygate.cli.audit.Reader", refuse)

    assert _report(run, story) == first


def test_new_commit_is_seen_through_the_cache(run: Run, story: Repo) -> None:
    before = _titles(run, story)
    story.commit("feat: more\n\nProblem: rows are missing on the last page\n")

    assert _titles(run, story) == ["feat: more", *before]


def test_another_policy_judges_again(run: Run, story: Repo) -> None:
    weak = _report(run, story, "--preset", "adopt")
    strong = _report(run, story, "--preset", "strict")

    assert weak["changes"] != strong["changes"]
    assert _report(run, story, "--preset", "strict", "--no-cache") == strong


def test_damaged_cache_is_begun_again(run: Run, story: Repo, place: Path) -> None:
    first = _report(run, story)
    place.write_bytes(b"no database at all" * 99)
    for beside in place.parent.glob(f"{FILE_NAME}-*"):
        beside.unlink()
    again = _text(run, story)

    assert again.status == 0
    assert "note: the cache was damaged and is begun again\n" in again.out
    assert _report(run, story) == first


def test_locked_cache_is_left_alone(
    run: Run, story: Repo, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_cache, "_BUSY_SECONDS", 0.01)
    place.parent.mkdir(parents=True)
    base = sqlite3.connect(place)
    try:
        base.execute("BEGIN EXCLUSIVE")
        result = _text(run, story)
    finally:
        base.close()

    assert result.status == 0
    assert "note: the cache is not used: database is locked\n" in result.out


def test_cache_that_cannot_be_made_is_told(run: Run, story: Repo, place: Path) -> None:
    place.parent.parent.mkdir(exist_ok=True)
    place.parent.write_text("a file in the way")
    result = _text(run, story)

    assert result.status == 0
    assert "note: the cache is not used: " in result.out


# --- bars ------------------------------------------------------------------------------------

STRICT = ("--preset", "strict")


def test_baseline_excuses_what_it_lists_and_no_more(run: Run, story: Repo) -> None:
    written = _text(run, story, *STRICT, "--write-baseline", "base.json")
    same = _text(run, story, *STRICT, "--baseline", "base.json")
    story.commit("feat: new debt\n")
    worse = _text(run, story, *STRICT, "--baseline", "base.json")

    assert (written.status, same.status, same.err) == (0, 0, "")
    assert worse.status == 1
    assert f"{story.head()[:12]} feat: new debt: WG101 is not in the baseline\n" in worse.err
    assert "new debts; " in worse.err


@pytest.mark.parametrize("text", [None, "no json", "{}", '{"version": 1, "debts": 3}'])
def test_baseline_that_cannot_be_read_is_bad_input(
    run: Run, story: Repo, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "base.json").write_text(text)
    result = _text(run, story, "--baseline", "base.json")

    assert result.status == 2
    assert "`base.json`" in result.err


def test_too_few_changes_decide_nothing(run: Run, story: Repo) -> None:
    result = _text(run, story, "--fail-under", "100")

    assert result.status == 0
    assert "are too few for --fail-under: nothing is decided" in result.err


@pytest.fixture
def rows(story: Repo) -> Repo:
    """Give a history with enough changes to speak of shares."""
    for number in range(12):
        story.commit(f"feat: row {number}\n\nProblem: row {number} is not on the page today\n")
    return story


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (("--fail-under", "90"), 1, "changes are complete: fewer than 90 %"),
        (("--fail-under", "0"), 0, ""),
        (("--fail-under", "99.5", "--field", "problem"), 1, "answer problem: fewer than 99.5 %"),
        (("--fail-under", "50", "--field", "problem"), 0, ""),
    ],
    ids=["complete", "zero", "field", "field enough"],
)
def test_share_below_the_bar_fails(
    run: Run, rows: Repo, argv: tuple[str, ...], status: int, said: str
) -> None:
    result = _text(run, rows, *argv)

    assert result.status == status
    assert said in result.err
    assert result.out.startswith("repository: repo\n")


def test_badges_say_the_share(run: Run, rows: Repo) -> None:
    argv = ("--badge", "b.svg", "--badge-json", "b.json")
    whole = _text(run, rows, *argv)
    whole_badge = json.loads(Path("b.json").read_text())
    field = _text(run, rows, *argv, "--field", "problem")
    field_badge = json.loads(Path("b.json").read_text())

    assert (whole.status, field.status) == (0, 0)
    assert ET.fromstring(Path("b.svg").read_text()).tag.endswith("svg")
    assert (whole_badge["label"], field_badge["label"]) == ("product context", "problem")
    assert whole_badge["message"] != field_badge["message"]
