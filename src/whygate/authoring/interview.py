"""Ask what a change must answer, one question at a time, or read the answers from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.authoring.skeleton import remaining_needs
from whygate.authoring.written import Answers, Entry, write_sections
from whygate.context.block import read_mapping
from whygate.context.builder import ReadingBuilder
from whygate.context.extract import merge_readings
from whygate.context.fill import is_filled
from whygate.errors import InputError
from whygate.judge.check import check
from whygate.model import Change, Context, Finding, Form, Origin, Part, Severity, Verdict
from whygate.policy.exemptions import EXCUSES, ExemptClass
from whygate.schema.fields import EXEMPT, Field, FieldKind
from whygate.text.yaml_tree import Mapping as YamlMapping
from whygate.text.yaml_tree import Scalar, YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema

_BODY = "answers"
_TITLE = "title"


class Question(Struct, frozen=True):
    """What is asked next: a field, or a part of the entry of `head`; `weight` if unanswered.

    `is_whole` asks for an entry in one sentence, which is taken apart as far as it goes.
    """

    field: Field
    weight: Severity
    head: str = ""
    is_whole: bool = False

    @property
    def name(self) -> str:
        """Return the dotted name of what is asked."""
        return self.field.name


class Interview(Struct, frozen=True):
    """What was asked and answered so far: the title, the answers, and what was left open."""

    policy: Policy
    today: date
    title: str = ""
    branch: str = ""
    answers: Answers = field(default_factory=Answers)
    left_open: frozenset[str] = frozenset()


class Attempt(Struct, frozen=True):
    """The interview with one answer more, and what the rules have to say about that answer."""

    interview: Interview
    problems: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Tell whether the answer would fail the change."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def judge_interview(interview: Interview) -> Verdict:
    """Return the verdict on the answers so far, written as a description."""
    body = write_sections(interview.answers, interview.policy.schema)
    part = Part(Origin.DESCRIPTION, _BODY, body)
    change = Change(_BODY, interview.title, (part,), branch=interview.branch)
    return check(change, interview.policy, interview.today)


def next_question(interview: Interview) -> Question | None:
    """Return the first question that is still to be asked, in the schema's order, or None.

    Asked is what the kind of change needs, what no exemption excuses and no rule finds
    answered already (a persona that the problem names says who it helps).
    """
    verdict = judge_interview(interview)
    needs = remaining_needs(verdict, interview.policy)
    missed = {f.field for f in verdict.findings if f.severity.rank >= Severity.WARNING.rank}
    return next(_open_questions(interview, needs, missed), None)


def try_answer(interview: Interview, question: Question, text: str) -> Attempt:
    """Return the interview with an answer, and the new findings about it.

    A sentence that asks for an exemption is one, whatever it was the answer to.
    """
    text = text.strip()
    before = judge_interview(interview)
    answered = replace(interview, answers=_add(interview.answers, question, text))
    after = judge_interview(answered)
    if _asks_for_exemption(before, after):
        return try_exemption(interview, text)
    names = {question.name}
    if question.is_whole:
        answered = replace(interview, answers=_split(interview.answers, question, text, after))
        after = judge_interview(answered)
        names.update(n for e in answered.answers.items.get(question.name, ()) for n in e)
    return Attempt(answered, tuple(_news(before, after, names)))


def try_exemption(interview: Interview, text: str) -> Attempt:
    """Return the interview with an exemption, and what the rules have to say about it."""
    before = judge_interview(interview)
    texts = {**interview.answers.texts, EXEMPT: (text.strip(),)}
    answered = replace(interview, answers=Answers(texts, interview.answers.items))
    return Attempt(answered, tuple(_news(before, judge_interview(answered), {EXEMPT})))


def reads_sentence(field: Field) -> bool:
    """Tell whether an entry may be written as "<metric> goes from <baseline> to <target>"."""
    return any(part.format == "target" for part in field.parts)


def leave_open(interview: Interview, question: Question) -> Interview:
    """Return the interview without an answer to a question, which is not asked again."""
    return replace(interview, left_open=interview.left_open | {question.name})


def declare_kind(interview: Interview, kind: str) -> Interview:
    """Return the interview of a change whose author says what kind it is."""
    texts = {"kind": (kind,), **interview.answers.texts}
    return replace(interview, answers=Answers(texts, interview.answers.items))


def list_exemptions(interview: Interview, question: Question) -> tuple[ExemptClass, ...]:
    """Return the classes that this kind may claim and that excuse what is asked."""
    if interview.policy.schema.field(EXEMPT) is None:
        return ()
    kind = judge_interview(interview).kind.name
    allowed = interview.policy.config.kind(kind).exemptions
    head = question.name.partition(".")[0]
    return tuple(c for c in ExemptClass if c in allowed and {head, "*"} & set(EXCUSES[c]))


def _open_questions(
    interview: Interview, needs: Mapping[str, Severity], missed: set[str]
) -> Iterator[Question]:
    closed = interview.left_open | set(interview.answers.texts)
    for found in interview.policy.schema.fields:
        weight = needs.get(found.name)
        if weight is None or weight.rank < Severity.WARNING.rank:
            continue
        if found.kind is FieldKind.ITEMS:
            yield from _open_parts(interview, found, needs, missed)
        elif found.name in missed and found.name not in closed:
            yield Question(found, weight)


def _open_parts(
    interview: Interview, found: Field, needs: Mapping[str, Severity], missed: set[str]
) -> Iterator[Question]:
    entries = interview.answers.items.get(found.name, ())
    if not entries and found.name not in missed:
        return
    wanted = [part for part in found.parts if part.name in needs]
    in_one = reads_sentence(found) or not wanted
    if not entries and in_one and found.name not in interview.left_open:
        yield Question(found, needs[found.name], is_whole=True)
        return
    closed = interview.left_open | {name for entry in entries for name in entry}
    for part in wanted:
        if part.name not in closed and (not entries or part.name in missed):
            yield Question(part, needs[part.name], head=found.name)


def _add(answers: Answers, question: Question, text: str) -> Answers:
    if question.is_whole:
        return Answers(answers.texts, {**answers.items, question.name: ({question.name: (text,)},)})
    if question.head:
        first, *rest = answers.items.get(question.head, ({},))
        entry: Entry = {**first, question.name: (text,)}
        return Answers(answers.texts, {**answers.items, question.head: (entry, *rest)})
    return Answers({**answers.texts, question.name: (text,)}, answers.items)


def _split(answers: Answers, question: Question, text: str, verdict: Verdict) -> Answers:
    """Return the answers with what a sentence says of the parts; all of it is the first part's.

    A sentence that answers every part that is asked for stays as it is.
    """
    items = verdict.context.items.get(question.name, ())
    found = {n: s.text for n, s in items[0].parts.items() if is_filled(s)} if items else {}
    missed = {f.field for f in verdict.findings if f.severity.rank >= Severity.WARNING.rank}
    parts = question.field.parts
    if found and not any(part.name in missed for part in parts):
        return _add(answers, question, text)
    entry: Entry = {name: (value,) for name, value in found.items()}
    if parts:
        entry.setdefault(parts[0].name, (text,))
    return Answers(
        answers.texts, {**answers.items, question.name: (entry or {question.name: (text,)},)}
    )


def _asks_for_exemption(before: Verdict, after: Verdict) -> bool:
    return EXEMPT in after.context.fields and EXEMPT not in before.context.fields


def _news(before: Verdict, after: Verdict, names: set[str]) -> Iterator[Finding]:
    """Yield the findings that an answer brought: those about it, and those about no field."""
    known = {(f.rule, f.field, f.message) for f in before.findings}
    for finding in after.findings:
        about = not finding.field or finding.field in names
        if about and (finding.rule, finding.field, finding.message) not in known:
            yield finding


class AnsweredChange(Struct, frozen=True):
    """The change that a file of answers describes, and what it says."""

    change: Change
    context: Context


def read_answers(
    text: str, path: str, schema: DocumentSchema, *, title: str = ""
) -> AnsweredChange:
    """Return what a file of answers says: the keys of a machine block, and `title`.

    JSON is read as the YAML it is. What is wrong with a key becomes a remark that a rule
    judges; `title` is used when the file has none. Raises InputError when the text is no
    mapping of YAML.
    """
    try:
        root = load_tree(text)
    except YamlError as error:
        first = error.problems[0]
        raise InputError(
            f"{path}:{first.line}:{first.column}: {first.message}",
            hint="write the keys of a machine block, and `title`, as YAML or JSON",
        ) from None
    if not isinstance(root, YamlMapping):
        raise InputError(
            f"{path} holds no answers", hint="write the keys of a machine block, and `title`"
        )
    named = root.get(_TITLE) if schema.field(_TITLE) is None else None
    if isinstance(named, Scalar):
        title = " ".join(named.text.split())
        root = replace(root, entries=tuple(e for e in root.entries if e[0].text != _TITLE))
    part = Part(Origin.DESCRIPTION, path, text)
    builder = ReadingBuilder(schema, part, Form.BLOCK, frozenset())
    read_mapping(builder, root)
    limits = {field.name: field.max_items for field in schema.fields if field.parts}
    context = merge_readings([builder.build()], limits)
    return AnsweredChange(Change(path, title, (part,)), context)
