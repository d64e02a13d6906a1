"""What a field's text says: visible characters, words, placeholders, references.

Measures: a word is a run between white space (or em dashes) that holds a letter or a digit.
Scripts without spaces count by characters: two Han, Hiragana, Katakana or Bopomofo characters
are a word, three letters of Thai, Lao, Khmer or Myanmar are a word; sums are rounded up.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from unicodedata import category, normalize

from whygate.text.patterns import compile_pattern, later
from whygate.text.placeholders import is_listed, is_slot

if TYPE_CHECKING:
    from collections.abc import Iterator

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), and what is drawn as
# nothing without having that property: controls, braille blank, annotation and hieroglyph blanks.
_INVISIBLE = (
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U00013441\U00013442\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)

_CJK = (
    "\u3005-\u3007\u3021-\u3035\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
_UNSPACED_ASIAN = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
_UNSPACED = f"[{_CJK}{_UNSPACED_ASIAN}]"
# Runs of what may be combining marks; normalising a longer run takes quadratic time.
_MARK_RUN = r"(?:[^\w\s!-~]|[\uff9e\uff9f]){31,}"
_MOST_MARKS = 30  # the Stream-Safe Text Format, UAX #15 section 13
# Characters that are compared and counted; NFKC can make eighteen of one (U+FDFA), and no rule
# asks for more words than these hold.
_MOST_FOLDED = 8_192
# One check looks at the same few texts a hundred times; a text may be 64 KiB, so few are kept.
_remember = lru_cache(maxsize=64)
_compiled = cache(compile_pattern)  # when it is needed first: a commit waits for each pattern

_LINKING_WORDS = (
    "a address addressed addresses addressing also an and are as at backport backports based be "
    "bug bugs by caused cc check close closed closes closing comment comments commit complete "
    "completes continuation continue continues conversation defect depends described detail "
    "details discussed discussion doc docs document epic feature feedback fix fixed fixes fixing "
    "follow followup for found from full github gitlab here http https i identified implement "
    "implemented implements in info information is issue issues it jira linear link linked links "
    "mentioned merge more mr noticed of on or our part per please pr prs pull raised re read ref "
    "refer reference references refs regarding related relates replaced replaces reported request "
    "requests resolve resolved resolves resolving revert reverts see slack solve solved solves "
    "spec spotted story superseded supersedes superseding task the this thread ticket tickets to "
    "toward towards unblocks up via was with "
    "siehe behebt schließt ticket zu ver corrige cierra fecha voir corrige ferme fixe "
    "исправляет закрывает см смотри связано с "
    "修复 修復 关闭 關閉 解决 解決 相关 相關 参见 參見 参考 參考 见 見 详见 詳見 关联 關聯 问题 "
    "問題 関連 参照 修正 対応 チケット 課題 を修正 を解決 に関連 に対応 を参照 の対応 の修正 "
    "관련 이슈 해결 수정 참고 참조"
)
_LINKING = frozenset(_LINKING_WORDS.split())
_COUNTED = frozenset(("issue", "ticket", "bug", "pr", "mr", "task", "story", "epic", "defect"))
_REFERENCE = (
    r"(?i:https?|ftp|mailto|file|git|ssh):\S+|(?i:www)\.\S+"
    r"|(?:[\w.-]+/)?[\w.-]*[#!]\d+"  # #12, !12, repo#12, org/repo#12
    r"|(?!(?:UTF|SHA|ISO|AES|UCS|COVID|CP|ES|H|IPV|BASE|HTTP|TLS|WIN)-)[A-Z][A-Z0-9_]{0,19}-\d+"
    r"|CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|(?i:gh-\d+)"
    r"|I?[0-9a-f]{40}|(?=[0-9a-f]{0,39}[0-9])(?=[0-9a-f]{0,39}[a-f])[0-9a-f]{7,40}"
)
_URL_TAIL = r"(?i)(?<![a-z0-9])(?:https?://|www\.)[^\s<>\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+"

_FUNCTION_WORDS = (
    "a about after all also am an and any are as at be because been before being both but by can "
    "could did do does doing during each for from had has have having he her here him his how i "
    "if in into is it its just may me might more most must my now of on once one only or other our "
    "out over own same she should so some such than that the their them then there these they "
    "this those through to too under until up upon us very was we were what when where which "
    "while who whom why will with would you your"
)
_STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_CONVENTIONAL_PREFIX = r"(?:\[[^\[\]]{1,40}\]\s{0,4}){0,4}[A-Za-z]{2,20}(?:\([^()]*\))?!?:\s+"
_SHORTCODES = r"(?::[A-Za-z0-9_+-]{1,40}:\s{0,9})+"  # what a forge shows as emoji
_BETWEEN_WORDS = r"[\s!-&(-/:-@[-`{-~\u2010-\u2015\u2026\u00b7]+"
_APOSTROPHES = ("'", "\u2019")
# A full stop ends a sentence before white space; the Chinese and Japanese one needs none.
_END = later(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n")
_MOST_SENTENCES = 200
_PARTS = r"[\n,;:|\u3001\uff0c]| / |(?<=\D)\. "
_PART_FRONT = r"[\s*+>-]*(?:\d{1,3}[.)]\s)?\s*(?:\[[ xX\u2713\u2714]\])?"
_LONGEST_WORD = 40  # characters; of longer ones nothing is kept
# GitHub's words that close an issue, as they stand in front of one ("Linking a pull request to
# an issue"); a writer puts them on a line of their own, which Markdown joins to the one above.
_CLOSING = later(
    r"(?<=\s)(?=(?:clos(?:e[sd]?)|fix(?:e[sd])?|resolve[sd]?|refs?|part of):?\s{1,3}"
    r"(?:https?://|[\w./-]{0,80}#\d))",
    re.IGNORECASE,
)


@_remember
def visible(text: str) -> str:
    """Return what a reader sees of a text: NFC, invisible characters dropped, spaces folded.

    A run of white space becomes one space, or one line feed if it holds a line end; other
    Unicode spaces and separators count as space. More than 30 combining marks on one letter
    are cut. The function is idempotent.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = text
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        shown = _compiled(_INVISIBLE).sub("", text).replace("\r", "\n")
        if not shown.isascii():
            shown = _normalize("NFC", shown)
    lines = (" ".join(line.split()) for line in shown.split("\n"))
    return "\n".join(filter(None, lines))


