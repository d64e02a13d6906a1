"""Ask GitHub by GraphQL with patience, and know what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from whygate.errors import UndecidedError
from whygate.forges.github.api import API_URL, Api, ApiError
from whygate.forges.port import ForgeError
from whygate.forges.questions import SECONDS, Questions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.github.shapes import GraphAnswer, GraphError, PageInfo, Rate
    from whygate.forges.questions import Token

_REFUSED = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND")
_QUOTED = 200

_LIMITED = "RATE_LIMITED"
_PASSING = ("timeout", "timed out", "something went wrong", "loading")

_Shape = TypeVar("_Shape", bound="GraphAnswer")


class GraphQuestions(Questions[Api]):
    """What all that is asked by GraphQL shares; `spent` are points, `remaining` of this hour."""

    forge = "GitHub"
    variables = ("WHYGATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
    grant = (
        "a classic token needs the scope `repo` (none for a public repository), a fine-grained one "
        "`Pull requests: read` and `Issues: read`"
    )
    instead = "import a file that `gh pr list` wrote (`whygate import --help`)"
    points = 0
    remaining: int | None = None

    @classmethod
    def require_tokens(cls, environ: Mapping[str, str]) -> tuple[str, ...]:
        """Return the tokens; raises UndecidedError, with what to do `instead`, without any."""
        tokens = cls.find_tokens(environ)
        if not tokens:
            raise UndecidedError(
                "there is no token to ask GitHub with",
                hint=f"set {cls.variables[0]} (`gh auth token` prints yours), or {cls.instead}",
            )
        return tokens

    def _connect(self, token: str, *, authority: str, sleep: Callable[[float], None]) -> Api:
        return Api(self._url or API_URL, token, authority=authority, sleep=sleep)

    def _query(
        self, make: Callable[[], tuple[str, Mapping[str, object]]], wanted: type[_Shape]
    ) -> _Shape:
        """Return a whole answer to a query; what GitHub says of limits in it is one."""

        def question(token: Token[Api]) -> _Shape:
            query, variables = make()
            answer = token.api.query(query, variables, wanted, seconds=SECONDS)
            rate = answer.data.rate_limit if answer.data is not None else None
            if rate is not None:
                self.points += rate.cost
                self.remaining = rate.remaining
            if _is_limited(answer.errors):
                used = "the rate limit of the GitHub API is used up"
                raise ApiError(used, wait=_seconds_until_reset(rate), is_limit=True)
            if _is_passing(answer.errors):
                told = f"GitHub cannot answer: {_join(answer.errors)}"
                raise ApiError(told, hint="run it again", wait=0.0)
            return answer

        return self._ask(question)

    def _refused(self, errors: Sequence[GraphError], absent: str, hint: str = "") -> ForgeError:
        """Return why a query brought nothing: it is `absent`, or not for this token, or passing."""
        said = _join(errors)
        if not errors or {error.type for error in errors} & set(_REFUSED):
            told = f" ({said})" if said else ""
            return ForgeError(
                f"{absent}, or the token may not read it{told}", hint=hint or self.grant
            )
        return ForgeError(f"GitHub cannot answer: {said}", hint="run it again")


def _join(errors: Sequence[GraphError]) -> str:
    """Return what GitHub says of the parts of a query that failed, on one line."""
    return " ".join("; ".join(error.message for error in errors).split())[:_QUOTED]


def find_next(info: PageInfo, cursor: str) -> str:
    """Return the cursor of the page behind that of a `cursor`, "" behind the last one."""
    if not info.has_next_page:
        return ""
    if not info.end_cursor or info.end_cursor == cursor:
        raise ForgeError("GitHub names a next page and does not say where it is")
    return info.end_cursor


def _seconds_until_reset(rate: Rate | None) -> float:
    from datetime import UTC, datetime  # noqa: PLC0415 - seldom

    try:
        reset = datetime.fromisoformat(rate.reset_at) if rate is not None else None
        wait = (reset - datetime.now(UTC)).total_seconds() if reset is not None else 59.0
    except (ValueError, TypeError):
        wait = 59.0
    return max(0.0, wait) + 1


def _is_limited(errors: Sequence[GraphError]) -> bool:
    return any(e.type == _LIMITED or "rate limit" in e.message.lower() for e in errors)


def _is_passing(errors: Sequence[GraphError]) -> bool:
    return any(
        not error.type and any(word in error.message.lower() for word in _PASSING)
        for error in errors
    )
