"""Turn a rule's text into its summary, its reasons and its examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from whygate.judge.rule import Rule

_EXAMPLES = ("Bad:", "Good:")


class RuleHelp(Struct, frozen=True):
    """What a rule finds in one sentence, why it matters, and (head, text) of the examples."""

    rule: Rule
    summary: str
    reasons: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]


def read_rule_help(rule: Rule) -> RuleHelp:
    """Return the parts of a rule's documentation: paragraphs, then indented examples."""
    paragraphs: list[str] = []
    examples: list[tuple[str, list[str]]] = []
    for line in rule.documentation.split("\n"):
        if line in _EXAMPLES:
            examples.append((line.rstrip(":"), []))
        elif examples:
            examples[-1][1].append(line[4:])
        elif not line or not paragraphs:
            paragraphs.append(line)
        else:
            paragraphs[-1] = f"{paragraphs[-1]} {line}".strip()
    return RuleHelp(
        rule=rule,
        summary=paragraphs[0],
        reasons=tuple(paragraph for paragraph in paragraphs[1:] if paragraph),
        examples=tuple((head, "\n".join(lines).strip("\n")) for head, lines in examples),
    )
