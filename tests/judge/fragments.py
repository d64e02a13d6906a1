"""Turn the Bad and Good fragments of a rule's documentation into whole descriptions.

A fragment changes a complete description. Its first lines may be `title: ...`, `paths: ...` (what
the change touches), `template: ...` (the repository's template), or any key of the configuration
such as `kinds: {...}`; `metrics: {...}` is the metric catalogue, each metric with as much as
matters. A `## Heading` block replaces the one of the same heading or is appended,
`(no such section)` as its body takes it away, and a heading that is repeated keeps every block.
Other text, such as a machine block, is appended.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "feat(export): write reports of any length"
SECTIONS = {
    "## Problem": (
        "Accountants split long reports by hand, since the export stops at row 100;\n"
        "support counts nine tickets a week about the missing rows."
    ),
    "## Who it helps": "Accountants with more than ten clients, about 400 people.",
    "## Outcome": "They close the month from one file and retype nothing.",
    "## Measurement": (
        "- Metric: tickets about missing rows, weekly\n"
        "- Baseline: 9 tickets\n"
        "- Target: 1 ticket\n"
        "- Evaluate by: +30d\n"
        "- Data source: https://support.example.com/views/rows"
    ),
}
ABSENT = "(no such section)"

_OPTION = re.compile(r"([a-z_]+): (.*)")
_FENCE = re.compile(r"```|~~~")


@dataclass(frozen=True)
class Example:
    """A whole change: title, body, paths, the template it was written on, configuration YAML."""

    title: str
    body: str
    paths: tuple[str, ...] | None = None
    template: str = ""
    config: str = ""
    metrics: str = ""


def read_fragment(documentation: str, name: str) -> str:
    """Return the fragment under `Bad:` or `Good:` of a rule's documentation, dedented."""
    _, _, rest = documentation.partition(f"\n{name}:\n")
    lines: list[str] = []
    for line in rest.split("\n"):
        if line and not line.startswith(" "):
            break
        lines.append(line)
    return inspect.cleandoc("\n".join(lines))


def compose(fragment: str) -> Example:
    """Return the complete description that a fragment stands for."""
    options, text = _split_options(fragment)
    loose: list[str] = []
    changed: dict[str, list[str]] = {}
    for heading, body in _split_sections(text):
        if not heading:
            loose.append(body)
        elif body.startswith(ABSENT):
            changed.setdefault(heading, [])
            loose.append(body.removeprefix(ABSENT).strip("\n"))
        else:
            changed.setdefault(heading, []).append(body)
    blocks = {heading: [body] for heading, body in SECTIONS.items()} | changed
    written = [f"{heading}\n{body}" for heading, bodies in blocks.items() for body in bodies]
    title, template = options.pop("title", TITLE), options.pop("template", "")
    paths = options.pop("paths", "")
    metrics = options.pop("metrics", "")
    return Example(
        title=title,
        body="\n\n".join((*written, *filter(None, loose))) + "\n",
        paths=tuple(paths.split(", ")) if paths else None,
        template=template,
        config="".join(f"{key}: {value}\n" for key, value in options.items()),
        metrics=_write_catalogue(metrics) if metrics else "",
    )


def _write_catalogue(metrics: str) -> str:
    """Return the catalogue of a line of metrics, what they leave out filled in."""
    usual = {"backend": "db", "window": "7d", "query": "select :start, :end"}
    filled = {slug: usual | said for slug, said in yaml.safe_load(metrics).items()}
    backends = {"db": {"type": "sql", "url_env": "DB_URL"}}
    return yaml.safe_dump({"version": 1, "backends": backends, "metrics": filled})


def _split_options(fragment: str) -> tuple[dict[str, str], str]:
    options: dict[str, str] = {}
    lines = fragment.split("\n")
    while lines and (found := _OPTION.fullmatch(lines[0])):
        options[found[1]] = found[2]
        lines.pop(0)
    return options, "\n".join(lines).strip("\n")


def _split_sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield (heading, body); a heading in a comment or a fence is text like any other."""
    heading, body = "", list[str]()
    hidden = False
    for line in text.split("\n"):
        if line.startswith("## ") and not hidden:
            yield heading, "\n".join(body).strip("\n")
            heading, body = line, []
            continue
        body.append(line)
        if _FENCE.match(line):
            hidden = not hidden
        elif "<!--" in line or "-->" in line:
            hidden = "-->" not in line
    yield heading, "\n".join(body).strip("\n")
