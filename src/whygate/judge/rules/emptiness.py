"""Family 11x: something stands where an answer should, but it says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.context.fill import UNREAD, Fill, is_filled
from whygate.judge.case import Problem
from whygate.judge.rules.measurement import says_unknown
from whygate.model import Severity, Statement
from whygate.policy.exemptions import EXCUSES, ExemptClass
from whygate.schema.fields import MEASUREMENT, FieldKind
from whygate.text.content import count_words, is_link_only, own_words, restates
from whygate.text.patterns import later
from whygate.text.placeholders import denies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.judge.case import Case

# Under this many words even a good heart says nothing.
_ALWAYS_TOO_SHORT = 3
_A_NAME_IS_ENOUGH = 1
# What a skeleton leaves to be filled in: `<who is hurt>`. A tag of HTML is one word, or has `=`.
_SLOT = later(r"<[^\W\d_][^<>=/\n]* [^<>=/\n]*>")
_BLANKS = {
    Fill.EMPTY: "is empty",
    Fill.CODE: "holds only a code block; say in one sentence what it shows",
    Fill.QUOTE: "holds only a quotation; say in your own words what it shows",
    Fill.TOOLS: "holds only what a tool wrote",
}


def section_empty(case: Case) -> Iterator[Problem]:
    """A heading or key is there, with nothing a reader can see under it.

    Why: an empty section is a question somebody decided not to answer. Comments,
    code blocks and invisible characters are set aside first: what counts is what is read.

    Bad:
        ## Problem
        <!-- Who has this problem, and how do you know? -->

    Good:
        ## Problem
        Accountants retype 30 exported rows a month, because the export stops at row 100.
    """
    for statement, fill in case.unfilled:
        if fill in _BLANKS:
            yield _problem(case, statement, f"{_shown(case, statement)} {_BLANKS[fill]}")


def placeholder(case: Case) -> Iterator[Problem]:
    """The answer is a stand-in such as TBD, "see title" or `<...>`.

    Why: it fills the form and tells nobody anything. Only a whole answer is compared, in
    several languages; a sentence that begins with "None of the ..." is an answer. What begins with
    `<check:` was taken from your own text by `whygate`, and counts once you have taken that away.

    Bad:
        ## Problem
        TBD

    Good:
        ## Problem
        To be decided prices (TBD in the catalogue) reach the invoice as zero, twice a week.
    """
    for statement, fill in case.unfilled:
        if fill is Fill.PLACEHOLDER and not _has_own_rule(case, statement):
            text = " ".join((statement.text or statement.raw).split())[:40]
            message = f"{_shown(case, statement)} says only `{text}`"
            if (slot := _SLOT.search(statement.raw)) is not None:
                message = f"{_shown(case, statement)} still holds the slot `{slot[0][:60]}`"
            if UNREAD in statement.raw:
                message = (
                    f"{_shown(case, statement)} holds a sentence to check; "
                    f"if it answers, take `{UNREAD} ` and `>` away"
                )
            yield _problem(case, statement, message)


def template_unedited(case: Case) -> Iterator[Problem]:
    """The template's own prompt was left in place of an answer.

    Why: the prompt is the question. Lines that stand in the template of the repository, or in
    the questions of the schema, are set aside line by line; what is left is the answer.

    Bad:
        template: Describe the problem you are solving.

        ## Problem
        Describe the problem you are solving.

    Good:
        template: Describe the problem you are solving.

        ## Problem
        Describe the problem you are solving.
        Accountants retype 30 exported rows a month, because the export stops at row 100.
    """
    for statement, fill in case.unfilled:
        if fill is Fill.TEMPLATE:
            message = f"{_shown(case, statement)} still holds the template's own text"
            yield _problem(case, statement, message)


def too_short(case: Case) -> Iterator[Problem]:
    """The answer has fewer words than can say anything.

    Why: one word is a topic, not a problem. The least is the schema's `x-min-words` (five for a
    problem, four for an outcome); under three is an error. Two Chinese or Japanese characters count
    as one word, "Fixes #12" as none.

    Bad:
        ## Problem
        Consistency.

    Good:
        ## Problem
        Three names for one field; support mixes them up.
    """
    for statement in case.prose_answers:
        field = case.find_field(statement.field)
        words = count_words(own_text(statement))
        if _is_link_only(statement) or words >= field.min_words:
            continue
        # A code block shows something, even if no sentence says what.
        certain = words < min(_ALWAYS_TOO_SHORT, field.min_words) and not statement.prose.fences
        severity = case.needs[statement.field] if certain else Severity.WARNING
        message = f"{_shown(case, statement)} has {words} of at least {field.min_words} words"
        yield _problem(case, statement, message, severity)


def restates_title(case: Case) -> Iterator[Problem]:
    """The answer repeats the title.

    Why: whoever reads the problem has read the title. At most one new word counts as a
    repetition when it covers half of the title's words.

    Bad:
        title: feat: add a default font

        ## Problem
        There should be a default font to add.

    Good:
        title: feat: add a default font

        ## Problem
        Documents opened on a machine without the author's fonts show empty boxes.
    """
    for statement in case.prose_answers:
        if case.find_field(statement.field).min_words == _A_NAME_IS_ENOUGH:
            continue  # the title may well name the group of people that a change helps
        if restates(own_text(statement), case.change.title):
            message = f"{_shown(case, statement)} says no more than the title"
            yield _problem(case, statement, message, Severity.WARNING)


def link_only(case: Case) -> Iterator[Problem]:
    """The answer is only a link or an issue number.

    Why: the reader must leave to learn what it is about, and links rot. One sentence beside
    the link is enough.

    Bad:
        ## Problem
        Fixes #1350

    Good:
        ## Problem
        The export stops at row 100, so accountants retype the rest. Fixes #1350
    """
    for statement in case.prose_answers:
        if _is_link_only(statement):
            message = f"{_shown(case, statement)} is only a link; say it in one sentence as well"
            yield _problem(case, statement, message, Severity.WARNING)


def image_only(case: Case) -> Iterator[Problem]:
    """The answer is only an image.

    Why: nobody can search a screenshot, or hear it read aloud, and it is gone when its host is.
    One sentence beside it is enough.

    Measured: 12 answers of seven public histories are images only; 10 were read, all rightly named.

    Bad:
        ## Problem
        ![an export](https://example.com/export.png)

    Good:
        ## Problem
        The export stops at row 100, so accountants retype the rest:
        ![an export](https://example.com/export.png)
    """
    for statement, fill in case.unfilled:
        if fill is Fill.IMAGES:
            message = f"{_shown(case, statement)} is only an image; say what it shows as well"
            yield _problem(case, statement, message)


def choice_unanswered(case: Case) -> Iterator[Problem]:
    """A list of boxes, and none is ticked.

    Why: an unticked list is a question left open. Boxes do not say why either; a sentence does.

    Bad:
        ## Problem
        - [ ] Bug
        - [ ] Wish

    Good:
        ## Problem
        - [x] Bug: accountants retype 30 exported rows a month
    """
    for statement, fill in case.unfilled:
        if fill is Fill.CHOICES:
            message = f"{_shown(case, statement)} is a list of boxes, and none is ticked"
            yield _problem(case, statement, message)


def too_long(case: Case) -> Iterator[Problem]:
    """The answer has more words than anybody will read.

    Why: what matters hides between sentences that would be true of any change. The most is the
    schema's `x-max-words` (150 for a problem, 80 for an outcome, 60 for who it helps); two Chinese
    or Japanese characters count as one word. A hint only: nobody fails for it.

    Bad:
        ## Who it helps
        This change is intended to help all of the many different kinds of users who use the
        product today or who may want to use it at some point in the future, as well as all other
        stakeholders who work with it directly or indirectly in their daily business, and it will
        also be of benefit to everybody in the wider organisation who cares about quality and about
        the overall experience.

    Good:
        ## Who it helps
        Accountants at firms with more than ten clients, about 400 people.
    """
    for statement in case.context.statements():
        field = case.find_field(statement.field)
        if field.kind is not FieldKind.TEXT or not field.max_words or not is_filled(statement):
            continue
        words = count_words(statement.prose.unlinked)
        if words > field.max_words:
            yield Problem(
                f"{field.title} has {words} words; {field.max_words} are enough",
                statement.location,
                field=statement.field,
                question="Which of its sentences would you keep if there were room for only one?",
            )


def _has_own_rule(case: Case, statement: Statement) -> bool:
    return asks_for_exemption(case, statement) or says_unknown(statement)


def asks_for_exemption(case: Case, statement: Statement) -> bool:
    """Tell whether a placeholder in a field is a bare "not applicable" (WG401 answers it).

    A measurement can always be excused; an outcome or an audience only where the kind of
    change may be internal. Anywhere else it is a placeholder like any other.
    """
    head = statement.field.partition(".")[0]
    allowed = case.policy.config.kind(case.kind.name).exemptions
    excusable = head == MEASUREMENT or (
        head in EXCUSES[ExemptClass.INTERNAL] and ExemptClass.INTERNAL in allowed
    )
    if not excusable:
        return False
    text = statement.text
    is_bare = text.casefold().strip(" .!") in NOT_APPLICABLE
    return is_bare or any(map(denies, text.split("\n")))


def own_text(statement: Statement) -> str:
    """Return what a statement says beside its references."""
    return own_words(statement.prose.unlinked, statement.prose.links)


def is_judged_already(case: Case, statement: Statement) -> bool:
    """Tell whether an answer is too short, a link, or the title: one finding is enough for it."""
    text = own_text(statement)
    is_short = count_words(text) < case.find_field(statement.field).min_words
    return is_short or _is_link_only(statement) or restates(text, case.change.title)


NOT_APPLICABLE = frozenset(
    {"n/a", "na", "n.a", "none", "not applicable", "not needed", "nothing", "no", "not measurable"}
)


def _is_link_only(statement: Statement) -> bool:
    return is_link_only(statement.prose.unlinked, statement.prose.links)


def _shown(case: Case, statement: Statement) -> str:
    return case.find_field(statement.field).title


def _problem(
    case: Case, statement: Statement, message: str, severity: Severity | None = None
) -> Problem:
    name = statement.field
    weight = severity or case.needs[name]
    if severity is None and case.filled(name):  # its answer stands somewhere else
        weight = Severity.WARNING
    return Problem(
        message=message,
        location=statement.location,
        field=name,
        question=case.question(name),
        paste=case.paste_line(name),
        severity=weight,
    )
