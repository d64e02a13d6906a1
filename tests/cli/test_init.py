"""`whygate init` in real repositories: what it writes, what it leaves alone, and when it stops."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from whygate.setup import proposal as propose

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Result, Run
    from tests.conftest import MakeRepo, Repo

CONFIG = ".whygate.yml"
TEMPLATE = ".github/pull_request_template.md"
WORKFLOW = ".github/workflows/whygate.yml"
HOOKS = ".pre-commit-config.yaml"
OWN_TEMPLATE = "## Rationale for this\n\n## Screenshots\n"
OWN_HOOKS = "repos:\n  - repo: local\n    hooks: []\n"
WRITTEN = [".gitattributes", TEMPLATE, WORKFLOW, CONFIG]


@pytest.fixture
def here(repo: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    """Give a repository with one commit; commands run in it."""
    monkeypatch.chdir(repo.path)
    return repo


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bytes on stdin count as what somebody types."""
    monkeypatch.setattr(propose, "has_terminal", lambda: True)


def start(run: Run, *options: str, stdin: bytes = b"") -> Result:
    return run("init", "--today", "2026-12-01", *options, stdin=stdin)


def changed(repo: Repo) -> list[str]:
    shown = repo.git("status", "--porcelain", "--untracked-files=all")
    return sorted(line.strip().partition(" ")[2].strip() for line in shown.split("\n") if line)


def snapshot(repo: Repo) -> dict[str, bytes]:
    return {name: (repo.path / name).read_bytes() for name in changed(repo)}


# --- what is written --------------------------------------------------------------------------


def test_new_set_up_is_written_and_the_doctor_finds_nothing_broken(run: Run, here: Repo) -> None:
    done = start(run, "--yes")
    assert (done.status, done.err) == (0, "")
    assert changed(here) == sorted(WRITTEN)
    assert "preset: adopt # only warns" in (here.path / CONFIG).read_text()
    assert "uses: whygate/whygate@v0.1.0\n" in (here.path / WORKFLOW).read_text()
    checkup = run("doctor")
    assert (checkup.status, checkup.out.split("\n")[-2][:8]) == (0, "0 errors")
    assert "template:" not in checkup.out


@pytest.mark.parametrize("preset", ["adopt", "standard", "strict"])
def test_template_that_was_written_fails_its_own_check_and_passes_filled_in(
    run: Run, here: Repo, preset: str
) -> None:
    start(run, "--yes", "--preset", preset)
    bare = run("check", "--description", TEMPLATE, "--title", "feat: keep the cart")
    assert (bare.status, "0 errors, 0 warnings" in bare.out) == (int(preset != "adopt"), False)
    text = (here.path / TEMPLATE).read_text()
    for heading, answer in (
        ("Problem", "Shoppers find their cart empty on every other device."),
        ("Who it helps", "Shoppers with two devices."),
        ("Outcome", "They finish the purchase on the second device."),
    ):
        text = text.replace(f"## {heading}\n", f"## {heading}\n{answer}\n\n")
    for label, answer in (
        ("Metric", "checkouts of two-device sessions, weekly"),
        ("Baseline", "38 %"),
        ("Target", "45 %"),
        ("Evaluate by", "+30d"),
        ("Data source", "https://bi.example.com/d/412"),
    ):
        text = text.replace(f"- {label}:", f"- {label}: {answer}")
    here.write("body.md", text)
    filled = run("check", "--description", "body.md", "--title", "feat: keep the cart")
    assert (filled.status, "0 errors, 0 warnings" in filled.out) == (0, True), filled.out


def test_own_template_keeps_its_words_and_gets_what_it_lacks(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, OWN_TEMPLATE)
    here.commit("feat: a wishlist\n", {"src/wish.py": "x"})
    done = start(run, "--yes")
    assert "`Rationale for this` becomes another name of `problem`" in done.out
    assert '  problem: ["Rationale for this"]\n' in (here.path / CONFIG).read_text()
    text = (here.path / TEMPLATE).read_text()
    assert text.startswith(OWN_TEMPLATE.rstrip("\n"))
    assert "## Problem" not in text
    assert "## Outcome" in text
    assert run("doctor").status == 0
    assert "  Rationale for this: 0 of 1\n" in done.out


