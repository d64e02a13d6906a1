"""The merged pull requests of a repository, by one thin GraphQL query for each hundred.

Field names and their types are GitHub's (https://docs.github.com/en/graphql/reference); what a
query costs is told on https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits.
"""

from __future__ import annotations

import random
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from whygate.errors import InputError, UndecidedError
from whygate.forges.github.api import API_URL, Api, ApiError
from whygate.forges.github.shapes import REPOSITORY, CountAnswer, MergedAnswer
from whygate.forges.port import ForgeError, LinkedIssue, MergedRequest, RequestPage
from whygate.model import Author

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.github.shapes import ClosedIssues, GraphError, MergedPull, Rate

PAGE = 100  # the most that a connection gives at once
LABELS = 20
ISSUES = 5
TOKENS = ("WHYGATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
GRANT = (
    "a classic token needs the scope `repo` (none for a public repository), a fine-grained one "
    "`Pull requests: read` and `Issues: read`"
)

_SECONDS = 60.0  # for one page
_MOST_FAILURES = 8  # in a row, waits for a limit aside
_MOST_WAIT = 900.0  # seconds; who would wait longer comes back
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY = 4  # pages, after which a page that was halved grows again
_LIMITED = "RATE_LIMITED"
_REFUSED = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND")
_PASSING = ("timeout", "timed out", "something went wrong", "loading")
_QUOTED = 200

COUNT_QUERY = """\
query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    nameWithOwner
    pullRequests(states: MERGED) { totalCount }
  }
  rateLimit { cost remaining resetAt }
}
"""
_PAGE_QUERY = """\
query($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    nameWithOwner
    pullRequests(
      states: MERGED, first: $first, after: $after
      orderBy: {field: UPDATED_AT, direction: DESC}
    ) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        number title body mergedAt updatedAt lastEditedAt
        author { __typename login }
        mergeCommit { oid }
        labels(first: LABELS) { nodes { name } }ISSUES
      }
    }
  }
  rateLimit { cost remaining resetAt }
}
"""
_ISSUE_QUERY = """
        closingIssuesReferences(first: ISSUES) {
          nodes { number title body repository { nameWithOwner } }
        }"""

_Shape = TypeVar("_Shape", MergedAnswer, CountAnswer)


def page_query(*, issues: bool) -> str:
    """Return the query for a page, with the issues that each request closes or without."""
    more = _ISSUE_QUERY.replace("ISSUES", str(ISSUES)) if issues else ""
    return _PAGE_QUERY.replace("ISSUES", more).replace("LABELS", str(LABELS))


def page_points(*, issues: bool) -> int:
    """Return what a page costs: a point for each hundred connections that are asked for.

    One for the page itself, and for each of its requests one for the labels and one for issues.
    """
    connections = 1 + PAGE * (1 + issues)
    return max(1, round(connections / 100))


def find_tokens(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tokens of the first variable that holds any; several stand apart by spaces."""
    named = (tuple(environ.get(name, "").replace(",", " ").split()) for name in TOKENS)
    return next((tokens for tokens in named if tokens), ())


class _Token(Struct):
    """A token with its client, and when it may ask again."""

    api: Api
    free_at: float = 0.0


class MergedPullRequests:
    """The merged pull requests of `repository` (`owner/name`), page by page.

    Several tokens are taken in turn; one that has to wait is passed over. A page that GitHub
    cannot make in time is asked for again, half as large. `say` is told what is waited for.
    """

    def __init__(  # noqa: PLR0913 - the world of a client
        self,
        repository: str,
        tokens: Sequence[str],
        *,
        issues: bool = True,
        url: str = "",
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not tokens:
            raise no_token()
        self.repository = repository
        self.sent = 0
        self.spent = 0
        self.remaining: int | None = None
        self.total = 0
        self._tokens = deque(_Token(Api(url or API_URL, token, sleep=sleep)) for token in tokens)
        self._query = page_query(issues=issues)
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._size = PAGE
        self._steady = 0

    @property
    def points(self) -> int:
        """Return what a whole page costs."""
        return page_points(issues="closingIssuesReferences" in self._query)

    def count(self) -> int:
        """Return how many merged requests there are, and learn what is left of the hour."""
        answer = self._ask(lambda: (COUNT_QUERY, self._names()), CountAnswer)
        home = answer.data.repository if answer.data is not None else None
        if home is None:
            raise self._refused(answer.errors)
        if home.name_with_owner.lower() != self.repository.lower():
            self._say(f"{self.repository} is called {home.name_with_owner} now")
        self.total = home.pull_requests.total_count
        return self.total

    def read_page(self, cursor: str) -> RequestPage:
        """Return the requests behind a cursor ("": the first), the ones updated last first."""

        def page() -> tuple[str, Mapping[str, object]]:
            return self._query, {**self._names(), "first": self._size, "after": cursor or None}

        answer = self._ask(page, MergedAnswer)
        home = answer.data.repository if answer.data is not None else None
        if home is None:
            raise self._refused(answer.errors)
        pulls = home.pull_requests
        if pulls.nodes is None or None in pulls.nodes:
            raise ForgeError(
                "GitHub left out pull requests of a page", hint="run it again; what came is kept"
            )
        self.total = pulls.total_count
        info = pulls.page_info
        if info.has_next_page and (not info.end_cursor or info.end_cursor == cursor):
            raise ForgeError("GitHub names a next page and does not say where it is")
        self._grow()
        owner = home.name_with_owner
        found = tuple(_to_request(pull, owner) for pull in pulls.nodes if pull is not None)
        return RequestPage(found, (info.end_cursor or "") if info.has_next_page else "")

    def _names(self) -> dict[str, object]:
        owner, _, name = self.repository.partition("/")
        return {"owner": owner, "name": name}

    def _ask(
        self, make: Callable[[], tuple[str, Mapping[str, object]]], wanted: type[_Shape]
    ) -> _Shape:
        """Return a whole answer; what passes is waited for, what does not is raised."""
        failures = 0
        while True:
            token = self._take()
            query, variables = make()
            self.sent += 1
            try:
                answer = token.api.query(query, variables, wanted, seconds=_SECONDS)
            except ApiError as error:
                failures += self._handle(error, token, failures)
                continue
            rate = answer.data.rate_limit if answer.data is not None else None
            self._note(rate)
            if _is_limited(answer.errors):
                self._wait_for(token, rate)
            elif _is_passing(answer.errors) and failures < _MOST_FAILURES:
                failures += 1
                self._shrink(failures)
            else:
                return answer

    def _handle(self, error: ApiError, token: _Token, failures: int) -> int:
        """Make ready to ask again after a failure, and return 1 if it counts; else raise it."""
        if error.is_limit:
            token.free_at = self._clock() + (error.wait or 0.0)
            return 0
        if error.status == 401 and len(self._tokens) > 1:
            self._tokens.remove(token)
            self._say("GitHub does not accept one of the tokens; the others go on")
            return 0
        if error.status == 401:
            hint = f"set {TOKENS[0]} to a token that is valid; {GRANT}"
            raise ApiError(error.message, hint=hint, status=error.status)
        if error.status in (403, 404):
            raise ApiError(error.message, hint=GRANT, status=error.status)
        if error.wait is None or failures >= _MOST_FAILURES:
            hint = error.hint.replace("run the job again", "run it again; what was fetched is kept")
            raise ApiError(error.message, hint=hint, status=error.status)
        self._shrink(failures + 1, error.wait)
        return 1

    def _take(self) -> _Token:
        """Return the token whose turn it is, once one may ask."""
        now = self._clock()
        for _ in range(len(self._tokens)):
            self._tokens.rotate(-1)
            if self._tokens[-1].free_at <= now:
                return self._tokens[-1]
        first = min(self._tokens, key=lambda token: token.free_at)
        wait = first.free_at - now
        if wait > _MOST_WAIT:
            raise UndecidedError(
                f"the rate limit of GitHub is used up for {round(wait / 60)} minutes",
                hint="run it again then, it goes on where it stopped; or name more tokens in "
                f"{TOKENS[0]}, apart by a space",
            )
        self._say(f"GitHub asks to wait {wait:.0f} s")
        self._sleep(wait)
        return first

    def _wait_for(self, token: _Token, rate: Rate | None) -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - seldom

        wait = 60.0
        if rate is not None:
            try:
                reset = datetime.fromisoformat(rate.reset_at)
                wait = max(0.0, (reset - datetime.now(UTC)).total_seconds()) + 1
            except (ValueError, TypeError):
                pass
        token.free_at = self._clock() + wait

    def _shrink(self, failures: int, wait: float | None = None) -> None:
        """Ask for half as much next time, after a pause that grows."""
        self._size = max(1, self._size // 2)
        self._steady = 0
        pause = min(_LONGEST_PAUSE, _PAUSE * 2**failures) * (1 + random.random() / 2)  # noqa: S311
        self._sleep(max(pause, wait or 0.0))

    def _grow(self) -> None:
        self._steady += 1
        if self._steady >= _STEADY and self._size < PAGE:
            self._size, self._steady = min(PAGE, self._size * 2), 0

    def _note(self, rate: Rate | None) -> None:
        if rate is not None:
            self.spent += rate.cost
            self.remaining = rate.remaining

    def _refused(self, errors: Sequence[GraphError]) -> ForgeError:
        said = " ".join("; ".join(error.message for error in errors).split())[:_QUOTED]
        types = {error.type for error in errors}
        if types & set(_REFUSED) or not errors:
            return ForgeError(
                f"there is no {self.repository} on GitHub, or the token may not read it"
                + (f" ({said})" if said else ""),
                hint=f"`--project OWNER/NAME` names another one; {GRANT}",
            )
        return ForgeError(f"GitHub cannot answer: {said}", hint="run it again")


def no_token() -> UndecidedError:
    """Return the error that says how to give a token, or to do without."""
    return UndecidedError(
        "there is no token to ask GitHub with",
        hint=f"set {TOKENS[0]} (`gh auth token` prints yours), or import a file that `gh pr list` "
        "wrote (`whygate import --help`)",
    )


def require_name(repository: str) -> str:
    """Return `owner/name`; raises InputError unless it is one."""
    if not REPOSITORY.fullmatch(repository):
        raise InputError(f"`{repository}` is no repository of GitHub", hint="write OWNER/NAME")
    return repository


def _is_limited(errors: Sequence[GraphError]) -> bool:
    return any(e.type == _LIMITED or "rate limit" in e.message.lower() for e in errors)


def _is_passing(errors: Sequence[GraphError]) -> bool:
    return any(
        not error.type and any(word in error.message.lower() for word in _PASSING)
        for error in errors
    )


def _to_request(pull: MergedPull, home: str) -> MergedRequest:
    who = pull.author
    author = Author()
    if who is not None:  # None: the account was deleted
        is_bot = who.kind == "Bot"
        login = f"{who.login}[bot]" if is_bot and not who.login.endswith("[bot]") else who.login
        author = Author(login, login=login, is_bot=is_bot)
    labels = (pull.labels.nodes or ()) if pull.labels is not None else ()
    return MergedRequest(
        number=pull.number,
        title=pull.title,
        body=pull.body,
        author=author,
        labels=tuple(label.name for label in labels if label is not None),
        merged=pull.merged_at or "",
        updated=pull.updated_at,
        edited=pull.last_edited_at or "",
        commits=(pull.merge_commit.oid,) if pull.merge_commit is not None else (),
        issues=_issues(pull.closing_issues_references, home),
    )


def _issues(held: ClosedIssues | None, home: str) -> tuple[LinkedIssue, ...]:
    """Return the issues of the same repository: another one's are not asked here."""
    nodes = (held.nodes or ()) if held is not None else ()
    return tuple(
        LinkedIssue(issue.number, issue.title, issue.body)
        for issue in nodes
        if issue is not None and issue.repository.name_with_owner.lower() == home.lower()
    )
