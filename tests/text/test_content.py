from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text import content
from whygate.text.content import (
    compare_key,
    content_words,
    count_words,
    is_blank,
    is_link_only,
    is_owner_placeholder,
    is_placeholder,
    restates,
    strip_references,
    token_overlap,
    visible,
)

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060"
    "\u2064\u2066\u2069\u2800\u3164\ufe0f\ufeff\uffa0\ufff9\U00013441\U0001d173\U000e0041\x00\x1c"
    "\x7f\x9f"
)

VISIBLE = [
    ("empty", "", ""),
    ("plain", "a b", "a b"),
    ("inner-spaces", "  a   b ", "a b"),
    ("unicode-spaces", "a\u00a0\u3000b\u2028c\u2029d\u0085e\u202ff\u1680g", "a b c d e f g"),
    ("form-feeds", "a\fb\vc\td", "a b c d"),
    ("line-feeds", "\n a \n \n b\n", "a\nb"),
    ("carriage-returns", "a\r\n\r\nb\rc", "a\nb\nc"),
    ("separator-controls", "a\x1c\x1d\x1e\x1fb", "ab"),
    ("composed", "e\u0301", "\u00e9"),
    ("composed-through-filler", "e\u200b\u034f\u0301", "\u00e9"),
    ("family", "\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
    ("bidi", "\u202eabc\u202c", "abc"),
    ("all-invisible", INVISIBLE, ""),
    ("kept-format", "\u0600\u06dd", "\u0600\u06dd"),
    ("cut-marks", "a" + "\u0323" * 80, "\u1ea1" + "\u0323" * 29),
    ("cut-marks-on-a-sign", "\u2014" + "\u0301" * 40, "\u2014" + "\u0301" * 30),
    ("cut-half-width-marks", "\u2014" + "\uff9e" * 40, "\u2014" + "\uff9e" * 30),
    ("signs-are-no-marks", "\u2014" * 40, "\u2014" * 40),
]

WORDS = [
    ("empty", "", 0),
    ("signs", "-- ? ...", 0),
    ("plain", "The cart is empty, the page too.", 7),
    ("hyphen", "two-device carts", 2),
    ("em-dash", "slow\u2014very slow", 3),
    ("numbers", "40-45 % of 12k", 3),
    ("emoji", "\U0001f680 fast \U0001f680", 1),
    ("apostrophe", "don't can’t", 2),
    ("case", "Stop STOP stop!", 3),
    ("han", "支付失败", 2),
    ("han-odd", "购物车", 2),
    ("han-and-latin", "导出 CSV 失败", 3),
    ("han-glued", "iOS用户无法登录", 4),
    ("kana", "カートが空になる", 4),
    ("kana-repeated", "ああああ", 2),
    ("half-width-kana", "ｶｰﾄ", 2),
    ("long-sound-marks", "ーーーー", 0),
    ("middle-dots", "ロゴ・・", 1),
    ("emoji-that-decompose", "\u3297\ufe0f \U0001f21a fast", 1),
    ("hangul", "장바구니가 비어 있다", 3),
    ("thai", "ตะกร้าว่าง", 3),
    ("thai-number", "ราคา 100 บาท", 4),
    ("devanagari", "कार्ट खाली है", 3),
    ("arabic", "السلة فارغة", 2),
    ("full-width", "ＡＢＣ　ＤＥＦ", 2),
]

PLACEHOLDERS = [
    "N/A",
    "n.a.",
    "None.",
    "- TBD",
    "**TODO**",
    "see title",
    "WISOTT",
    "Don’t know",
    "TBD TBD TBD",
    "TBD, N/A",
    "TODO: TBD",
    "1. TBD\n2. none",
    "- [x] n/a",
    "[x]",
    "aaaa",
    "xxxxxxxx",
    "哈哈哈哈",
    "asdfasdf",
    ">= X %",
    "-",
    "?",
    "👀",
    "1️⃣",
    "ℹ️",
    "___",
    "нет",
    "НЕТ",
    "なし。",
    "無",
    "لا يوجد",
    "không có",
    "entfallt",
    "N/\u0410",
    "Т\u0412D",
    "ᴛʙᴅ",
    "𝐓𝐁𝐃",
    "<metric>",
    "<link to dashboard>",
    "- [X] n/a",
    "<what is counted?>",
    "<a number>",
    "<n>",
    "<metric> from <value> to <value>",
    "[insert reason]",
    "[TBD]",
    "[Describe the problem] [your name]",
    "{{problem}}",
    "{problem}",
    "${TARGET} by ${DATE}",
    "`<name>`",
]

ANSWERS = [
    "",
    "0",
    "1111",
    "-30%",
    "2x",
    "AA",
    "AAA",
    "yes",
    "no",
    "new",
    "C++",
    "Banana",
    "None of the exports open on a phone",
    "Test users cannot log in",
    "N/A values crash the import",
    "TODO list loses items",
    "TBD until 2027-01-10; ask the sales desk",
    "none, because fewer than ten people use it",
    "なしの値で止まる",
    "没有人能登录",
    "<img>",
    '<img alt="x" src="y">',
    "<br/>",
    "</details>",
    "<https://example.com/d/4>",
    "<lena@example.com>",
    '<refentry lang="en">',
    "<T> is not exported",
    "[Add docs](https://example.com)",
    "[exports are slow]",
    "[the team]",
    '{"state": "ok"}',
    "p95 < 300 ms and > 100 ms",
    "{name} is shown to guests",
]

NOBODY = ["me", "the team", "@team", "TBD", "we", "Dev team", "someone", "author", "me, the team"]
SOMEBODY = [
    "@lena",
    "@acme/search",
    "lena@example.com",
    "Lena Meyer <lena@example.com>",
    "@mei",
    "",
]

REFERENCES = [
    ("none", "Carts are empty", "Carts are empty", False),
    ("number", "Fixes #1350", "", True),
    ("list", "Closes #1, #2 and #3.", "", True),
    ("repository", "Resolves: acme/cart#12", "", True),
    ("merge-request", "See !42", "", True),
    ("key", "Part of PAY-123", "", True),
    ("gh", "gh-77", "", True),
    ("counted", "Fixes issue 1234", "", True),
    ("url", "See https://example.com/a?b=1#c.", "", True),
    ("upper-url", "HTTPS://EXAMPLE.COM/A", "", True),
    ("bare-host", "(www.example.com/x)", "", True),
    ("sha", "Reverts 1a2b3c4d5e", "", True),
    ("change-id", "I" + "0af3" * 10, "", True),
    ("advisory", "Addresses CVE-2027-1234", "", True),
    ("follow-up", "Follow-up to #7 - see also #8", "", True),
    ("han", "修复#123。", "", True),
    ("han-host", "详见www.example.com/a。", "", True),
    ("han-sentence-glued", "支付失败#12", "支付失败", False),
    ("key-of-one-letter", "See X-12", "", True),
    ("han-url", "详见https://example.com/a。", "", True),
    ("russian", "Исправляет #12", "", True),
    ("sentence-before", "Carts are empty (#12)", "Carts are empty", False),
    ("sentence-after", "Fixes #12: carts are empty", "carts are empty", False),
    ("sentence-between", "#1 breaks #2", "breaks", False),
    ("linking-word-inside", "Fix the carts, see #12", "Fix the carts,", False),
    ("counted-noun", "Fixes 3 crashes of #12", "Fixes 3 crashes", False),
    ("norm", "UTF-8", "UTF-8", False),
    ("hex-word", "defaced facade", "defaced facade", False),
    ("han-sentence", "支付失败 #12", "支付失败", False),
    ("han-sentence-after-url", "见https://example.com/a。支付失败", "。支付失败", False),
    ("han-sentence-after-host", "见www.example.com/a。支付失败", "。支付失败", False),
    ("two-lines", "Carts\nare empty\n#12", "Carts are empty", False),
    ("sign-first", "- Carts are empty", "- Carts are empty", False),
    ("sign-after-a-reference", "#12 - carts are empty", "carts are empty", False),
    ("sign-after-a-word", "#12 carts - empty", "carts - empty", False),
]

TITLES = [
    ("copy", "Add default font", "Add default font", True),
    ("small-change", "Have a default font", "Add default font", True),
    ("prefix", "adds CSV exports!", "feat(export)!: add CSV export (#12)", True),
    ("forms", "Caching of lookups", "perf: cache lookup", True),
    ("one-new-word", "Default font missing", "Add default font", True),
    ("one-word-in-common", "They order alone", "feat: order by voice", False),
    ("two-new-words", "Default font hides accents", "Add default font", False),
    ("other", "Accountants retype numbers", "feat: add CSV export", False),
    ("one-word-of-two", "Exports.", "feat: faster exports", True),
    ("the-only-word", "The export.", "feat: exports", True),
    ("half-covered", "Faster exports.", "feat: faster exports of all pages and titles", True),
    ("two-of-five", "Exports, pages", "feat: exports pages rows files titles", False),
    ("too-little-covered", "Faster export", "feat: add CSV export for big teams", False),
    ("function-words", "It is for you", "Add default font", False),
    ("copy-of-function-words", "Do it", "Do it.", True),
    ("blank-text", "...", "Add default font", False),
    ("blank-title", "Default font", "feat: #12", False),
    ("blank-text-blank-title", "...", "feat: !!!", False),
    ("han-copy", "增加导出功能", "feat: 增加导出功能", True),
    ("han-variant", "增加一个导出功能", "feat: 增加导出功能", True),
    ("han-three-new-pairs", "支付失败月报表", "feat: 支付失败", True),
    ("han-four-new-pairs", "支付失败月报表格", "feat: 支付失败", False),
    ("han-other", "用户无法打开月报", "feat: 增加导出功能", False),
    ("han-text-latin-title", "支付 payment", "Fix payment", False),
    ("latin-text-han-title", "Payments fail", "修复支付失败", False),
    ("one-han-letter", "无", "无", True),
]

HOSTILE = {
    "marks": "\u0301\u0323" * 32768,
    "marks-that-grow": "\u0344\u0323" * 32768,
    "half-width-marks": "\uff9e\u0301" * 32768,
    "angles": "<a" * 32768,
    "squares": "[" * 65536,
    "braces": "${" * 32768,
    "spaces": "a" + " \n" * 32768 + "b",
    "slashes": "a/" * 32768,
    "hex": "a1" * 32768,
    "keys": "A" * 65536 + "-1",
    "apostrophes": "'s" * 32768,
    "period": "a" * 65535 + "b",
    "links": "fixes #1 " * 7000,
    "boxes": "- [x] " * 11000,
    "han": "中1" * 32768,
    "emoji": "👀" * 65536,
    "fillers": "\u3164\u200b" * 32768,
}

texts = st.text(max_size=80) | st.text(
    alphabet="aN/TBD. -x#1<>[]{}n\n\r\t é中ーกи👀\u0301\u200b\u3164\u00a0'", max_size=40
)
phrases = st.sampled_from(PLACEHOLDERS + ANSWERS) | texts


@pytest.mark.parametrize(
    ("text", "shown"), [row[1:] for row in VISIBLE], ids=[row[0] for row in VISIBLE]
)
def test_visible_drops_filler_and_folds_space(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_drops_every_format_character_that_is_not_drawn() -> None:
    drawn = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    formats = {
        code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Cf"
    }

    assert {code for code in formats if visible(f"a{chr(code)}b") != "ab"} <= drawn


def test_combining_marks_are_never_letters() -> None:
    marks = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))]

    assert not any(map(str.isalnum, marks))


