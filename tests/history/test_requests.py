"""Requests in the store: found by commit or number, and read as the words of their change."""

from __future__ import annotations

import contextlib
import pickle
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.history.conftest import make_entry

from whygate.errors import UndecidedError
from whygate.forges.port import LinkedIssue, MergedRequest, RequestPage
from whygate.history.importing import Import, import_listed
from whygate.history.recorder import Recorder
from whygate.history.requests import (
    Descriptions,
    Progress,
    RequestStore,
    describe_store,
)
from whygate.history.store import FILE_NAME
from whygate.history.stream import carried_change
from whygate.model import Author
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POLICY = Policy(resolve_config(read_presets()), bundled_schema())
TODAY = date(2025, 6, 1)
WHOLE = """\
## Problem
Exports stop at row 100, so 40 accountants retype the rest every month.
## Outcome
They close the month without retyping a single row.
## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: 2025-03-01
"""


def make(number: int, body: str = "words", **more: object) -> MergedRequest:
    stamp = f"2025-01-01T{number // 60:02d}:{number % 60:02d}:00Z"
    given: dict[str, object] = {"merged": stamp, "updated": stamp}
    return MergedRequest(number, f"request {number}", body, **(given | more))  # type: ignore[arg-type]


def hold(directory: Path, *requests: MergedRequest) -> Descriptions:
    with RequestStore(directory, "home") as store:
        store.keep(requests, Progress())
    return Descriptions(directory / FILE_NAME, "home")


def test_request_is_found_by_commit_then_by_number(tmp_path: Path) -> None:
    sha, other = "a" * 40, "b" * 40
    held = hold(tmp_path, make(7, commits=(sha,)), make(8), make(9, mark="!"))

    def number(commit: str, identity: str) -> int | None:
        found = held.find(commit, identity)
        return found.request.number if found is not None else None

    assert len(held) == 3
    assert number(sha, "#8") == 7
    assert number(other, "#8") == 8
    assert number(other, "!9") == 9
    assert number(other, "#9") is None
    assert number(other, other[:12]) is None
    assert number(other, "#" + "9" * 40) is None


def test_request_that_was_fast_forwarded_is_found_by_its_tip(tmp_path: Path) -> None:
    """What was merged to `stable` later with the same tip has no better claim to it."""
    tip, merge = "a" * 40, "b" * 40
    first, later = make(7, head=tip, mark="!"), make(9, head=tip, mark="!")
    other = make(10, head=merge, mark="!")
    held = hold(tmp_path, later, other, first, make(8, commits=(merge,), mark="!"))

    def number(commit: str, identity: str) -> int | None:
        found = held.find(commit, identity)
        return found.request.number if found is not None else None

    assert number(tip, tip[:12]) == 7
    assert number(tip, "!9") == 9
    assert number(merge, merge[:12]) == 8


def test_edit_that_the_forge_does_not_tell_of_is_seen_by_a_second_import(tmp_path: Path) -> None:
    first = make(7, "before", mark="!")
    held = hold(tmp_path, first)
    held = hold(tmp_path, make(7, "after", mark="!", updated="2025-02-02T00:00:00Z"))
    held = hold(tmp_path, make(7, "after", mark="!", updated="2025-03-03T00:00:00Z"))
    found = held.find("", "!7")

    assert found is not None
    assert (found.request.body, found.before) == ("after", "before")
    assert found.request.is_edited_later


def test_copy_in_another_process_reads_the_same(tmp_path: Path) -> None:
    held = hold(tmp_path, make(7))
    copy = pickle.loads(pickle.dumps(held))

    assert copy.find("", "#7") == held.find("", "#7")
    assert copy.key == held.key


def test_key_changes_with_every_text(tmp_path: Path) -> None:
    keys = [hold(tmp_path, make(7)).key, hold(tmp_path, make(8)).key]
    keys += [hold(tmp_path, make(7, "other")).key, hold(tmp_path, make(7, "other")).key]

    assert len(set(keys)) == 3


def test_commits_of_a_request_are_those_of_the_last_import(tmp_path: Path) -> None:
    hold(tmp_path, make(7, commits=("a" * 40,)))
    held = hold(tmp_path, make(7, commits=("b" * 40,)))

    assert held.find("a" * 40, "x") is None
    assert held.find("b" * 40, "x") is not None


@pytest.mark.parametrize(
    ("edited", "before"), [("2025-02-01T00:00:00Z", "first"), ("2024-12-01T00:00:00Z", "")]
)
def test_text_at_the_merge_is_kept_when_it_is_edited_later(
    tmp_path: Path, edited: str, before: str
) -> None:
    hold(tmp_path, make(7, "first"))
    hold(tmp_path, make(7, "second", edited=edited))
    found = hold(tmp_path, make(7, "third", edited=edited)).find("", "#7")

    assert found is not None
    assert (found.request.body, found.before) == ("third", before)


def test_repositories_do_not_see_each_other(tmp_path: Path) -> None:
    hold(tmp_path, make(7))
    other = Descriptions(tmp_path / FILE_NAME, "elsewhere")

    assert (len(other), other.key, other.find("", "#7")) == (0, "", None)


def test_store_of_nobody_describes_nothing(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"no database at all " * 60)

    assert describe_store(tmp_path / FILE_NAME) == []
    assert describe_store(tmp_path / "odd") == []


def test_closed_store_says_that_it_is_not_open(tmp_path: Path) -> None:
    store = RequestStore(tmp_path, "home")
    store.close()

    with pytest.raises(UndecidedError, match="not open"):
        store.count()


