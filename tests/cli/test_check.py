"""`whygate check`: what is judged, with which status it ends, and what it says."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from tests.cli.conftest import PLAN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo

TODAY = ("--today", "2026-12-01")
GOOD_MESSAGE = f"feat(export): write every row\n\nThe writer kept one page only.\n\n{PLAN}"
BARE_MESSAGE = "feat(export): write every row\n"
GOOD_DESCRIPTION = """\
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
- Evaluate by: +30d
"""
FINDING = re.compile(
    r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<rule>WG\d{3}) (?P<name>[a-z-]+)"
    r"(?: \((?P<severity>warning|info)\))?: (?P<message>.+)"
)


def test_check_passes_a_message_that_answers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "message").write_text(GOOD_MESSAGE)

    result = run("check", "message", *TODAY)

    assert (result.status, result.err) == (0, "")
    assert result.out == (
        "ok (feature, decided by title; says problem, audience, outcome, measurement): "
        "0 errors, 0 warnings, 0 information\n"
    )


def test_check_fails_a_message_that_says_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "message").write_text(BARE_MESSAGE)

    result = run("check", "message", *TODAY)

    assert (result.status, result.err) == (1, "")
    assert result.out.endswith(
        "failed (feature, decided by title): 3 errors, 1 warning, 0 information\n"
    )


def test_check_passes_with_warnings_only(run: Run, tmp_path: Path) -> None:
    (tmp_path / "message").write_text("chore: tidy up the export\n")

    result = run("check", "message", *TODAY)

    assert result.status == 0
    assert "(chore, decided by title): 0 errors, 1 warning" in result.out


def test_check_asks_what_names_no_kind_and_says_why(run: Run) -> None:
    result = run("check", "-", stdin=b"Add discount codes\n")

    assert result.status == 1
    assert (
        "no type, no label, paths not known: asked as unknown; the paths would decide; "
        "`docs: ...` or a label says otherwise" in result.out
    )


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("src/cart.py", 1, "`src/cart.py` belongs to the product: asked as unknown"),
        ("README.md", 0, "(docs, decided by paths)"),
    ],
)
def test_check_of_a_range_asks_by_the_paths(
    run: Run, repo: Repo, path: str, status: int, said: str
) -> None:
    base = repo.head()
    repo.commit("Add discount codes\n", {path: "1"})
    result = run("check", "--range", f"{base}..", "-C", str(repo.path))

    assert result.status == status
    assert said in result.out


def test_check_passes_an_exempt_change_and_says_why(run: Run) -> None:
    message = (
        b"refactor: split the parser\n\n"
        b"Problem: every grammar change forces a re-read of 900 tokenizer lines\n"
        b"Product-Context: exempt internal; all 412 golden outputs are byte-identical\n"
    )

    result = run("check", "-", stdin=message)

    assert result.status == 0
    assert "exempt (internal: all 412 golden outputs are byte-identical)" in result.out
    assert result.out.splitlines()[-1].startswith("exempt (refactor, decided by title")


def test_check_skips_a_merge_and_says_so(run: Run) -> None:
    result = run("check", "-", stdin=b"Merge branch 'topic'\n")

    assert result.status == 0
    assert "skipped" in result.out


def test_check_judges_a_description_with_its_title(run: Run, tmp_path: Path) -> None:
    (tmp_path / "body.md").write_text(GOOD_DESCRIPTION)

    result = run("check", "--description", "body.md", "--title", "feat: write all", *TODAY)

    assert result.status == 0
    assert result.out.startswith("ok (feature, decided by title")


def test_check_reads_stdin_only_for_a_dash(run: Run) -> None:
    result = run("check", "-", *TODAY, stdin=GOOD_MESSAGE.encode())
    described = run("check", "--description", "-", *TODAY, stdin=GOOD_DESCRIPTION.encode())

    assert (result.status, described.status) == (0, 0)
    assert run("check").status == 2
    assert run("check", "").status == 2


@pytest.mark.parametrize(
    ("label", "kind"),
    [(("--label", "bug"), "fix"), (("--branch", "docs/typo"), "docs")],
    ids=["label", "branch"],
)
def test_check_decides_the_kind_by_label_and_branch(
    run: Run, label: tuple[str, str], kind: str
) -> None:
    described = run("check", "--description", "-", *label, *TODAY, stdin=GOOD_DESCRIPTION.encode())
    message = run("check", "-", *label, *TODAY, stdin=f"Write every row\n\n{PLAN}".encode())

    assert f"({kind}, decided by {label[0][2:]}" in described.out
    assert f"({kind}, decided by {label[0][2:]}" in message.out


def test_check_takes_a_preset(run: Run) -> None:
    bare = b"chore: tidy up the export\n"

    assert run("check", "-", "--preset", "adopt", stdin=BARE_MESSAGE.encode()).status == 0
    assert run("check", "-", "--preset", "standard", stdin=bare).status == 0
    assert run("check", "-", "--preset", "strict", stdin=bare).status == 1


def test_check_prints_lines_that_a_problem_matcher_can_parse(run: Run) -> None:
    result = run("check", "-", stdin=BARE_MESSAGE.encode())

    found = [m for line in result.out.splitlines() if (m := FINDING.fullmatch(line))]
    assert [(m["rule"], m["name"]) for m in found] == [
        ("WG101", "problem-missing"),
        ("WG102", "outcome-missing"),
        ("WG103", "measurement-missing"),
        ("WG104", "audience-missing"),
    ]
    assert {(m["path"], m["line"], m["column"]) for m in found} == {("<stdin>", "1", "1")}


def test_check_json_says_the_same_as_text(run: Run) -> None:
    result = run("check", "-", "--format", "json", *TODAY, stdin=BARE_MESSAGE.encode())

    report = json.loads(result.out)
    assert result.status == 1
    assert (report["version"], report["ok"], report["today"]) == (1, False, "2026-12-01")
    assert report["counts"]["errors"] == 3


@pytest.mark.parametrize(
    ("options", "environ", "colored"),
    [
        ((), {}, False),
        (("--color",), {}, True),
        (("--no-color",), {"tty": "1"}, False),
        ((), {"tty": "1"}, True),
        ((), {"tty": "1", "NO_COLOR": "1"}, False),
        ((), {"tty": "1", "NO_COLOR": ""}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color",), {"NO_COLOR": "1"}, True),
    ],
    ids=[
        *("pipe", "asked", "refused", "terminal", "no-color", "no-color-empty"),
        *("forced", "forced-0", "forced-empty", "forced-and-no-color", "asked-anyway"),
    ],
)
def test_check_colours_on_request_or_on_a_terminal(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    environ: dict[str, str],
    colored: bool,
) -> None:
    for name in {"NO_COLOR", "FORCE_COLOR"} & set(environ):
        monkeypatch.setenv(name, environ[name])
    if "tty" in environ:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    result = run("check", "-", *options, stdin=BARE_MESSAGE.encode())

    assert ("\x1b[31m" in result.out) is colored


def test_check_shows_what_was_suppressed_when_verbose(run: Run, tmp_path: Path) -> None:
    rules = "version: 1\nrules: {WG104: {severity: 'off', reason: our users are all the same}}\n"
    (tmp_path / "own.yml").write_text(rules)

    result = run("check", "-v", "--config", "own.yml", "-", stdin=BARE_MESSAGE.encode())

    assert "[suppressed (our users are all the same)]" in result.out
    assert result.out.endswith("3 errors, 0 warnings, 0 information, 1 suppressed\n")


# --- a range ---------------------------------------------------------------------------------


def test_check_judges_a_range_as_one_change(run: Run, repo: Repo) -> None:
    base = repo.head()
    repo.commit(f"feat: write every row\n\n{PLAN}", {"a.py": "1"})
    repo.commit("Use the writer\n", {"b.py": "1"})

    result = run("check", "-C", str(repo.path), "--range", f"{base}..HEAD")

    assert result.status == 0
    assert result.out.startswith("ok (feature, decided by title")


def test_check_judges_each_commit_of_a_range(run: Run, repo: Repo) -> None:
    base = repo.head()
    good = repo.commit(f"feat: write every row\n\n{PLAN}", {"a.py": "1"})
    bare = repo.commit("feat: use the writer\n", {"b.py": "1"})

    result = run("check", "-C", str(repo.path), "--range", f"{base}..HEAD", "--scope", "each")

    assert result.status == 1
    assert f"{good[:12]}: ok - feat: write every row [feature, by title]" in result.out
    assert f"{bare[:12]}: failed - feat: use the writer [feature, by title]" in result.out
    assert result.out.endswith("2 changes: 1 ok, 1 failed; 3 errors, 1 warning, 0 information\n")


def test_check_takes_the_scope_from_the_configuration(run: Run, repo: Repo) -> None:
    base = repo.head()
    repo.commit(f"feat: write every row\n\n{PLAN}", {"a.py": "1"})
    repo.commit("feat: use the writer\n", {"b.py": "1"})
    repo.write(".whygate.yml", "version: 1\ncommits: {scope: each}\n")

    result = run("check", "-C", str(repo.path), "--range", f"{base}..")

    assert result.status == 1
    assert "2 changes: 1 ok, 1 failed" in result.out


@pytest.mark.parametrize("limit", [20, 0], ids=["lines", "paths-only"])
def test_check_decides_the_kind_of_commits_by_their_paths(run: Run, repo: Repo, limit: int) -> None:
    base = repo.head()
    repo.commit("Say how to install\n", {"docs/install.md": "pip\n"})
    repo.write(".whygate.yml", f"version: 1\ntrivial: {{max_lines: {limit}}}\n")

    result = run("check", "-C", str(repo.path), "--range", f"{base}..", "--scope", "each")

    assert "(docs, decided by paths)" in result.out


def test_check_gives_labels_and_branch_to_each_commit(run: Run, repo: Repo) -> None:
    base = repo.head()
    repo.commit("Write every row\n", {"a.md": "1"})
    options = ("--range", f"{base}..", "--label", "documentation", "-C", str(repo.path))

    each = run("check", *options, "--scope", "each")
    union = run("check", *options, "--scope", "branch")

    assert "(docs, decided by label)" in each.out
    assert "(docs, decided by label)" in union.out


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("docs: say how\n", "README.md"), ("feat: codes\n", "src/cart.py")),
        (("wip\n", "src/cart.py"), ("feat: codes\n", "src/cart.py")),
        (("docs: codes\n", "src/cart.py"), ("feat: codes\n", "src/cart.py")),
    ],
)
def test_check_of_a_branch_asks_by_the_commit_of_which_most_is_asked(
    run: Run, repo: Repo, first: tuple[str, str], second: tuple[str, str]
) -> None:
    base = repo.head()
    for message, path in (first, second):
        repo.commit(message, {path: message})
    result = run("check", "--range", f"{base}..", "-C", str(repo.path))

    assert result.status == 1
    assert "failed (feature, decided by title" in result.out


@pytest.mark.parametrize("scope", ["each", "branch"])
def test_check_does_not_pass_a_range_without_commits(run: Run, repo: Repo, scope: str) -> None:
    result = run("check", "-C", str(repo.path), "--range", "HEAD..HEAD", "--scope", scope)

    assert (result.status, result.out) == (2, "")
    assert "there is no commit to judge in this range" in result.err


def test_check_of_one_repository_from_inside_another_reads_the_first(
    run: Run, repo: Repo, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo("other")
    other.commit("feat: something else\n")
    monkeypatch.chdir(other.path)
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))

    result = run("check", "-C", str(repo.path), "--range", "HEAD", "--scope", "each")

    assert (result.status, result.out[:2]) == (0, "ok")
    assert "(docs, decided by paths)" in result.out  # its README, not what is failing elsewhere


def test_check_in_a_hook_believes_git_about_the_repository(
    run: Run, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(".whygate.yml", "version: 1\nmax_severity: warning\n")
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repo.path))

    message = run("check", "-", stdin=BARE_MESSAGE.encode())
    ranged = run("check", "--range", "HEAD", "--scope", "each")

    assert (message.status, ranged.status) == (0, 0)
    assert not (tmp_path / ".git").exists()


# --- what git does to a message --------------------------------------------------------------


def test_check_cleans_the_message_as_git_is_configured(run: Run, repo: Repo) -> None:
    problem, _, rest = PLAN.partition("\n")
    heading = f"## Problem\n{problem.removeprefix('Problem: ')}"
    message = repo.write("MESSAGE", f"feat: write every row\n\n{heading}\n\n{rest}")

    usual = run("check", "-C", str(repo.path), str(message), *TODAY)
    verbatim = run("check", "-C", str(repo.path), str(message), *TODAY, "--cleanup", "verbatim")
    repo.git("config", "core.commentChar", ";")
    configured = run("check", "-C", str(repo.path), str(message), *TODAY)

    assert (usual.status, verbatim.status, configured.status) == (1, 0, 0)


def test_check_decodes_the_message_as_git_is_configured(run: Run, repo: Repo) -> None:
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    body = PLAN.replace("accountants retype", "Prüfer retype")
    message = repo.write("MESSAGE", f"feat: write every row\n\n{body}".encode("iso-8859-1"))

    result = run("check", "-C", str(repo.path), str(message), *TODAY, "--format", "json")

    assert "Pr\\u00fcfer" in result.out


def test_check_points_at_lines_of_the_file_not_of_the_cleaned_message(run: Run) -> None:
    message = b"# a comment\nfeat: write every row\n\n# another\nProblem: TBD\nOutcome: TBD\n"

    result = run("check", "-", "--cleanup", "strip", stdin=message)

    assert "<stdin>:5:" in result.out


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_check_takes_the_day_from_the_configured_time_zone(
    run: Run, tmp_path: Path, zone: str
) -> None:
    (tmp_path / "own.yml").write_text(f"version: 1\ntimezone: {zone}\n")
    before = datetime.now(ZoneInfo(zone)).date().isoformat()

    result = run("check", "--config", "own.yml", "--format", "json", "-", stdin=b"feat: x\n")

    after = datetime.now(ZoneInfo(zone)).date().isoformat()
    assert before <= json.loads(result.out)["today"] <= after


def test_check_reads_a_schema_of_the_team(run: Run, repo: Repo) -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "properties": {
            "risk": {"type": "string", "title": "Risk", "x-question": "What can go wrong?"}
        },
        "required": ["risk"],
    }
    repo.write("product.schema.json", json.dumps(schema))
    repo.write(".whygate.yml", "version: 1\nschema: product.schema.json\n")
    repo.write("body.md", GOOD_DESCRIPTION)
    options = ("check", "-C", str(repo.path), "--title", "feat: write", *TODAY)

    without = run(*options, "--description", str(repo.path / "body.md"))
    repo.write("body.md", GOOD_DESCRIPTION + "## Risk\nThe file may grow beyond 10 MB.\n")
    answered = run(*options, "--description", str(repo.path / "body.md"))

    assert without.status == 1
    assert "WG105 field-missing" in without.out
    assert "What can go wrong?" in without.out
    assert "## Risk\n<" in without.out
    assert answered.status == 0


def test_check_takes_the_lines_of_a_template_for_no_answer(run: Run, repo: Repo) -> None:
    template = "## Problem\nTell us why we should merge this at all, please.\n"
    repo.write(".github/pull_request_template.md", template)
    repo.write("body.md", template)

    result = run(
        *("check", "-C", str(repo.path), "--title", "feat: write"),
        *("--description", str(repo.path / "body.md")),
    )

    assert "WG113 template-unedited" in result.out


def test_check_knows_the_bets_of_the_repository(run: Run, repo: Repo) -> None:
    repo.write(".whygate/bets/export-rows.yml", "problem: the export stops at row 100 every day\n")
    message = b"fix: keep the order\n\nProblem: rows come out in a random order since May\n"
    covered = message + b"Product-Context: covered by bet export-rows\n"
    unknown = message + b"Product-Context: covered by bet no-such-bet\n"
    options = ("check", "-C", str(repo.path), "-")

    assert run(*options, stdin=covered).status == 0
    assert "WG405" in run(*options, stdin=unknown).out


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_check_shows_a_file_name_that_is_no_text(run: Run, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\x1b[31m.md")
    (tmp_path / name).write_text("nothing\n")

    text = run("check", "--description", name, "--title", "feat: x")
    report = run("check", "--description", name, "--title", "feat: x", "--format", "json")

    assert "caf<U+DCE9><U+001B>[31m.md:1:1: WG101" in text.out
    assert json.loads(report.out)["changes"][0]["id"] == "caf\ufffd\x1b[31m.md"
