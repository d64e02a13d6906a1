"""Family 3xx: the text is there, but its form hides or breaks it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.judge.case import Problem
from whygate.judge.rules.measurement import place_of
from whygate.text.labels import closest_label, normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case
    from whygate.model import Location, Remark
    from whygate.schema.document import DocumentSchema

_WHERE = {
    "comment": "inside an HTML comment",
    "fence": "inside a code block",
    "quote": "inside a quotation",
    "details": "inside a <details> element",
    "git-comment": "on a line that git deletes as a comment; write `**{label}**` instead",
}


def unknown_section_near_miss(case: Case) -> Iterator[Problem]:
    """A heading or key looks like a field that is missing, but is spelled differently.

    Why: one wrong letter hides a whole answer. Only named when the field it resembles is
    needed and not answered.

    Bad:
        ## Problem
        (no such section)

        ## Probelm
        Accountants retype 30 exported rows a month, because the export stops at row 100.

    Good:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
    """
    seen: dict[tuple[str, str, str], tuple[str, str]] = {}
    for remark in case.context.remarks:
        key = (remark.kind, remark.field, remark.label)
        name, wanted = seen[key] if key in seen else seen.setdefault(key, _near(case, remark))
        if name and name in case.needs and not _is_answered(case, name):
            field = case.find_field(name)
            yield Problem(
                f"`{remark.label}` is not known; did you mean `{wanted}`?",
                remark.location,
                field=name,
                question=field.question,
                paste=case.paste_line(name),
            )


def duplicate_section(case: Case) -> Iterator[Problem]:
    """A field is answered twice in the same text.

    Why: readers do not know which one counts. Prose is joined; of two values the first is used.

    Bad:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.

        ## Problem
        Support gets nine tickets a week about it.

    Good:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
        Support gets nine tickets a week about it.
    """
    for remark in _remarks(case, "duplicate"):
        field = case.find_field(remark.field)
        used = "the first one is used" if field.is_typed or "." in field.name else "both are read"
        yield Problem(
            f"{field.title} stands here and on line {remark.detail}; {used}",
            remark.location,
            field=remark.field,
        )


def section_hidden(case: Case) -> Iterator[Problem]:
    """A needed heading exists, but where no reader sees it as a heading.

    Why: text in a comment, a code block or a quotation is not said by the author. Git deletes
    lines that begin with `#` when a message is edited.

    Bad:
        ## Problem
        (no such section)

        <!--
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
        -->

    Good:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
    """
    for remark in _remarks(case, "hidden"):
        if remark.field in case.needs and not case.filled(remark.field):
            where = _WHERE[remark.detail].format(label=remark.label)
            yield Problem(f"`{remark.label}` stands {where}", remark.location, field=remark.field)


def unclosed_fence_or_comment(case: Case) -> Iterator[Problem]:
    """A code fence or an HTML comment is never closed.

    Why: it swallows the rest of the text, for readers as for whygate (CommonMark 4.5, 4.6). A
    fence is named only when it takes a heading with it: of 35 open fences in public histories,
    31 had nothing but their own code below them.

    Bad:
        ## Links
        <!-- left open

    Good:
        ## Links
        <!-- closed -->
    """
    for remark in _remarks(case, "unclosed"):
        yield Problem(
            f"the {remark.detail} opened here is never closed and hides the rest of the text",
            remark.location,
            paste="-->" if remark.detail == "comment" else "",
        )


def block_invalid(case: Case) -> Iterator[Problem]:
    """The machine block cannot be read.

    Why: a block is read by machines, and a broken one by nobody. It is plain YAML: text values
    only, no anchors or aliases, each key once, at most 64 KiB.

    Bad:
        ```yaml product-context
        version: 1
        problem: [never closed
        ```

    Good:
        ```yaml product-context
        version: 1
        audience: accountants with more than ten clients
        ```
    """
    for remark in _remarks(case, "block-invalid"):
        yield Problem(f"the machine block is broken: {remark.detail}", remark.location)


def block_unknown_key(case: Case) -> Iterator[Problem]:
    """The machine block has a key that the schema does not know.

    Why: a misspelled key is an answer nobody reads.

    Bad:
        ```yaml product-context
        version: 1
        audiense: accountants with more than ten clients
        ```

    Good:
        ```yaml product-context
        version: 1
        audience: accountants with more than ten clients
        ```
    """
    for remark in _remarks(case, "block-unknown-key"):
        hint = f"; did you mean `{remark.detail}`?" if remark.detail else ""
        yield Problem(f"the schema has no key `{remark.label}`{hint}", remark.location)


def value_invalid(case: Case) -> Iterator[Problem]:
    """A value breaks the schema.

    Why: the schema is the contract between people and the tools that read their answers.

    Bad:
        ```yaml product-context
        version: 1
        bet: Export Rows!
        ```

    Good:
        ```yaml product-context
        version: 1
        bet: export-rows
        ```
    """
    for problem in case.schema_problems:
        if problem.keyword == "required":
            continue
        name = ".".join(str(step) for step in problem.path if isinstance(step, str))
        statement = next((s for s in case.context.statements() if s.field == name), None)
        title = case.find_field(name).title if case.has_field(name) else name or "the document"
        yield Problem(
            f"{title} {problem.message}",
            statement.location if statement is not None else _place_of(case, problem.path),
            field=name,
            paste=case.paste_line(name) if case.has_field(name) else "",
        )


def _place_of(case: Case, path: tuple[str | int, ...]) -> Location:
    """Return where the entry stands that breaks the schema; of too many it is the last."""
    items = case.items(str(path[0])) if path else ()
    if not items:
        return case.start
    at = next((step for step in path if isinstance(step, int)), len(items) - 1)
    return place_of(case, items[min(at, len(items) - 1)])


def _remarks(case: Case, kind: str) -> Iterator[Remark]:
    return (remark for remark in case.context.remarks if remark.kind == kind)


def _near(case: Case, remark: Remark) -> tuple[str, str]:
    """Return the field that an unknown label resembles, and how it is spelled."""
    vocabulary = case.policy.schema.vocabulary
    if remark.kind == "unknown-section":
        return _near_section(case.policy.schema, remark.label)
    if remark.kind == "unknown-trailer":
        return closest_label(remark.label.lower(), vocabulary.trailers)
    if remark.kind == "unknown-entry":
        return closest_label(normalise_label(remark.label), vocabulary.inner[remark.field])
    return "", ""


@lru_cache(maxsize=4096)
def _near_section(schema: DocumentSchema, label: str) -> tuple[str, str]:
    """The changes of a history repeat the headings of its template."""
    return closest_label(normalise_label(label), schema.vocabulary.labels)


def _is_answered(case: Case, name: str) -> bool:
    head, _, part = name.partition(".")
    if not part:
        return case.filled(name)
    return any(name in item.parts or name in item.lists for item in case.items(head))
