"""Files of requests that others exported: every form, and whatever else somebody passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.errors import InputError
from whygate.forges.exports import Exported, read_export

if TYPE_CHECKING:
    from whygate.forges.port import MergedRequest

SHA, OTHER = "a" * 40, "b" * 40
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 1 << 70),
        st.text(max_size=9),
        st.sampled_from(["MERGED", "merged", SHA, "2026-01-01T00:00:00Z", "\ud800"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                [
                    *("number", "iid", "title", "body", "description", "state", "labels", "author"),
                    *("mergedAt", "mergeCommit", "oid", "login", "name", "merge_requests"),
                    *("merge_commit_sha", "closingIssuesReferences", "label_links", "metrics"),
                ]
            ),
            inner,
            max_size=8,
        ),
    ),
    max_leaves=14,
)


GH = {"title": "t", "body": "b", "mergedAt": "2026-01-01T00:00:00Z"}
GL = {"title": "t", "description": None, "state": "merged"}


def read(*entries: object) -> Exported:
    return read_export(json.dumps(entries), "x.json")


def one(**entry: Any) -> MergedRequest:
    (request,) = read(entry).requests
    return request


def test_request_of_gh_is_read() -> None:
    found = one(
        number=7,
        title="t",
        body="b",
        mergedAt="2026-01-02T00:00:00Z",
        updatedAt="2026-01-03T00:00:00Z",
        mergeCommit={"oid": SHA},
        author={"login": "ada", "is_bot": False, "name": "Ada", "id": "x"},
        labels=[{"name": "bug", "color": "x"}],
        closingIssuesReferences=[{"number": n, "title": "i", "body": "why"} for n in range(1, 9)],
    )

    assert (found.identity, found.title, found.body, found.commits) == ("#7", "t", "b", (SHA,))
    assert (found.author.login, found.labels) == ("ada", ("bug",))
    assert len(found.issues) == 5
    assert not found.is_edited_later


def test_request_of_gitlab_is_read() -> None:
    found = one(
        iid=7,
        title="t",
        description="b",
        state="merged",
        merged_at="2026-01-02T00:00:00.000Z",
        last_edited_at="2026-01-03T00:00:00.000Z",
        merge_commit_sha=SHA,
        squash_commit_sha=OTHER,
        author={"username": "ada", "bot": True},
        labels=["bug"],
    )

    assert (found.identity, found.body, found.commits) == ("!7", "b", (SHA, OTHER))
    assert (found.author.is_bot, found.labels, found.is_edited_later) == (True, ("bug",), True)


def test_request_that_was_fast_forwarded_is_known_by_its_tip() -> None:
    forwarded = one(iid=7, **GL, merge_commit_sha=None, sha=SHA)
    merged = one(iid=7, **GL, merge_commit_sha=OTHER, sha=SHA)

    assert (forwarded.commits, forwarded.head) == ((), SHA)
    assert (merged.commits, merged.head) == ((OTHER,), "")


def test_export_of_a_whole_project_is_read() -> None:
    text = json.dumps({"description": "x", "merge_requests": [{"iid": 7, **GL}]})

    assert read_export(text, "project.json").requests[0].identity == "!7"


def test_requests_that_are_not_merged_are_counted() -> None:
    found = read(
        {"number": 1, "mergedAt": None},
        {"number": 2, "state": "OPEN"},
        {"number": 3, **GH},
    )

    assert (len(found.requests), found.unmerged, found.forge) == (1, 2, "GitHub")


@pytest.mark.parametrize("oid", ["", "abc", "A" * 40, "a" * 39, "x" * 40, None])
def test_hash_that_is_none_is_left_out(oid: str | None) -> None:
    commit = None if oid is None else {"oid": oid}

    assert one(number=1, **GH, mergeCommit=commit).commits == ()


def test_half_a_surrogate_pair_becomes_a_mark() -> None:
    text = json.dumps([{"number": 1, **GH, "body": "a\ud800b"}])

    assert read_export(text, "x").requests[0].body == "a\ufffdb"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"number": 1}, "does not say whether it was merged: no `mergedAt`"),
        ({"number": 1, "title": "t", "body": "b"}, "does not say whether it was merged"),
        ({"number": 1, "mergedAt": GH["mergedAt"]}, "has no `title` and no `body`"),
        ({"number": 1, "title": "t", "state": "MERGED"}, "has no `body`"),
        ({"iid": 1, "title": "t", "state": "merged"}, "has no `description`"),
    ],
    ids=["number alone", "open or merged", "no text", "title alone", "GitLab"],
)
def test_text_that_was_not_asked_for_is_none_that_is_empty(
    entry: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=r"x\.json: entry 1 ") as failure:
        read(entry)

    assert said in failure.value.message
    assert "--json number,title,body,mergedAt" in failure.value.hint


@settings(max_examples=300, deadline=None)
@given(st.lists(VALUES, max_size=3))
def test_any_other_value_is_refused_by_the_documented_error(values: list[Any]) -> None:
    try:
        found = read_export(json.dumps(values), "x.json")
    except InputError:
        return
    assert all(0 < request.number <= 1 << 53 for request in found.requests)
