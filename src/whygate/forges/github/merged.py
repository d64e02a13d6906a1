"""The merged pull requests of a repository, by one thin GraphQL query for each hundred.

Field names and their types are GitHub's (https://docs.github.com/en/graphql/reference); what a
query costs is told on https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.forges.github.questions import GraphQuestions, find_next
from whygate.forges.github.shapes import REPOSITORY, CountAnswer, MergedAnswer
from whygate.forges.port import ForgeError, LinkedIssue, MergedRequest, RequestPage
from whygate.forges.questions import PAGE
from whygate.model import Author

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.github.shapes import ClosedIssues, GraphError, MergedPull

LABELS = 20
ISSUES = 5

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


class MergedPullRequests(GraphQuestions):
    """The merged pull requests of a repository (`owner/name`), by GraphQL; see the port."""

    requests = "pull requests"

    def __init__(  # noqa: PLR0913 - the world of a client
        self,
        project: str,
        tokens: Sequence[str],
        *,
        issues: bool = True,
        url: str = "",
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(tokens, url=url, say=say, clock=clock, sleep=sleep)
        self.project = project
        self._issues = issues

    @property
    def home(self) -> str:
        """Return the host and the name of the repository."""
        return f"github.com/{self.project}"

    def count(self) -> int:
        """Return how many merged requests there are, and learn what is left of the hour."""
        answer = self._query(lambda: (COUNT_QUERY, self._names()), CountAnswer)
        home = answer.data.repository if answer.data is not None else None
        if home is None:
            raise self._absent(answer.errors)
        if home.name_with_owner.lower() != self.project.lower():
            self._say(f"{self.project} is called {home.name_with_owner} now")
        return home.pull_requests.total_count

    def cost(self, total: int | None) -> str:
        """Return how many calls it takes, what each costs, and what is left of the hour."""
        points = page_points(issues=self._issues)
        each = f"{points} point{'s' if points != 1 else ''}"
        left = f", of {self.remaining} left this hour" if self.remaining is not None else ""
        return f"{-(-(total or 0) // PAGE)} calls of {each} each{left}"

    @property
    def spent(self) -> str:
        """Return how many calls were made and what they cost."""
        return f"{self.sent} calls, {self.points} points"

    def read_page(self, cursor: str) -> RequestPage:
        """Return the requests behind a cursor ("": the first), the ones updated last first."""
        query = page_query(issues=self._issues)

        def page() -> tuple[str, Mapping[str, object]]:
            return query, {**self._names(), "first": self._size, "after": cursor or None}

        answer = self._query(page, MergedAnswer)
        home = answer.data.repository if answer.data is not None else None
        if home is None:
            raise self._absent(answer.errors)
        pulls = home.pull_requests
        if pulls.nodes is None or None in pulls.nodes:
            raise ForgeError(
                "GitHub left out pull requests of a page", hint="run it again; what came is kept"
            )
        following = find_next(pulls.page_info, cursor)
        self._grow()
        owner = home.name_with_owner
        found = tuple(_to_request(pull, owner) for pull in pulls.nodes if pull is not None)
        return RequestPage(found, following)

    def _names(self) -> dict[str, object]:
        owner, _, name = self.project.partition("/")
        return {"owner": owner, "name": name}

    def _absent(self, errors: Sequence[GraphError]) -> ForgeError:
        hint = f"`--project OWNER/NAME` names another one; {self.grant}"
        return self._refused(errors, f"there is no {self.project} on GitHub", hint)


def open_merged(
    project: str, environ: Mapping[str, str], *, issues: bool, say: Callable[[str], None]
) -> MergedPullRequests:
    """Return the merged pull requests of `owner/name`, asked for with the tokens of a shell.

    Raises InputError for another name, UndecidedError without a token.
    """
    if not REPOSITORY.fullmatch(project):
        raise InputError(f"`{project}` is no repository of GitHub", hint="write OWNER/NAME")
    tokens = MergedPullRequests.require_tokens(environ)
    url = environ.get("GITHUB_API_URL", "").strip()
    return MergedPullRequests(project, tokens, issues=issues, url=url, say=say)


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