@given(texts)
@settings(max_examples=300, deadline=None)
def test_visible_is_idempotent(text: str) -> None:
    once = visible(text)

    assert visible(once) == once


@given(texts)
@settings(max_examples=300, deadline=None)
def test_is_blank_sees_only_what_is_visible(text: str) -> None:
    assert is_blank(visible(text)) == is_blank(text)


@given(phrases, st.text(alphabet=INVISIBLE, min_size=1, max_size=4), st.data())
@settings(max_examples=300, deadline=None)
def test_invisible_characters_change_nothing(text: str, filler: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    filled = text[:at] + filler + text[at:]

    assert visible(filled) == visible(text)
    assert is_blank(filled) == is_blank(text)
    assert count_words(filled) == count_words(text)
    assert is_placeholder(filled) == is_placeholder(text)


@given(texts)
@settings(max_examples=300, deadline=None)
def test_blank_texts_have_no_words(text: str) -> None:
    assert is_blank(text) == (count_words(text) == 0)


@given(texts, texts)
@settings(max_examples=200, deadline=None)
def test_token_overlap_is_a_symmetric_share(a: str, b: str) -> None:
    share = token_overlap(a, b)

    assert share == token_overlap(b, a)
    assert 0.0 <= share <= 1.0


@pytest.mark.parametrize(
    "text", ["", " ", ".", "...", "-", "—", "👀", "\u3164", "\u0301", "。", "ː"]
)
def test_is_blank_without_letter_or_digit(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "0", "½", "①", "中", "ー中", "ก", "a\u0301", "Ⅷ", "𝐱"])
def test_is_blank_refuses_letters_and_digits(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "count"), [row[1:] for row in WORDS], ids=[row[0] for row in WORDS]
)
def test_words_are_counted_in_every_script(text: str, count: int) -> None:
    assert count_words(text) == count


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_is_placeholder_knows_stand_ins(text: str) -> None:
    assert is_placeholder(text)
    assert is_owner_placeholder(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_is_placeholder_leaves_answers_alone(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize("text", NOBODY)
def test_is_owner_placeholder_knows_nobody(text: str) -> None:
    assert is_owner_placeholder(text)


@pytest.mark.parametrize("text", ["me", "the team", "someone", "Dev team"])
def test_nobody_may_be_the_answer_to_another_question(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize("text", SOMEBODY)
def test_is_owner_placeholder_leaves_owners_alone(text: str) -> None:
    assert not is_owner_placeholder(text)


@pytest.mark.parametrize(
    ("text", "rest", "only"), [row[1:] for row in REFERENCES], ids=[row[0] for row in REFERENCES]
)
def test_references_are_told_from_sentences(text: str, rest: str, only: bool) -> None:
    assert strip_references(text) == rest
    assert is_link_only(text, 0) == only


@pytest.mark.parametrize(
    ("text", "links", "only"),
    [
        pytest.param("", 1, True, id="link-alone"),
        pytest.param("Fixes and", 2, True, id="verb-and-links"),
        pytest.param("", 0, False, id="nothing"),
        pytest.param("Fixes", 0, False, id="verb-alone"),
        pytest.param("names slow search first", 1, False, id="sentence-with-link"),
    ],
)
def test_is_link_only_counts_links_taken_out(text: str, links: int, only: bool) -> None:
    assert is_link_only(text, links) == only


def test_content_words_compare_forms_of_a_word() -> None:
    first = content_words("The user's caches were copied, and queries are running.")
    second = content_words("users cache copy query run")

    assert first == second


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gas", {"gas"}),
        ("rows", {"row"}),
        ("dies", {"die"}),
        ("tries", {"try"}),
        ("class status basis", {"class", "status", "basis"}),
        ("retyped retype", {"retyp"}),
        ("need king", {"need", "king"}),
        ("added adding", {"add"}),
        ("stopped slipping", {"stop", "slip"}),
        ("called calling", {"call"}),
        ("uses", {"use"}),
        ("notes note", {"not"}),
        ("cafés", {"cafés"}),
        ("class's class", {"class"}),
        ("plan B of x", {"plan"}),
        ("CI", {"ci"}),
    ],
)
def test_content_words_are_cut_to_what_their_forms_share(text: str, words: set[str]) -> None:
    assert content_words(text) == words


def test_content_words_pair_unspaced_letters() -> None:
    assert content_words("导出 CSV 无") == {"导出", "csv", "无"}
    assert content_words("导出无") == {"导出", "出无"}


@pytest.mark.parametrize(
    ("text", "title", "same"), [row[1:] for row in TITLES], ids=[row[0] for row in TITLES]
)
def test_restates_finds_a_repeated_title(text: str, title: str, same: bool) -> None:
    assert restates(text, title) == same


TITLE_WORDS = [
    *("fix:", "[x]", "feat(a):", "the", "font", "fonts", "show", "PAY-12", "#12", "a/b#1", "x's"),
    *("https://x.org/a,font", "www.font.org", "see", "and", "\u5b57\u4f53", "PAY-12\u5b57", "(#3)"),
]
SPOKEN = st.lists(st.sampled_from(TITLE_WORDS), max_size=6).map(" ".join)


@given(SPOKEN, SPOKEN)
@settings(max_examples=300, deadline=None)
def test_restates_may_look_at_the_whole_title_first(text: str, title: str) -> None:
    same = restates(text, title)
    with pytest.MonkeyPatch.context() as patch:
        look = content._brings_new_words
        patch.setattr(content, "_brings_new_words", lambda a, b: b != title and look(a, b))
        restates.cache_clear()
        patient = restates(text, title)
    restates.cache_clear()

    assert content._title_topic(title) == title or patient == same


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        pytest.param("Carts are empty.", "carts EMPTY", 1.0, id="copy"),
        pytest.param("slow search", "slow export", 0.5, id="half"),
        pytest.param("slow search", "", 0.0, id="one-empty"),
        pytest.param("", "", 0.0, id="both-empty"),
        pytest.param("Do it", "do it!", 1.0, id="same-function-words"),
    ],
)
def test_token_overlap_is_the_common_share(a: str, b: str, share: float) -> None:
    assert token_overlap(a, b) == share


def test_compare_key_ignores_case_width_and_punctuation() -> None:
    assert compare_key("«Ｔhe\u200b  CART» -\n is empty!") == compare_key("the cart is EMPTY")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    once = visible(text)
    count_words(text)
    is_placeholder(text)
    is_link_only(text, 1)
    strip_references(text)
    restates(text, "add a font")

    assert visible(once) == once
