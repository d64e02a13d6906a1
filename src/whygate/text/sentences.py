"""Turn prose into its sentences, and into those that say something themselves."""

from __future__ import annotations

import re
from functools import lru_cache

from whygate.text.content import is_link_only

# A full stop ends a sentence before white space; the Chinese and Japanese one needs none.
_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n")
_MOST_SENTENCES = 200
# GitHub's words that close an issue, as they stand in front of one ("Linking a pull request to
# an issue"); a writer puts them on a line of their own, which Markdown joins to the one above.
_CLOSING = re.compile(
    r"(?<=\s)(?=(?:clos(?:e[sd]?)|fix(?:e[sd])?|resolve[sd]?|refs?|part of):?\s{1,3}"
    r"(?:https?://|[\w./-]{0,80}#\d))",
    re.IGNORECASE,
)


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
