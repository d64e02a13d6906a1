"""Ask on the terminal, question by question, and let the person decide what to keep."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from whygate.authoring.contract import due_example, exemption_sentence
from whygate.authoring.interview import (
    Attempt,
    Interview,
    Question,
    declare_kind,
    judge_interview,
    leave_open,
    list_exemptions,
    next_question,
    reads_sentence,
    try_answer,
    try_exemption,
)
from whygate.authoring.written import Answers, Entry, write_example
from whygate.errors import InputError
from whygate.judge.case import MEASUREMENT_SLOTS
from whygate.model import Severity
from whygate.policy.policy import UNKNOWN_KIND
from whygate.terminal.failure import write_error
from whygate.terminal.output import read_file, write_file
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from whygate.authoring.interview import Interview
    from whygate.policy.policy import Policy

HELP = "?"
EXCUSE = "!"
_MEASURED_BY = ("measurement.metric", "measurement.source")
_MOST_METRICS = 8
_PROMPT = "> "
_TITLE_HINT = "the type in front names the kind: `feat: ...`, `fix: ...`, `docs: ...`"
DRAFT_NAME = "whygate-draft.json"
_LIMIT = 1 << 20
_VERSION = 1


def hold_interview(interview: Interview, save: Callable[[Interview], None]) -> Interview:
    """Return the interview with everything asked; `save` is called after each answer.

    Questions go to stderr, so that stdout holds nothing but the result. Raises
    KeyboardInterrupt when the person stops, also by closing the input.
    """
    _say("Enter skips a question, `?` explains it, `!` says why it need not be answered.")
    if not interview.title:
        interview = replace(interview, title=_ask_title())
        save(interview)
    interview = _settle_kind(interview)
    save(interview)
    while (question := next_question(interview)) is not None:
        interview = _ask(interview, question)
        save(interview)
    return interview


def read_line() -> str:
    """Return one line of the person; raises KeyboardInterrupt when the input ends.

    `input` brings line editing where the terminal has it; it writes its prompt to stdout, so
    it is used only when that is the terminal too.
    """
    try:
        if sys.stdout is not None and sys.stdout.isatty():
            with suppress(ImportError):  # not on Windows; `input` edits lines by it
                import readline  # noqa: F401, PLC0415
            return _whole(input(_PROMPT))
        write_error(_PROMPT.rstrip())
        line = sys.stdin.readline()
    except EOFError:
        raise KeyboardInterrupt from None
    if not line:
        raise KeyboardInterrupt
    return _whole(line)


def _whole(line: str) -> str:
    """Return a line without what no encoding holds (half characters of a broken paste)."""
    return line.encode("utf-8", "replace").decode("utf-8").strip()


def ask_yes(question: str) -> bool:
    """Return the answer to a question of yes or no; Enter means yes."""
    _say(f"{question} [Y/n]")
    return not read_line().casefold().startswith("n")


def _ask_title() -> str:
    while True:
        _say(f"\nWhat does the change do, in a few words?\n  {_TITLE_HINT}")
        title = " ".join(read_line().split())
        if title and title not in (HELP, EXCUSE):
            return title


def _settle_kind(interview: Interview) -> Interview:
    """Ask for the kind of a change when nothing tells it, and say what follows from it."""
    kind = judge_interview(interview).kind
    field = interview.policy.schema.field("kind")
    if kind.source == "default" and field is not None and "kind" not in interview.answers.texts:
        names = [name for name in interview.policy.config.kinds if name in field.choices]
        _say(f"\n{field.question}\n  {', '.join(names)}; Enter: {kind.name}")
        while (answer := read_line().casefold()) and answer not in names:
            _say(f"  `{answer}` is none of them.")
        if answer:
            interview = declare_kind(interview, answer)
            kind = judge_interview(interview).kind
    if next_question(interview) is None:
        _say(f"\nNothing more is asked of this change ({kind.name}).")
    elif kind.name != UNKNOWN_KIND:
        _say(f"\nA change of kind {kind.name}.")
    return interview


def _ask(interview: Interview, question: Question) -> Interview:
    """Ask one question until it is answered, excused, or left open."""
    _say(f"\n{_wording(question, interview.policy)}")
    is_warned = False
    while True:
        text = read_line()
        if text == HELP:
            _explain(question)
        elif text == EXCUSE:
            if (excused := _ask_exemption(interview, question)) is not None:
                return excused
            _say(f"\n{_wording(question, interview.policy)}")
        elif not text:
            if question.is_whole or is_warned or question.weight is not Severity.ERROR:
                return leave_open(interview, question)
            is_warned = True
            _say(
                "  The change does not pass here without it. `?` explains, `!` says why it cannot "
                "be answered, Enter again leaves it open."
            )
        elif (kept := _consider(try_answer(interview, question, text))) is not None:
            return kept


def _consider(attempt: Attempt) -> Interview | None:
    """Return the interview to go on with; None when the answer is to be written anew."""
    if not attempt.problems:
        return attempt.interview
    for problem in attempt.problems:
        _say(f"  {clean_line(problem.message)} ({problem.rule}).")
    if question := next((p.question for p in attempt.problems if p.question), ""):
        _say(f"  {clean_line(question)}")
    if attempt.is_refused:
        return None
    _say("  Write it anew? [y/N]")
    return None if read_line().casefold().startswith("y") else attempt.interview


def _ask_exemption(interview: Interview, question: Question) -> Interview | None:
    """Return the interview with an exemption, None when there is none or it was not taken."""
    classes = list_exemptions(interview, question)
    if not classes:
        _say("  A change of this kind has no honest way round this question.")
        return None
    _say("  Why need it not, or cannot, be answered? One sentence, for example:")
    for name in classes:
        _say(f"    {exemption_sentence(name, interview.policy)}")
    while text := read_line():
        attempt = try_exemption(interview, text)
        verdict = judge_interview(attempt.interview)
        if verdict.exemption is None and not attempt.problems:
            _say("  That names no reason that is known here; begin like one of the sentences.")
        elif (kept := _consider(attempt)) is not None:
            return kept
    return None


def _wording(question: Question, policy: Policy) -> str:
    """Return a question with what to write, and an example."""
    field = question.field
    lines = [field.question]
    if question.is_whole and reads_sentence(field):
        lines += [f"in one sentence: {MEASUREMENT_SLOTS}", "or Enter, to be asked part by part"]
    elif field.choices:
        lines.append(f"one of {', '.join(field.choices)}")
    elif field.example:
        lines.append(f"for example: {write_example(field, due=due_example(policy))}")
    if field.name in _MEASURED_BY and policy.metrics is not None:
        lines += _list_metrics(policy, field.name)
    if question.weight is not Severity.ERROR and not question.is_whole:
        lines.append("Enter leaves it open")
    return "\n  ".join(clean_line(line) for line in lines)


def _list_metrics(policy: Policy, name: str) -> list[str]:
    """Return the metrics of the catalogue that may answer, a few of them if there are many."""
    from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415  (few have one)

    assert policy.metrics is not None  # noqa: S101 - asked by the caller
    metrics = list(parse_catalogue(*policy.metrics).metrics.values())
    prefix = "metric:" if name == _MEASURED_BY[1] else ""
    lines = [f"{prefix}{metric.slug}: {metric.title}" for metric in metrics[:_MOST_METRICS]]
    if len(metrics) > _MOST_METRICS:
        lines.append(f"and {len(metrics) - _MOST_METRICS} more: `whygate show metrics`")
    return ["a machine can measure these, by their names:", *lines] if lines else []


def _explain(question: Question) -> None:
    field = question.field
    _say(f"  {clean_line(field.title)}: {clean_line(field.description or field.question)}")
    if field.min_words or field.max_words:
        bounds = [f"at least {field.min_words}"] if field.min_words else []
        bounds += [f"at most {field.max_words}"] if field.max_words else []
        _say(f"  {' and '.join(bounds)} words")


def _say(text: str) -> None:
    write_error(text)


class Draft(Struct, frozen=True):
    """What an interview has so far, as it is stored."""

    version: int = _VERSION
    title: str = ""
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    left_open: frozenset[str] = frozenset()

    @property
    def answers(self) -> Answers:
        """Return the answers."""
        return Answers(self.texts, self.items)

    @property
    def answered(self) -> tuple[str, ...]:
        """Return the names of the fields that have an answer."""
        return (*self.texts, *self.items)


def save_draft(path: Path, interview: Interview) -> None:
    """Store an interview, whole or not at all; raises InputError when that cannot be done."""
    draft = Draft(
        title=interview.title,
        texts=dict(interview.answers.texts),
        items=dict(interview.answers.items),
        left_open=interview.left_open,
    )
    write_file(path, [msgspec.json.format(msgspec.json.encode(draft)).decode()])


def load_draft(path: Path) -> Draft | None:
    """Return the stored draft; None when there is none or it cannot be read any more."""
    try:
        draft = msgspec.json.decode(read_file(path, _LIMIT), type=Draft)
    except (InputError, msgspec.MsgspecError, UnicodeError):
        return None
    return draft if draft.version == _VERSION and (draft.title or draft.answered) else None
