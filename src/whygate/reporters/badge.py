"""The badge of a repository: the share of changes that say why, as SVG or for shields.io."""

from __future__ import annotations

import json
from html import escape

from whygate.audit.coverage import share, show_share

LABEL = "product context"
TOO_FEW = "too few changes"
_COLORS = ((80, "brightgreen", "#3a7d1e"), (50, "yellow", "#8a6d00"), (0, "orange", "#b04a00"))
_GREY = ("lightgrey", "#5c5c5c")
_LETTER = 7  # pixels of a letter, with room; a picture cannot measure its font
_MARGIN = 10


def render_badge_json(part: int, whole: int, *, label: str = LABEL) -> str:
    """Return the JSON that shields.io's endpoint badge reads (https://shields.io/endpoint)."""
    message, (color, _) = _message(part, whole), _color(part, whole)
    held = {"schemaVersion": 1, "label": label, "message": message, "color": color}
    return json.dumps(held, indent=2) + "\n"


def render_badge(part: int, whole: int, *, label: str = LABEL) -> str:
    """Return an SVG badge that says its words to a screen reader too, and loads nothing."""
    message, (_, color) = _message(part, whole), _color(part, whole)
    left, right = (2 * _MARGIN + _LETTER * len(text) for text in (label, message))
    words = escape(f"{label}: {message}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label="{words}">
<title>{words}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="{left // 2}" y="14">{escape(label)}</text>
<text x="{left + right // 2}" y="14">{escape(message)}</text>
</g>
</svg>
"""


def _message(part: int, whole: int) -> str:
    shown = show_share(part, whole)
    return f"{shown} of {whole}" if shown else TOO_FEW


def _color(part: int, whole: int) -> tuple[str, str]:
    rate = share(part, whole)
    if rate is None:
        return _GREY
    return next((name, color) for least, name, color in _COLORS if rate >= least)
