"""Pull requests as GitHub knows them, the commits of a push, and who belongs to a merge queue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import UndecidedError
from whygate.forges.answers import to_day
from whygate.forges.github.api import ApiError
from whygate.forges.github.shapes import (
    Comparison,
    DatedComment,
    File,
    IssueEvent,
    ListedCommit,
    ListedPull,
    NamedRef,
    Pull,
    ReadIssue,
)
from whygate.forges.port import (
    ChangedFile,
    Details,
    ForgeError,
    LinkedIssue,
    MergeRequest,
    Said,
    to_change,
)
from whygate.model import Author, Origin, Part
from whygate.text.commit import MESSAGES_LIMIT, Commit, within_limit
from whygate.text.commit import to_change as commit_change
from whygate.text.prose import render_prose

if TYPE_CHECKING:
    from collections.abc import Callable

    from whygate.forges.github.api import Api
    from whygate.forges.github.shapes import User
    from whygate.forges.port import PushEvent, QueueEvent
    from whygate.model import Change

COMMITS_LIMIT = 250  # GitHub lists no more of a pull request
FILES_LIMIT = 3_000  # nor more files than that
COMMENTS_LIMIT = 1_000
EVENTS_LIMIT = 1_000
QUEUE_COMMITS = 300  # of a merge group, or of a push
QUEUE_REQUESTS = 50
QUEUE_QUESTIONS = 100  # commits of a group whose request has to be asked for

ISSUES_LIMIT = 3  # that a request closes, and that are read

# `Fixes #12`, `closes: octo/repo#12`, `Resolves https://github.com/octo/repo/issues/12`
_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? (?:(?P<home>[\w.-]{1,100}/[\w.-]{1,100})?#"
    r"|https?://[\w.-]{1,200}/(?P<place>[\w.-]{1,100}/[\w.-]{1,100})/issues/)"
    r"(?P<number>[0-9]{1,10})\b",
    re.IGNORECASE | re.ASCII,
)
_BODY_LIMIT = 262_144  # characters; GitHub accepts 65,536
_NO_SUCH = (404, 422)  # 422: a hash of no commit
_ASSOCIATED = 100  # pull requests of one commit
_SHORT = 12
_PAGE = 100
QUEUE = "gh-readonly-queue/"  # where the merge queue keeps its branches
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository
QUEUE_BRANCH = re.compile(rf"refs/heads/{QUEUE}(.+)/pr-([1-9][0-9]{{0,9}})-[0-9a-f]{{40,64}}")
_QUEUE_HINT = "set a smaller maximum group size in the settings of the merge queue"


def to_request(pull: Pull) -> MergeRequest:
    """Return a pull request in the words of the port; raises ForgeError for a body too long."""
    body = pull.body or ""
    if len(body) > _BODY_LIMIT:
        raise ForgeError(f"the description of #{pull.number} is too long")
    return MergeRequest(
        number=pull.number,
        title=pull.title,
        body=body,
        author=_author(pull.user),
        labels=tuple(label.name for label in pull.labels),
        branch=_branch(pull),
        head_sha=pull.head.sha,
        base_branch=pull.base.ref,
        merge_sha=pull.merge_commit_sha or "",
        updated=pull.updated_at,
        is_draft=pull.draft,
        is_open=pull.state == "open",
        is_merged=pull.merged or bool(pull.merged_at),
        lines_changed=pull.additions + pull.deletions,
        commits=pull.commits,
        files=pull.changed_files,
    )


def read_request(api: Api, repository: str, number: int) -> MergeRequest:
    """Return a pull request as it is now; raises ApiError when GitHub does not show it."""
    pull = api.get(f"/repos/{repository}/pulls/{number:d}", Pull)
    if pull.number != number:
        raise ForgeError(f"GitHub sent #{pull.number} when asked for #{number}")
    return to_request(pull)


def read_details(api: Api, repository: str, request: MergeRequest) -> Details:
    """Return the commits and files of a pull request, and what GitHub does not list of them.

    Raises ForgeError when fewer came than GitHub lists: a part of them is no answer.
    """
    path = f"/repos/{repository}/pulls/{request.number:d}"
    commits = api.pages(f"{path}/commits", ListedCommit, most=COMMITS_LIMIT)
    files = api.pages(f"{path}/files", File, most=FILES_LIMIT)
    _require(request, "commits", len(commits), min(request.commits, COMMITS_LIMIT))
    _require(request, "files", len(files), min(request.files, FILES_LIMIT))
    parts = tuple(within_limit([_commit_part(commit) for commit in reversed(commits)]))
    notices = []
    if len(parts) < request.commits:
        notices.append(
            f"#{request.number} has {request.commits} commits; the messages of {len(parts)} were "
            f"read (GitHub lists {COMMITS_LIMIT}, and {MESSAGES_LIMIT} characters are read)"
        )
    if len(files) < request.files:  # the rest could be what no path rule exempts
        notices.append(f"#{request.number} touches more files than GitHub lists")
        return Details(parts, None, tuple(notices))
    changed = tuple(
        ChangedFile(f.filename, f.previous_filename, f.patch, bool(f.patch or f.previous_filename))
        for f in files
    )
    return Details(parts, changed, tuple(notices))


def read_comments(
    api: Api, repository: str, number: int, wanted: Callable[[str], bool]
) -> tuple[Said, ...]:
    """Return the comments below a pull request whose text is `wanted`, newest first.

    Raises ForgeError when there are more than COMMENTS_LIMIT: GitHub lists the oldest first.
    """
    path = f"/repos/{repository}/issues/{number:d}/comments"
    found = api.pages(path, DatedComment, most=COMMENTS_LIMIT)
    if len(found) == COMMENTS_LIMIT:
        raise ForgeError(f"#{number} has {COMMENTS_LIMIT} comments or more, and no more are read")
    return tuple(
        Said(_author(c.user), day, c.body, c.created_at != c.updated_at)
        for c in reversed(found)
        if wanted(c.body) and (day := to_day(c.created_at)) is not None
    )


def find_label_setters(api: Api, repository: str, number: int) -> dict[str, Author]:
    """Return who set each label of a pull request last, by GitHub's record of its events.

    Raises ForgeError when there are more than EVENTS_LIMIT: GitHub lists the oldest first.
    """
    events = api.pages(
        f"/repos/{repository}/issues/{number:d}/events", IssueEvent, most=EVENTS_LIMIT
    )
    if len(events) == EVENTS_LIMIT:
        raise ForgeError(f"#{number} has {EVENTS_LIMIT} events or more, and no more are read")
    return {
        event.label.name: _author(event.actor)
        for event in events
        if event.event == "labeled" and event.label is not None
    }


def read_issues(api: Api, repository: str, request: MergeRequest) -> tuple[LinkedIssue, ...]:
    """Return the issues of the repository that a description closes, the first ISSUES_LIMIT.

    One that was moved elsewhere, and a pull request, are left out. Raises ApiError when GitHub does
    not show one.
    """
    found = []
    for number in closed_numbers(request.body, repository)[:ISSUES_LIMIT]:
        issue = api.get(f"/repos/{repository}/issues/{number:d}", ReadIssue)
        is_here = issue.repository_url.lower().endswith(f"/repos/{repository.lower()}")
        if issue.number == number and is_here and issue.pull_request is None:
            found.append(LinkedIssue(number, issue.title, (issue.body or "")[:_BODY_LIMIT]))
    return tuple(found)


def closed_numbers(body: str, repository: str) -> tuple[int, ...]:
    """Return the issues of a repository that a description closes, as far as a reader sees it.

    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    """
    seen = render_prose(body[:_BODY_LIMIT]).text
    numbers = (
        int(match["number"])
        for match in _CLOSES.finditer(seen)
        if (match["home"] or match["place"] or repository).lower() == repository.lower()
    )
    return tuple(dict.fromkeys(number for number in numbers if number))


def read_queued(api: Api, repository: str, event: QueueEvent) -> tuple[MergeRequest, ...]:
    """Return the open pull requests that a merge group would merge, in the order of its commits.

    GitHub says which: the one whose number stands in the name of the group's branch, those it
    names for each commit, and those whose branch of the queue ends at one. What the commits say
    is a stranger's word and names nobody. Every commit of the group must belong to one of them:
    by its hash, by GitHub's word, as the copy that a rebase makes, or as the merge of commits
    that do; else ForgeError is raised, as it is when
    there are more than can be asked for.
    """
    group = _Group(api, repository, event)
    group.read()
    return tuple(request for request in group.requests.values() if request.is_open)


class _Group:
    """The commits of a merge group, and the requests they are accounted for by."""

    def __init__(self, api: Api, repository: str, event: QueueEvent) -> None:
        self._api = api
        self._repository = repository
        self._event = event
        self.requests: dict[int, MergeRequest] = {}
        self._known: set[str] = set()  # hashes of commits that belong to a request
        self._copies: set[tuple[str, str]] = set()

    def read(self) -> None:
        """Find the request of every commit; raises ForgeError when one has none."""
        event = self._event
        commits = compare(self._api, self._repository, event.base_sha, event.head_sha)
        if event.number:
            self._add(event.number)
            self._known.add(event.head_sha)
        left = [commit for commit in commits if commit.sha not in self._known]
        asked = 0
        unnamed = []
        for commit in left:
            if commit.sha in self._known:
                continue
            asked += 1
            if asked > QUEUE_QUESTIONS:
                raise ForgeError(
                    f"the merge group has more than {QUEUE_QUESTIONS} commits whose pull request "
                    "has to be asked for",
                    hint=_QUEUE_HINT,
                )
            if not self._ask(commit):
                unnamed.append(commit)
        unnamed = [commit for commit in unnamed if not self._is_explained(commit)]
        if unnamed:
            self._read_branches({commit.sha for commit in unnamed})
        for commit in unnamed:
            if not (commit.sha in self._known or self._is_explained(commit)):
                raise ForgeError(
                    f"GitHub names no pull request for the commit {commit.sha[:_SHORT]} of the "
                    "merge group",
                    hint="judge the group in a clone: `whygate check --scope each --range`",
                )

    def _ask(self, commit: ListedCommit) -> bool:
        """Add the requests that GitHub names for a commit, and tell whether there was one."""
        path = f"/repos/{self._repository}/commits/{commit.sha}/pulls"
        named = [
            pull
            for pull in self._api.pages(path, ListedPull, most=_ASSOCIATED)
            if pull.base.ref == self._event.base_branch and pull.state == "open"
        ]
        for pull in named:
            self._add(pull.number)
        if named:
            self._known.add(commit.sha)
        return bool(named)

    def _read_branches(self, wanted: set[str]) -> None:
        """Add the requests whose own branch of the queue ends at one of the commits.

        The queue keeps a branch for each request of a group, on top of those before it; only it
        can write there. A request that is squashed is one commit, which GitHub may name nobody
        for until it is merged.
        """
        start = f"heads/{QUEUE}{self._event.base_branch}/"
        path = f"/repos/{self._repository}/git/matching-refs/{quote(start)}"
        for branch in self._api.get(path, tuple[NamedRef, ...]):
            found = QUEUE_BRANCH.fullmatch(branch.ref)
            sha = branch.object.sha
            if found is None or found[1] != self._event.base_branch or sha not in wanted:
                continue
            self._add(int(found[2]))
            self._known.add(sha)

    def _add(self, number: int) -> None:
        """Read a request once, and remember its commits."""
        if number in self.requests:
            return
        if len(self.requests) == QUEUE_REQUESTS:
            raise ForgeError(
                f"the merge group holds more than {QUEUE_REQUESTS} pull requests", hint=_QUEUE_HINT
            )
        request = read_request(self._api, self._repository, number)
        if request.base_branch != self._event.base_branch:
            raise ForgeError(f"#{number} is in the queue of another branch than its own")
        self.requests[number] = request
        path = f"/repos/{self._repository}/pulls/{number:d}/commits"
        for commit in self._api.pages(path, ListedCommit, most=COMMITS_LIMIT):
            self._known.add(commit.sha)
            self._copies.add(_copied(commit))

    def _is_explained(self, commit: ListedCommit) -> bool:
        merged = [parent.sha for parent in commit.parents[1:]]
        is_merge = bool(merged) and all(sha in self._known for sha in merged)
        if is_merge or _copied(commit) in self._copies:
            self._known.add(commit.sha)
            return True
        return False


def _copied(commit: ListedCommit) -> tuple[str, str]:
    """Return what a rebase keeps of a commit."""
    author = commit.commit.author
    who = f"{author.name}\0{author.email}\0{author.date}" if author is not None else ""
    return commit.commit.message, who


def read_pushed(api: Api, repository: str, event: PushEvent) -> list[Commit]:
    """Return the pushed first-parent commits as the API knows them, newest first, paths unknown."""
    listed = {c.sha: c for c in compare(api, repository, event.before, event.after)}
    found = []
    sha = event.after
    while sha in listed:
        commit = to_commit(listed.pop(sha))
        found.append(commit)
        sha = commit.parents[0] if commit.parents else ""
    return found


def find_merged(api: Api, repository: str, sha: str) -> MergeRequest | None:
    """Return the pull request that was merged as a commit, by GitHub's word; None for none."""
    path = f"/repos/{repository}/commits/{sha}/pulls"
    for pull in api.pages(path, ListedPull, most=_ASSOCIATED):
        if pull.merge_commit_sha == sha:
            return read_request(api, repository, pull.number)
    return None


