"""The merged merge requests of a project, by GitLab's REST API, a hundred a call.

https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests
"""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import InputError
from whygate.forges.answers import to_utc
from whygate.forges.gitlab.api import REFUSED, ApiQuestions, TokenApi, read_time
from whygate.forges.gitlab.merge_request import BODY_LIMIT, ISSUES_LIMIT, is_bot
from whygate.forges.gitlab.shapes import Issue, Listed, Project, User
from whygate.forges.port import ForgeError, LinkedIssue, MergedRequest, RequestPage
from whygate.forges.questions import PAGE
from whygate.forges.rest import ApiError
from whygate.model import Author
from whygate.text.prose import render_prose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from whygate.forges.questions import Token
    from whygate.forges.rest import Params

PROJECT = re.compile(r"[\w.-]{1,200}(?:/[\w.-]{1,200}){1,20}", re.ASCII)
UNCOUNTED = 10_000  # above that GitLab does not say how many there are

# `Closes #12`, `fix group/name#12 and #13`, `Resolves: https://host/group/name/-/issues/12`:
# https://docs.gitlab.com/user/project/issues/managing_issues/#default-closing-pattern
_REFERENCE = (
    r"(?:https?://[^\s<>()#]{1,400}/-/(?:issues|work_items)/[0-9]{1,10}"
    r"|(?:[\w.-]{1,100}(?:/[\w.-]{1,100}){1,12})?#[0-9]{1,10})"
)
_CLOSES = re.compile(
    r"\b(?:[Cc]los(?:e[sd]?|ing)|[Ff]ix(?:e[sd]|ing)?|[Rr]esolv(?:e[sd]?|ing)"
    r"|[Ii]mplement(?:s|ed|ing)?):? +"
    rf"((?:(?:issues? +)?{_REFERENCE}(?:, *| +and +)?){{1,50}})",
    re.ASCII,
)
_ONE = re.compile(
    r"(?P<place>https?://[^\s<>()#]{1,400})/-/(?:issues|work_items)/(?P<there>[0-9]{1,10})"
    r"|(?P<home>[\w./-]{0,1300})#(?P<here>[0-9]{1,10})",
    re.ASCII,
)


