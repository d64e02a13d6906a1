"""What the author of a revert says beside the lines that a tool wrote."""

from __future__ import annotations

import re

from whygate.text.content import count_words, own_words

_COMMENT = re.compile(r"(?s)<!--.*?(?:-->|\Z)")
_MARKER = re.compile(r"^[ \t>]*(?:[-*+][ \t]+)?")
# What git, GitHub, GitLab (`This reverts merge request g/p!12`) and Gerrit write, and the lines
# of other tools: `RB=12`, `Change-Id: I1`.
_GENERATED = re.compile(
    r"(?i)(?:(?:re)?revert(?:s|ed)?|reapply|reapplies|this (?:reverts|relands))\b"
    r"(?:[^.!?]|!(?=[0-9]))*[.]?$"
    r"|changes made to [0-9a-f]{7,64}\W*$|\(cherry picked from commit [0-9a-f]{7,64}\)"
    r"|#{1,6}(?:\s|$)|-{3,}$|\[[ x]\]|[\u2026.]{1,3}\W"
    r"|[\w-]+-by:|(?:change-id|bug|fixes|cc|reviewed-on|test|signed-off-by):|[A-Z]+=\S"
    r"|this (?:commit|pr)\W*$|\*\*[^*]*\*\*\W*$|because\W*$|[\w ]{1,40}\?$"
)
# "as discussed in #6522", "because of the crash": a line that begins like git's and goes on.
_GOES_ON = re.compile(
    r"(?i)\b(?:as|because|since|due|until|after|now that|so|for|to|while|which|and|but|broke"
    r"|breaks|fails|caus\w+)\b"
)
_ENOUGH = 3


def says_why(text: str) -> bool:
    """Tell whether a message or description of a revert gives any reason, in any words.

    Set aside are the lines that git (`git revert`) and GitHub write, headings, boxes, trailers
    and references; three words of the author's own are enough.
    """
    said: list[str] = []
    for line in _COMMENT.sub("", text).split("\n"):
        if own := _own(line):
            if _is_enough(own):  # so is the whole
                return True
            said.append(own)
    return _is_enough("\n".join(said))


def _is_enough(text: str) -> bool:
    return count_words(own_words(text, 0)) >= _ENOUGH


def _own(line: str) -> str:
    """Return what a line says that nobody generated."""
    said = _MARKER.sub("", line).strip()
    if _GENERATED.match(said) is None:
        return said
    is_sentence = said[:1].isalpha() and '"' not in said
    goes_on = _GOES_ON.search(said) if is_sentence else None
    return said[goes_on.start() :] if goes_on else ""
