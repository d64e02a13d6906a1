"""What a template does not ask, whether it answers itself, and how to bring it up to date."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.templates import (
    FORM_MARKS,
    commit_marks,
    insert_marked,
    render_commit_template,
    render_issue_form,
    render_parts,
    render_pr_template,
    render_sections,
)
from whygate.git.tree import Worktree
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Severity, Status
from whygate.schema.fields import Field, FieldKind
from whygate.setup.advice import Advice, SourceFile, broken, hint
from whygate.setup.edits import insert_lines
from whygate.text.document import headings, parse_document
from whygate.text.labels import normalise_label
from whygate.text.marks import Style
from whygate.world.worktree import FILE_LIMIT, find_templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whygate.git.run import Git
    from whygate.policy.policy import Policy

# https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests
_FORMS = ".github/ISSUE_TEMPLATE"
_COMMIT_KEY = "commit.template"
_COMMIT_NAMES = (".gitmessage", ".github/commit_template", ".commit-template")
KIND = "feature"
USUAL_PATH = ".github/pull_request_template.md"

_TOPIC = "template"
_TITLE = "feat: a change that nobody has described"
_HEADING = re.compile(r"^##(?= )", re.MULTILINE)
_USUAL_LEVEL = 2


def advise_templates(
    templates: Sequence[SourceFile], policy: Policy, today: date, *, path: str = USUAL_PATH
) -> Iterator[Advice]:
    """Yield advice on the templates of a repository, whose forge looks for one at `path`, if any.

    A template that passes unedited is broken. When no template asks for everything a feature
    needs, the one that asks for most is named with the sections to add.
    """
    needed = needed_fields(policy)
    if not needed or not (templates or path):
        return
    if not templates:
        message = f"there is no pull request template; save this as {path}"
        yield hint(_TOPIC, message, _sections(needed, policy))
        return
    for template in templates:
        if _passes(template, policy, today):
            message = "left as it is, the template passes the check"
            cure = "put questions in comments, <!-- like this -->, and leave the answers empty"
            yield broken(_TOPIC, message, cure, template.path, 1)
    gaps = [(missing_fields(template, needed, policy), template) for template in templates]
    missing, template = min(gaps, key=lambda gap: len(gap[0]))
    if missing:
        names = ", ".join(field.title for field in missing)
        message = f"the template does not ask for what a {KIND} needs: {names}"
        yield hint(_TOPIC, message, _sections(missing, policy), template.path, 1)


def needed_fields(policy: Policy) -> tuple[Field, ...]:
    """Return the fields whose absence is at least warned about, in the schema's order."""
    needs = policy.needs(KIND) if KIND in policy.config.kinds else {}
    names = {name for name, weight in needs.items() if weight.rank >= Severity.WARNING.rank}
    return tuple(field for field in policy.schema.all_fields() if field.name in names)


def missing_fields(
    template: SourceFile, needed: Sequence[Field], policy: Policy
) -> tuple[Field, ...]:
    """Return the fields among `needed` that a template does not ask for."""
    asked = _asked(template.text, policy)
    return tuple(field for field in needed if field.name not in asked)


def _asked(text: str, policy: Policy) -> frozenset[str]:
    """Return the fields that have a section, a label in their section, or a word in its prompt."""
    words = policy.schema.vocabulary
    document = parse_document(text, words.labels, parts=words.parts)
    asked: set[str] = set()
    for section in document.sections:
        name = words.labels.get(section.key)
        if name is None:
            continue
        asked.add(name)
        prompt = f" {' '.join(map(normalise_label, section.raw.split()))} "
        inner = words.inner.get(name, {})
        asked.update(part for label, part in inner.items() if f" {label} " in prompt)
    return frozenset(asked)


def _passes(template: SourceFile, policy: Policy, today: date) -> bool:
    """Tell whether a feature described by the bare template is let through.

    Where the policy only warns, nothing ever fails; then warnings count.
    """
    part = Part(Origin.DESCRIPTION, template.path, template.text)
    verdict = check(Change(template.path, _TITLE, (part,)), _unlimited(policy), today)
    if verdict.status in (Status.SKIPPED, Status.EXEMPT):
        return True
    return all(f.severity.rank < Severity.WARNING.rank for f in verdict.findings)


def _unlimited(policy: Policy) -> Policy:
    return replace(policy, config=replace(policy.config, max_severity=Severity.ERROR))


def _sections(fields: Sequence[Field], policy: Policy) -> str:
    """Return the Markdown that asks for fields; parts stand below the field they belong to."""
    lines: list[str] = []
    open_head = ""
    for field in fields:
        head, _, part = field.name.partition(".")
        owner = policy.schema.field(head) if part else field
        if owner is not None and open_head != head:
            lines += [f"## {owner.title}"]
            lines += [f"<!-- {field.question} -->"] * (not part and field.kind is FieldKind.TEXT)
            open_head = head
        lines += [f"- {field.title}:"] if part else []
    return "\n".join(lines)


def find_gaps(template: SourceFile, policy: Policy) -> tuple[Field, ...]:
    """Return the fields that the policy asks a feature for and the template does not."""
    return missing_fields(template, needed_fields(policy), policy)


def complete_template(template: SourceFile, policy: Policy) -> str | None:
    """Return a template with what it does not ask for, every other byte kept.

    Whole sections go to the end; a metric or a date that a section lacks goes to the end of that
    section. Headings are of the template's own level. None when what was added is not seen
    (an open comment or fence swallows it).
    """
    gaps = find_gaps(template, policy)
    heads = [field for field in gaps if "." not in field.name]
    names = {field.name for field in heads}
    text = template.text
    for name in dict.fromkeys(f.name.partition(".")[0] for f in gaps if "." in f.name):
        if name not in names:
            parts = [f for f in gaps if f.name.startswith(f"{name}.")]
            text = _add_parts(text, name, parts, policy)
    if heads:
        text = _append(text, render_sections(policy, heads))
    return None if find_gaps(replace(template, text=text), policy) else text