def find_change(api: Api, repository: str, name: str, base_sha: str) -> Change | str | None:
    """Return the change of a name (`#12`, the start of a hash), with the messages of its commits.

    GitHub shows the commits of forks under every repository of their network: one counts as the
    pull request that it belongs to, or if the commit `base_sha` has it in its history.
    """
    number = int(name.rpartition("#")[2]) if name.startswith("#") else 0
    try:
        if number:
            return _describe(api, repository, read_request(api, repository, number))
        commit = api.get(f"/repos/{repository}/commits/{name}", ListedCommit)
        path = f"/repos/{repository}/commits/{commit.sha}/pulls"
        for pull in api.pages(path, ListedPull, most=_ASSOCIATED):
            return _describe(api, repository, read_request(api, repository, pull.number))
        path = f"/repos/{repository}/compare/{base_sha}...{commit.sha}"
        beyond = api.get(path, Comparison, per_page=1)
    except ApiError as error:
        if error.status not in _NO_SUCH:
            raise
        return None
    is_held = beyond.total_commits == 0 and not beyond.commits
    return commit_change(to_commit(commit)) if is_held else None


def _describe(api: Api, repository: str, request: MergeRequest) -> Change | str:
    if not (request.is_open or request.is_merged):
        return f"#{request.number} was closed without being merged"
    path = f"/repos/{repository}/pulls/{request.number:d}/commits"
    commits = api.pages(path, ListedCommit, most=COMMITS_LIMIT)
    parts = within_limit([_commit_part(commit) for commit in reversed(commits)])
    return to_change(request, Details(tuple(parts)))


