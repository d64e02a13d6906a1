"""The author's own sentences where they look like the answer that stands under no label.

Deterministic and modest: a sentence is offered for a field, never taken as its answer. It comes
from below a label with a slip in it, from below a heading that means too many things, or from
prose: who is hurt, what will be different, which numbers on which day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.extract import extract_context, words_of
from whygate.context.fill import UNREAD, is_answered, is_filled
from whygate.model import Origin
from whygate.schema.fields import MEASUREMENT, OUTCOME, PROBLEM, FieldKind
from whygate.text.content import count_words, own_words, split_sentences
from whygate.text.labels import names_topic
from whygate.text.message import split_subject
from whygate.text.placeholders import declares_nothing, is_footer
from whygate.text.prose import render_prose
from whygate.text.written import read_written
from whygate.values.dates import find_dates
from whygate.values.plans import read_prose
from whygate.values.quantities import find_quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whygate.model import Context, Edit, Part, Verdict
    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema
    from whygate.schema.fields import Field

_LEAST_WORDS, _MOST_WORDS = 5, 60
_LONGEST = 400
_MOST_SENTENCES = 40
# Who says one of these tells what hurts; the words of other languages stand behind the English.
_HURTS = re.compile(
    r"(?<![\w-])(?:can ?not|can't|could ?n[o']t|unable|fails?|failed|failing|failures?|broken"
    r"|breaks?|broke|lost|loses?|losing|slow(?:ly|er)?|crash(?:es|ed)?|wrong(?:ly)?|missing"
    r"|miss(?:es|ed)?|confus\w+|complain\w*|tickets?|errors?|stuck|retyp\w+|manually|by hand"
    r"|ha(?:ve|s|d) to|waste[sd]?|wasting|empty|block(?:s|ed)|time(?:s|d)? ?outs?|leak(?:s|ed)?"
    r"|duplicate[sd]?|never|nobody|nothing|outdated|stale|unreadable|hangs?|hung|waits?|hard to"
    r"|impossible|no way|too (?:many|long|slow|few|much)|(?:do|does|is|are)(?:n't| not)|without"
    r"|because|since"
    r"|weil|denn|ohne|parce que|sans|porque|sin|sem|stops?|stopped|mails?|calls?"
    r"|support (?:gets|hears)|every (?:time|day|week|month)"
    r"|instead of|incorrect\w*|bugs?|problem|issue|overwrit\w+|disappear\w*|not possible"
    r"|fehl\w+|verlier\w+|verloren|langsam|nicht|keine?n?|muss|müssen|falsch|kaputt"
    r"|perd\w+|échou\w+|erreurs?|lent\w*|ne peu\w+|doivent|faux"
    r"|pierd\w+|falla\w*|error(?:es)?|no pued\w+|deben|tienen que"
    r"|falha\w*|não|erro|precisam)(?![\w-])"
    r"|不能|无法|無法|失败|失敗|错误|錯誤|丢失|很慢|できない|遅い|誤り|消え|困|실패|오류|느리|못|않",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"(?<![\w-])(?:so that|in order to|will(?! not)|can now|now can|no longer|lets?|allows?"
    r"|able to|after this|with this(?: change)?|from now on|damit|künftig|können"
    r"|afin (?:que|de)|pour que|pourront|permet\w*|para que|podrán|permite\w*|poderão)(?![\w-])"
    r"|できるように|ようにな|可以|能够|能夠|让|讓|있도록|수 있",
    re.IGNORECASE,
)
_OF_THE_CHANGE = re.compile(
    r"(?:this|that|these|now|so|it|therefore|hence|thus|deshalb|daher|dies|jetzt)\b", re.IGNORECASE
)
_ABOUT_CODE = re.compile(
    r"[`{}]|\(\)|::|->|=>|^\W*(?:fix(?:es|ed)?|close[sd]?|see|refs?)\b", re.IGNORECASE
)


def find_own_words(verdict: Verdict, policy: Policy, fields: Mapping[str, Field]) -> dict[str, str]:
    """Return a sentence of the author's for each of some fields that look answered somewhere.

    `fields` are those without an answer, by name. Every sentence is offered once. Empty for a
    change whose texts say nothing of the kind.
    """
    found: dict[str, str] = {}
    if not fields:
        return found
    parts = [p for p in verdict.change.parts if p.origin in _WRITTEN and len(p.text) <= _LARGEST]
    change = replace(verdict.change, parts=tuple(_with_edits(p, verdict) for p in parts))
    widened = _widened(policy.schema, verdict.context, fields)
    context = extract_context(change, widened, template=policy.template)
    for name in fields:
        text = _labelled(context, name)
        # `How was this tested?` may hold a plan, and mostly holds "Unit tests".
        if text and (fields[name].kind is not FieldKind.ITEMS or _measures(text)):
            found[name] = text
    taken = set(found.values())
    sentences = [s for part in change.parts for s in _sentences(part, widened)]
    for name, field in fields.items():
        test = _TESTS.get(name)
        if name in found or test is None or field.kind not in (FieldKind.TEXT, FieldKind.ITEMS):
            continue
        fitting = [s for s in sentences if s not in taken and test(s)]
        # "This waits for the signal" speaks of the change, if anything else is said.
        fit = next((s for s in fitting if not _OF_THE_CHANGE.match(s)), "".join(fitting[:1]))
        if fit:
            found[name] = fit
            taken.add(fit)
    return found


def said_parts(field: Field, sentence: str) -> frozenset[str]:
    """Return the names of the parts of a plan that a sentence says."""
    said = {found.part for found in read_prose(sentence)}
    return frozenset(p.name for p in field.parts if p.name.partition(".")[2] in said)


def mark_unread(text: str) -> str:
    """Return a sentence marked so that it counts as no answer until somebody has read it."""
    return f"{UNREAD} {' '.join(text.replace('>', '').split())}>"


_WRITTEN = (Origin.DESCRIPTION, Origin.MESSAGE, Origin.COMMIT)
_LARGEST = 65_536


def _with_edits(part: Part, verdict: Verdict) -> Part:
    """Return a part with the labels spelled rightly that have a slip in them."""
    edits = [f.edit for f in verdict.findings if f.edit is not None and f.rule == "WG301"]
    mine = [edit for edit in edits if edit.location.path == part.path]
    if not mine:
        return part
    by_line: dict[int, list[Edit]] = {}
    for edit in sorted(mine, key=lambda edit: -edit.location.column):
        by_line.setdefault(edit.location.line, []).append(edit)
    lines = part.text.split("\n")
    for at, line in enumerate(lines):
        mended = line
        for edit in by_line.get(part.line_in_file(at + 1), ()):
            mended = _edited(mended, edit)
        lines[at] = mended
    return replace(part, text="\n".join(lines))


def _edited(line: str, edit: Edit) -> str:
    start = edit.location.column - 1
    end = start + len(edit.old)
    return line[:start] + edit.new + line[end:] if line[start:end] == edit.old else line


def _widened(
    schema: DocumentSchema, context: Context, fields: Mapping[str, Field]
) -> DocumentSchema:
    """Return a schema that reads the headings which may hold an answer as if they did."""
    aliases: dict[str, tuple[str, ...]] = {}
    for remark in context.remarks:
        field = fields.get(remark.field)
        if (
            remark.kind == "weak-section"
            and field is not None
            and not names_topic(remark.label.lower())
        ):
            aliases[field.name] = (*aliases.get(field.name, (field.title,)), remark.label)
    return schema.with_aliases(aliases)


def _labelled(context: Context, name: str) -> str:
    """Return what stands under a label of a field, as one or two sentences."""
    statement = context.fields.get(name)
    if statement is None and name in context.items:
        item = next((i for i in context.items[name] if is_answered(i)), None)
        statement = item.prose if item is not None else None
    if statement is None or not is_filled(statement):
        return ""
    text = " ".join(statement.text.split())
    if len(text) <= _LONGEST:
        return text
    first = next(iter(split_sentences(text)), "")
    return first if len(first) <= _LONGEST else ""


def _sentences(part: Part, schema: DocumentSchema) -> Iterator[str]:
    """Yield the sentences of a part that stand under no label that means something else."""
    is_message = part.origin is not Origin.DESCRIPTION
    written = read_written(part.text, words_of(schema), is_message=is_message)
    claimed = {trailer.line for trailer in written.trailers}
    if written.document is None:
        text = "\n".join(
            "" if number in claimed else line
            for number, line in enumerate(part.text.split("\n"), 1)
        )
        passages = [render_prose(split_subject(text)[1] if is_message else text).unlinked]
    else:
        known = schema.vocabulary.labels
        document = written.document
        passages = [document.preamble.unlinked]
        passages += [
            s.prose.unlinked
            for s in document.sections
            if s.key not in known and not names_topic(s.key)
        ]
    left = _MOST_SENTENCES
    for passage in passages:
        for sentence in split_sentences(own_words(passage, 0)):
            text = " ".join(sentence.split())
            if left and _may_answer(text):
                left -= 1
                yield text


def _may_answer(sentence: str) -> bool:
    words = count_words(sentence)
    if not _LEAST_WORDS <= words <= _MOST_WORDS or len(sentence) > _LONGEST:
        return False
    if sentence.endswith(("?", ":")) or is_footer(sentence) or declares_nothing(sentence):
        return False
    return not _ABOUT_CODE.search(sentence)


def _hurts(sentence: str) -> bool:
    return _HURTS.search(sentence) is not None and not _measures(sentence)


def _changes(sentence: str) -> bool:
    return _CHANGES.search(sentence) is not None and not _measures(sentence)


def _measures(sentence: str) -> bool:
    parts = {found.part for found in read_prose(sentence)}
    if "target" in parts and {"baseline", "evaluate_by"} & parts:
        return True
    return bool(find_dates(sentence)) and bool(find_quantities(sentence))


_TESTS = {PROBLEM: _hurts, OUTCOME: _changes, MEASUREMENT: _measures}
