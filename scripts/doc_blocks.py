"""Turn a Markdown page into its fenced blocks, each with the marker that says how it is tried.

A marker is an HTML comment right above the fence, which no reader of the page sees:

- `run: whygate ...`: the output of that command at the top of this checkout, written anew
- `session: shop`: the output of the `$` lines in a copy of the example repository, written anew;
  `session: shop; git switch -q x` runs something unseen before; other repositories are `empty`
  and the streams of examples/, such as `shop.fast-import`
- `check: ok`, `check: WG112 WG103; title: feat: x`: a description (a block of Markdown) or a
  message (any other), and the errors and warnings that are found; also `check: exempt`
- `file: .whygate.yml`: a file that the policy, the checks and the sessions below it on the page see
- `validate: vendor.gitlab-ci`: YAML of another program, held by check-jsonschema to that schema;
  `validate: schemas/results.schema.json`: JSON, held to a schema of ours
- `tested: tests/e2e/conftest.py`: a test that uses the block as it stands on the page
- `not run: REASON`: nothing runs it, for a reason
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("benchmarks/README.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
)
WAYS = ("run", "session", "check", "file", "validate", "tested", "not run")
_COMMENT = re.compile(r"<!--(.*)-->", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark")


class Block(Struct, frozen=True):
    """A fenced block: where it is opened (from 1), its language, its text, and its marker.

    `way` is one of WAYS, or "" when no marker of them stands above; `told` is what it says.
    """

    page: str
    line: int
    language: str
    text: str
    way: str = ""
    told: str = ""

    @property
    def place(self) -> str:
        """Return `page:line`."""
        return f"{self.page}:{self.line}"


def read_blocks(page: Path) -> tuple[Block, ...]:
    """Return the fenced blocks of a page in their order."""
    name = page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else page.name
    return tuple(find_blocks(page.read_text(encoding="utf-8"), name))


def find_blocks(text: str, page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a text."""
    above = ""
    for token in _MARKDOWN.parse(text):
        if token.type == "fence" and token.map is not None:
            way, told = _split_marker(above)
            yield Block(page, token.map[0] + 1, token.info.strip(), token.content, way, told)
        above = token.content if token.type == "html_block" else ""


def find_inline_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield each code span of a text that is not in a table, with the line of its paragraph."""
    for token in _MARKDOWN.parse(text):
        if token.type == "inline" and token.map is not None:
            for child in token.children or ():
                if child.type == "code_inline":
                    yield token.map[0] + 1, child.content


def _split_marker(html: str) -> tuple[str, str]:
    found = _COMMENT.fullmatch(html.strip())
    if found is None:
        return "", ""
    way, _, told = found[1].strip().partition(":")
    return (way, told.strip()) if way in WAYS else ("", "")