def test_second_run_changes_nothing(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, OWN_TEMPLATE)
    here.write(HOOKS, OWN_HOOKS)
    start(run, "--yes")
    before = snapshot(here)
    done = start(run, "--yes")
    assert done.status == 0
    assert "everything is in place already: nothing was written" in done.out
    assert "+++" not in done.out
    assert snapshot(here) == before
    assert start(run).status == 0  # nobody needs to be asked


@pytest.mark.parametrize(
    ("name", "text", "call"),
    [
        (HOOKS, OWN_HOOKS, "- id: whygate"),
        ("lefthook.yml", "pre-push:\n  jobs:\n    - run: make\n", "then whygate hook commit-msg"),
        (".husky/commit-msg", "npx commitlint\n", 'whygate hook commit-msg "$@"'),
        (".husky/pre-push", "make test\n", ""),
    ],
    ids=["pre-commit", "lefthook", "husky", "husky-new"],
)
def test_manager_in_use_is_told_to_run_whygate(
    run: Run, here: Repo, name: str, text: str, call: str
) -> None:
    here.write(name, text).chmod(0o640)
    start(run, "--yes")
    file = here.path / (name if call else ".husky/commit-msg")
    assert (call or 'whygate hook commit-msg "$@"') in file.read_text()
    mode = stat.S_IMODE(file.stat().st_mode)
    assert mode == 0o640 if call else mode & stat.S_IXUSR
    assert text.partition("\n")[0] in (here.path / name).read_text()


def test_configuration_that_is_there_stays(run: Run, here: Repo) -> None:
    here.write(CONFIG, "version: 1\npreset: strict\n")
    done = start(run, "--yes", "--preset", "standard")
    assert (here.path / CONFIG).read_text() == "version: 1\npreset: strict\n"
    assert "note: .whygate.yml is there and stays" in done.out
    assert "nobody was asked" not in done.out


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (CONFIG, "version: 1\nrules: {}\n", '  problem: ["Rationale for this"]\nrules'),
        (
            "pyproject.toml",
            "[tool.whygate]\nversion = 1\n",
            '\naliases = { problem = ["Rationale for this"] }\n',
        ),
    ],
    ids=["yaml", "toml"],
)
def test_configuration_that_is_there_is_told_of_the_own_headings(
    run: Run, here: Repo, name: str, text: str, line: str
) -> None:
    here.write(TEMPLATE, OWN_TEMPLATE)
    here.write(name, text)
    assert start(run, "--yes").status == 0
    assert line in (here.path / name).read_text()
    assert run("show", "config").status == 0
    assert "everything is in place" in start(run, "--yes").out


def test_own_schema_is_used_and_not_replaced(run: Run, here: Repo) -> None:
    risk = {"title": "Risk", "type": "string"}
    base = {"$ref": "urn:whygate:product-context:1#/$defs/document"}
    here.write("our.json", json.dumps({**base, "properties": {"risk": risk}}))
    here.write(CONFIG, "version: 1\nschema: our.json\n")
    start(run, "--yes")
    assert "## Risk\n" in (here.path / TEMPLATE).read_text()
    assert changed(here).count("our.json") == 1


def test_own_headings_are_read_beside_an_own_schema(run: Run, here: Repo) -> None:
    base = {"$ref": "urn:whygate:product-context:1#/$defs/document"}
    here.write("our.json", json.dumps(base))
    here.write(CONFIG, "version: 1\nschema: our.json\n")
    here.write(TEMPLATE, OWN_TEMPLATE)
    start(run, "--yes")
    text = (here.path / CONFIG).read_text()
    assert '  problem: ["Rationale for this"]\n' in text
    assert "schema: our.json\n" in text


