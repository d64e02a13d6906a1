"""Which label a line begins with: the words by which headings and labels are compared.

Most commit messages are a subject and prose; to know that, no Markdown need be parsed. A section
begins with a heading, a bold label or a known label, and each of these leaves a trace in its line:
`may_hold_sections` looks for it. Where it says no, reading the text finds nothing; a yes may be
wrong.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from whygate.text.content import visible
from whygate.text.markup import split_lines
from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LONGEST = 400  # characters; longer lines are prose, and no label is compared beyond this

_COMMENT = r"(?s)<!--.*?-->"
# HTML tags (CommonMark 6.6), and not autolinks (6.5), which readers see.
_TAG = r"</?[A-Za-z](?![A-Za-z0-9+.-]{1,31}:)[^<>@]*>"
_IMAGE = r"!\[[^\[\]]*\]\([^()\s]*\)"
_LINK = r"\[([^\[\]]*)\]\([^()\s]*\)"
_SHORTCODE = r"(?<![\w:]):[A-Za-z0-9_+-]{1,40}:(?![\w:])"
_EMPHASIS = later(r"[*`~]+|(?<![^\W_])_+|_+(?![^\W_])")
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_NUMBERING = r"\(?\d{1,3}(?:\.\d{1,3}){0,3}(?:[.):\]]|\s+[-\u2013\u2014](?=\s))\s*(?=\D)"
_NEED = r"\s*[(\[](?:optional|required)[)\]]\s*[:?!]*\s*$"
_PLURAL = r"(?<=\w)\(e?s\)"
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc"))
_GAP = re.compile(r"[\W_]+")
_ENTITY = re.compile(r"&[^\t\n\f <&;]")  # what `html.unescape` looks at

_LONGEST_START = 160  # characters of a line in which a label is looked for
FENCES = ("```", "~~~")  # CommonMark 4.5
_SIGNS = (*FENCES, "<!")  # comments and declarations (6.6) as well
# ATX headings (4.2), and underlines of setext headings (4.3).
_HEADING = later(r"^ {0,3}(?:#{1,6}(?:[ \t]|$)|(?:=+|-+)[ \t]*$)", re.MULTILINE)
# The first word of a line, where nothing that falls away or joins words stands next to it.
_FIRST_WORD = later(
    r"[^\w<&*`~\[':(]*([A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9*`~<&'!]|_(?![A-Za-z0-9]))"
)
_ITEM_FRONT = later(r"\A[\s>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(?:\[[xX]\][ \t]+)?")
_DASH = later(r"\s+[-\u2013\u2014]\s+")
# Real words that are one or two letters from a label and mean something else.
_OTHER_WORDS = frozenset(
    {"content", "contents", "contexts", "mitigation", "objective-c", "rational", "reasons", "goals"}
    | {"rational", "current", "test", "tests", "benefit", "solution", "problems", "risk", "links"}
    | {"values", "valve", "valves", "purposes", "measured", "measures", "goads", "becomes"}
    | {"bit", "let", "set", "best", "beta", "net", "kinds", "refs", "mind", "find", "wind"}
)
_LONG, _MOST_SLIPS = 8, 2
_SHORT = 4
# What follows the reason of a change in the templates of public projects. Many of them write
# `# Objective` and below it `## Solution`: a deeper heading, and not a part of the reason.
_TOPICS = frozenset(
    (
        *("solution", "proposed solution", "the solution", "the fix"),
        *("what changed", "what has changed", "changes", "changes made", "the changes"),
        *("changelog", "change log", "migration guide", "release notes", "breaking changes"),
        *("testing", "tests", "test plan", "how to test", "how to test it", "how did you test it"),
        *("how was this tested", "how was this patch tested", "verification"),
        *("showcase", "screenshots", "screenshot", "checklist", "reviewer notes"),
    )
)


def normalise_label(label: str) -> str:
    """Return the words of a label in the form in which labels are compared.

    `label` is one heading, bold label or key as written, of any length. Markdown emphasis,
    code marks, links, HTML comments and tags, emoji, `:shortcodes:`, numbering in front and
    "(optional)", "(required)", "(s)", ":" and "?" behind fall away; compatibility forms and
    case are folded, apostrophes dropped, other punctuation becomes a space. Letters of different
    scripts stay different: a Greek Rho is no P. Returns "" when no word is left.
    """
    return _normalise(label[:_LONGEST])


def display_label(label: str) -> str:
    """Return a label as a reader sees it: no comments, tags, emphasis or closing colon."""
    return _display(label[:_LONGEST])


@lru_cache(maxsize=4096)
def _display(label: str) -> str:
    return " ".join(_without_markup(label).split()).rstrip(" :\uff1a")


@lru_cache(maxsize=4096)
def _normalise(label: str) -> str:
    if label.isascii() and label.replace(" ", "").isalpha():
        return " ".join(label.lower().split())
    text = _without_markup(label)
    if not text.isascii():
        text = _without_emoji(visible(re.sub(_KEYCAP, " ", text)))
    if ":" in text:
        text = re.sub(_SHORTCODE, " ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold().strip()
    if text[:1].isdigit() or text[:1] == "(":
        text = re.sub(_NUMBERING, "", text, count=1)
    if "(" in text or "[" in text:
        text = re.sub(_PLURAL, "", re.sub(_NEED, "", text))
    return _words(text)


def _without_markup(label: str) -> str:
    text = label
    if "<" in text:
        text = re.sub(_TAG, "", re.sub(_COMMENT, " ", text))
    if "](" in text:
        text = re.sub(_LINK, r"\1", re.sub(_IMAGE, "", text))
    if "&" in text and _ENTITY.search(text):
        from html import unescape  # noqa: PLC0415 - its table takes 2 ms to load, and is rarely needed

        text = unescape(text)
    return _EMPHASIS.sub("", text)


def _without_emoji(text: str) -> str:
    """Drop pictographs and skin tones (categories So, Sk) and enclosing marks (Me)."""
    return "".join(char for char in text if unicodedata.category(char) not in {"So", "Sk", "Me"})


def _words(text: str) -> str:
    """Return a text without apostrophes, and a space for every other run of signs."""
    if text.isascii():
        return _GAP.sub(" ", text.replace("'", "")).strip()
    kept = (
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " "
        for char in text.translate(_APOSTROPHES)
    )
    return " ".join("".join(kept).split())


# Words that name another topic wherever they stand in a short label: "Modifications", "How it was
# tested". A label with one of them ends the section of a label before it.
_TOPIC_WORDS = frozenset(
    (
        *("modification", "modifications", "change", "changes", "changed", "solution", "solutions"),
        *("fix", "implementation", "implemented", "approach", "proposal", "design", "details"),
        *("test", "tests", "tested", "testing", "verification", "verified", "validation", "qa"),
        *("result", "results", "screenshot", "screenshots", "demo", "checklist", "changelog"),
        *("reviewer", "reviewers", "review", "subscribers", "tasks", "tags", "notes", "migration"),
        *("rollout", "rollback", "deployment", "documentation", "docs", "dependencies", "todo"),
    )
)
_MOST_TOPIC_WORDS = 5
_LONGEST_TOPIC = 40  # characters
# What leads into a list or an example, and is no label of a section: "For example:", "Steps:".
_LEAD_INS = frozenset(
    (
        *(
            "for",
            "example",
            "examples",
            "eg",
            "e",
            "ie",
            "i",
            "note",
            "nb",
            "steps",
            "step",
            "here",
        ),
        *("this", "these", "that", "those", "the", "following", "as", "also", "see", "because"),
        *("currently", "now", "today", "before", "after", "previously", "then", "when", "if", "so"),
        *("it", "we", "you", "they", "there", "and", "or", "but", "in", "on", "at", "by", "with"),
        *("actual", "expected", "observed", "error", "output", "input", "log", "logs", "trace"),
        *("stack", "where", "namely", "specifically", "basically", "first", "second", "third"),
        *("finally", "however", "hence", "thus", "additionally", "issue", "question", "answer"),
        *("update", "edit", "warning", "important", "tldr", "reproduction", "reproducer", "repro"),
    )
)
# What a label is about may be called in many ways, and these words add nothing to it.
_EMPTY_WORDS = frozenset(
    (
        *("a", "an", "the", "this", "that", "these", "those", "it", "its", "of", "for", "to", "in"),
        *("is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "has", "have"),
        *("doing", "done", "feature", "would", "should", "can", "could"),
        *("we", "you", "our", "your", "us", "i", "and"),
        *("or", "by", "behind", "about", "there", "actually", "proposed", "with", "on"),
        *("change", "changes", "pr", "prs", "mr", "mrs", "cl", "pull", "merge", "request"),
        *("requests", "patch", "patches", "commit", "commits", "diff", "pullrequest", "made"),
        *("make", "making", "introduced", "introduce", "please", "briefly"),
    )
)
_SAME_WORDS = {
    "which": "what",
    "whats": "what",
    "hows": "how",
    "whys": "why",
    "whos": "who",
    "wholl": "who",
    "required": "needed",
    "necessary": "needed",
}
# "Measured impact" tells what was found, and "measuring impact" what will be looked at.
_FOUND = frozenset({"measured"})
# What in a longer label says that it holds no answer: "Non-goals", "Known problems".
_DENIALS = frozenset(("no", "non", "not", "without", "known", "other", "out"))
_MOST_WORDS_AROUND = 6


def begins_topic(key: str) -> bool:
    """Tell whether a normalised heading ends the section it stands in, as a sub-heading too."""
    return key in _TOPICS


def names_topic(key: str) -> bool:
    """Tell whether a normalised plain label is about another topic than the one above it."""
    if key in _TOPICS or key in ("how", "what", "how it works"):
        return True
    words = key.split(" ")
    return len(words) <= _MOST_TOPIC_WORDS and not _TOPIC_WORDS.isdisjoint(words)


def is_topic_alone(line: str) -> bool:
    """Tell whether a line is nothing but the name of another topic: `Modifications`, no colon."""
    if len(line) > _LONGEST_TOPIC or not line[:1].isupper() or line.count(" ") > 1:
        return False
    key = normalise_label(line)
    return key in _TOPICS or key in _TOPIC_WORDS


def leads_in(key: str) -> bool:
    """Tell whether a normalised label leads into what follows, as in "For example:"."""
    return key.partition(" ")[0] in _LEAD_INS or key.isdigit()


@lru_cache(maxsize=4096)
def meaning(key: str) -> str:
    """Return what a normalised label asks for, without the words that differ from team to team.

    "Why is this change needed" and "why are the changes needed" mean the same, and so do "which
    problem is this PR solving" and "what problem does this MR solve". It is "" where nothing is
    left.
    """
    words = (_SAME_WORDS.get(word, word) for word in key.split(" "))
    return " ".join(_root(word) for word in words if word not in _EMPTY_WORDS)


def word_within(key: str, words: Collection[str]) -> str:
    """Return the first of some words that a longer normalised label holds, or "".

    `words` are in the form of `meaning`. "Historical motivation" may well hold the motivation;
    "Non-goals" and "Testing goals" do not.
    """
    held = key.split(" ")
    if not 1 < len(held) <= _MOST_WORDS_AROUND or not _DENIALS.isdisjoint(held):
        return ""
    if not _TOPIC_WORDS.isdisjoint(held):
        return ""
    return next((root for root in map(_root, held) if root in words), "")


def _root(word: str) -> str:
    """Return a word without the endings in which labels differ: motivations, solved, solving."""
    if not word.isascii() or len(word) < 5 or word in _FOUND:
        return word
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word.removesuffix("e")


def may_hold_sections(
    text: str, labels: frozenset[str], *, skip_lines: Collection[int] = ()
) -> bool:
    """Tell whether `parse_document` may find a section, a fence, or something hidden or open.

    `labels` are the normalised labels that open a section; `skip_lines` are the lines, from 1,
    that are read as blank. Where this is False, `parse_document` finds nothing but a preamble.
    Linear in the length of the text.
    """
    lines = split_lines(text)
    kept = [line for at, line in enumerate(lines, 1) if line and at not in skip_lines]
    if not kept:
        return False
    plain = "\n".join(kept)
    if any(sign in plain for sign in _SIGNS) or _HEADING.search(plain):
        return True
    if ("**" in plain or "__" in plain) and any(map(_may_be_bold, kept)):
        return True
    firsts = first_words(labels)
    for line in kept:
        first = _FIRST_WORD.match(line) if line.isascii() else None
        if (first is None or first[1].lower() in firsts) and _is_label_in(line, labels):
            return True
    return False


def may_begin_label(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a line may begin with one of some normalised labels; False is never wrong."""
    first = _FIRST_WORD.match(line) if line.isascii() else None
    return first is None or first[1].lower() in first_words(labels)


