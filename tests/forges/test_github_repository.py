"""A repository through the API: the files of a commit, and a ledger that is only added to."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.forges.github.api import Api, ApiError
from whygate.forges.github.repository import ApiTree, append_lines, find_tip
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub

LEDGER = ".whygate/results.jsonl"


@pytest.fixture
def api(github: FakeGitHub) -> Api:
    return Api(github.url, github.token, sleep=lambda _: None)


def test_tip_is_that_of_the_branch_now(github: FakeGitHub, api: Api) -> None:
    github.branches["release/2"] = "2" * 40

    assert find_tip(api, github.repository, "release/2") == "2" * 40


@pytest.fixture
def tree(github: FakeGitHub, api: Api) -> ApiTree:
    """Give the base commit's files through the API."""
    return ApiTree(api, github.repository, github.base_sha)


def test_tree_lists_files_and_links_but_no_directories_and_submodules(
    tree: ApiTree, github: FakeGitHub
) -> None:
    github.write("b.md", "b")
    github.write("a", "target", mode="120000")
    github.write("sub", "", mode="160000")
    github.write("docs/inner/c.md", "c")

    assert tree.list_files("") == ("a", "b.md")
    assert tree.list_files("docs") == ()
    assert tree.list_files("docs/inner") == ("c.md",)
    assert tree.list_files("b.md") == tree.list_files("nowhere/at/all") == ()


def test_tree_reads_bytes_as_they_are(tree: ApiTree, github: FakeGitHub) -> None:
    github.write("docs/x", b"\x00\xff\n" * 100)

    assert tree.read_bytes("docs/x", limit=300) == b"\x00\xff\n" * 100
    assert tree.read_bytes("docs/y", limit=300) is None


def test_tree_asks_for_each_directory_once(tree: ApiTree, github: FakeGitHub) -> None:
    github.write("docs/x", "x")
    for _ in range(3):
        tree.list_files("docs")

    assert len(github.asked) == 2


def test_tree_refuses_a_file_that_is_too_large(tree: ApiTree, github: FakeGitHub) -> None:
    github.write("x", "12345")

    with pytest.raises(InputError, match="larger than 4 bytes"):
        tree.read_bytes("x", limit=4)


SHA = f'"sha": "{"b" * 40}"'
ENTRY = f'{{"path": "x", "mode": "100644", "type": "blob", {SHA}}}'


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("trees", f'{{{SHA}, "truncated": true, "tree": []}}', "does not list all"),
        ("trees", "{}", "missing required field `sha`"),
        ("trees", "[]", "got `array`"),
        ("trees", f'{{{SHA}, "tree": {{}}}}', "at `$.tree`"),
        ("trees", f'{{{SHA}, "tree": [{{"path": "x"}}]}}', "field `mode`"),
        ("trees", '{"sha": "x", "tree": []}', "at `$.sha`"),
        ("trees", f'{{{SHA}, "tree": [{ENTRY}]}}', "does not say how large"),
        ("blobs", '{"encoding": "none", "content": ""}', "Invalid enum value"),
        ("blobs", '{"encoding": "base64"}', "missing required field `content`"),
        ("blobs", '{"encoding": "base64", "content": "a"}', "no base64"),
        ("blobs", '{"encoding": "base64", "content": ""}', "0 bytes came of 1"),
        ("blobs", '{"encoding": "base64", "content": "eHg="}', "2 bytes came of 1"),
        ("blobs", '{"encoding": "base64", "content": "eA==", "size": 2}', "two sizes"),
    ],
)
def test_tree_believes_no_odd_answer(
    tree: ApiTree, github: FakeGitHub, path: str, body: str, said: str
) -> None:
    github.write("x", "x")
    github.fail(f"/git/{path}/", status=200, body=body.encode())

    with pytest.raises(ForgeError, match=re.escape(said)):
        tree.read_bytes("x", limit=10)


# The ledger


LINES = b"".join(b'{"v":1,"for":"#%d","at":"2025-01-01","state":"met"}\n' % n for n in range(20))


def test_ledger_gets_a_line_and_keeps_what_is_there(github: FakeGitHub, api: Api) -> None:
    github.contents[LEDGER] = LINES

    assert append_lines(api, github.repository, LEDGER, {"a" * 40: "new"}) == 1
    assert github.contents[LEDGER] == LINES + b"new\n"


def fake_hash(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def answer(**changes: object) -> dict[str, object]:
    """Return an answer about a ledger of 20 lines, with something wrong about it."""
    content = base64.b64encode(LINES).decode()
    whole = {"encoding": "base64", "size": len(LINES), "content": content}
    found = {**whole, "sha": fake_hash(LINES), **changes}
    return {key: value for key, value in found.items() if value != "gone"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="empty"),
        pytest.param([], id="a directory"),
        pytest.param(None, id="null"),
        pytest.param(answer(content=""), id="no content"),
        pytest.param(answer(content="", size=0), id="no content of no size"),
        pytest.param(answer(content=base64.b64encode(LINES[:52]).decode()), id="one line"),
        pytest.param(answer(content=base64.b64encode(LINES[:52]).decode(), size=52), id="a part"),
        pytest.param(answer(content="#" + base64.b64encode(LINES).decode()), id="no base64"),
        pytest.param(answer(encoding="none"), id="no encoding"),
        pytest.param(answer(encoding="utf-8"), id="another encoding"),
        pytest.param(answer(encoding="gone"), id="encoding gone"),
        pytest.param(answer(size="gone"), id="size gone"),
        pytest.param(answer(size=len(LINES) + 1), id="another size"),
        pytest.param(answer(size=str(len(LINES))), id="size in words"),
        pytest.param(answer(content="gone"), id="content gone"),
        pytest.param(answer(sha="gone"), id="hash gone"),
        pytest.param(answer(sha="main"), id="no hash"),
        pytest.param(answer(sha="1" * 40), id="another hash"),
        pytest.param(answer(sha=""), id="empty hash"),
    ],
)
def test_ledger_is_never_written_from_an_answer_that_is_not_proved(
    github: FakeGitHub, api: Api, body: object
) -> None:
    github.contents[LEDGER] = LINES
    github.fail("contents/", status=200, body=json.dumps(body).encode(), method="GET")

    with pytest.raises(UndecidedError):
        append_lines(api, github.repository, LEDGER, {"a" * 40: "new"})

    assert github.contents[LEDGER] == LINES
    assert [asked.method for asked in github.asked] == ["GET"]


def test_ledger_that_changed_in_between_is_read_again(github: FakeGitHub, api: Api) -> None:
    github.contents[LEDGER] = LINES
    old = json.dumps(answer(content=base64.b64encode(b"x").decode(), size=1, sha=fake_hash(b"x")))
    github.fail("contents/", status=200, body=old.encode(), method="GET")

    assert append_lines(api, github.repository, LEDGER, {"a" * 40: "new"}) == 1
    assert github.contents[LEDGER] == LINES + b"new\n"


def test_ledger_that_keeps_changing_is_given_up(github: FakeGitHub, api: Api) -> None:
    github.contents[LEDGER] = LINES
    for _ in range(3):
        github.fail("contents/", status=409, method="PUT")

    with pytest.raises(ApiError):
        append_lines(api, github.repository, LEDGER, {"a" * 40: "new"})

    assert github.contents[LEDGER] == LINES
