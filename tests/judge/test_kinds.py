from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.model import Author, Status

if TYPE_CHECKING:
    from tests.judge.conftest import Facts, Judge, MakePolicy

WHY = "## Problem\nExports stop at row 100, and support hears about it twice a week.\n"


DECIDERS: list[tuple[str, str, str, Facts, str, str]] = [
    ("declared", WHY + "## Kind\nfeature\n", "docs: rows", {}, "feature", "declared"),
    ("declared as a trailer", WHY + "\nChange-Kind: perf\n", "fix: rows", {}, "perf", "declared"),
    (
        "declared in words",
        "## Type of change\n- [ ] Docs\n- [x] Bug fix\n",
        "x",
        {},
        "fix",
        "declared",
    ),
    ("declared by a label", "## Kind\nNew feature\n", "x", {}, "feature", "declared"),
    ("declared and unknown", "## Kind\nspecial\n", "fix: rows", {}, "fix", "title"),
    ("declared by nothing", "## Kind\n- [ ] Bug fix\n", "x", {}, "unknown", "default"),
    ("type", WHY, "feat: rows", {}, "feature", "title"),
    ("type with scope", WHY, "perf(core/rows)!: less", {}, "perf", "title"),
    ("type in capitals", WHY, "Fix: rows", {}, "fix", "title"),
    ("type in brackets", WHY, "[Bug] rows", {}, "fix", "title"),
    ("type behind two brackets", WHY, "[#12][MINOR] docs: rows", {}, "docs", "title"),
    ("type behind a ticket", WHY, "PAY-12: fix: rows", {}, "fix", "title"),
    ("type behind a ticket without colon", WHY, "PAY-12 fix: rows", {}, "fix", "title"),
    ("type behind an emoji", WHY, ":bug: fix: rows", {}, "fix", "title"),
    ("type behind a space", WHY, " test(rows): more", {}, "test", "title"),
    ("type in the second brackets", WHY, "[#12] [HOTFIX] rows", {}, "fix", "title"),
    ("type in brackets and behind them", WHY, "[Bug] test: rows", {}, "test", "title"),
    ("brackets in the middle", WHY, "Rows [bug]", {}, "unknown", "default"),
    ("dependency scope", WHY, "chore(deps): bump rows", {}, "deps", "title"),
    ("release commit", WHY, "chore(main): release 2.14.0", {}, "release", "title"),
    ("release of a package", WHY, "chore: release rows v2.14.0 (#12)", {}, "release", "title"),
    ("chore about releases", WHY, "chore: release notes for 2.14", {}, "chore", "title"),
    ("no known type", WHY, "rows: longer", {}, "unknown", "default"),
    ("title before label", WHY, "fix: rows", {"labels": ("enhancement",)}, "fix", "title"),
    ("label", WHY, "rows", {"labels": ("zebra", "Type: Bug")}, "fix", "label"),
    (
        "label before branch",
        WHY,
        "rows",
        {"labels": ("bug",), "branch": "feat/rows"},
        "fix",
        "label",
    ),
    ("branch", WHY, "rows", {"branch": "experiment/rows"}, "experiment", "branch"),
    (
        "branch before paths",
        WHY,
        "rows",
        {"branch": "feat/rows", "paths": ("docs/rows.md",)},
        "feature",
        "branch",
    ),
    ("paths", WHY, "rows", {"paths": ("docs/a.txt", "README.md")}, "docs", "paths"),
    ("paths of tests", WHY, "rows", {"paths": ("tests/test_rows.py",)}, "test", "paths"),
    ("paths of two kinds", WHY, "rows", {"paths": ("docs/a.md", "src/a.py")}, "unknown", "default"),
    ("no paths", WHY, "rows", {"paths": ()}, "unknown", "default"),
    ("other branch", WHY, "rows", {"branch": "rows"}, "unknown", "default"),
    ("revert", WHY, 'Revert "feat: rows"', {"labels": ("bug",)}, "revert", "title"),
    ("revert in the body", "This reverts commit 1234567890.\n", "rows", {}, "revert", "title"),
    (
        "revert against its declaration",
        "Change-Kind: feature\nProblem: x\n",
        'Revert "rows"',
        {},
        "revert",
        "title",
    ),
]


@pytest.mark.parametrize(
    ("text", "title", "facts", "name", "source"),
    [pytest.param(*row, id=about) for about, *row in DECIDERS],
)
def test_kind_is_decided_by_the_first_that_knows(
    judge: Judge, text: str, title: str, facts: Facts, name: str, source: str
) -> None:
    kind = judge(text, title, **facts).kind

    assert (kind.name, kind.source) == (name, source)


@pytest.mark.parametrize(
    ("title", "parents", "message", "name"),
    [
        ("Merge branch 'main' into rows", 2, True, "merge"),
        ("Merge branch 'main' into rows", None, True, "merge"),
        ("Merge branch 'main' into rows", 1, True, "unknown"),
        ("Merge remote-tracking branch 'origin/main'", 2, True, "merge"),
        ("Merge the two exporters into one", 2, True, "unknown"),
        ("Merge branch 'main' into rows", None, False, "unknown"),
    ],
)
def test_merge_is_what_git_says_it_is(
    judge: Judge, title: str, parents: int | None, message: bool, name: str
) -> None:
    verdict = judge(f"{title}\n", title, message=message, parents=parents)

    assert verdict.kind.name == name
    assert (verdict.status is Status.SKIPPED) is (name == "merge")


