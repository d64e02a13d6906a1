"""Prose is what a reader sees of Markdown; the rest is set aside and counted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.model import Prose
from whygate.text.document import parse_document
from whygate.text.prose import render_prose, split_task_box


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        pytest.param("", "", id="empty"),
        pytest.param(" \t\n\n", "", id="blank"),
        pytest.param("Carts are lost.", "Carts are lost.", id="one line"),
        pytest.param("Carts are\n  lost.\n\nAgain.", "Carts are lost.\nAgain.", id="paragraphs"),
        pytest.param(
            "Carts\r\nare\rlost.\r\n\r\nAgain.", "Carts are lost.\nAgain.", id="line ends"
        ),
        pytest.param(
            "snake_case x * y >= 3 <= 4 #12", "snake_case x * y >= 3 <= 4 #12", id="no marks"
        ),
        pytest.param("**Carts** are _lost_", "Carts are lost", id="emphasis"),
        pytest.param("_lost_", "lost", id="emphasis alone"),
        pytest.param("`cart.id` is ``a`b``", "cart.id is a`b", id="code spans"),
        pytest.param("`<!-- x -->` stays", "<!-- x --> stays", id="comment in code"),
        pytest.param("\\*not bold\\*", "*not bold*", id="escapes"),
        pytest.param("a&nbsp;b &amp; c&#8203;d", "a b & cd", id="entities"),
        pytest.param("R&D and AT&T", "R&D and AT&T", id="plain ampersand"),
        pytest.param("a <!-- b --> c", "a c", id="comment in a line"),
        pytest.param("<!-- a\n\nb -->\nc", "c", id="comment over a blank line"),
        pytest.param("a\n\n<!-- b\n\nc", "a", id="comment never closed"),
        pytest.param("a <!-- b\nc", "a <!-- b c", id="no comment inside a paragraph unless closed"),
        pytest.param("<p>Carts <b>are</b> lost</p>", "Carts are lost", id="tags"),
        pytest.param("Carts<br>are <kbd>lost</kbd>", "Carts\nare lost", id="tags in a line"),
        pytest.param("<div>\na &lt; b\n</div>", "a < b", id="entity in raw HTML"),
        pytest.param("<?php x ?>\n<!DOCTYPE a>\n<![CDATA[b]]>\nc", "c", id="other markup"),
        pytest.param("<div>\n<!-- a\n\nb\n\n<p>--> c</p>", "c", id="comment reaching over blocks"),
        pytest.param("<div>\n<!-- a\n\nb", "", id="comment swallowing blocks"),
        pytest.param("<div>\n<!-- a\n\n<p>--> c --> d</p>", "c --> d", id="two ends of a comment"),
        pytest.param("<div>\n1 < 2 <3 <b < c\n</div>", "1 < 2 <3 <b < c", id="no tags"),
        pytest.param("<div>\n<b <i>x</i> y\n</div>", "<b x y", id="tag in an open tag"),
        pytest.param("<div>\na <!-- x --> b <!-- y --> c\n</div>", "a b c", id="two comments"),
        pytest.param("<div>a <? x ?> b <? y ?> c</div>", "a b c", id="two instructions"),
        pytest.param("<div>a</div> tail", "a\ntail", id="text behind the last tag"),
        pytest.param("# Problem\ncarts\n\nWhy\n===", "carts", id="headings are signposts"),
        pytest.param("- a\n- b\n  - c", "a\nb\nc", id="list"),
        pytest.param("1. a\n2. b", "a\nb", id="numbered list"),
        pytest.param("*\n\n-\n\n1.\n+", "", id="empty items"),
        pytest.param("a\n\n---\n\nb\n***", "a\nb", id="rules"),
        pytest.param("> a\n> b\n\nc", "c", id="quote"),
        pytest.param("a\n\n    b = 1\n    c\n", "a\nb = 1\nc", id="indented code"),
        pytest.param("a\n```\nb\n```\nc", "a\nc", id="fence"),
        pytest.param("a\n~~~~\nb\n~~~\nc", "a", id="fence never closed"),
        pytest.param("| a | b |\n|---|---|\n| 1 | `2` |", "a b\n1 2", id="table"),
        pytest.param("![alt](a.png)", "", id="image"),
        pytest.param("<img src='a.png' alt='x'>", "", id="raw image"),
        pytest.param("\u200b\u3164\u2800", "", id="invisible filler"),
        pytest.param("a\u2028b\x0bc", "a b c", id="other separators end no Markdown line"),
        pytest.param("nul \x00 byte", "nul \ufffd byte", id="NUL"),
        pytest.param("[a]: http://b", "", id="link definition"),
    ],
)
def test_render_prose_text(markdown: str, text: str) -> None:
    assert render_prose(markdown).text == text


@pytest.mark.parametrize(
    ("markdown", "text", "unlinked", "links"),
    [
        pytest.param("[plan](http://a.b) here", "plan here", "here", 1, id="link"),
        pytest.param("[plan][1] here\n\n[1]: /x", "plan here", "here", 1, id="reference"),
        pytest.param("[plan] here\n\n[plan]: /x", "plan here", "here", 1, id="short reference"),
        pytest.param("[plan] here", "[plan] here", "[plan] here", 0, id="brackets"),
        pytest.param("[a [b] c](d)", "a [b] c", "", 1, id="brackets in a link"),
        pytest.param("see https://a.b/c_d?e=f.", "see https://a.b/c_d?e=f.", "see", 1, id="bare"),
        pytest.param("www.a.b there", "www.a.b there", "there", 1, id="www"),
        pytest.param("`x` at https://a.b/c", "x at https://a.b/c", "x at", 1, id="bare, parsed"),
        pytest.param("<https://a.b> x", "https://a.b x", "x", 1, id="autolink"),
        pytest.param("<me@a.b> x", "me@a.b x", "x", 1, id="mail"),
        pytest.param('<a href="x">y</a> z', "y z", "z", 1, id="raw link"),
        pytest.param("<p><a href='x'>y</a> z</p>", "y z", "z", 1, id="link in raw HTML"),
        pytest.param("</a>x", "x", "x", 0, id="closing tag alone"),
        pytest.param("a://", "a://", "a://", 0, id="no URL"),
        pytest.param(
            "\u53c2\u8003https://a.b/c\uff0c\u4e22", None, "\u53c2\u8003 \uff0c\u4e22", 1, id="CJK"
        ),
        pytest.param("| h |\n|---|\n| [a](b) |\n| c |\n", "h\na\nc", "h\nc", 1, id="cell"),
        pytest.param("[a](b) x\n\ny", "a x\ny", "x\ny", 1, id="paragraphs"),
        pytest.param("[a](b)\n\n[c](d) e", "a\nc e", "e", 2, id="links in two paragraphs"),
        pytest.param("    code\n\n[a](b) x", "code\na x", "code\nx", 1, id="indented code"),
    ],
)
def test_render_prose_links(markdown: str, text: str | None, unlinked: str, links: int) -> None:
    prose = render_prose(markdown)

    assert (prose.text, prose.unlinked, prose.links) == (text or markdown, unlinked, links)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        pytest.param(
            "- [ ] a\n- [x] b\n* [X] c", Prose("b\nc", "b\nc", ticked=2, unticked=1), id="boxes"
        ),
        pytest.param("- [ ] a\n  b\n  - c", Prose("c", "c", unticked=1), id="item below a box"),
        pytest.param("- [ ]\n- [x]", Prose(ticked=1, unticked=1), id="boxes without text"),
        pytest.param("- []\n- [y] a", Prose("[]\n[y] a", "[]\n[y] a"), id="no boxes"),
        pytest.param("[ ] a", Prose("[ ] a", "[ ] a"), id="box outside a list"),
        pytest.param("1. [x] a", Prose("a", "a", ticked=1), id="box in a numbered list"),
        pytest.param("![a](b) ![c](d)", Prose(images=2), id="images"),
        pytest.param("[![a](b)](c) d", Prose("d", "d", images=1, links=1), id="badge"),
        pytest.param("[a](b) [c](d) e", Prose("a c e", "e", links=2), id="two links"),
        pytest.param("<img src=a> <img src=b> c", Prose("c", "c", images=2), id="two raw images"),
        pytest.param("<img src=a>\n\n<img src=b> c", Prose("c", "c", images=2), id="raw images"),
        pytest.param("```\na\n```\n\n- ~~~\n  b\n", Prose(fences=2), id="fences"),
        pytest.param("- ", Prose(), id="empty item"),
        pytest.param("-\n  ```\n  a\n  ```", Prose(fences=1), id="item that begins with a fence"),
    ],
)
def test_render_prose_counts(markdown: str, expected: Prose) -> None:
    assert render_prose(markdown) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param("[ ] a", (" ", "a"), id="unticked"),
        pytest.param("[X] a", ("x", "a"), id="ticked"),
        pytest.param("[x](a)", ("", "[x](a)"), id="link"),
    ],
)
def test_split_task_box(item: str, expected: tuple[str, str]) -> None:
    assert split_task_box(item) == expected


@given(st.text("ab ,.\n\u00e9\u4e2d", max_size=80))
@settings(max_examples=150, deadline=None)
def test_render_prose_plain_text_same_as_parsed(text: str) -> None:
    """The shortcut for plain text gives what the parser gives: a link definition forces it."""
    parsed = render_prose(f"{text}\n\n[z]: /z")

    assert render_prose(text) == parsed


@given(st.text("a<>!-[]()`*_&;#x:/\\ \n|1.\u200b", max_size=60))
@settings(max_examples=300, deadline=None)
def test_passage_that_shows_text_has_some(markdown: str) -> None:
    passage, known = (parse_document(f"# T\n{markdown}").sections[0].passage for _ in range(2))

    assert passage.shows_text == bool(known.prose.text)
    assert known.shows_text == passage.shows_text


@given(st.text("a<>!-[]()`*_&;#x:/\\ \n|", max_size=60))
@settings(max_examples=200, deadline=None)
def test_render_prose_any_text_is_idempotent_in_white_space(markdown: str) -> None:
    prose = render_prose(markdown)

    assert all(
        line == " ".join(line.split()) and line for line in prose.text.split("\n") if prose.text
    )