def is_label(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a whole line is one of some normalised labels."""
    return may_begin_label(line, labels) and normalise_label(line) in labels


@lru_cache(maxsize=16)
def first_words(lines: frozenset[str]) -> frozenset[str]:
    """Return the words up to the first space with which lines begin."""
    return frozenset(line.partition(" ")[0] for line in lines)


def _may_be_bold(line: str) -> bool:
    """Tell whether a line may hold strong emphasis (CommonMark 6.2) that can be a label."""
    return _encloses_words(line, "**") or (
        line.lstrip().startswith("__") and _encloses_words(line, "__")
    )


def _encloses_words(line: str, mark: str) -> bool:
    inner = line.partition(mark)[2].rpartition(mark)[0]
    return inner.strip(" \t*_") != ""


def _is_label_in(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a line, or what stands before its colon, is a known label.

    Quotes and heading signs in front are tried with and without: a label that is quoted or
    code is reported as hidden.
    """
    if "|" in line and normalise_label(line.strip(" \t|").partition("|")[0]) in labels:
        return True  # a row of a table
    return any(normalise_label(form) in labels for form in _forms(line))


def _forms(line: str) -> Iterator[str]:
    """Yield the texts of a line that can be its label, each at most once."""
    bare = _ITEM_FRONT.sub("", line, count=1)
    fronts = (line.strip(), line.lstrip(" \t>"), line.lstrip(" \t>#"), bare)
    for front in dict.fromkeys(front[:_LONGEST_START] for front in fronts):
        whole = front.partition("-->")[0]
        head = whole.replace("\uff1a", ":").partition(":")[0]
        yield from dict.fromkeys((front, whole, head, _DASH.split(whole, maxsplit=1)[0]))


def closest_label(label: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return the (field, spelling) an unknown label resembles, or two empty strings.

    One letter added, lost, changed or swapped with its neighbour (two from eight letters on),
    and the same first letter.
    """
    if label in _OTHER_WORDS or len(label) < _SHORT or label in known:
        return "", ""
    best: tuple[int, str, str] | None = None
    length, letters = len(label), frozenset(label)
    for spelling, known_letters in _by_first_letter(tuple(known)).get(label[0], ()):
        if abs(len(spelling) - length) > _MOST_SLIPS:
            continue
        allowed = allowed_slips(min(length, len(spelling)))
        if abs(len(spelling) - length) > allowed:
            continue
        # One slip brings or takes one letter at most.
        if len(letters - known_letters) > allowed or len(known_letters - letters) > allowed:
            continue
        distance = edit_distance(label, spelling, most=allowed)
        if 0 < distance <= allowed and (best is None or distance < best[0]):
            best = (distance, known[spelling], spelling)
    return (best[1], best[2]) if best is not None else ("", "")


def allowed_slips(length: int) -> int:
    """Return how many slips still make a label resemble one, the shorter of `length` letters."""
    return _MOST_SLIPS if length >= _LONG else 1


@lru_cache(maxsize=64)
def _by_first_letter(spellings: tuple[str, ...]) -> dict[str, list[tuple[str, frozenset[str]]]]:
    found: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for spelling in spellings:
        found.setdefault(spelling[:1], []).append((spelling, frozenset(spelling)))
    return found


def edit_distance(a: str, b: str, *, most: int) -> int:
    """Return the optimal string alignment distance (Damerau-Levenshtein, no repeated edits).

    A distance above `most` comes out as `most + 1`: only the diagonal band that can stay below is
    worked out, and the first row that lies above it ends the work.
    """
    far = most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i] + [far] * len(b)
        for j in range(max(1, i - most), min(len(b), i + most) + 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != b[j - 1]))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == b[j - 1]:
                cost = min(cost, older[j - 2] + 1)
            row[j] = cost
        if min(row) > most:
            return far
    return min(row[-1], far)