@pytest.mark.parametrize(
    ("preset", "name", "status"),
    [("adopt", "unknown", Status.OK), ("strict", "feature", Status.FAILED)],
)
def test_default_kind_is_the_presets(
    judge: Judge, make_policy: MakePolicy, preset: str, name: str, status: Status
) -> None:
    verdict = judge(WHY, "rows", policy=make_policy(f"preset: {preset}\n"))

    assert (verdict.kind.name, verdict.kind.source) == (name, "default")
    assert verdict.status is status


def test_kind_of_a_configuration_is_judged_by_its_cells(
    judge: Judge, make_policy: MakePolicy
) -> None:
    policy = make_policy(
        "kinds: {spike: {need: {outcome: error}}}\nkind_from: {types: {spike: spike}}\n"
    )
    verdict = judge(WHY, "spike: rows", policy=policy)

    assert verdict.kind.name == "spike"
    assert [(f.rule, f.field) for f in verdict.findings] == [("WG102", "outcome")]


BOT = Author(name="Dependabot", login="dependabot[bot]", is_bot=True)

SPOOFS = [
    Author(),
    Author(name="dependabot[bot]"),
    Author(name="dependabot[bot]", mail="49699333+dependabot[bot]@users.noreply.example"),
    Author(login="dependabot[bot]"),
    Author(login="dependabot[bot]", is_bot=False),
    Author(login="dependabot", is_bot=True),
    Author(login="Dependabot[bot]", is_bot=True),
    Author(login="dependabot[bot] ", is_bot=True),
    Author(login=" dependabot[bot]", is_bot=True),
    Author(login="dependabot[bot]x", is_bot=True),
    Author(login="xdependabot[bot]", is_bot=True),
    Author(login="dependabot-bot", is_bot=True),
    Author(login="dependabot(bot)", is_bot=True),
    Author(login="dependabot[b]", is_bot=True),
    Author(login="dep\u0435ndabot[bot]", is_bot=True),
    Author(login="dependabot[bot]\u200b", is_bot=True),
    Author(login="d", is_bot=True),
    Author(login="", is_bot=True),
    Author(login="my-agent[bot]", is_bot=True),
    Author(name="dependabot[bot]", login="mallory", is_bot=False),
    Author(name="dependabot[bot]", login="mallory[bot]", is_bot=True),
]


@pytest.mark.parametrize("author", SPOOFS, ids=repr)
def test_bot_needs_its_login_and_the_forges_word(judge: Judge, author: Author) -> None:
    assert judge("", "feat: rows", author=author).status is Status.FAILED


def test_known_bot_is_counted_and_not_judged(judge: Judge) -> None:
    verdict = judge("", "feat: rows", author=BOT)

    assert verdict.status is Status.SKIPPED
    assert verdict.exemption is not None
    assert verdict.exemption.name == "bot"
    assert verdict.findings == ()
    assert verdict.ok


EXEMPTING = """\
drafts: skip
exempt:
  bots: [my-agent]
  labels: [no-why]
  branches: [sync/**]
  paths: [vendor/**]
"""


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"author": Author(login="my-agent", is_bot=True)}, "bot"),
        ({"author": BOT}, ""),
        ({"is_draft": True}, "draft"),
        ({"labels": ("bug", "no-why")}, "label"),
        ({"labels": ("No-Why",)}, ""),
        ({"branch": "sync/upstream/7"}, "branch"),
        ({"branch": "resync/upstream"}, ""),
        ({"paths": ("vendor/a.c", "vendor/b/c.c")}, "paths"),
        ({"paths": ("vendor/a.c", "src/a.c")}, ""),
        ({"paths": ()}, ""),
        ({"paths": None}, ""),
    ],
    ids=str,
)
def test_change_is_skipped_for_the_configured_reasons(
    judge: Judge, make_policy: MakePolicy, facts: Facts, name: str
) -> None:
    verdict = judge("", "feat: rows", policy=make_policy(EXEMPTING), **facts)

    assert (verdict.exemption.name if verdict.exemption else "") == name
    assert verdict.status is (Status.SKIPPED if name else Status.FAILED)


@pytest.mark.parametrize("title", ["fixup! feat: rows", "squash! feat: rows", "amend! feat: rows"])
def test_fixup_commit_waits_for_its_squash(judge: Judge, title: str) -> None:
    commit = judge(f"{title}\n", message=True)

    assert commit.exemption is not None
    assert commit.exemption.name == "fixup"
    assert judge("", title).exemption is None


@pytest.mark.parametrize("title", ["deps: bump", "release: 2.0", "i18n: sync", "chore(deps): bump"])
def test_kind_that_is_not_asked_is_skipped(judge: Judge, title: str) -> None:
    verdict = judge(WHY, title)

    assert verdict.status is Status.SKIPPED
    assert verdict.exemption is not None
    assert verdict.exemption.name == "kind"
    assert verdict.change.title == title
    assert set(verdict.context.fields) == {"problem"}


@pytest.mark.parametrize(
    ("drafts", "status"),
    [("check", Status.FAILED), ("warn", Status.OK), ("skip", Status.SKIPPED)],
)
def test_draft_is_treated_as_configured(
    judge: Judge, make_policy: MakePolicy, drafts: str, status: Status
) -> None:
    policy = make_policy(f"drafts: {drafts}\n")

    assert judge("", "feat: rows", policy=policy, is_draft=True).status is status
    assert judge("", "feat: rows", policy=policy).status is Status.FAILED