def compare(api: Api, repository: str, base: str, head: str) -> list[ListedCommit]:
    """Return the commits that `head` has and `base` has not, the oldest first.

    Raises ForgeError when there are more than QUEUE_COMMITS, or when not all of them came.
    """
    path = f"/repos/{repository}/compare/{base}...{head}"
    found: list[ListedCommit] = []
    while True:
        page = api.get(path, Comparison, per_page=_PAGE, page=len(found) // _PAGE + 1)
        found += page.commits
        total = page.total_commits
        if max(len(found), total or 0) > QUEUE_COMMITS:
            raise ForgeError(
                f"there are more than {QUEUE_COMMITS} commits, and GitHub is asked for no more",
                hint="bring in fewer at once; `whygate check --range` judges any number in a clone",
            )
        if len(page.commits) < _PAGE:
            break
    is_whole = total is None or len(found) == total
    if base != head and not (is_whole and any(commit.sha == head for commit in found)):
        raise ForgeError(
            f"GitHub did not list every commit up to {head[:_SHORT]}", hint="run the job again"
        )
    return found


def to_commit(listed: ListedCommit) -> Commit:
    """Return a commit of the API as git would have told of it."""
    commit = listed.commit
    return Commit(
        sha=listed.sha,
        parents=tuple(parent.sha for parent in listed.parents),
        author_name=commit.author.name if commit.author else "",
        author_mail=commit.author.email if commit.author else "",
        committed=to_day(commit.committer.date if commit.committer else ""),
        message=commit.message.encode("utf-8", "replace"),
    )


def _require(request: MergeRequest, what: str, found: int, wanted: int) -> None:
    if found < wanted:
        raise UndecidedError(
            f"GitHub listed {found} of the {wanted} {what} of #{request.number}",
            hint="run the job again",
        )


def _author(user: User | None) -> Author:
    if user is None:  # the account was deleted
        return Author()
    return Author(name=user.login, login=user.login, is_bot=user.type == "Bot")


def _branch(pull: Pull) -> str:
    head, base = pull.head.repo, pull.base.repo
    is_own = head is not None and base is not None and head.full_name == base.full_name
    return pull.head.ref if is_own else ""


def _commit_part(commit: ListedCommit) -> Part:
    return Part(Origin.COMMIT, commit.sha[:_SHORT], commit.commit.message)
