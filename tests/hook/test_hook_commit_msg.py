"""`whygate hook commit-msg`, run by a real `git commit`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.hook.conftest import PLAN

from whygate.errors import InputError, UndecidedError
from whygate.hook.commit import run_commit_msg

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo
    from tests.hook.conftest import Done, Hook, Hooked

GOOD = f"feat(export): write every row\n\n{PLAN}"
BARE = "feat(export): write every row\n"
RETRY = re.compile(r"^    (git .*commit --edit .*)$", re.MULTILINE)


def retry_of(said: str) -> str:
    found = RETRY.search(said)
    assert found is not None, said
    return found[1]


# --- who is asked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "path", "status"),
    [
        pytest.param("Add discount codes\n", "src/cart.py", 1, id="product"),
        pytest.param("fix typo in readme\n", "README.md", 0, id="document"),
        pytest.param("fix typo in readme\n", "README.md/cart.py", 1, id="folder-of-a-document"),
        pytest.param("Take the newest libraries\n", "yarn.lock", 0, id="lock"),
        pytest.param("docs: discount codes\n", "src/cart.py", 0, id="typed-title-is-believed"),
        pytest.param("WIP: feat: discount codes\n", "src/cart.py", 1, id="feature-behind-wip"),
        pytest.param("WIP\n", "src/cart.py", 0, id="only-wip"),
    ],
)
def test_first_commit_of_a_branch_is_asked_by_its_files(
    hooked: Hooked, message: str, path: str, status: int
) -> None:
    hooked.repo.git("switch", "--quiet", "--create", "codes", "main")
    hooked.repo.git("rm", "--quiet", "-r", "--ignore-unmatch", "README.md")
    hooked.repo.write(path, "x")
    hooked.repo.git("add", "--all")
    done = hooked.git("commit", "-m", message)

    assert done.status == status, done.said
    assert ("WG101" in done.said) is bool(status)


def test_branch_name_is_not_believed_against_the_files(hooked: Hooked) -> None:
    hooked.repo.git("switch", "--quiet", "--create", "docs/codes", "main")
    hooked.repo.write("src/cart.py", "x")
    hooked.repo.git("add", "--all")
    done = hooked.git("commit", "-m", "Add discount codes")

    assert done.status == 1
    assert "WG101" in done.said


# --- the message alone -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(GOOD, id="complete"),
        pytest.param("docs: name the option\n", id="nothing-asked"),
        pytest.param("chore: tidy\n", id="warnings-only"),
        pytest.param("Merge branch 'x'\n", id="merge"),
        pytest.param('Revert "feat: x"\n\nThis reverts commit 1234567.\n', id="revert"),
        pytest.param("fixup! feat: x\n", id="fixup"),
        pytest.param("squash! feat: x\n", id="squash"),
        pytest.param("amend! feat: x\n", id="amend"),
        pytest.param("WIP\n", id="unfinished"),
    ],
)
def test_passing_message_is_silent(on_main: Hooked, message: str) -> None:
    done = on_main.commit("--quiet", "-m", message)

    assert done == (0, "")


def test_bare_feature_is_stopped_with_findings_and_what_to_paste(on_main: Hooked) -> None:
    before = on_main.repo.head()
    done = on_main.commit("-m", BARE)

    assert done.status == 1
    assert on_main.repo.head() == before
    assert ".git/COMMIT_EDITMSG:1:1: WG101 problem-missing" in done.said
    assert "\n    Outcome: <what people will do" in done.said
    assert "the message is kept" in done.said
    assert on_main.file.read_text().startswith(f"{BARE}\nProblem: <who is hurt")


def test_report_is_eight_lines_with_one_next_step(on_main: Hooked) -> None:
    done = on_main.commit("-m", BARE)
    lines = done.said.strip().split("\n")

    assert len(lines) == 8
    assert lines[0].endswith("no labelled answer for Problem, Outcome, Measurement")
    assert done.said.count("exempt") == 1
    assert "whygate new --commit" in lines[-2]
    assert lines[-1] == f"    {retry_of(done.said)}"


def test_same_report_within_the_hour_is_three_lines(on_main: Hooked) -> None:
    first = on_main.commit("-m", BARE).said.strip().split("\n")
    second = on_main.commit("-m", BARE).said.strip().split("\n")
    other = on_main.commit("-m", f"{BARE}\nProblem: TBD").said.strip().split("\n")

    assert second == [first[0], *first[-2:]]
    assert len(other) > 3


def test_report_is_whole_without_a_cache_of_ones_own(on_main: Hooked, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "said").symlink_to(tmp_path)
    said = [on_main.commit("-m", BARE, WHYGATE_CACHE_DIR=str(cache)).said for _ in range(2)]

    assert [len(text.strip().split("\n")) for text in said] == [8, 8]


def test_retry_opens_the_message_with_the_lines_to_fill(on_main: Hooked) -> None:
    problem = "Problem: exports stop at row 100, so 40 accountants retype the rest"
    signed = "Signed-off-by: A <a@b.c>"
    message = f"{BARE}\nA body that took an hour.\n\n{problem}\n{signed}\n"
    done = on_main.commit("-m", message)
    fill = "; ".join(
        (
            "s/^Outcome: <.*/Outcome: they close the month without retyping a single row/",
            "s/^Metric: <.*/Metric: retyped rows per accountant/",
            "s/^Baseline: <.*/Baseline: 30 rows/",
            "s/^Target: <.*/Target: 0 rows/",
            "s/^Evaluate-By: <.*/Evaluate-By: +30d/",
        )
    )
    again = on_main.shell(retry_of(done.said), GIT_EDITOR=on_main.editor(f'sed -i "{fill}" "$1"'))
    made = on_main.message()

    assert again.status == 0, again.said
    assert "A body that took an hour.\n" in made
    assert made.count(problem) == made.count("Problem: ") == 1
    assert made.rstrip().endswith(signed)
    assert "<the group" not in made  # nobody filled it, and it is not asked for as an error


def test_line_that_was_refused_is_replaced(on_main: Hooked) -> None:
    on_main.commit("-m", f"{GOOD.replace('by +30d', 'by soon')}Evaluate-By: next\n  sprint\n")
    text = on_main.file.read_text()

    assert "Evaluate-By: <" in text
    assert "sprint" not in text
    assert "Problem: exports stop at row 100" in text


def test_passing_message_runs_no_git(
    on_main: Hooked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "message"
    file.write_text(GOOD + "# Please enter the commit message\n")
    monkeypatch.chdir(on_main.repo.path)
    said: list[str] = []

    status = run_commit_msg(
        str(file), environ={"PATH": "/nowhere"}, cwd=on_main.repo.path, echo=said.append
    )

    assert (status, said) == (0, [])


@pytest.mark.parametrize("verbose", ["1", None], ids=["verbose", "quiet"])
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (GOOD, "ok (feature, decided by title)"),
        ("fixup! x\n", "it will be squashed into another commit"),
    ],
    ids=["ok", "fixup"],
)
def test_reason_of_a_pass_is_shown_when_verbose(
    on_main: Hooked, message: str, reason: str, verbose: str | None
) -> None:
    done = on_main.commit("--quiet", "-m", message, WHYGATE_VERBOSE=verbose)

    assert done.status == 0
    assert (reason in done.said) is (verbose is not None)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param(
            BARE,
            "whygate: passed, but no labelled answer for Problem, Outcome, Measurement "
            "(the preset adopt lets it pass)\n"
            "    What problem does this solve, and who has it?\n"
            "    `git commit --amend` adds it; `whygate rules WG101` says how\n",
            id="says nothing",
        ),
        pytest.param(
            GOOD.replace("+30d", "someday"),
            "whygate: passed, but no labelled answer for Evaluate by "
            "(the preset adopt lets it pass)\n"
            "    When will you look?\n"
            "    `git commit --amend` adds it; `whygate rules WG204` says how\n",
            id="says what cannot be read",
        ),
        pytest.param(GOOD, "", id="complete"),
        pytest.param("chore: tidy\n", "", id="only a warning"),
    ],
)
def test_adopt_says_in_three_lines_what_would_be_asked(
    on_main: Hooked, message: str, said: str
) -> None:
    on_main.repo.write(".whygate.yml", "version: 1\npreset: adopt\n")

    assert on_main.commit("--quiet", "-m", message) == (0, said)


def test_adopt_says_nothing_where_the_branch_answers(hooked: Hooked) -> None:
    hooked.repo.write(".whygate.yml", "version: 1\npreset: adopt\n")
    first, second = (hooked.commit("--quiet", "-m", message) for message in (GOOD, BARE))

    assert (first, second) == ((0, ""), (0, ""))


def test_empty_message_is_left_to_git(on_main: Hooked) -> None:
    done = on_main.commit(GIT_EDITOR=on_main.editor("exit 0"), WHYGATE_VERBOSE="1")

    assert done.status == 1
    assert "whygate: passed: the message is empty" in done.said
    assert "WG101" not in done.said


def test_broken_configuration_stops_and_keeps_the_message(on_main: Hooked) -> None:
    on_main.repo.write(".whygate.yml", "version: 1\nprset: strict\n")
    done = on_main.commit("-m", GOOD)

    assert done.status == 1
    assert "did you mean `preset`" in done.said
    assert retry_of(done.said) == "git commit --edit --file=.git/COMMIT_EDITMSG --allow-empty"
    assert on_main.file.read_text() == GOOD


def test_missing_git_cannot_decide_and_keeps_the_message(
    on_main: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_main.file.write_text(BARE)
    monkeypatch.chdir(on_main.repo.path)
    with pytest.raises(UndecidedError, match="git was not found") as caught:
        run_commit_msg(
            ".git/COMMIT_EDITMSG", environ={"PATH": ""}, cwd=on_main.repo.path, echo=print
        )

    assert "git commit --edit --file=.git/COMMIT_EDITMSG" in caught.value.hint


def test_missing_file_outside_a_repository_is_an_input_error(
    tmp_path: Path, git_environ: dict[str, str]
) -> None:
    with pytest.raises(InputError, match="there is no file"):
        run_commit_msg("absent", environ=git_environ, cwd=tmp_path, echo=print)


def test_file_outside_a_repository_is_judged_alone(
    tmp_path: Path, git_environ: dict[str, str]
) -> None:
    (tmp_path / "good").write_text(GOOD)
    (tmp_path / "bare").write_text(BARE)
    said: list[str] = []

    statuses = [
        run_commit_msg(str(tmp_path / name), environ=git_environ, cwd=tmp_path, echo=said.append)
        for name in ("good", "bare")
    ]

    assert statuses == [0, 1]
    assert "git commit --edit" in said[0]


# --- what git makes of the file --------------------------------------------------------------

SEMICOLONS = PLAN.replace("\n", "\n; not said\n")
HIDDEN = f"feat: x\n\n{PLAN}".replace("Problem:", "*Problem:")


@pytest.mark.parametrize(
    ("config", "typed", "recorded"),
    [
        pytest.param({}, GOOD, True, id="defaults"),
        pytest.param({}, BARE, False, id="defaults-bare"),
        pytest.param({"commit.verbose": "true"}, GOOD, True, id="verbose"),
        pytest.param({"commit.verbose": "true"}, BARE, False, id="verbose-bare"),
        pytest.param({"core.commentChar": ";"}, f"feat: x\n\n{SEMICOLONS}", True, id="semicolon"),
        pytest.param({}, f"feat: x\n\n{SEMICOLONS}", False, id="semicolon-is-text"),
        pytest.param({"core.commentChar": "*"}, f"feat: x\n\n**{PLAN}", False, id="star"),
        pytest.param({"core.commentChar": "auto"}, GOOD, True, id="auto"),
        pytest.param({"commit.cleanup": "scissors"}, GOOD, True, id="scissors"),
        pytest.param({"commit.cleanup": "scissors"}, BARE, False, id="scissors-bare"),
        pytest.param({"commit.cleanup": "whitespace"}, GOOD, True, id="whitespace"),
        pytest.param({"commit.cleanup": "verbatim"}, GOOD, True, id="verbatim"),
        pytest.param(
            {"commit.cleanup": "whitespace"},
            GOOD.replace("Audience", "# kept\nAudience"),
            True,
            id="comment-kept-among-trailers",
        ),
        pytest.param({}, GOOD.replace("Audience", "# gone\nAudience"), True, id="comment-gone"),
        pytest.param({"commit.status": "false"}, GOOD, True, id="no-status"),
    ],
)
def test_message_is_judged_as_git_records_it(
    on_main: Hooked, config: dict[str, str], typed: str, recorded: bool
) -> None:
    for key, value in config.items():
        on_main.repo.git("config", key, value)
    on_main.repo.write("f", "Problem: a line of the diff is nobody's answer to anything\n" + PLAN)
    on_main.repo.git("add", "f")
    done = on_main.commit(GIT_EDITOR=on_main.typing(typed))

    assert (done.status == 0) is recorded, done.said
    if recorded:
        assert "\nProblem: exports stop" in on_main.message()
        assert "diff --git" not in on_main.message()


@pytest.mark.parametrize("mode", ["scissors", "verbatim", "whitespace", "strip", "default"])
def test_cleanup_option_with_editor_and_diff(on_main: Hooked, mode: str) -> None:
    on_main.repo.write("f", PLAN)
    on_main.repo.git("add", "f")
    bare = on_main.commit("-v", f"--cleanup={mode}", GIT_EDITOR=on_main.typing(BARE))
    good = on_main.commit("-v", f"--cleanup={mode}", GIT_EDITOR=on_main.typing(GOOD))

    assert (bare.status, good.status) == (1, 0)


def test_headings_of_an_unedited_message_are_kept_and_count(on_main: Hooked) -> None:
    message = (
        "feat: x\n\n# Problem\nExports stop at row 100, so 40 accountants retype the rest.\n\n"
        "# Who it helps\nAccountants at firms with more than ten clients.\n\n"
        "# Outcome\nThey close the month without retyping a single row.\n\n"
        "# Measurement\nRetyped rows per accountant goes from 30 to 0 by +30d.\n"
    )
    by_message = on_main.commit("--quiet", "-m", message)
    by_editor = on_main.commit("--quiet", GIT_EDITOR=on_main.typing(message))

    assert by_message == (0, "")
    assert by_editor.status == 1
    assert "on a line that git deletes as a comment" in by_editor.said


def test_stripped_message_without_editor_is_read_stripped(on_main: Hooked) -> None:
    on_main.repo.git("config", "commit.cleanup", "strip")
    done = on_main.commit("-m", f"feat: x\n\n# Problem\n{PLAN.replace('Problem', 'Motive')}")

    assert done.status == 1


def test_automatic_comment_character_is_found(on_main: Hooked) -> None:
    on_main.repo.git("config", "core.commentChar", "auto")
    arguments = ("--quiet", "-m", "#12 is fixed", "--edit")
    hidden = on_main.typing(GOOD.replace("Problem", "; Problem"))
    bare = on_main.commit(*arguments, GIT_EDITOR=hidden)
    good = on_main.commit(*arguments, GIT_EDITOR=on_main.typing(GOOD))

    assert (bare.status, good) == (1, (0, ""))
    assert on_main.message().endswith("#12 is fixed")


def test_latin_1_message_is_read_as_configured(on_main: Hooked) -> None:
    on_main.repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    file = on_main.repo.write("m", GOOD.replace("rows", "Stücke").encode("latin-1"))

    assert on_main.commit("--quiet", "--file", str(file)) == (0, "")


def test_too_large_message_stops(on_main: Hooked) -> None:
    file = on_main.repo.write("m", GOOD + "x" * (1 << 20))
    done = on_main.commit("--file", str(file))

    assert done.status == 1
    assert "too large for a message" in done.said


# --- what the commit touches -----------------------------------------------------------------


def test_paths_of_the_commit_tell_its_kind(on_main: Hooked) -> None:
    on_main.repo.write(".whygate.yml", "version: 1\npreset: strict\n")
    on_main.repo.commit("base", {})
    on_main.repo.write("docs/a.md", "x")
    on_main.repo.git("add", "docs")
    docs = on_main.commit("--quiet", "-m", "Explain the option")
    on_main.repo.write("code.py", "x")
    on_main.repo.git("add", "code.py")
    code = on_main.commit("--quiet", "-m", "Explain the option")

    assert docs == (0, "")
    assert code.status == 1


def test_paths_can_make_a_change_of_no_kind_stricter(on_main: Hooked) -> None:
    rules = "kind_from:\n  paths:\n    - kind: feature\n      paths: [/app/**]\n"
    on_main.repo.write(".whygate.yml", f"version: 1\n{rules}")
    on_main.repo.commit("base", {})
    on_main.repo.write("app/a", "x")
    on_main.repo.git("add", "app")

    assert on_main.commit("-m", "Show the option").status == 1


@pytest.mark.parametrize(("lines", "status"), [(3, 0), (300, 1)], ids=["few", "many"])
def test_trivial_change_is_measured_by_its_lines(on_main: Hooked, lines: int, status: int) -> None:
    on_main.repo.write("f", "x\n" * lines)
    on_main.repo.git("add", "f")
    message = "fix: spell the word\n\nExempt: trivial; it corrects a typo in the error text\n"

    assert on_main.commit("-m", message).status == status


def test_change_without_a_type_is_told_why_it_is_asked(on_main: Hooked) -> None:
    on_main.repo.write("src/cart.py", "x = 1\n")
    on_main.repo.git("add", "src/cart.py")
    done = on_main.commit("-m", "Add discount codes")

    assert done.status == 1, done.said
    assert "`src/cart.py` belongs to the product: asked as unknown" in done.said
    assert "`fix: ...` or a label says otherwise" in done.said
    assert len(done.said.splitlines()) <= 8


def test_change_of_a_document_alone_is_not_asked(on_main: Hooked) -> None:
    on_main.repo.write("docs/read.md", "x\n")
    on_main.repo.git("add", "docs/read.md")

    assert on_main.commit("--quiet", "-m", "Fix a typo in the readme") == (0, "")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(BARE, id="says nothing"),
        pytest.param(f"{BARE}\nProbem: it is slow\nOutcom: it is fast\n", id="misspelled"),
        pytest.param(BARE + "\n" + PLAN.replace("from 30 to 0 by +30d", "down"), id="no plan"),
        pytest.param(BARE + "\nProblem: TBD\nOutcome: TBD\nMeasurement: TBD\n", id="stand-ins"),
    ],
)
def test_refusal_has_at_most_eight_lines_and_one_next_step(on_main: Hooked, message: str) -> None:
    done = on_main.commit("--quiet", "-m", message)
    lines = done.said.splitlines()

    assert done.status == 1
    assert len(lines) <= 8, done.said
    assert [line.strip().startswith("git commit --edit") for line in lines].count(True) == 1
    assert retry_of(done.said) == lines[-1].strip()


def test_branch_name_tells_the_kind(hooked: Hooked) -> None:
    hooked.repo.git("branch", "-m", "feat/rows")
    done = hooked.commit("-m", "Write every row")

    assert done.status == 1
    assert "judged as feature (decided by branch)" in done.said


# --- what git is in the middle of ------------------------------------------------------------


def test_cherry_pick_with_editor_passes(hooked: Hooked) -> None:
    sha = hooked.repo.commit(BARE, {"a": "1"})
    hooked.repo.git("switch", "--quiet", "main")
    done = hooked.git("cherry-pick", "--edit", sha, GIT_EDITOR=hooked.editor(":"))

    assert done.status == 0


def conflict(hooked: Hooked) -> str:
    sha = hooked.repo.commit(BARE, {"README.md": "one\n"})
    hooked.repo.git("switch", "--quiet", "main")
    hooked.repo.commit("Other", {"README.md": "two\n"})
    return sha


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("cherry-pick",), "a cherry-pick is in progress"),
        (("merge", "-m", "feat: take it in"), "a merge is in progress"),
    ],
    ids=["cherry-pick", "merge"],
)
def test_commit_that_ends_a_conflict_passes(
    hooked: Hooked, command: tuple[str, ...], reason: str
) -> None:
    sha = conflict(hooked)
    assert hooked.git(*command, sha).status == 1
    hooked.repo.write("README.md", "three\n")
    hooked.repo.git("add", "README.md")
    done = hooked.git("commit", "-m", BARE, WHYGATE_VERBOSE="1")

    assert done.status == 0
    assert f"whygate: passed: {reason}" in done.said


def test_conflicting_revert_passes(on_main: Hooked) -> None:
    sha = on_main.repo.commit("docs: one", {"README.md": "one\n"})
    on_main.repo.commit("docs: two", {"README.md": "two\n"})
    assert on_main.git("revert", "--no-edit", sha).status == 1
    on_main.repo.write("README.md", "three\n")
    on_main.repo.git("add", "README.md")
    done = on_main.git("commit", "-m", BARE, WHYGATE_VERBOSE="1")

    assert (done.status, "a revert is in progress" in done.said) == (0, True)


@pytest.mark.parametrize("edit", ["--edit", "--no-edit"])
def test_revert_passes(on_main: Hooked, edit: str) -> None:
    on_main.repo.commit(BARE, {"a": "1"})

    assert on_main.git("revert", edit, "HEAD", GIT_EDITOR=on_main.editor(":")).status == 0


def test_merge_of_a_branch_passes(hooked: Hooked) -> None:
    hooked.repo.commit(BARE, {"a": "1"})
    hooked.repo.git("switch", "--quiet", "main")
    hooked.repo.commit("Other", {"b": "1"})
    done = hooked.git("merge", "--edit", "work", GIT_EDITOR=hooked.editor(":"))

    assert done.status == 0


def test_merge_under_a_message_of_its_own_passes(hooked: Hooked) -> None:
    hooked.repo.commit(BARE, {"a": "1"})
    hooked.repo.git("switch", "--quiet", "main")
    done = hooked.git("merge", "--no-ff", "-m", "feat: take it in", "work", WHYGATE_VERBOSE="1")

    assert done.status == 0
    assert "passed: a merge is in progress" in done.said


def test_operation_excuses_what_only_the_paths_make_strict(on_main: Hooked) -> None:
    rules = "kind_from:\n  paths:\n    - kind: feature\n      paths: [/app/**]\n"
    on_main.repo.write(".whygate.yml", f"version: 1\n{rules}")
    on_main.repo.write("app/a", "x")
    on_main.repo.git("add", "app")
    (on_main.repo.path / ".git" / "REVERT_HEAD").write_text(on_main.repo.head() + "\n")
    done = on_main.commit("-m", "Show the option", WHYGATE_VERBOSE="1")

    assert done.status == 0
    assert "passed: a revert is in progress" in done.said


def test_squash_merge_is_judged(hooked: Hooked) -> None:
    hooked.repo.commit(BARE, {"a": "1"})
    hooked.repo.git("switch", "--quiet", "main")
    hooked.repo.git("merge", "--squash", "work")

    assert hooked.commit("-m", BARE).status == 1


def test_interactive_rebase_passes(hooked: Hooked) -> None:
    hooked.repo.commit(BARE, {"a": "1"})
    hooked.repo.commit("feat: more\n", {"b": "1"})
    todo = hooked.editor('sed -i s/^pick/reword/ "$1"')
    done = hooked.git(
        *("rebase", "--interactive", "main"),
        GIT_SEQUENCE_EDITOR=todo,
        GIT_EDITOR=hooked.editor('sed -i 1s/$/!/ "$1"'),
    )

    assert done.status == 0, done.said
    assert hooked.message() == "feat: more!"


def test_autosquash_passes(hooked: Hooked) -> None:
    hooked.repo.commit(BARE, {"a": "1"})
    for kind in ("--fixup=HEAD", "--squash=HEAD"):
        hooked.repo.write("a", kind)
        hooked.repo.git("add", "a")
        assert hooked.commit(kind, "--no-edit", GIT_EDITOR=hooked.editor(":")).status == 0
    done = hooked.git(
        *("rebase", "--interactive", "--autosquash", "main"),
        GIT_SEQUENCE_EDITOR="true",
        GIT_EDITOR=hooked.editor(":"),
    )

    assert done.status == 0, done.said


# --- the branch together ---------------------------------------------------------------------


def test_first_commit_of_a_branch_is_asked_and_later_ones_are_silent(hooked: Hooked) -> None:
    first = hooked.commit("-m", BARE)
    answered = hooked.commit("--quiet", "-m", GOOD)
    later = hooked.commit("--quiet", "-m", "feat: and more")

    assert first.status == 1
    assert (answered, later) == ((0, ""), (0, ""))


def test_failing_branch_says_what_was_looked_at(hooked: Hooked) -> None:
    hooked.repo.commit("feat: begin\n")
    done = hooked.commit("-m", "feat: and more")

    assert done.status == 1
    assert ": this message and 1 commit of the branch `work`" in done.said


def test_branch_carries_the_context_in_two_commits(hooked: Hooked) -> None:
    lines = PLAN.split("\n")
    hooked.repo.commit("feat: begin\n\n" + "\n".join(lines[:2]) + "\n")
    done = hooked.commit("-m", "feat: x\n\n" + "\n".join(lines[2:]), WHYGATE_VERBOSE="1")

    assert done.status == 0
    assert "passed: the branch `work` carries the context: ok (feature" in done.said


def test_branch_that_begins_with_a_chore_is_still_asked(hooked: Hooked) -> None:
    hooked.repo.commit("chore: prepare\n")
    asked = hooked.commit("-m", "feat: add")
    hooked.commit("-m", GOOD)
    later = hooked.commit("--quiet", "-m", "feat: and more")

    assert (asked.status, later) == (1, (0, ""))


def test_trivial_branch_is_measured_by_all_its_lines(hooked: Hooked) -> None:
    trivial = "fix: a\n\nExempt: trivial; it corrects a typo in the error text\n"
    hooked.repo.commit(trivial, {"a": "x\n"})
    small = hooked.commit("--quiet", "-m", "fix: b")
    hooked.repo.write("b", "x\n" * 50)
    hooked.repo.git("add", "b")
    large = hooked.commit("--quiet", "-m", "fix: c")

    assert (small.status, large.status) == (0, 1)


def test_commits_of_the_default_branch_are_not_the_branch(hooked: Hooked) -> None:
    hooked.repo.git("switch", "--quiet", "main")
    hooked.repo.commit(GOOD)
    hooked.repo.git("switch", "--quiet", "--create", "other")

    assert hooked.commit("-m", BARE).status == 1


def test_local_default_branch_ahead_of_the_remote_is_not_the_branch(
    repo: Repo, hook: Hook, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "clone"))
    repo.path = tmp_path / "clone"
    repo.commit(GOOD)
    repo.git("switch", "--quiet", "--create", "work")
    hooked = hook(repo)

    assert hooked.commit("-m", BARE).status == 1


@pytest.mark.parametrize("scope", ["each", "off"])
def test_scope_of_the_configuration_is_obeyed(hooked: Hooked, scope: str) -> None:
    hooked.repo.write(".whygate.yml", f"version: 1\ncommits:\n  scope: {scope}\n")
    hooked.repo.commit(GOOD)
    done = hooked.commit("--quiet", "-m", BARE, WHYGATE_VERBOSE="1")

    assert done.status == (1 if scope == "each" else 0)
    assert ("passed: `commits.scope` is off" in done.said) is (scope == "off")


def test_each_commit_of_the_default_branch_is_a_change(on_main: Hooked) -> None:
    on_main.repo.commit(GOOD)

    assert on_main.commit("-m", BARE).status == 1


def test_unborn_branch_is_judged_alone(unborn: Hooked) -> None:
    unborn.repo.write("a", "x")
    unborn.repo.git("add", "a")
    bare = unborn.git("commit", "-m", BARE)
    good = unborn.git("commit", "--quiet", "-m", GOOD)

    assert (bare.status, good) == (1, (0, ""))
    assert retry_of(bare.said) == "git commit --edit --file=.git/COMMIT_EDITMSG"


def test_repository_without_a_default_branch_judges_each_commit(unborn: Hooked) -> None:
    unborn.repo.git("switch", "--quiet", "--create", "lonely")
    unborn.repo.commit(GOOD)

    assert unborn.commit("-m", BARE).status == 1


def test_detached_head_is_compared_with_the_default_branch(hooked: Hooked) -> None:
    hooked.repo.git("switch", "--quiet", "--detach")
    first = hooked.commit("-m", BARE)
    hooked.commit("-m", GOOD)
    later = hooked.commit("--quiet", "-m", BARE, WHYGATE_VERBOSE="1")

    assert (first.status, later.status) == (1, 0)
    assert "the detached HEAD carries the context" in later.said


def test_branch_of_its_own_root_is_taken_whole(hooked: Hooked) -> None:
    hooked.repo.git("switch", "--quiet", "--orphan", "pages")
    hooked.repo.commit(GOOD)

    assert hooked.commit("--quiet", "-m", BARE) == (0, "")


def test_branch_with_a_merge_of_the_default_branch(hooked: Hooked) -> None:
    hooked.repo.commit(GOOD, {"a": "1"})
    hooked.repo.git("switch", "--quiet", "main")
    hooked.repo.commit("Other", {"b": "1"})
    hooked.repo.git("switch", "--quiet", "work")
    hooked.repo.git("merge", "--quiet", "--no-edit", "main")

    assert hooked.commit("--quiet", "-m", BARE) == (0, "")


def test_shallow_clone_without_merge_base_cannot_decide(
    hooked: Hooked, hook: Hook, tmp_path: Path
) -> None:
    origin = hooked.repo
    origin.commit(GOOD)
    origin.git("switch", "--quiet", "main")
    origin.commit("Other")
    target = tmp_path / "shallow"
    branches = ("--no-single-branch", "--depth=1")
    origin.git("clone", "--quiet", *branches, f"file://{origin.path}", str(target))
    origin.path = target
    origin.git("switch", "--quiet", "work")
    clone = hook(origin)
    bare = clone.commit("-m", BARE)
    good = clone.commit("--quiet", "-m", GOOD)

    assert bare.status == 1
    assert "this shallow clone is cut off at" in bare.said
    assert "git fetch --unshallow" in bare.said
    assert "git commit --edit" in bare.said
    assert good == (0, "")


# --- amending --------------------------------------------------------------------------------


def test_amending_without_the_context_is_stopped(hooked: Hooked) -> None:
    hooked.repo.commit(GOOD)
    done = hooked.commit("--amend", "-m", BARE, GIT_COMMITTER_DATE=None)

    assert done.status == 1
    assert "--amend" in retry_of(done.said)
    assert "judged:" not in done.said


def test_retry_of_an_amending_commit_amends(hooked: Hooked) -> None:
    hooked.repo.commit(GOOD, {"a": "1"})
    done = hooked.git("commit", "--amend", "-m", BARE, GIT_COMMITTER_DATE=None)
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert retry_of(done.said) == "git commit --edit --file=.git/COMMIT_EDITMSG --amend"
    assert again.status == 0
    assert hooked.repo.git("rev-list", "--count", "main..HEAD") == "1"


def test_amending_the_first_commit_of_all(unborn: Hooked) -> None:
    unborn.repo.commit(GOOD, {"a": "1"})
    done = unborn.git("commit", "--amend", "-m", BARE, GIT_COMMITTER_DATE=None)

    assert done.status == 1
    assert retry_of(done.said).endswith(" --amend")


def test_amending_a_later_commit_passes_by_the_first(hooked: Hooked) -> None:
    hooked.repo.commit(GOOD)
    hooked.repo.commit("feat: more")

    assert (
        hooked.commit("--quiet", "--amend", "-m", "feat: even more", GIT_COMMITTER_DATE=None).status
        == 0
    )


def test_second_commit_of_the_same_second_is_no_amendment(hooked: Hooked) -> None:
    clock = {"GIT_COMMITTER_DATE": None, "GIT_AUTHOR_DATE": None}
    hooked.git("commit", "--quiet", "--allow-empty", "-m", GOOD, **clock)
    done = hooked.git("commit", "--quiet", "--allow-empty", "-m", BARE, **clock)

    assert done == (0, "")


def test_amending_what_another_author_wrote_at_that_second_is_not_assumed(hooked: Hooked) -> None:
    hooked.repo.commit(GOOD, GIT_AUTHOR_NAME="Bob")
    date = hooked.repo.git("log", "-1", "--format=%aI")

    assert hooked.commit("--quiet", "-m", BARE, GIT_COMMITTER_DATE=None, GIT_AUTHOR_DATE=date) == (
        0,
        "",
    )


# --- the retry -------------------------------------------------------------------------------


def test_retry_keeps_the_message_and_commits(hooked: Hooked) -> None:
    hooked.repo.write("f", "x")
    hooked.repo.git("add", "f")
    done = hooked.git("commit", "-m", f"{BARE}\nA body that took an hour.")
    command = retry_of(done.said)
    again = hooked.shell(command, GIT_EDITOR=hooked.editor(f'cat >> "$1" <<X\n\n{PLAN}X'))

    assert command == "git commit --edit --file=.git/COMMIT_EDITMSG"
    assert again.status == 0, again.said
    assert "A body that took an hour.\n\nProblem: exports" in hooked.message()


def test_retry_works_from_a_directory_below(hooked: Hooked) -> None:
    below = hooked.repo.write("a b/c/f", "x").parent
    hooked.repo.git("add", ".")
    done = hooked.git("commit", "-m", BARE, cwd=below)
    again = hooked.shell(retry_of(done.said), cwd=below, GIT_EDITOR=hooked.typing(GOOD))

    assert "--file=../../.git/COMMIT_EDITMSG" in done.said
    assert again.status == 0, again.said


def test_retry_works_in_a_linked_worktree(hooked: Hooked, tmp_path: Path) -> None:
    tree = tmp_path / "the tree"
    hooked.repo.git("worktree", "add", "--quiet", "-b", "beside", str(tree))
    (tree / "f").write_text("x")
    hooked.repo.git("-C", str(tree), "add", "f")
    done = hooked.git("commit", "-m", BARE, cwd=tree)
    again = hooked.shell(retry_of(done.said), cwd=tree, GIT_EDITOR=hooked.typing(GOOD))

    assert "worktrees/the-tree/COMMIT_EDITMSG" in done.said or "'" in retry_of(done.said)
    assert again.status == 0, again.said
    assert hooked.message("beside").startswith("feat(export)")


def test_retry_of_all_changes_takes_all_again(hooked: Hooked) -> None:
    hooked.repo.write("README.md", "changed")
    done = hooked.git("commit", "--all", "-m", BARE)
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert retry_of(done.said).endswith(" --all")
    assert again.status == 0, again.said


def test_retry_of_some_paths_names_them(hooked: Hooked) -> None:
    hooked.repo.write("README.md", "changed")
    hooked.repo.commit("docs: more", {"it's me.md": "1"})
    hooked.repo.write("it's me.md", "2")
    done = hooked.git("commit", "-m", BARE, "--", "it's me.md")
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert again.status == 0, again.said
    assert hooked.repo.git("show", "--format=", "--name-only", "HEAD") == "it's me.md"


def test_retry_of_paths_that_were_included_includes_them(hooked: Hooked) -> None:
    hooked.repo.commit("docs: more", {"a": "1", "b": "1", "c*": "1", "cc": "1"})
    for name in ("a", "b", "c*", "cc"):
        hooked.repo.write(name, "2")
    hooked.repo.git("add", "b")
    done = hooked.git("commit", "-m", BARE, "--include", "a", ":(literal)c*")
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert again.status == 0, again.said
    assert hooked.repo.git("show", "--format=", "--name-only", "HEAD") == "a\nb\nc*"
    assert hooked.repo.git("status", "--short") == "M cc"


def test_retry_of_a_patch_says_that_options_are_missing(hooked: Hooked) -> None:
    hooked.repo.commit("docs: more", {"a": "1\n" * 9, "b": "1"})
    hooked.repo.write("a", "2\n" + "1\n" * 9 + "2\n")
    hooked.repo.write("b", "2")
    line = "printf 'y\\nn\\nn\\n' | git commit --patch -m 'feat: x'"
    done = hooked.shell(line, GIT_EDITOR="false")

    assert done.status == 1
    assert "(with the options and paths you gave)" in done.said


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["-C", "repo"], id="-C"),
        pytest.param(["-C", "repo/below"], id="-C below"),
        pytest.param(["--git-dir=repo/.git", "--work-tree", "repo"], id="--git-dir"),
        pytest.param(["-c", "core.commentChar=;", "-C", "repo"], id="a setting"),
    ],
)
def test_retry_runs_where_the_user_stands(hooked: Hooked, options: list[str]) -> None:
    top = hooked.repo.path
    assert top.name == "repo"
    hooked.repo.write("below/f", "x")
    hooked.repo.git("add", "below/f")
    done = hooked.git(*options, "commit", "-m", BARE, cwd=top.parent)
    again = hooked.shell(retry_of(done.said), cwd=top.parent, GIT_EDITOR=hooked.typing(GOOD))

    assert done.status == 1
    assert again.status == 0, again.said
    assert hooked.message().startswith("feat(export)")
    assert hooked.repo.git("show", "--format=", "--name-only", "HEAD") == "below/f"


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("name", ["commit-msg", "prepare-commit-msg"])
def test_pipe_in_place_of_a_message_is_not_waited_for(
    run: Run, repo: Repo, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GIT_EDITOR", "true")
    os.mkfifo("pipe")
    done = run("hook", name, "pipe")

    assert done.status == (2 if name == "commit-msg" else 0)
    assert "pipe" in done.err
    assert "--file=" not in done.err  # git would wait for it, too


@pytest.mark.parametrize("name", ["nothing", ".", "x" * 5000], ids=["absent", "folder", "long"])
def test_what_holds_no_message_is_not_to_be_committed_again(
    run: Run, repo: Repo, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    done = run("hook", "commit-msg", name)

    assert done.status == 2
    assert "--file=" not in done.err
    assert "hint: git gives this hook the file that holds the message" in done.err


@pytest.mark.parametrize("char", [";", "auto"])
def test_diff_of_any_size_is_cut_by_gits_own_settings(hooked: Hooked, char: str) -> None:
    hooked.repo.git("config", "core.commentChar", char)
    hooked.repo.git("config", "commit.verbose", "true")
    hooked.repo.write("big", "# a line that is long enough\n" * 50_000)
    hooked.repo.git("add", "big")
    bare = hooked.git("commit", GIT_EDITOR=hooked.typing(BARE))
    good = hooked.git("commit", GIT_EDITOR=hooked.typing(GOOD))

    assert good.status == 0, good.said[:300]
    assert bare.status == 1
    assert "WG101" in bare.said


# --- work in progress ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        *((word, True) for word in ("WIP", "wip", "[WIP]", "wip 2", "tmp", "temp", "...", "save")),
        ("wip\n\nhalf of the parser", True),
        ("WIP: feat: x", False),
        ("feat: wip", False),
        ("fix tmp files", None),
    ],
)
def test_place_to_stop_passes_at_commit(on_main: Hooked, message: str, passes: bool | None) -> None:
    on_main.repo.write(".whygate.yml", "version: 1\npreset: strict\n")
    done = on_main.commit("--quiet", "-m", message)

    assert done.status == (0 if passes else 1)
    assert done.said == "" or not passes


def test_work_in_progress_is_asked_when_it_is_pushed(
    repo: Repo, hook: Hook, tmp_path: Path
) -> None:
    repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("push", "--quiet", "origin", "main")
    repo.write(".whygate.yml", "version: 1\npreset: strict\n")
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit("wip")
    hooked = hook(repo, "pre-push")
    alone = hooked.git("push", "origin", "work")
    repo.commit(GOOD)
    answered = hooked.git("push", "origin", "work")

    assert alone.status == 1
    assert "WG101" in alone.said
    assert answered.status == 0, answered.said
    assert "ok (feature" in answered.said


# --- the diff and the cleanup ----------------------------------------------------------------


def test_retry_does_not_commit_the_diff_of_a_verbose_commit(hooked: Hooked) -> None:
    hooked.repo.write("f", "x")
    hooked.repo.git("add", "f")
    done = hooked.git("commit", "-v", GIT_EDITOR=hooked.typing(BARE))
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert retry_of(done.said).endswith(" --verbose")
    assert again.status == 0, again.said
    assert "diff --git" not in hooked.message()
    assert "Please enter" not in hooked.message()


def test_retry_keeps_lines_that_look_like_comments(hooked: Hooked) -> None:
    hooked.repo.write("f", "x")
    hooked.repo.git("add", "f")
    done = hooked.git("commit", "-m", f"{BARE}\n#12 is fixed by this.")
    again = hooked.shell(retry_of(done.said), GIT_EDITOR=hooked.typing(GOOD))

    assert again.status == 0, again.said
    assert "#12 is fixed by this." in hooked.message()
    assert "Please enter" not in hooked.message()


def test_retry_names_the_directory_when_the_user_is_elsewhere(
    hooked: Hooked, tmp_path: Path
) -> None:
    hooked.file.write_text(BARE)
    said: list[str] = []
    environ = {"PATH": os.environ["PATH"], "PWD": str(tmp_path / "scripts")}
    top = hooked.repo.path
    run_commit_msg(
        str(hooked.file), environ={**hooked.environ, **environ}, cwd=top, echo=said.append
    )

    assert f"git -C {top} commit --edit --file=" in said[0]


# --- repositories of every kind --------------------------------------------------------------


def test_git_dash_c_reads_the_right_repository(hooked: Hooked, tmp_path: Path) -> None:
    done = hooked.git("-C", str(hooked.repo.path), "commit", "-m", BARE, cwd=tmp_path)

    assert done.status == 1
    hooked.repo.commit(GOOD)
    arguments = ("commit", "--allow-empty", "--quiet", "-m", BARE)
    assert hooked.git("-C", str(hooked.repo.path), *arguments, cwd=tmp_path) == (0, "")


def test_git_dir_and_work_tree_in_the_environment(hooked: Hooked, tmp_path: Path) -> None:
    hooked.repo.write(".whygate.yml", "version: 1\ncommits:\n  scope: each\n")
    hooked.repo.commit(GOOD)
    place = str(hooked.repo.path)

    def commit(message: str) -> Done:
        return hooked.commit(
            *("--quiet", "-m", message),
            cwd=tmp_path,
            GIT_DIR=f"{place}/.git",
            GIT_WORK_TREE=place,
        )

    assert commit(BARE).status == 1
    assert commit(GOOD) == (0, "")


def test_worktree_has_operations_and_a_branch_of_its_own(hooked: Hooked, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    hooked.repo.commit(GOOD)
    hooked.repo.git("worktree", "add", "--quiet", "-b", "beside", str(tree), "main")
    (hooked.repo.path / ".git" / "MERGE_HEAD").write_text(hooked.repo.head() + "\n")

    assert hooked.commit("-m", BARE, cwd=tree).status == 1


def test_submodule_is_a_repository_of_its_own(make_repo: MakeRepo, hook: Hook) -> None:
    inner, outer = make_repo("inner"), make_repo("outer")
    inner.commit("Begin", {"f": "1"})
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", str(inner.path), "sub")
    outer.commit(GOOD)
    outer.write(".whygate.yml", "version: 1\ncommits:\n  scope: off\n")
    outer.path /= "sub"
    outer.git("switch", "--quiet", "--create", "work")
    hooked = hook(outer)
    first = hooked.commit("-m", BARE)
    hooked.commit("-m", GOOD)

    assert first.status == 1
    assert hooked.commit("--quiet", "-m", BARE) == (0, "")


def test_sha256_repository(make_repo: MakeRepo, hook: Hook) -> None:
    repo = make_repo("long", "--object-format=sha256")
    repo.commit("Begin", {"f": "1"})
    repo.git("switch", "--quiet", "--create", "work")
    hooked = hook(repo)
    first = hooked.commit("-m", BARE)
    hooked.commit("-m", GOOD)

    assert first.status == 1
    assert hooked.commit("--quiet", "-m", BARE) == (0, "")
    assert hooked.commit("--amend", "-m", BARE, GIT_COMMITTER_DATE=None).status in (0, 1)


def test_module_of_the_repository_is_never_imported(on_main: Hooked) -> None:
    for name in ("click.py", "yaml.py", "whygate.py", "re.py"):
        on_main.repo.write(name, "raise SystemExit('imported from the repository')\n")

    assert on_main.commit("--quiet", "-m", GOOD) == (0, "")


# --- near misses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "explanation"),
    [
        pytest.param(
            GOOD.replace("Measurement:", "Messurement:"),
            "`Messurement` is not known; did you mean `measurement`?",
            id="misspelled",
        ),
        pytest.param(
            GOOD.replace("Measurement: ", "Evaluate by: "),
            "the key `Evaluate by` has a space in it",
            id="key-with-space",
        ),
        pytest.param(
            "feat: x\n\nEvaluate-By: +30d\n\nThe writer kept one page.\n\nReviewed-by: A <a@b>\n",
            "git reads trailers only from the last paragraph",
            id="too-early",
        ),
    ],
)
def test_near_miss_is_explained(on_main: Hooked, message: str, explanation: str) -> None:
    done = on_main.commit("-m", message)

    assert done.status == 1
    assert explanation in done.said


def test_near_miss_that_a_rule_names_is_not_explained_twice(on_main: Hooked) -> None:
    middle = f"feat: x\n\n{PLAN.replace('Measurement', 'Messurement')}\nReviewed-by: A <a@b>\n"
    done = on_main.commit("-m", middle)

    assert done.status == 1
    assert done.said.count("`Messurement` is not known") == 1


# --- what the environment tells Python ---------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"PYTHONHOME": "/nonexistent"}, id="home"),
        pytest.param({"PYTHONPATH": ""}, id="path, empty"),
        pytest.param({"PYTHONPATH": ":/nonexistent"}, id="path, empty entry"),
        pytest.param({"PYTHONPATH": "."}, id="path, dot"),
        pytest.param({"PYTHONINSPECT": "1"}, id="inspect"),
        pytest.param({"PYTHONUTF8": "2"}, id="utf-8, wrong"),
        pytest.param({"PYTHONHASHSEED": "x"}, id="seed, wrong"),
        pytest.param({"PYTHONIOENCODING": "x"}, id="encoding, wrong"),
        pytest.param({"PYTHONMALLOC": "x"}, id="memory, wrong"),
        pytest.param({"PYTHONWARNINGS": "error"}, id="warnings"),
        pytest.param({"PYTHONVERBOSE": "1"}, id="verbose"),
        pytest.param({"_WHYGATE_COMPLETE": "bash_source"}, id="completion"),
    ],
)
def test_no_variable_reaches_the_hook(on_main: Hooked, variables: dict[str, str]) -> None:
    for name in ("sitecustomize", "usercustomize", "json", "whygate"):
        on_main.repo.write(f"{name}.py", "import os\nos._exit(0)\n")
    hooked = replace(on_main, environ={**on_main.environ, **variables})
    good = hooked.commit("-m", "docs: say how")
    bad = hooked.commit("-m", "feat: wishlist")

    assert good.status == 0, good.said
    assert "Author: Ada Author" in good.said.splitlines()[-1]
    assert len(good.said.splitlines()) == 2
    assert bad.status == 1, bad.said
    assert "WG101" in bad.said
    assert on_main.message() == "docs: say how"


@pytest.mark.parametrize("base", ["develop", "one", "Release/2"])
def test_commit_is_judged_without_what_its_branch_is_cut_from(hooked: Hooked, base: str) -> None:
    hooked.repo.git("switch", "--quiet", "--create", base, "main")
    hooked.repo.commit(GOOD)
    hooked.repo.git("switch", "--quiet", "--create", "two")
    first = hooked.commit("-m", BARE)
    own = hooked.commit("-m", GOOD)
    second = hooked.commit("-m", BARE)

    assert (first.status, own.status, second.status) == (1, 0, 0)


def test_configured_base_is_what_a_branch_is_cut_from(on_main: Hooked) -> None:
    on_main.repo.commit("docs: base", {".whygate.yml": "version: 1\ncommits: {base: next}\n"})
    on_main.repo.git("branch", "--move", "main", "next")
    on_main.repo.git("switch", "--quiet", "--create", "work")

    assert on_main.commit("-m", GOOD).status == 0
    assert on_main.commit("-m", BARE).status == 0

    on_main.repo.git("switch", "--quiet", "next")

    assert on_main.commit("-m", GOOD).status == 0
    assert on_main.commit("-m", BARE).status == 1


def test_clone_whose_remote_is_not_called_origin_knows_the_branch(
    repo: Repo, hook: Hook, tmp_path: Path
) -> None:
    repo.git("branch", "--move", "main", "stable")
    options = ("--quiet", "--origin", "upstream")
    repo.git("clone", *options, str(repo.path), str(tmp_path / "clone"))
    repo.path = tmp_path / "clone"
    repo.git("switch", "--quiet", "--create", "work")
    repo.git("branch", "--delete", "stable")
    clone = hook(repo)

    assert clone.commit("-m", GOOD).status == 0
    assert clone.commit("-m", BARE).status == 0


@pytest.mark.parametrize(
    ("file", "message", "asked"),
    [
        pytest.param("docs/port.md", "Name the port\n", ["diff"], id="paths pass it"),
        pytest.param("port.py", "Name the port\n", ["diff", "config"], id="paths do not"),
        pytest.param(
            "docs/port.md", "Name the port\n\n* the old\n", ["config", "diff"], id="odd start"
        ),
        pytest.param(
            "docs/port.md", "Name the port\n\n# x\n\nof it\n", ["config", "diff"], id="comment"
        ),
    ],
)
def test_git_is_asked_once_for_what_its_settings_cannot_change(
    repo: Repo,
    git_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    message: str,
    asked: list[str],
) -> None:
    repo.write(file, "the port\n")
    repo.git("add", file)
    repo.write("m", message)
    monkeypatch.chdir(repo.path)
    trace = repo.path / "trace"

    status = run_commit_msg(
        "m", environ={**git_environ, "GIT_TRACE": str(trace)}, cwd=repo.path, echo=print
    )

    verbs = re.findall(r"built-in: git (config|diff) ", trace.read_text(encoding="utf-8"))
    assert (status, verbs[: len(asked)]) == (int(file == "port.py"), asked)
    assert status or len(verbs) == len(asked)