def test_heading_that_answers_no_question_needs_no_alias(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, "## Linked issues\n\n## Why\n")
    start(run, "--yes")
    assert "aliases" not in (here.path / CONFIG).read_text()


def test_aliases_that_are_there_stay_and_what_is_missing_is_told(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, OWN_TEMPLATE)
    here.write(CONFIG, "version: 1\naliases: {outcome: Payoff}\n")
    done = start(run, "--yes")
    assert 'note: add to `aliases` in .whygate.yml: problem: ["Rationale for this"]' in done.out
    assert (here.path / CONFIG).read_text() == "version: 1\naliases: {outcome: Payoff}\n"
    assert "## Payoff" in (here.path / TEMPLATE).read_text()


def test_configuration_without_room_is_named_with_what_to_add(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, OWN_TEMPLATE)
    here.write("pyproject.toml", "tool.whygate = {version = 1}\n")
    done = start(run, "--yes")
    assert done.status == 2
    assert 'add them yourself: problem: ["Rationale for this"]' in done.err


def test_release_can_be_named(run: Run, here: Repo) -> None:
    done = start(run, "--yes", "--rev", "a" * 40)
    assert f"whygate@{'a' * 40}\n" in (here.path / WORKFLOW).read_text()
    assert "pin" not in done.out


def test_source_can_be_named(run: Run, here: Repo) -> None:
    here.write(HOOKS, OWN_HOOKS)
    done = start(run, "--yes", "--source", "https://github.com/acme/why.git", "--rev", "v9")
    assert "uses: acme/why@v9\n" in (here.path / WORKFLOW).read_text()
    assert "repo: https://github.com/acme/why.git\n    rev: v9\n" in (here.path / HOOKS).read_text()
    assert "taken for granted" not in done.out


@pytest.mark.usefixtures("here")
def test_release_that_nobody_named_is_told(run: Run) -> None:
    done = start(run, "--dry-run")
    assert "v0.1.0 of https://github.com/whygate/whygate is taken for granted" in done.out


def test_action_that_github_does_not_have_is_not_proposed(run: Run, here: Repo) -> None:
    done = start(run, "--yes", "--source", "https://git.example.org/why.git")
    assert not (here.path / WORKFLOW).exists()
    assert (
        "note: no workflow was made: `uses:` takes no action from https://git.example" in done.out
    )


def test_agents_are_told_when_asked_for(run: Run, here: Repo) -> None:
    here.write("AGENTS.md", "# For agents\n")
    done = start(run, "--yes", "--agents")
    assert "wrote AGENTS.md" in done.out
    assert (here.path / "AGENTS.md").read_text().startswith("# For agents\n\n<!-- whygate:begin")
    assert "everything is in place" in start(run, "--yes", "--agents").out


def test_configuration_names_its_schema_for_editors(run: Run, here: Repo) -> None:
    rev = "a" * 40
    start(run, "--yes", "--source", "https://github.com/acme/why", "--rev", rev)
    first, *rest = (here.path / ".whygate.yml").read_text().splitlines()
    address = f"https://raw.githubusercontent.com/acme/why/{rev}/schemas/config.schema.json"
    assert first == f"# yaml-language-server: $schema={address}"
    assert "version: 1" in rest


def test_files_for_agents_are_told_where_they_exist(run: Run, here: Repo) -> None:
    here.write("AGENTS.md", "# For agents\n")
    (here.path / "CLAUDE.md").symlink_to("AGENTS.md")
    here.write(".cursor/rules/style.mdc", "---\nalwaysApply: true\n---\nBe kind.\n")
    here.write(".github/copilot-instructions.md", "Be brief.\n")
    done = start(run, "--yes")
    for path in ("AGENTS.md", ".cursor/rules/whygate.mdc", ".github/copilot-instructions.md"):
        assert "whygate:begin" in (here.path / path).read_text()
        assert f"wrote {path}" in done.out
    assert (here.path / "CLAUDE.md").is_symlink()
    assert "wrote CLAUDE.md" not in done.out
    assert "everything is in place" in start(run, "--yes").out