class Listed:
    """A forge whose requests are all in a list; a page holds `size` of them."""

    def __init__(self, requests: Sequence[MergedRequest], size: int = 3) -> None:
        self.requests = requests
        self.size = size
        self.pages = 0

    def read_page(self, cursor: str) -> RequestPage:
        """Return the next page; a cursor is the place of the last one before it."""
        self.pages += 1
        known = sorted(self.requests, key=lambda r: (r.updated, r.number), reverse=True)
        begin = 0
        if cursor:
            begin = next((i for i, r in enumerate(known) if f"{r.updated} {r.number}" < cursor), 0)
        page = tuple(known[begin : begin + self.size])
        is_last = begin + self.size >= len(known)
        return RequestPage(page, "" if is_last else f"{page[-1].updated} {page[-1].number}")


def bring(directory: Path, source: Listed, since: str = "", *, most: int = 10_000) -> int:
    """Import; stop as if killed after so many pages."""

    def tell(_: int) -> None:
        nonlocal most
        most -= 1
        if not most:
            raise KeyboardInterrupt

    with RequestStore(directory, "home") as store:
        run = Import(store, source, "forge", since, lambda: "now", tell)
        with contextlib.suppress(KeyboardInterrupt):
            run.run()
        return store.count()


@pytest.mark.parametrize("most", range(1, 12))
def test_import_that_was_stopped_goes_on_where_it_was(tmp_path: Path, most: int) -> None:
    source = Listed([make(n) for n in range(10, 40)])
    first = bring(tmp_path, source, most=most)
    second = bring(tmp_path, source)

    assert first == min(3 * most, 30)
    assert second == 30
    assert source.pages <= 10 + 2


def test_news_that_came_while_it_was_stopped_are_brought_too(tmp_path: Path) -> None:
    source = Listed([make(n) for n in range(10, 40)])
    bring(tmp_path, source, most=2)
    source.requests = [*source.requests, *(make(n) for n in range(50, 57))]

    assert bring(tmp_path, source) == 37


def test_wider_import_goes_on_below_the_last_one(tmp_path: Path) -> None:
    source = Listed([make(n) for n in range(10, 70)])
    some = bring(tmp_path, source, "2025-01-01T00:50")
    pages = source.pages
    more = bring(tmp_path, source, "2025-01-01T00:30", most=2)
    rest = bring(tmp_path, source, "2025-01-01T00:30")
    every = bring(tmp_path, source, "2024")

    assert (some, rest, every) == (20, 40, 60)
    assert some < more < rest
    assert pages == 7


def test_project_without_requests_is_no_trouble(tmp_path: Path) -> None:
    assert bring(tmp_path, Listed([])) == 0
    assert bring(tmp_path, Listed([make(1)])) == 1


def test_file_after_an_import_leaves_its_place_alone(tmp_path: Path) -> None:
    source = Listed([make(n) for n in range(10, 40)])
    bring(tmp_path, source)
    with RequestStore(tmp_path, "home") as store:
        before = store.progress()
        done = import_listed(store, [make(99)], "file", "later")
        after = store.progress()

    assert (done.requests, done.new) == (1, 1)
    assert (after.newest, after.source) == (before.newest, "forge")


BODIES = {
    "empty": "",
    "prose": "It writes the rows.\n\nAnd mends the head of the table.\n",
    "list": "- one\n- two\n\nSigned-off-by: Ada <ada@example.org>\n",
    "whole": WHOLE,
    "label": "Problem: rows come in a random order since the spring release\n",
    "bare": "Problem\n\nRows come in a random order since the spring release.\n",
    "template": "<!-- say why -->\n",
    "open": "<!-- say why\n",
    "fence": "```yaml product-context\nversion: 1\nproblem: rows come in a random order\n```\n",
    "code": "```\nProblem: x\n```\n",
    "trailer": "Words.\n\nProblem: rows come in a random order since spring\n",
    "agent": "Words.\n\nGenerated with [Claude Code](https://claude.com/claude-code)\n",
    "near": "## Problme\n\nRows come in a random order since the spring release.\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("message", ["feat: a (#12)", "Merge pull request #12 from a/b\n\nfix: a"])
def test_glance_at_an_imported_request_says_what_reading_it_says(
    tmp_path: Path, message: str, body: str
) -> None:
    request = MergedRequest(12, "fix: the title", body, Author("ada", login="ada"))
    with RequestStore(tmp_path / "store", "home") as store:
        store.keep([request], Progress())
    held = Descriptions(tmp_path / "store" / FILE_NAME, "home")
    recorder = Recorder(POLICY, TODAY, carried_change, descriptions=held)
    entry = make_entry(message, parents=2 if message.startswith("Merge") else 1)
    read = recorder.read(entry)

    assert recorder.glance(entry) in (None, read)
    assert read.identity == "#12"
    assert read.described == "read"
    assert not read.is_blind


def test_issue_answers_only_what_an_issue_may(tmp_path: Path) -> None:
    issue = LinkedIssue(3, "rows", f"{WHOLE}\n## Kind\nfix\n")
    held = hold(tmp_path, make(12, "feat", issues=(issue,)))
    read = Recorder(POLICY, TODAY, carried_change, descriptions=held).read(
        make_entry("feat: a (#12)")
    )

    assert dict(zip((n for n, _ in read.answers), read.origins, strict=True)) == {
        "problem": "issue",
        "outcome": "issue",
    }
    assert read.kind == "feature"
    assert read.plans == ()


def test_description_far_too_long_is_counted_and_not_read(tmp_path: Path) -> None:
    held = hold(tmp_path, make(12, "x" * ((1 << 20) + 1)))
    recorder = Recorder(POLICY, TODAY, carried_change, descriptions=held)
    read = recorder.read(make_entry("feat: a (#12)"))

    assert recorder.glance(make_entry("feat: a (#12)")) is None
    assert (read.state, read.reason) == ("skipped", "too large")
