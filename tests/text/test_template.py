"""What an author added to a template is what is left when its lines are taken away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text import template
from whygate.text.prose import render_prose
from whygate.text.template import remaining_lines, template_lines

TEMPLATE = """\
## Problem

<!-- What is wrong, and for whom?
Please be specific. -->
Describe the problem in a sentence or two, so that somebody who does not know the code can follow.

- Change 1
* [ ] Bug fix
* [x] I have read the guide
> Keep this short.
1. First step

| Before | After |
|--------|-------|
"""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param(TEMPLATE, "", id="unedited"),
        pytest.param(TEMPLATE.replace("\n", "\r\n"), "", id="unedited, CRLF"),
        pytest.param(
            "DESCRIBE the problem in a sentence or two, so that somebody who does not "
            "know the code can follow",
            "",
            id="case and punctuation",
        ),
        pytest.param(
            "Describe the problem in a sentence or two, so that somebody\nwho does not "
            "know the code can follow.",
            "",
            id="wrapped again",
        ),
        pytest.param(
            "## Problem\nDescribe the problem in a sentence or two,\nso that somebody who does "
            "not know the code can follow.",
            "",
            id="wrapped again below a heading",
        ),
        pytest.param("* Change 1", "", id="other list marker"),
        pytest.param("**Change 1**", "", id="in bold"),
        pytest.param("Change 1", "", id="without its marker"),
        pytest.param("- Change\u200b 1", "", id="invisible filler"),
        pytest.param("- Change 1: carts are kept", "Change 1: carts are kept", id="extended"),
        pytest.param("- Change 12", "Change 12", id="other words"),
        pytest.param("- Change 1\n  and carts are kept", "and carts are kept", id="line added"),
        pytest.param("- [x] Bug fix", "Bug fix", id="ticked"),
        pytest.param("- [ ] Bug fix", "", id="unticked"),
        pytest.param("- [X] I have read the guide", "", id="ticked by the template"),
        pytest.param("Bug fix", "Bug fix", id="a box's label as a line of prose"),
        pytest.param("What is wrong, and for whom?", "", id="prompt no longer commented out"),
        pytest.param("Carts are lost.", "Carts are lost.", id="own words"),
        pytest.param("Keep this short.\n\nCarts are lost.", "Carts are lost.", id="both"),
        pytest.param("<!-- What is wrong, and for whom?\nmine -->", "", id="comment edited inside"),
        pytest.param("2. First step\n3. Second step", "Second step", id="other number"),
        pytest.param(
            "| Before | After |\n|---|---|\n| 3 | 4 |", "|---|---| | 3 | 4 |", id="table row added"
        ),
    ],
)
def test_remaining_lines(text: str, left: str) -> None:
    assert render_prose(remaining_lines(text, template_lines(TEMPLATE))).text == left


def test_remaining_lines_keeps_fences_closed() -> None:
    template = "```yaml\nmetric: x\n```\n\nAnything else?"

    text = "```yaml\nmetric: x\nowner: me\n```\n\nYes."
    left = remaining_lines(text, template_lines(template))

    assert left == "```yaml\nowner: me\n```\n\nYes."


def test_remaining_lines_wrapped_unit_keeps_its_fence() -> None:
    lines = template_lines("say `x` now\nand then")

    assert remaining_lines("say `x`\nnow and then", lines) == ""


@pytest.mark.parametrize(
    ("template", "text", "left"),
    [
        pytest.param(
            "- one two\n- three four", "- one\n  two\n- mine", "- mine", id="item wrapped again"
        ),
        pytest.param("<!-- prompt -->", "<!-- prompt -->\nmine", "mine", id="comment on a line"),
        pytest.param("- [x]\na", "- [x]\nb", "- [x]\nb", id="box without words"),
    ],
)
def test_remaining_lines_go_item_by_item(template: str, text: str, left: str) -> None:
    assert remaining_lines(text, template_lines(template)) == left


LINES = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(
            ("", "", "- ", "> ", "## ", "1. ", "- [ ] ", "[x] ", "*", "  ", "\t", "```")
        ),
        st.sampled_from(
            ("", "Change 1", "change, 1!", "First", "first_step", "I have", "it's", "é")
        ),
    ),
    max_size=6,
).map("\n".join)


@given(LINES, LINES)
@settings(max_examples=300, deadline=None)
def test_lines_are_compared_whatever_their_first_words(text: str, written_on: str) -> None:
    lines = template_lines(written_on)
    left = remaining_lines(text, lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template, "_may_be_known", lambda *_: True)

        assert remaining_lines(text, lines) == left


def test_template_lines_empty_template_takes_nothing() -> None:
    assert template_lines("") == frozenset()
    assert remaining_lines("a\n-\nb", frozenset()) == "a\n-\nb"