@_remember
def is_blank(text: str) -> bool:
    """Tell whether a text holds no letter and no digit: empty, ".", "---", only emoji."""
    return not any(map(_is_speaking, _fold(text)))


@_remember
def count_words(text: str) -> int:
    """Return the number of words of a text (the module says what a word is)."""
    words, cjk, unspaced = _split_words(_fold(text))
    return len(words) + -(-(3 * len(cjk) + 2 * len(unspaced)) // 6)


@_remember
def is_placeholder(text: str) -> bool:
    """Tell whether a whole value only stands in for an answer: N/A, TBD, `<metric>`, "xxxx".

    The value is a phrase of the lexicon, a repetition or list of such phrases, a slot to fill
    (`<...>`, `[insert ...]`, `{{...}}`), one letter repeated, or signs only ("-", "?"). A
    phrase inside a longer text never counts. An empty text is no placeholder.
    """
    return _stands_in(text, owner=False)


def is_owner_placeholder(text: str) -> bool:
    """Tell whether an owner names nobody in particular: "me", "the team", "TBD"."""
    return _stands_in(text, owner=True)


def strip_references(text: str) -> str:
    """Return the visible text, on one line, without URLs, #n, org/repo#n, KEY-n, commit ids.

    The linking words next to a reference ("Fixes", "part of", "and") go with it.
    """
    kept: list[str] = []
    follows_reference = False
    for token, is_reference in _tokens_with_references(text):
        if is_reference:
            _drop_linking_tail(kept)
            follows_reference = True
        elif not (follows_reference and not any(map(_is_speaking, _fold(token)))):
            kept.append(token)
            follows_reference = False
    return " ".join(kept)


@_remember
def is_link_only(text: str, links: int) -> bool:
    """Tell whether a text refers to something and says nothing itself.

    `text` is the prose without its links, `links` how many links were taken out of it.
    """
    has_reference = links > 0
    for token, is_reference in _tokens_with_references(text):
        if not is_reference and not _is_linking(token):
            return False
        has_reference = has_reference or is_reference
    return has_reference


@_remember
def content_words(text: str) -> frozenset[str]:
    """Return the words that carry meaning: case-folded, lightly stemmed, stop words left out.

    Runs of scripts without spaces are cut into pairs of neighbouring characters.
    """
    return _plain_content_words(text) | _unspaced_pairs(text)


@_remember
def restates(text: str, title: str) -> bool:
    """Tell whether a text only repeats a title.

    It does when it brings at most one new content word and covers at least half of those of
    the title, and two of them if it brings a new one. A conventional prefix and references in
    the title are ignored. A text in a script without spaces is not compared with a title that
    has none of it.
    """
    if _brings_new_words(text, title):  # so it does for a part of the title
        return False
    topic = _title_topic(title)
    if not topic or is_blank(text) or _brings_new_words(text, topic):
        return False
    if compare_key(text) == compare_key(topic):
        return True
    pairs, title_pairs = _unspaced_pairs(text), _unspaced_pairs(topic)
    if pairs and not title_pairs:
        return False
    words, title_words = _plain_content_words(text), _plain_content_words(topic)
    if not words and not pairs:
        return False
    # A new word of two characters brings three new pairs.
    novelty = len(words - title_words) + len(pairs - title_pairs) / 3
    covered = len(words & title_words) + len(pairs & title_pairs)
    if novelty > 0 and covered < 2:  # one word in common is what they are both about
        return False
    return novelty <= 1 and 0 < len(title_words) + len(title_pairs) <= 2 * covered


def token_overlap(a: str, b: str) -> float:
    """Return the share of content words two texts have in common, 0.0 to 1.0.

    The larger of the two sets is the whole, so that a part of a text is not a copy of it.
    """
    first, second = content_words(a), content_words(b)
    if not first or not second:
        return float(compare_key(a) == compare_key(b) and not is_blank(a))
    return len(first & second) / max(len(first), len(second))


def compare_key(text: str) -> str:
    """Return the form in which two texts are the same: visible, NFKC, case-folded, one line."""
    return " ".join(filter(None, map(_strip_punctuation, _fold(text).split())))


def _normalize(form: Literal["NFC", "NFKC"], text: str) -> str:
    # Normalising can lengthen a run of marks again (U+0344 is two), hence the second cut.
    return _cut_marks(normalize(form, _cut_marks(text)))


def _cut_marks(text: str) -> str:
    """Return a text with at most so many marks on a letter; marks are beyond ASCII."""
    if len(text) - len(text.encode("ascii", "ignore")) <= _MOST_MARKS:
        return text
    return _compiled(_MARK_RUN).sub(_cut_run, text)


def _cut_run(match: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for char in match.group():
        run = run + 1 if category(char)[0] == "M" or char in "\uff9e\uff9f" else 0
        if run <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


@_remember
def _fold(text: str) -> str:
    """Return the visible text without emoji and other symbols, NFKC, case-folded."""
    shown = visible(text)
    if shown.isascii():
        return shown.casefold()
    # A keycap is a digit with U+20E3, the information sign is the letter U+2139.
    plain = _compiled("[0-9#*]\u20e3|\u2139").sub("", shown)
    symbols = {char for char in set(plain) if category(char) == "So"}
    if symbols:
        plain = "".join([char for char in plain if char not in symbols])
    return _normalize("NFKC", _normalize("NFKC", plain[:_MOST_FOLDED]).casefold())


def _is_speaking(char: str) -> bool:
    """Tell whether a folded character is a letter or digit, not only a modifier letter."""
    if char.isascii():
        return char.isalnum()
    return char.isalnum() and category(char) != "Lm"


def _split_words(folded: str) -> tuple[list[str], list[str], list[str]]:
    """Return the spaced words, the CJK characters and the letters of other unspaced scripts."""
    if folded.isascii():
        return [word for word in folded.split() if any(map(str.isalnum, word))], [], []
    cjk: list[str] = []
    unspaced: list[str] = []
    if _compiled(_UNSPACED).search(folded):
        cjk = list(filter(str.isalnum, re.findall(f"[{_CJK}]", folded)))
        if not any(map(_is_speaking, cjk)):
            cjk = []
        unspaced = list(filter(_is_speaking, re.findall(f"[{_UNSPACED_ASIAN}]", folded)))
        folded = _compiled(_UNSPACED).sub(" ", folded)
    rest = folded.replace("\u2014", " ")
    return [word for word in rest.split() if any(map(_is_speaking, word))], cjk, unspaced


def _strip_punctuation(word: str) -> str:
    if word.isalnum():
        return word
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while end > start and _is_punctuation(word[end - 1]):
        end -= 1
    return word[start:end]


def _is_punctuation(char: str) -> bool:
    if char.isascii():
        return not char.isalnum()
    return category(char)[0] in "PSZ"


def _stands_in(text: str, *, owner: bool) -> bool:
    shown = visible(text)
    if not shown:
        return False
    if is_blank(shown) or is_listed(shown, owner=owner) or is_slot(shown):
        return True
    if shown[0] == ":" and re.fullmatch(_SHORTCODES, shown):
        return True
    split = _compiled(_PARTS)
    end = split.search(shown)
    first = shown[: end.start()] if end else shown  # of nearly every answer, this part tells
    if first.strip() and not _is_part_listed(first, owner=owner):
        return False
    return all(_is_part_listed(part, owner=owner) for part in split.split(shown) if part.strip())


def _is_part_listed(part: str, *, owner: bool) -> bool:
    """Judge one entry of a list, its bullet, number or tick box put aside."""
    front = _compiled(_PART_FRONT).match(part)
    bare = part[front.end() :] if front else part
    return is_blank(bare) or is_listed(bare, owner=owner) or is_slot(bare)


def _tokens_with_references(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the visible text's tokens, each with whether it is a reference."""
    spaced = visible(text)
    if "://" in spaced or "www." in spaced.lower():
        spaced = re.sub(_URL_TAIL, lambda url: f" {url.group()} ", spaced)
    if not spaced.isascii():
        spaced = re.sub(f"(?<=[{_CJK}])(?=[#A-Za-z0-9])|(?<=[0-9])(?=[{_CJK}])", " ", spaced)
    before = ""
    for token in spaced.split():
        bare = token.strip("()[]{}<>.,;:?\"'*_`+&\u3002\uff0c\uff1a\uff08\uff09\u3010\u3011")
        counts = bare.isdigit() and _is_counted(before)
        yield token, counts or _is_reference(bare)
        before = token


def _is_counted(word: str) -> bool:
    """Tell whether a number after the word names something: `step 3`, `issue 12`."""
    return _strip_punctuation(word.casefold()) in _COUNTED


def _is_reference(token: str) -> bool:
    """Tell whether a token refers elsewhere; every reference has a digit, a colon or `www.`."""
    if token.isalpha():
        return False
    if ":" not in token and not any(map(str.isdigit, token)) and "www." not in token.lower():
        return False
    return _compiled(_REFERENCE).fullmatch(token) is not None


def _is_linking(token: str) -> bool:
    if token.isascii() and token.isalpha():
        return token.lower() in _LINKING
    words = re.split("[-/: ]", compare_key(token))
    return all(word in _LINKING for word in words if word)


def _drop_linking_tail(tokens: list[str]) -> None:
    while tokens and _is_linking(tokens[-1]):
        tokens.pop()


def _brings_new_words(text: str, topic: str) -> bool:
    """Tell whether a text has at least two content words that are none of its topic.

    The first words of an answer tell it; the rest need not be looked at.
    """
    known = _plain_content_words(topic)
    new = ""
    for word in _find_content_words(text):
        if word not in known and word != new:
            if new:
                return True
            new = word
    return False


@_remember
def _plain_content_words(text: str) -> frozenset[str]:
    return frozenset(_find_content_words(text))


def _find_content_words(text: str) -> Iterator[str]:
    folded = _fold(text)
    if not folded.isascii():
        folded = _compiled(_UNSPACED).sub(" ", folded)
    words = _compiled(_BETWEEN_WORDS).split(folded)
    are_short = len(max(words, key=len)) <= _LONGEST_WORD
    return filter(None, map(_known_word if are_short else _content_word, words))


def _content_word(written: str) -> str:
    """Return the stem of a folded word that carries meaning, "" of any other."""
    word = _bare_word(written)
    return _stem(word) if word and word not in _STOP_WORDS else ""


_known_word = lru_cache(maxsize=4096)(_content_word)


def _bare_word(word: str) -> str:
    """Return a word without apostrophes and outer signs; nothing for a single letter."""
    if word.isascii() and word.isalnum():
        return word if len(word) > 1 or word.isdigit() else ""
    if any(sign in word for sign in _APOSTROPHES):
        word = re.sub(r"['\u2019]s?(?=\W|$)|['\u2019]", "", word)
    bare = _strip_punctuation(word)
    return "" if len(bare) == 1 and bare.isalpha() and bare.isascii() else bare


def _unspaced_pairs(text: str) -> frozenset[str]:
    folded = _fold(text)
    runs = [] if folded.isascii() else _compiled(_UNSPACED + "+").findall(folded)
    return frozenset(run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1)))


def _stem(word: str) -> str:
    """Cut the common English endings (plural, -ing, -ed, final e) so that forms compare."""
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@_remember
def _title_topic(title: str) -> str:
    shown = visible(title)
    prefix = _compiled(_CONVENTIONAL_PREFIX).match(shown)
    return strip_references(shown[prefix.end() :] if prefix else shown)


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of visible prose; a line ends one as well. Linear in the length."""
    parts = _END.split(text, maxsplit=_MOST_SENTENCES)
    return tuple(part.strip() for part in parts if part.strip())


@lru_cache(maxsize=64)  # one check asks a hundred times for the same few texts
def own_words(text: str, links: int) -> str:
    """Return a text without the sentences that only refer to something, like "Fixes #12".

    `text` is the prose without its links, `links` how many links were taken out of it. The
    sentences left stand on a line each.
    """
    if not links and ":" not in text and not any(map(str.isdigit, text)):
        return text
    broken = _CLOSING.sub("\n", text)
    return "\n".join(s for s in split_sentences(broken) if not is_link_only(s, links))
