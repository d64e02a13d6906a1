from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.text.reverts import says_why

SHA = "4f1c2d3e5a6b7c8d9e0f4f1c2d3e5a6b7c8d9e0f"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"This reverts commit {SHA}.\n", id="git"),
        pytest.param(f"This reverts commit {SHA}, reversing\nchanges made to {SHA}.\n", id="merge"),
        pytest.param("Reverts shop/export#3664\n", id="GitHub"),
        pytest.param("This reverts merge request shop/export!3664\n", id="GitLab"),
        pytest.param(
            'Revert "write every row (#12)"\n\nReverts shop/export#12\n', id="subject again"
        ),
        pytest.param(f"This reverts commit {SHA}.\nRB=12\nR=lena,bo\nA=lena\n", id="review lines"),
        pytest.param(f"This reverts commit {SHA}.\n\nSigned-off-by: A <a@x>\n", id="sign-off"),
        pytest.param("## Why?\n<!-- tell us why it is taken back -->\n", id="template"),
        pytest.param(f"\u2026rows (#12)\n\nThis reverts commit {SHA}.\n", id="rest of the subject"),
        pytest.param("It broke <!-- why? -->\n", id="two words and a comment"),
        pytest.param("- [x] tested it locally and in staging\n", id="boxes"),
        pytest.param("Reverts #12\n\nFixes: #13\n", id="references"),
        pytest.param("**Why?**\n\nBecause\n", id="bare labels"),
    ],
)
def test_generated_lines_are_no_reason(text: str) -> None:
    assert not says_why(text)


@pytest.mark.parametrize(
    "text",
    [
        "Exports ran out of memory.",
        f"This reverts commit {SHA} because the export runs out of memory.",
        "Reverts shop/export#12, as it broke the nightly export",
        "Because\n- the shop does not set this option",
        "## Why?\nNeeds more testing.",
        "Reason: broken on every phone",
        "\u5bfc\u51fa\u65f6\u5185\u5b58\u4e0d\u8db3",
    ],
)
def test_own_words_are_a_reason(text: str) -> None:
    assert says_why(text)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert says_why(text) in {True, False}
