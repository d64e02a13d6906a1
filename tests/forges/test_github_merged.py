"""The client for merged pull requests: answers that are whole only at first sight, and tokens."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from whygate.errors import InputError, UndecidedError
from whygate.forges.github.merged import MergedPullRequests, open_merged
from whygate.forges.github.shapes import CountAnswer, MergedAnswer
from whygate.forges.port import ForgeError

NODE = {
    "number": 1,
    "title": "t",
    "body": "",
    "author": None,
    "labels": None,
    "mergedAt": None,
    "updatedAt": "2026-01-01T00:00:00Z",
    "lastEditedAt": None,
    "mergeCommit": None,
    "closingIssuesReferences": {"nodes": [None]},
}


class _Api:
    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def query(self, _query: str, _variables: object, wanted: type, *, seconds: float) -> Any:
        assert seconds
        return msgspec.convert(self.answers.pop(0), wanted)


def client(*answers: object, **options: Any) -> MergedPullRequests:
    made = MergedPullRequests("octo/repo", ["one"], sleep=lambda _: None, **options)
    made._tokens[0].api = _Api(*answers)  # type: ignore[assignment]
    return made


def page(nodes: object, *, more: bool = False, cursor: str | None = "x", **data: object) -> Any:
    pulls = {
        "totalCount": 1,
        "pageInfo": {"hasNextPage": more, "endCursor": cursor},
        "nodes": nodes,
    }
    home = {"nameWithOwner": "octo/repo", "pullRequests": pulls}
    return {"data": {"repository": home, **data}}


def test_request_of_nulls_is_read() -> None:
    (request,) = client(page([NODE])).read_page("").requests

    assert (request.number, request.labels, request.issues) == (1, (), ())
    assert request.author.login == ""


def test_last_page_has_no_cursor() -> None:
    assert client(page([NODE])).read_page("").cursor == ""
    assert client(page([NODE], more=True)).read_page("").cursor == "x"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page([None]), id="a request is missing"),
        pytest.param(page(None), id="no list"),
        pytest.param(page([NODE], more=True, cursor=None), id="no cursor"),
        pytest.param(page([NODE], more=True, cursor="here"), id="the same cursor"),
        pytest.param({"data": {"repository": None}}, id="no repository"),
        pytest.param({"data": None, "errors": [{"message": "odd"}]}, id="another error"),
    ],
)
def test_page_that_is_not_whole_is_none(answer: object) -> None:
    with pytest.raises(ForgeError):
        client(answer).read_page("here")


def test_issue_that_may_not_be_read_is_left_out() -> None:
    forbidden = {"errors": [{"type": "FORBIDDEN", "message": "x"}]}

    assert len(client(page([NODE]) | forbidden).read_page("").requests) == 1


def test_limit_without_a_day_is_waited_for() -> None:
    rate = {"cost": 1, "remaining": 0, "resetAt": "soon"}
    limited = {
        "data": {"repository": None, "rateLimit": rate},
        "errors": [{"type": "RATE_LIMITED", "message": "x"}],
    }
    said: list[str] = []
    now = [0.0]
    made = client(limited, page([NODE]), say=said.append, clock=lambda: now[0])

    assert len(made.read_page("").requests) == 1
    assert said == ["GitHub asks to wait 60 s"]


def test_answers_have_defaults_where_github_may_leave_out() -> None:
    assert MergedAnswer().errors == CountAnswer().errors == ()


@pytest.mark.parametrize(
    ("environ", "tokens"),
    [
        ({}, ()),
        ({"GITHUB_TOKEN": "a"}, ("a",)),
        ({"GH_TOKEN": "b", "GITHUB_TOKEN": "a"}, ("b",)),
        ({"WHYGATE_TOKEN": " a, b  c ", "GH_TOKEN": "d"}, ("a", "b", "c")),
        ({"WHYGATE_TOKEN": " ", "GH_TOKEN": "d"}, ("d",)),
    ],
)
def test_tokens_come_from_the_first_variable_that_holds_any(
    environ: dict[str, str], tokens: tuple[str, ...]
) -> None:
    assert MergedPullRequests.find_tokens(environ) == tokens


def test_client_without_a_token_is_refused() -> None:
    with pytest.raises(UndecidedError, match="no token"):
        open_merged("octo/repo", {}, issues=True, say=print)


@pytest.mark.parametrize("name", ["", "octo", "octo/", "/x", "a/b/c", "a b/c", "octo/re\npo"])
def test_name_that_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        open_merged(name, {"WHYGATE_TOKEN": "x"}, issues=True, say=print)
