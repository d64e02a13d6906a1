"""A share as a badge: what it says, in which colour, and nothing else."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.reporters.audit import LABEL, TOO_FEW, render_badge, render_badge_json

SVG = "{http://www.w3.org/2000/svg}"
CASES = [
    pytest.param(0, 0, TOO_FEW, "lightgrey", id="none"),
    pytest.param(4, 4, TOO_FEW, "lightgrey", id="four"),
    pytest.param(5, 5, "100.0 % of 5", "brightgreen", id="all"),
    pytest.param(4, 5, "80.0 % of 5", "brightgreen", id="eighty"),
    pytest.param(799, 1000, "79.9 % of 1000", "yellow", id="under eighty"),
    pytest.param(5, 10, "50.0 % of 10", "yellow", id="half"),
    pytest.param(49, 100, "49.0 % of 100", "orange", id="under half"),
    pytest.param(0, 5, "0.0 % of 5", "orange", id="nobody"),
    pytest.param(1, 9999, "under 0.1 % of 9999", "orange", id="nearly nobody"),
    pytest.param(9998, 9999, "over 99.9 % of 9999", "brightgreen", id="nearly all"),
]
COLORS = {"lightgrey": "#5c5c5c", "brightgreen": "#3a7d1e", "yellow": "#8a6d00"}


def contrast(color: str) -> float:
    """Return the contrast of white on a colour (WCAG 2.2, relative luminance)."""
    parts = (int(color[n : n + 2], 16) / 255 for n in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (light + 0.05)


@pytest.mark.parametrize(("part", "whole", "message", "color"), CASES)
def test_endpoint_says_the_share_and_of_what(
    part: int, whole: int, message: str, color: str
) -> None:
    text = render_badge_json(part, whole)

    assert text.endswith("}\n")
    assert json.loads(text) == {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": color,
    }


@pytest.mark.parametrize(("part", "whole", "message", "color"), CASES)
def test_picture_says_it_to_everybody(part: int, whole: int, message: str, color: str) -> None:
    root = ET.fromstring(render_badge(part, whole))
    fill = root.findall(f"{SVG}rect")[1].attrib["fill"]

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == root.findtext(f"{SVG}title") == f"{LABEL}: {message}"
    assert [e.text for e in root.iter(f"{SVG}text")] == [LABEL, message]
    assert fill == COLORS.get(color, "#b04a00")
    assert contrast(fill) >= 4.5


def test_bytes_of_a_picture_are_stable() -> None:
    assert (
        render_badge(4, 5)
        == """\
<svg xmlns="http://www.w3.org/2000/svg" width="222" height="20" role="img" \
aria-label="product context: 80.0 % of 5">
<title>product context: 80.0 % of 5</title>
<rect width="125" height="20" fill="#444"/>
<rect x="125" width="97" height="20" fill="#3a7d1e"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="62" y="14">product context</text>
<text x="173" y="14">80.0 % of 5</text>
</g>
</svg>
"""
    )


def test_bytes_of_an_endpoint_are_stable() -> None:
    assert render_badge_json(4, 5, label="why") == (
        '{\n  "schemaVersion": 1,\n  "label": "why",\n  "message": "80.0 % of 5",\n'
        '  "color": "brightgreen"\n}\n'
    )


@pytest.mark.parametrize("label", ['"/><script>x</script>', "a & b", "<i>", "' onload='x"])
def test_label_is_only_text(label: str) -> None:
    root = ET.fromstring(render_badge(1, 9, label=label))

    assert next(root.iter(f"{SVG}text")).text == label
    assert {e.tag.removeprefix(SVG) for e in root.iter()} == {"svg", "title", "rect", "g", "text"}
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on")]
    assert json.loads(render_badge_json(1, 9, label=label))["label"] == label


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12))
def test_no_percentage_under_five(part: int, more: int) -> None:
    whole = part + more
    shown = render_badge(part, whole) + render_badge_json(part, whole)

    assert ("%" in shown) == (whole >= 5)
