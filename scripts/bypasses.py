"""Ways to dress a feature up so that nobody asks why it should exist, and what becomes of each.

Every disguise is the same change: it adds `src/cart/discount.py`, and says nothing of its problem.
`docs/bypasses.md` shows the table; the tests run it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.judge.check import check
from whygate.model import Author, Change, Origin, Part, Severity
from whygate.policy.config import PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

PRODUCT = "src/cart/discount.py"
PROBLEM = "## Problem\nThree callers each keep a copy of the price rules, and two are wrong.\n\n"
PRESETS = (Preset.STANDARD, Preset.STRICT)
STOPPED, WARNED, PASSES = "stopped", "warned", "**passes**"


class Disguise(Struct, frozen=True):
    """One disguise: how it is told on the page, and the change it makes.

    `standard` and `strict` are what becomes of it, `why` what stops it or why it stays open.
    `commits` are messages of commits below the description; a `message` is a commit by itself.
    """

    name: str
    group: str
    title: str = "Add discount codes"
    body: str = ""
    commits: tuple[str, ...] = ()
    paths: tuple[str, ...] | None = (PRODUCT,)
    labels: tuple[str, ...] = ()
    branch: str = ""
    lines: int | None = 240
    author: Author = Author(name="Mallory", login="mallory")
    message: str = ""
    parents: int | None = None
    standard: str = STOPPED
    strict: str = STOPPED
    why: str = ""


def _titles(group: str, why: str, titles: tuple[str, ...], **more: str) -> Iterator[Disguise]:
    for title in titles:
        yield Disguise(f"`{title}`", group, title=title, why=why, **more)  # type: ignore[arg-type]


_BY_FILES = "WG504: the files do not agree"
_NO_TYPE = "no type: asked by its files"
_INWARD = "WG504 asks for the class `internal` and a reason; `strict` requires a problem"
_DECORATED = "the decoration is set aside: a feature"
_UNKNOWN_PATHS = "only the text is known: `strict` believes no text alone"

TITLES = "What the title says"
TEXTS = "What the text, a box, a label or a branch says"
FILES = "What the files are called"
COMMITS = "What a commit says"
BOTS = "Who the author is called"
EXCUSES = "Exemptions and reverts"
UNSEEN = "Where nobody knows the files"

DISGUISES: tuple[Disguise, ...] = (
    *_titles(
        TITLES,
        _BY_FILES,
        (
            *("docs: add discount codes", "doc: add discount codes", "[docs] add discount codes"),
            *("ｄｏｃｓ: add discount codes", "DOCS: add discount codes"),
            *("docs(cart)!: discount codes", "build(deps): bump discounts from 1.0 to 2.0"),
            "🌐 i18n: add discount codes",
            *("Docs(readme): add discount codes", "docs!: add discount codes"),
            *("deps: add discount codes", "chore(deps): add discount codes"),
            *("build(deps-dev): bump discounts", "ci(deps): add discount codes"),
            *("release: 2.14.0", "chore(main): release 2.14.0", "chore: release cart 2.14.0"),
            *("i18n: add discount codes", "l10n: add discount codes"),
            *("docs : add discount codes", "\U0001f4dd docs: add discount codes"),
            *("[#12] deps: add discount codes", "PAY-12: docs: add discount codes"),
            *("WIP: docs: add discount codes", "docs\uff1aadd discount codes"),
        ),
    ),
    *_titles(
        TITLES,
        _NO_TYPE,
        (
            *("Add discount codes", "fix typo in readme", "update docs", "bump version", "wip"),
            *("[Release] discount codes", "[CI] discount codes", "[Deps] discount codes"),
            *("[i18n] discount codes", "docs/cart: discount codes", "d\u043ecs: discount codes"),
            *("docs discount codes", "docs - discount codes", "merge: discount codes"),
            *("Merge branch 'main' into codes", "fixup! docs: discount codes", "unknown: codes"),
        ),
    ),
    *_titles(
        TITLES,
        _DECORATED,
        (
            "docs, feat: add discount codes",
            "\u2728 feat : add discount codes",
            "feat/discount codes",
        ),
    ),
    *_titles(
        TITLES,
        _INWARD,
        (
            *("chore: add discount codes", "refactor: add discount codes"),
            *("style: add discount codes", "test: add discount codes", "ci: add discount codes"),
            *("build: add discount codes", "[Chore] add discount codes"),
        ),
        standard=WARNED,
    ),
    Disguise("`Change-Kind: docs` in the text", TEXTS, body="Change-Kind: docs\n", why=_BY_FILES),
    Disguise("`Change-Kind: release`", TEXTS, body="Change-Kind: release\n", why=_BY_FILES),
    Disguise(
        "`Change-Kind: docs` below `feat:`",
        TEXTS,
        title="feat: add discount codes",
        body="Change-Kind: docs\n",
        why=_BY_FILES,
    ),
    Disguise(
        "`Change-Kind: chore` below `feat:`",
        TEXTS,
        title="feat: add discount codes",
        body="Change-Kind: chore\n",
        why="the title asks more, and a product file agrees with it",
    ),
    Disguise(
        "`kind: deps` in the machine block",
        TEXTS,
        body="```yaml product-context\nversion: 1\nkind: deps\n```\n",
        why=_BY_FILES,
    ),
    Disguise(
        "a ticked box `Documentation`",
        TEXTS,
        body="## Type of change\n- [x] Documentation\n- [ ] Feature\n",
        why=_BY_FILES,
    ),
    Disguise(
        "a ticked box `Dependencies`",
        TEXTS,
        body="## What type of PR is this?\n- [x] dependencies\n",
        why=_BY_FILES,
    ),
    Disguise("a section `Kind` that says docs", TEXTS, body="## Kind\ndocs\n", why=_BY_FILES),
    *(
        Disguise(f"the label `{label}`", TEXTS, labels=(label,), why=_BY_FILES)
        for label in ("documentation", "dependencies", "release", "translations", "type: docs")
    ),
    *(
        Disguise(f"the own branch `{branch}`", TEXTS, branch=branch, why=_BY_FILES)
        for branch in (
            *("dependabot/npm/x", "renovate/all", "docs/codes", "release/2.14", "i18n/de"),
            *("snyk-fix-1", "pre-commit-ci-update-config", "weblate-cart"),
        )
    ),
    *(
        Disguise(
            f"`{message.splitlines()[-1]}` in a commit", COMMITS, commits=(message,), why=_BY_FILES
        )
        for message in (
            *("Add codes\n\nProblem: x\nChange-Kind: docs\n", "Codes\n\nChange-Kind: deps\n"),
            *("Codes\n\nChange-Kind: i18n\n", "Codes\n\nChange-Kind: merge\n"),
        )
    ),
    Disguise(
        "a commit `docs: ...` alone",
        COMMITS,
        title="docs: add discount codes",
        message="docs: add discount codes\n",
        why=_BY_FILES,
    ),
    Disguise(
        "a commit `Merge branch ...` of one parent",
        COMMITS,
        title="Merge branch 'main' into codes",
        message="Merge branch 'main' into codes\n",
        parents=1,
        why="git says that it merges nothing",
    ),
    Disguise(
        "a commit `fixup! ...` that is pushed",
        COMMITS,
        title="fixup! docs: x",
        message="fixup! docs: x\n",
        standard=PASSES,
        why="`standard` waits for the squash; the request is asked by its own title",
    ),
    Disguise(
        "the user name `dependabot[bot]`",
        BOTS,
        author=Author(name="dependabot[bot]"),
        why=("a bot is known by its login and the forge's word"),
    ),
    Disguise(
        "the login `dependabot`, marked as a bot",
        BOTS,
        author=Author(login="dependabot", is_bot=True),
        why="not the login that the configuration names",
    ),
    Disguise(
        "the login `dependabot[bot]` of a person",
        BOTS,
        title="deps: bump",
        author=Author(login="dependabot[bot]"),
        why="the forge does not say that it is a bot",
    ),
    *(
        Disguise(
            f"`docs: ...` and the file `{path}`",
            FILES,
            title="docs: codes",
            paths=(path,),
            why=("a name means a file, never a directory"),
        )
        for path in (
            *("x.md/discount.py", "yarn.lock/discount.py", "README.md/discount.py"),
            *("LICENSE/discount.py", "src/package.json/discount.py", "src/.github/discount.py"),
            "src/po.po/discount.py",
        )
    ),
    *(
        Disguise(f"no type, and the file `{path}`", FILES, paths=(path,), why=why, **said)  # type: ignore[arg-type]
        for path, why, said in (
            ("docs/discount.py", "`strict` takes no code for a document", {"standard": PASSES}),
            ("examples/discount.py", "`strict` takes no code for a document", {"standard": PASSES}),
            ("vendor/discount.py", "`strict` takes no code for a library", {"standard": PASSES}),
            (
                "third_party/discount.go",
                "`strict` takes no code for a library",
                {"standard": PASSES},
            ),
            ("src/i18n/discount.ts", "code beside translations is the product", {}),
            (
                "tests/discount.py",
                "a test: warned; `strict` requires a problem",
                {"standard": WARNED},
            ),
            (
                "scripts/discount.sh",
                "CI: warned; `strict` requires a problem",
                {"standard": WARNED},
            ),
            (
                "src/vite.config.ts",
                "a setting: warned; `strict` requires a problem",
                {"standard": WARNED},
            ),
        )
    ),
    *(
        Disguise(
            f"`docs: ...` and the file `{path}`",
            FILES,
            title="docs: codes",
            paths=(path,),
            why=why,
            standard=PASSES,
        )
        for path, why in (
            ("src/discount.test.ts", "`strict` believes no word for tests: they say a problem"),
            ("src/fixtures/discount.py", "`strict` believes no word for tests: they say a problem"),
            (".github/actions/x/index.js", "`strict` believes no word for CI: it says a problem"),
            ("Makefile", "`strict` believes no word for settings: they say a problem"),
            ("src/prompt.md", "`strict` takes no text among the sources for a document"),
            ("src/page.mdx", "`strict` takes no text among the sources for a document"),
            ("docs/../src/discount.py", "`strict` takes no code for a document"),
        )
    ),
    Disguise(
        "a document beside the product file",
        FILES,
        title="docs: add discount codes",
        paths=("docs/codes.md", PRODUCT),
        why="one product file is enough",
    ),
    Disguise(
        "code in `package.json` alone",
        FILES,
        title="deps: add discount codes",
        paths=("package.json",),
        standard=PASSES,
        strict=PASSES,
        why="open: what a manifest holds is not read",
    ),
    Disguise(
        "`exempt internal` in a feature",
        EXCUSES,
        title="feat: codes",
        body=(f"{PROBLEM}## Product context\nexempt internal; nobody outside will ever notice\n"),
        why="WG402: a feature is not internal",
    ),
    Disguise(
        "`exempt trivial` with 240 lines",
        EXCUSES,
        title="fix: codes",
        body="## Product context\nexempt trivial; fixes a typo in the error text\n",
        why="at most 20 lines (`trivial.max_lines`)",
    ),
    Disguise(
        "`exempt trivial` with a binary file",
        EXCUSES,
        title="fix: codes",
        lines=None,
        body="## Product context\nexempt trivial; fixes a typo in the error text\n",
        why="the lines must be known",
    ),
    Disguise(
        "`N/A` in every section",
        EXCUSES,
        title="feat: codes",
        body="## Problem\nN/A\n\n## Outcome\nN/A\n\n## Measurement\nN/A\n",
        why="WG112, WG401",
    ),
    Disguise(
        "`Covered by bet ...` of no such bet",
        EXCUSES,
        title="feat: codes",
        body=f"{PROBLEM}## Measurement\nCovered by bet no-such-bet\n",
        why="WG405: there is no such file",
    ),
    Disguise(
        "`Covered by #1` that nobody looked up",
        EXCUSES,
        title="feat: codes",
        body=f"{PROBLEM}## Measurement\nCovered by #1\n",
        standard=PASSES,
        why="`strict` wants a plan that can be looked up (WG405)",
    ),
    Disguise(
        "`Covered by 0123abc` that nobody looked up",
        EXCUSES,
        title="feat: codes",
        body=f"{PROBLEM}## Measurement\nCovered by 0123abc\n",
        standard=PASSES,
        why="`strict` wants a plan that can be looked up (WG405)",
    ),
    Disguise(
        "`Covered by #7` in #7 itself",
        EXCUSES,
        title="feat: codes",
        body=f"{PROBLEM}## Measurement\nCovered by #7\n",
        why="WG405: a change is no plan of its own",
    ),
    Disguise(
        "`Bet: ghost-bet` of no such bet",
        EXCUSES,
        title="feat: codes",
        body=f"{PROBLEM}Bet: ghost-bet\n",
        why="WG405: there is no such file",
    ),
    *(
        Disguise(
            f"`exempt not-measurable; {reason}`",
            EXCUSES,
            title="fix: add discount codes to the cart",
            body=f"{PROBLEM}## Product context\nexempt not-measurable; {reason}\n",
            why=f"WG401: {why}",
        )
        for reason, why in (
            ("the the the the the", "words without a meaning"),
            ("because because because because", "words without a meaning"),
            ("this is not measurable not measurable", "the name of the class is no reason"),
            ("no reason is given here", "that there is none is no reason"),
            ("will be added later on", "that it follows is no reason"),
            ("n/a n/a n/a n/a", "a placeholder"),
            ("add discount codes to the cart", "the title once more"),
        )
    ),
    Disguise(
        "`This reverts commit ...` in the text",
        EXCUSES,
        body="This reverts commit 0123456789abcdef.\n",
        standard=WARNED,
        why="WG503: a revert says why; required by `strict`",
    ),
    Disguise(
        'the title `Revert "x"`',
        EXCUSES,
        title='Revert "x"',
        standard=WARNED,
        why="WG503: a revert says why; required by `strict`",
    ),
    Disguise(
        "`revert: ...` without a commit",
        EXCUSES,
        title="revert: discount codes",
        standard=WARNED,
        why="WG503: a revert says why; required by `strict`",
    ),
    Disguise(
        'the title `Revert "x"` and an invented reason',
        EXCUSES,
        title='Revert "x"',
        body="The cart was slow for everybody since Monday.\n",
        standard=PASSES,
        strict=PASSES,
        why="open: nobody holds the change against the one it says to take back",
    ),
    Disguise(
        "an exemption with an invented reason",
        EXCUSES,
        title="refactor: codes",
        body=(
            f"{PROBLEM}## Measurement\nInternal refactor: no user-facing outcome, because the "
            "public API is unchanged\n"
        ),
        standard=PASSES,
        strict=PASSES,
        why="open: no rule tells a lie; each is named in the report and counted",
    ),
    *(
        Disguise(
            f"`{title}`, only the text judged",
            UNSEEN,
            title=title,
            paths=None,
            lines=None,
            standard=PASSES,
            why=_UNKNOWN_PATHS,
        )
        for title in ("docs: codes", "chore(deps): codes", "release: 2.0", "i18n: codes")
    ),
    Disguise(
        "no type, only the text judged",
        UNSEEN,
        paths=None,
        lines=None,
        why="asked; the report says that the paths would decide",
    ),
)


def judge_disguise(disguise: Disguise, preset: Preset, today: date) -> str:
    """Return what becomes of a disguise under a preset."""
    config = resolve_config(read_presets(), PartialConfig(preset=preset))
    policy = Policy(config=config, schema=bundled_schema(), bets={})
    verdict = check(_to_change(disguise), policy, today)
    if not verdict.ok:
        return STOPPED
    is_warned = any(f.severity is Severity.WARNING for f in verdict.findings)
    return WARNED if is_warned else PASSES


def render_bypasses() -> str:
    """Return the tables of the page, one a group, with a count first."""
    lines = []
    for preset in PRESETS:
        said = [getattr(d, preset.value) for d in DISGUISES]
        counts = ", ".join(
            f"{said.count(state)} {state.strip('*')}" for state in dict.fromkeys(said)
        )
        lines.append(f"- `{preset}`: of {len(said)} disguises {counts}.")
    for group in dict.fromkeys(d.group for d in DISGUISES):
        lines += ["", f"### {group}", "", "| disguise | standard | strict | why |"]
        lines.append("| --- | --- | --- | --- |")
        lines += [
            f"| {d.name} | {d.standard} | {d.strict} | {d.why} |"
            for d in DISGUISES
            if d.group == group
        ]
    return "\n".join(lines)


def _to_change(disguise: Disguise) -> Change:
    parts: tuple[Part, ...] = (Part(Origin.DESCRIPTION, "description", disguise.body),)
    if disguise.message:
        parts = (Part(Origin.MESSAGE, "message", disguise.message),)
    parts += tuple(Part(Origin.COMMIT, f"c{n}", text) for n, text in enumerate(disguise.commits))
    change = Change("#7", disguise.title, parts, author=disguise.author)
    return replace(
        change,
        labels=disguise.labels,
        branch=disguise.branch,
        paths=disguise.paths,
        lines_changed=disguise.lines,
        parents=disguise.parents,
    )