def test_no_file_for_agents_is_begun_unasked(run: Run, here: Repo) -> None:
    start(run, "--yes")
    assert not (here.path / "AGENTS.md").exists()


def test_squash_merges_that_lose_the_description_are_told(run: Run, here: Repo) -> None:
    for number in range(6):
        here.commit(f"feat: step {number} (#{number})\n")
    assert "6 of the last 7 commits have a title and nothing else: Set" in start(run, "--yes").out


# --- who decides ------------------------------------------------------------------------------


def test_dry_run_shows_a_diff_and_writes_nothing(run: Run, here: Repo) -> None:
    done = start(run, "--dry-run")
    assert done.status == 0
    assert "--- /dev/null\n+++ b/.whygate.yml\n@@ -0,0 +1,3 @@\n" in done.out
    assert "\nnothing was written\n" in done.out
    assert changed(here) == []


def test_nobody_to_ask_is_a_mistake_and_nothing_is_written(run: Run, here: Repo) -> None:
    done = start(run, stdin=b"y\ny\ny\ny\n")
    assert done.status == 2
    assert "stdin is no terminal; nothing was written: .whygate.yml" in done.err
    assert "`--yes` writes what `--dry-run` shows" in done.err
    assert changed(here) == []


@pytest.mark.usefixtures("terminal")
def test_every_file_is_asked_for(run: Run, here: Repo) -> None:
    done = start(run, stdin=b"n\ny\n\ny\n")
    assert done.status == 0
    assert done.out.count("[y/N]") == 4
    assert changed(here) == sorted([".gitattributes", TEMPLATE])
    assert done.out.count("wrote ") == 2
    assert "pin the action" not in done.out  # there is no workflow to pin it in


@pytest.mark.usefixtures("terminal")
def test_end_of_the_answers_stops_and_keeps_what_was_agreed_to(run: Run, here: Repo) -> None:
    assert start(run, stdin=b"y\n").status == 130
    assert changed(here) == [CONFIG]


# --- where it stops ---------------------------------------------------------------------------


def test_directory_without_git_is_refused(run: Run, tmp_path: Path) -> None:
    done = start(run, "--yes")
    assert (done.status, "there is no git repository here" in done.err) == (3, True)
    assert not (tmp_path / CONFIG).exists()


def test_bare_repository_is_refused(run: Run, make_repo: MakeRepo) -> None:
    bare = make_repo("bare", "--bare")
    done = start(run, "--yes", "-C", str(bare.path))
    assert (done.status, "bare: it has no files to write to" in done.err) == (2, True)


def test_broken_configuration_is_named_and_nothing_is_written(run: Run, here: Repo) -> None:
    here.write(CONFIG, "version: 1\npresett: adopt\n")
    done = start(run, "--yes")
    assert (done.status, "presett" in done.err) == (2, True)
    assert changed(here) == [CONFIG]