class MergedMergeRequests(ApiQuestions):
    """The merged merge requests of a project (`group/name`); see the port.

    A cursor is a time: each page asks for what was updated before the last one of the page before,
    so that nothing is lost when requests are edited or deleted meanwhile, and no page is deeper
    than the first. Requests of one and the same millisecond are counted off.
    """

    requests = "merge requests"
    grant = (
        "the token needs the scope `read_api`, and its owner the role Reporter in the project; "
        "`--project GROUP/NAME` names another one"
    )

    def __init__(  # noqa: PLR0913 - the world of a client
        self,
        project: str,
        tokens: Sequence[str],
        *,
        issues: bool = True,
        url: str,
        authority: str = "",
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(tokens, url=url, authority=authority, say=say, clock=clock, sleep=sleep)
        self.project = project
        self._issues = issues
        self._bots: dict[int, bool] = {}
        # What follows the last page, and what was on it: some of that comes again.
        self._last: tuple[str, Collection[tuple[int, str]]] = "", ()

    @property
    def home(self) -> str:
        """Return the address of the server and the name of the project."""
        return f"{self._url.partition('://')[2].removesuffix('/api/v4')}/{self.project}"

    @property
    def spent(self) -> str:
        """Return how many calls were made."""
        return f"{self.sent} calls"

    def count(self) -> int | None:
        """Return how many merged requests there are, None when there are more than UNCOUNTED."""
        params = _listing(1)
        _, headers = self._ask(lambda token: self._get(token, self._list, list[Listed], params))
        total = headers.get("x-total", "")
        return int(total) if total.isascii() and total.isdigit() and len(total) < 10 else None

    def cost(self, total: int | None) -> str:
        """Return how many calls it takes; GitLab counts them by the minute."""
        if total is None:
            return f"a call for each {PAGE}{', and one for their issues' if self._issues else ''}"
        calls = total // (PAGE - 1) + 1  # the last one of a page comes again on the next
        more = f", and at most {calls} for their issues" if self._issues else ""
        return f"{calls} calls{more}"

    def read_page(self, cursor: str) -> RequestPage:
        """Return the requests behind a cursor ("": the first), the ones updated last first."""
        bound, _, skipped = cursor.partition(" ")
        offset = int(skipped or 0)

        def page(token: Token[TokenApi]) -> tuple[list[Listed], Mapping[str, str], int]:
            size = self._size
            params = _listing(size, bound, page=offset // size + 1)
            return *self._get(token, self._list, list[Listed], params), size

        found, headers, size = self._ask(page)
        self._grow()
        goes_on = headers.get("x-next-page", "?" if len(found) >= size else "")
        following = ""
        before, given = self._last
        known = given if cursor and cursor == before else ()
        new = [one for one in found if (one.iid, one.updated_at) not in known]
        if found and goes_on:
            following = _a_moment_after(found[-1].updated_at)
            times = [bound or "9", *(read_time(one.updated_at) for one in found)]
            is_in_order = all(later >= time for later, time in pairwise(times))
            if not is_in_order or (offset and not new):  # else the walk would never end
                raise ForgeError(
                    "GitLab does not list the merge requests in the order that was asked for",
                    hint="run it again; if it stays so, a proxy may take what is asked away",
                )
            if following == bound:  # a whole page of one millisecond
                following = f"{bound} {(offset // size + 1) * size}"
        self._last = following, {(one.iid, one.updated_at) for one in found}
        issues = self._read_issues(new) if self._issues else {}
        return RequestPage(tuple(self._to_request(one, issues) for one in new), following)

    @cached_property
    def _found(self) -> Project:
        """Return the project; raises ApiError when no token may see it."""
        path = f"/projects/{quote(self.project, safe='')}"
        found, _ = self._ask(lambda token: self._get(token, path, Project, {}))
        if found.path_with_namespace.lower() != self.project.lower():
            self._say(f"{self.project} is called {found.path_with_namespace} now")
        return found

    @property
    def _list(self) -> str:
        return f"/projects/{self._found.id:d}/merge_requests"

    def _to_request(self, one: Listed, issues: Mapping[int, LinkedIssue]) -> MergedRequest:
        body = (one.description or "")[:BODY_LIMIT]
        became = (one.merge_commit_sha, one.squash_commit_sha)
        commits = tuple(dict.fromkeys(sha for sha in became if sha))
        closed = self._closed_by(body) if issues else ()
        return MergedRequest(
            number=one.iid,
            title=one.title,
            body=body,
            author=self._author(one.author),
            labels=one.labels,
            merged=read_time(one.merged_at) if one.merged_at else "",
            updated=read_time(one.updated_at),
            commits=commits,
            issues=tuple(issues[number] for number in closed if number in issues),
            mark="!",
            head="" if commits else one.sha or "",
        )

    def _author(self, user: User | None) -> Author:
        if user is None:  # the account was deleted
            return Author()
        if user.id not in self._bots:  # it is asked for once
            self._bots[user.id] = is_bot(user, self._read_user)
        return Author(user.username, login=user.username, is_bot=self._bots[user.id])

    def _read_user(self, path: str) -> User:
        return self._ask(lambda token: self._get(token, path, User, {}))[0]

    def _read_issues(self, listed: Sequence[Listed]) -> dict[int, LinkedIssue]:
        """Return the issues of the project that merge requests close, by number, in few calls.

        Who closes what is read from the descriptions: GitLab tells it of one request at a time.
        """
        closed = (number for one in listed for number in self._closed_by(one.description or ""))
        wanted = list(dict.fromkeys(closed))
        found: dict[int, LinkedIssue] = {}
        path = f"/projects/{self._found.id:d}/issues"
        for start in range(0, len(wanted), PAGE):
            some = [str(number) for number in wanted[start : start + PAGE]]
            params = {"iids[]": some, "per_page": PAGE}
            try:
                held, _ = self._ask(lambda token, p=params: self._get(token, path, list[Issue], p))  # type: ignore[misc]
            except ApiError as error:
                if error.status not in REFUSED:
                    raise
                self._issues = False
                self._say(f"linked issues are left out: {error.message}")
                return {}
            for one in held:
                text = (one.description or "")[:BODY_LIMIT]
                found[one.iid] = LinkedIssue(one.iid, one.title, text)
        return found

    def _closed_by(self, body: str) -> tuple[int, ...]:
        """Return the first few issues of the project that a description closes."""
        seen = render_prose(body[:BODY_LIMIT]).text
        home, place = (
            name.lower() for name in (self._found.path_with_namespace, self._found.web_url)
        )
        numbers = (
            int(one["there"] or one["here"])
            for listed in _CLOSES.finditer(seen)
            for one in _ONE.finditer(listed[1])
            if (one["place"] or place).lower() == place and (one["home"] or home).lower() == home
        )
        return tuple(dict.fromkeys(number for number in numbers if number))[:ISSUES_LIMIT]


def open_merged(
    project: str,
    environ: Mapping[str, str],
    *,
    url: str,
    issues: bool,
    say: Callable[[str], None],
) -> MergedMergeRequests:
    """Return the merged merge requests of `group/name`, asked for with the tokens of a shell.

    Without any it asks as anybody: a public project may be read so. Raises InputError for another
    name or address.
    """
    if not PROJECT.fullmatch(project):
        raise InputError(f"`{project}` is no project of GitLab", hint="write GROUP/NAME")
    tokens = MergedMergeRequests.find_tokens(environ) or ("",)
    authority = environ.get("CI_SERVER_TLS_CA_FILE", "")
    return MergedMergeRequests(
        project, tokens, issues=issues, url=url, authority=authority, say=say
    )


def _listing(size: int, bound: str = "", *, page: int = 1) -> Params:
    """Return what asks for a page of what was updated at `bound` or before."""
    before = {"updated_before": bound} if bound else {}
    return {
        "state": "merged",
        "scope": "all",
        "order_by": "updated_at",
        "sort": "desc",
        "per_page": size,
        "page": page,
        **before,
    }


def _a_moment_after(text: str) -> str:
    """Return the next millisecond: GitLab keeps microseconds and tells milliseconds."""
    later = datetime.fromisoformat(read_time(text)) + timedelta(milliseconds=1)
    return to_utc(later.isoformat())