def _add_parts(text: str, name: str, parts: Sequence[Field], policy: Policy) -> str:
    """Return a text with labels at the end of the section of an items field."""
    words = policy.schema.vocabulary
    document = parse_document(text, words.labels, parts=words.parts)
    section = next((s for s in document.sections if words.labels.get(s.key) == name), None)
    if section is None:
        return text
    if section.raw:
        at = section.raw_line + section.raw.count("\n")
    else:
        at = section.line + (section.style is Style.SETEXT)
    return insert_lines(text, at, render_parts(parts))


def _append(text: str, sections: Sequence[str]) -> str:
    level = _level_of(text)
    added = "\n\n".join(_HEADING.sub("#" * level, section) for section in sections)
    end = "\r\n" if "\r\n" in text else "\n"
    body = text.rstrip("\r\n")
    gap = end * 2 if body.removeprefix("\ufeff").strip() else ""
    return f"{body}{gap}{added.replace(chr(10), end)}{end}"


def _level_of(text: str) -> int:
    """Return the level of most headings, of equal ones the higher."""
    levels = [heading.level for heading in headings(text) if normalise_label(heading.text)]
    return max(sorted(set(levels)), key=levels.count) if levels else _USUAL_LEVEL


class Kind(StrEnum):
    """What a template is for."""

    PR = "pr"
    COMMIT = "commit"
    ISSUE_FORM = "issue-form"


class Drift(Struct, frozen=True):
    """What is wrong with a template: a sentence, and the text it should have (None: unknown)."""

    message: str
    text: str | None


def render_template(kind: Kind, policy: Policy, *, comment: str = "#") -> str:
    """Return a template of a kind; empty when the policy asks nothing."""
    if kind is Kind.COMMIT:
        return render_commit_template(policy, comment=comment)
    return (render_issue_form if kind is Kind.ISSUE_FORM else render_pr_template)(policy)


def find_drift(
    kind: Kind, template: SourceFile, policy: Policy, *, comment: str = "#"
) -> Drift | None:
    """Return how a template differs from what the policy asks, None when it asks all of it.

    A pull request template may have any shape: it lacks a question or it does not. Of a commit
    template and an issue form the part between the markers is compared, and the rest is the
    team's; without markers there is nothing to compare.
    """
    if kind is Kind.PR:
        gaps = find_gaps(template, policy)
        names = ", ".join(field.title for field in gaps)
        message = f"it does not ask for {names}"
        return Drift(message, complete_template(template, policy)) if gaps else None
    marks = commit_marks(comment) if kind is Kind.COMMIT else FORM_MARKS
    if marks.find(template.text) is None:
        return None
    wanted = render_template(kind, policy, comment=comment).lstrip("\n")
    fresh = insert_marked(template.text, wanted, marks)
    return None if fresh == template.text else Drift("the generated part is out of date", fresh)


class Lagging(Struct, frozen=True):
    """A template of a repository, and how it differs from what is asked."""

    file: SourceFile
    drift: Drift


def find_lagging(
    git: Git, root: Path, requests: tuple[SourceFile, ...], policy: Policy, *, comment: str
) -> list[Lagging]:
    """Return the templates below `root` that lag behind a policy, each with how.

    `requests` are those of pull requests, `comment` is the comment string of git.
    """
    return [*_lagging_requests(requests, policy), *_lagging_others(git, root, policy, comment)]


def _lagging_requests(files: tuple[SourceFile, ...], policy: Policy) -> Iterator[Lagging]:
    """Yield the pull request template that lacks least, when each lacks something."""
    drifts = [(file, find_drift(Kind.PR, file, policy)) for file in files]
    lagging = [Lagging(file, drift) for file, drift in drifts if drift is not None]
    if lagging and len(lagging) == len(files):
        yield min(lagging, key=lambda found: len(found.drift.message))


def _lagging_others(git: Git, root: Path, policy: Policy, comment: str) -> Iterator[Lagging]:
    for kind, path in _other_paths(git, root):
        file = _read(root, path)
        drift = find_drift(kind, file, policy, comment=comment) if file is not None else None
        if file is not None and drift is not None:
            yield Lagging(file, drift)


def _other_paths(git: Git, root: Path) -> Iterator[tuple[Kind, str]]:
    """Yield the issue forms, and the commit templates inside of the repository."""
    for name in Worktree(root).list_files(_FORMS):
        if name.endswith((".yml", ".yaml")):
            yield Kind.ISSUE_FORM, f"{_FORMS}/{name}"
    configured = git.config((_COMMIT_KEY,)).get(_COMMIT_KEY, "")
    names = dict.fromkeys((*_COMMIT_NAMES, *([configured] if configured else [])))
    for name in names:
        full = root / Path(name).expanduser()
        if full.is_relative_to(root) and full.is_file():
            yield Kind.COMMIT, full.relative_to(root).as_posix()


def request_files(root: Path, policy: Policy) -> Iterator[SourceFile]:
    """Yield the pull request templates below `root`, with their line ends."""
    for found in find_templates(root, policy.config.templates):
        file = _read(root, found.path)
        if file is not None:
            yield file


def _read(root: Path, path: str) -> SourceFile | None:
    """Return a file's text with its line ends and its byte order mark."""
    data = Worktree(root).read_bytes(path, limit=FILE_LIMIT)
    return None if data is None else SourceFile(path, data.decode("utf-8", "replace"))