@pytest.mark.parametrize("name", [".github", ".gitattributes"])
def test_link_that_leads_outside_is_refused_and_nothing_is_written(
    run: Run, here: Repo, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = outside if name == ".github" else outside / "file"
    (here.path / name).symlink_to(target)
    done = start(run, "--yes")
    assert (done.status, "leads out of the repository" in done.err) == (2, True)
    assert changed(here) == [name]
    assert list(outside.iterdir()) == []


def test_link_inside_is_followed_and_stays_a_link(run: Run, here: Repo) -> None:
    here.write("attributes", "*.png binary\n")
    (here.path / ".gitattributes").symlink_to("attributes")
    assert start(run, "--yes").status == 0
    assert (here.path / ".gitattributes").is_symlink()
    assert "*.png binary\n.whygate/results.jsonl" in (here.path / "attributes").read_text()


def test_file_that_is_no_text_is_named(run: Run, here: Repo) -> None:
    here.write(".gitattributes", b"# caf\xe9\n")
    done = start(run, "--yes")
    assert (done.status, "`.gitattributes` is not UTF-8 in line 1" in done.err) == (2, True)
    assert changed(here) == [".gitattributes"]


def test_file_in_the_place_of_a_directory_is_named_and_nothing_is_written(
    run: Run, here: Repo
) -> None:
    (here.path / ".github").write_text("a file, where a directory belongs\n")
    done = start(run, "--yes")
    assert done.status == 2
    assert f"`{TEMPLATE}` cannot be written: `{here.path}/.github` is no directory" in done.err
    assert changed(here) == [".github"]


def test_directory_that_may_not_be_changed_is_named_and_nothing_is_written(
    run: Run, here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, locked = os.access, here.path / ".github"
    locked.mkdir()
    monkeypatch.setattr("os.access", lambda path, mode: path != locked and access(path, mode))
    done = start(run, "--yes")
    assert (done.status, ".github` may not be changed by you" in done.err) == (2, True)
    assert changed(here) == []


@pytest.mark.parametrize(
    ("owners", "is_advised"),
    [
        pytest.param("**/[ab @x\n", True, id="a line that means no file"),
        pytest.param("# nobody\n" * 40_000 + "* @acme/all\n", False, id="a long file"),
    ],
)
def test_strange_code_owners_stop_nothing(
    run: Run, here: Repo, owners: str, *, is_advised: bool
) -> None:
    here.write("CODEOWNERS", owners)
    done = start(run, "--yes")
    assert (done.status, "an owner in CODEOWNERS" in done.out) == (0, is_advised)


@pytest.mark.usefixtures("terminal")
def test_file_that_changed_in_the_meantime_is_not_written_over(
    run: Run, here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm(_question: str) -> bool:
        (here.path / CONFIG).write_text("version: 1\n")
        return True

    monkeypatch.setattr("click.confirm", confirm)
    done = start(run)
    assert (done.status, "was changed in the meantime" in done.err) == (2, True)
    assert (here.path / CONFIG).read_text() == "version: 1\n"


# --- what it looks at -------------------------------------------------------------------------


def test_subdirectory_sets_up_the_whole_repository(
    run: Run, here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here.write("packages/cart/README.md").parent)
    done = start(run, "--yes")
    assert f"found in {here.path}: no remote" in done.out
    assert (here.path / CONFIG).is_file()


def test_repository_without_a_commit_is_set_up(run: Run, empty_repo: Repo) -> None:
    done = start(run, "--yes", "-C", str(empty_repo.path))
    assert done.status == 0
    assert "there is no commit yet, so there is nothing to count" in done.out
    assert (empty_repo.path / CONFIG).is_file()


def test_shallow_clone_is_set_up_and_not_counted(run: Run, here: Repo, tmp_path: Path) -> None:
    here.commit("Second\n")
    here.git("clone", "--quiet", "--depth=1", f"file://{here.path}", str(tmp_path / "clone"))
    done = start(run, "--yes", "-C", str(tmp_path / "clone"))
    assert done.status == 0
    assert "this clone is shallow" in done.out


def test_last_changes_are_counted_under_every_preset(run: Run, here: Repo) -> None:
    for number in range(6):
        here.commit(
            f"feat: step {number}\n\nProblem: shoppers lose the cart on other devices\n",
            {"src/cart.py": str(number)},
        )
    here.commit("fix: more of it\n", {"src/cart.py": "x"})
    here.commit("fix typo in readme\n", {"README.md": "x"})
    here.commit("Keep the cart\n", {"src/cart.py": "y"})
    here.commit("chore(deps): bump a library\n", {"lib.lock": "x"})
    done = start(run, "--yes")
    lines = done.out.rstrip("\n").split("\n")
    start_at = next(n for n, line in enumerate(lines) if line.startswith("the last "))
    shown = {
        line.split()[0]: line.removesuffix("  <- chosen").strip()
        for line in lines[start_at + 1 : start_at + 4]
    }
    assert lines[start_at].startswith("the last 11 changes of main, ")
    assert shown["adopt"] == "adopt       8 asked,   0 of them fail;   3 let pass"
    assert "standard    8 asked," in shown["standard"]
    assert shown["strict"].endswith("8 of them fail;   3 let pass")
    assert lines[start_at + 1].endswith("<- chosen")
    assert "  let pass: 2 docs, 1 deps" in lines
    assert "  asked without a known kind: 1; a type in the title (`docs: ...`) says it" in lines
    assert "  Problem: 6 of 8 (75.0 %)" in lines
    assert lines[-1] == "  nobody was asked so far; this is where you start, not a mark"


def test_count_keeps_what_the_configuration_says_beside_its_preset(run: Run, here: Repo) -> None:
    here.commit("feat: a wishlist\n", {"src/wish.py": "x"})
    here.write(CONFIG, "version: 1\npreset: strict\nkinds: {feature: {skip: true}}\n")
    done = start(run, "--yes")
    for preset in ("adopt", "standard", "strict"):
        assert f"  {preset:<9}   0 asked,   0 of them fail;   2 let pass" in done.out
    assert "2 let pass  <- chosen" in done.out


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:acme/shop.git", "found: GitHub"),
        ("https://gitlab.example.org/acme/shop.git", "found: GitLab"),
        ("ssh://git@code.example.org:2222/shop", "found: code.example.org"),
        ("/srv/shop.git", "found: no remote"),
    ],
)
def test_forge_is_told_by_the_remote(run: Run, here: Repo, url: str, expected: str) -> None:
    here.git("remote", "add", "origin", url)
    done = start(run, "--dry-run")
    assert done.out.startswith(expected)
    assert (WORKFLOW in done.out) == (expected in ("found: GitHub", "found: no remote"))


@pytest.mark.parametrize(
    ("url", "review"),
    [
        ("ssh://ada@review.example.org:29418/shop/till", False),
        ("https://review.example.org/shop/till", True),
        ("https://android.googlesource.com/platform/art", False),
    ],
    ids=["port", "git-review", "googlesource"],
)
def test_gerrit_asks_each_commit_and_needs_no_template(
    run: Run, here: Repo, url: str, *, review: bool
) -> None:
    here.git("remote", "add", "origin", url)
    if review:
        here.write(".gitreview", "[gerrit]\nhost=review.example.org\n")
        here.commit("chore: name the server")

    done = start(run, "--yes")

    assert (done.status, done.err) == (0, "")
    assert changed(here) == [".gitattributes", CONFIG]
    assert "commits: {scope: each}" in (here.path / CONFIG).read_text()
    assert "docs/gerrit.md" in done.out
    assert "found: Gerrit" in done.out
    assert "at Gerrit each commit is a change" not in run("doctor").out


def test_first_remote_tells_the_forge_when_there_is_no_origin(run: Run, here: Repo) -> None:
    here.git("remote", "add", "upstream", "https://gitlab.com/acme/shop")
    assert start(run, "--dry-run").out.startswith("found: GitLab")


@pytest.mark.parametrize(
    ("owners", "told"),
    [("* @acme/all\n", False), ("/src/ @acme/dev\n", True), (None, False)],
    ids=["owned", "not-owned", "no-file"],
)
def test_code_owner_is_asked_for(run: Run, here: Repo, owners: str | None, told: bool) -> None:
    if owners is not None:
        here.write(".github/CODEOWNERS", owners)
    assert ("give .whygate.yml an owner in .github/CODEOWNERS" in start(run, "--yes").out) == told


def test_what_a_file_holds_cannot_command_the_terminal(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, "## Why \x1b[2J\u202enot\n")
    out = start(run, "--dry-run").out
    assert "\x1b" not in out
    assert "\u202e" not in out
