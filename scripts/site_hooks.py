"""Turn the repository's Markdown into pages of the site: what stands outside of docs/, and links.

MkDocs calls the functions by their names: https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

from whygate.version import HOME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
# Pages and files of the site that stand elsewhere in the repository, under the same path.
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "benchmarks/README.md")
PUBLISHED = (*PAGES, *(p.relative_to(ROOT).as_posix() for p in sorted(ROOT.glob("schemas/**/*.*"))))
WORKER = "assets/iframe-worker.js"
WORKER_SOURCE = ROOT / "node_modules/.whygate/iframe-worker.js"
REST = "More"
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)(#[^)\s]*)?(?=\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out pages of the navigation that are not written, and add those it does not name."""
    written = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/**/*.md")}
    nav = list(_keep(config.nav or [], written | set(PAGES)))
    rest = sorted(written - set(_names(nav)))
    config.nav = [*nav, {REST: rest}] if rest else nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands outside of docs/, and the script that lets a page from a file search."""
    for name in PUBLISHED:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    if not WORKER_SOURCE.is_file():
        raise PluginError(f"there is no {WORKER_SOURCE}: scripts/build_site.sh fetches it")
    files.append(File.generated(config, WORKER, abs_src_path=str(WORKER_SOURCE)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return the text of a page with links that are right in the repository made right here."""
    here = page.file.src_uri
    return _LINK.sub(lambda link: point(link[1], here) + (link[2] or ""), markdown)


def point(target: str, here: str) -> str:
    """Return a relative link of the page `here` as the site, or else the forge, needs it."""
    source = here if here in PAGES else f"docs/{here}"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if path.startswith("docs/"):
        path = path.removeprefix("docs/")
    elif path not in PUBLISHED:
        return f"{HOME}/blob/main/{path}" if (ROOT / path).exists() else target
    return posixpath.relpath(path, posixpath.dirname(here) or ".")


def _keep(entries: list[Any], names: set[str]) -> Iterator[Any]:
    for entry in entries:
        ((title, inside),) = entry.items()
        if isinstance(inside, list):
            yield {title: list(_keep(inside, names))}
        elif inside in names:
            yield entry


def _names(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for inside in entry.values():
            if isinstance(inside, list):
                yield from _names(inside)
            else:
                yield inside
