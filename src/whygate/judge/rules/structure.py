"""Family 3xx: the text is there, but its form hides or breaks it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.judge.case import Problem
from whygate.judge.edits import edit_in, edit_of_key, edit_of_label
from whygate.judge.rules.measurement import place_of
from whygate.model import Location, Origin
from whygate.text.labels import allowed_slips, closest_label, edit_distance, normalise_label
from whygate.text.message import split_subject
from whygate.text.slips import find_slips, hidden_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case
    from whygate.model import Edit, Part, Remark, Statement
    from whygate.schema.document import DocumentSchema

_WRITTEN = (Origin.DESCRIPTION, Origin.MESSAGE, Origin.COMMIT)
_SLUG_WORD = re.compile(r"[a-z0-9]+")
_MOST_COMPARED = 200  # labels of one change that are looked at for slips
_LEAST = 4  # letters of a word that a slip may leave known
_WHERE = {
    "comment": "inside an HTML comment",
    "fence": "inside a code block",
    "quote": "inside a quotation",
    "details": "inside a <details> element",
    "git-comment": "on a line that git deletes as a comment; write `**{label}**` instead",
}


def unknown_section_near_miss(case: Case) -> Iterator[Problem]:
    """A heading or key looks like a field that is missing, but is spelled differently.

    Why: one wrong letter hides a whole answer. Only named when the field it resembles is needed
    and not answered. `check --fix` writes the label as it is spelled.

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
    places: set[tuple[str, int]] = set()
    for remark in case.context.remarks:
        key = (remark.kind, remark.field, remark.label)
        if key not in seen and len(seen) < _MOST_COMPARED:
            seen[key] = _near(case, remark)
        name, wanted = seen.get(key, ("", ""))
        if name and name in case.needs and not _is_answered(case, name):
            places.add((remark.location.path, remark.location.line))
            yield _slip(case, name, remark.label, wanted, remark.location)
    yield from _slips_elsewhere(case, places)


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
    fence is named only when it takes a heading with it.

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

    Why: a misspelled key is an answer nobody reads. Where it is one slip from a key that the block
    does not have, `check --fix` spells it.

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
        is_slip = remark.detail and _is_slip(remark.label, remark.detail)
        edit = edit_of_key(case, remark.location, remark.label, remark.detail) if is_slip else None
        yield Problem(f"the schema has no key `{remark.label}`{hint}", remark.location, edit=edit)


def value_invalid(case: Case) -> Iterator[Problem]:
    """A value breaks the schema.

    Why: the schema is the contract between people and the tools that read their answers. A choice
    with one slip in it, and the name of a bet that exists, are spelled by `check --fix`.

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
            edit=_mend_value(case, statement) if statement is not None else None,
        )


def _mend_value(case: Case, statement: Statement) -> Edit | None:
    """Return the edit of a value that is one of the choices but for a slip, or a bet's name.

    `Export Rows` names the bet `export-rows` where there is one.
    """
    written = statement.text.strip().casefold()
    field = case.find_field(statement.field)
    near = [choice for choice in field.choices if _is_slip(written, choice.casefold())]
    if field.format == "slug" and case.policy.bets:
        slug = "-".join(_SLUG_WORD.findall(written))
        near = [bet for bet in case.policy.bets if bet == slug]
    return edit_in(case, statement, statement.text.strip(), near[0]) if len(near) == 1 else None


def _place_of(case: Case, path: tuple[str | int, ...]) -> Location:
    """Return where the entry stands that breaks the schema; of too many it is the last."""
    items = case.items(str(path[0])) if path else ()
    if not items:
        return case.start
    at = next((step for step in path if isinstance(step, int)), len(items) - 1)
    return place_of(case, items[min(at, len(items) - 1)])


def _is_slip(written: str, known: str) -> bool:
    allowed = allowed_slips(min(len(written), len(known)))
    return len(known) >= _LEAST and edit_distance(written, known, most=allowed) <= allowed


def _remarks(case: Case, kind: str) -> Iterator[Remark]:
    return (remark for remark in case.context.remarks if remark.kind == kind)


def _slip(case: Case, name: str, label: str, wanted: str, place: Location) -> Problem:
    shown = wanted
    field = case.find_field(name)
    if field.trailer.lower().replace("-", " ") == wanted.replace("-", " ") and "-" in label:
        shown = field.trailer
    return Problem(
        f"`{label}` is not known; did you mean `{shown}`?",
        place,
        field=name,
        question=field.question,
        paste=case.paste_line(name),
        edit=edit_of_label(case, place, label, wanted),
    )


def _slips_elsewhere(case: Case, places: set[tuple[str, int]]) -> Iterator[Problem]:
    """Yield the slips in lines that are neither sections nor trailers, a lone `Probem: ...`."""
    open_fields = {name for name in case.needs if not _is_answered(case, name)}
    if not open_fields:
        return
    schema = case.policy.schema
    for part in case.change.parts:
        if part.origin not in _WRITTEN:
            continue
        is_message = part.origin is not Origin.DESCRIPTION
        found = [
            slip
            for slip in find_slips(part.text, _Nearest(schema), is_message=is_message)
            if slip.field in open_fields and (part.path, part.line_in_file(slip.line)) not in places
        ]
        if not found:
            continue
        unread = _unread_lines(part)
        for slip in found:
            if slip.line not in unread:
                place = Location(part.path, part.line_in_file(slip.line), slip.column)
                yield _slip(case, slip.field, slip.label, slip.wanted, place)


def _unread_lines(part: Part) -> frozenset[int]:
    """Return the lines that say nothing under a label: the subject, and what is hidden."""
    subject: frozenset[int] = frozenset()
    if part.origin is not Origin.DESCRIPTION:
        subject = frozenset(
            range(1, part.text.count("\n") - split_subject(part.text)[1].count("\n") + 1)
        )
    return subject | hidden_lines(part.text)


class _Nearest:
    """What a label resembles anywhere; of a text with hundreds of labels the first ones count."""

    def __init__(self, schema: DocumentSchema) -> None:
        self._schema = schema
        self._seen: dict[str, tuple[str, str]] = {}

    def __call__(self, label: str) -> tuple[str, str]:
        if label not in self._seen and len(self._seen) < _MOST_COMPARED:
            self._seen[label] = _near_anywhere(self._schema, label)
        return self._seen.get(label, ("", ""))


@lru_cache(maxsize=4096)
def _near_anywhere(schema: DocumentSchema, label: str) -> tuple[str, str]:
    known = schema.vocabulary.everywhere
    key = normalise_label(label)
    name, wanted = ("", "") if key in known else closest_label(key, known)
    return name, wanted


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
