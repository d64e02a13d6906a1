"""What whygate keeps up to date at GitHub: one comment, one issue and one pull request."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import UndecidedError
from whygate.forges.answers import Done
from whygate.forges.github.api import ApiError
from whygate.forges.github.repository import MOVED, ApiTree, find_ref, find_tip
from whygate.forges.github.shapes import (
    Comment,
    Difference,
    GitCommit,
    Home,
    Issue,
    Login,
    Made,
    ProposedPull,
    Viewer,
)
from whygate.forges.kept import Comments, Issues, Ours, Proposals
from whygate.forges.tree import PLAIN_FILES

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.github.shapes import User
    from whygate.forges.kept import Step
    from whygate.forges.port import Files, Proposed

BOT = "github-actions[bot]"  # who the job's own token is, which may not ask for itself
COMMENT_HINT = "grant the job `pull-requests: write`, or leave `comment` off"
ISSUE_HINT = "grant the job `permissions:` with `issues: write`"
OFF_HINT = "turn on Issues in the settings of the repository, or leave `due-issue` off"
_BOT_MARK = "[bot]"
_COMMENTS_LIMIT = 3_000
_ISSUES_LIMIT = 3_000
_REFUSED = (401, 403, 404)
_GONE = 410  # "Issues are disabled for this repo"
_OPEN = "open"
_MOST_FILES = 300  # that GitHub lists of a comparison


class RequestComments(Comments):
    """Keeps our one comment below a pull request of a repository (`owner/name`)."""

    def __init__(self, api: Api, repository: str, number: int) -> None:
        self._api = api
        self._list = f"/repos/{repository}/issues/{number:d}/comments"
        self._one = f"/repos/{repository}/issues/comments"

    def find_ours(self, marker: str) -> Ours | None:
        """Return our comment; who the token is, is asked only where somebody wrote the marker."""
        found = self._api.pages(self._list, Comment, most=_COMMENTS_LIMIT)
        marked = [comment for comment in found if comment.body.startswith(marker)]
        login = _find_login(self._api) if marked else ""
        ours = (Ours(one.id, "", one.body) for one in marked if _is_by(one.user, login))
        return next(ours, None)

    def write(self, text: str) -> None:
        """Write a comment."""
        self._api.send("POST", self._list, {"body": text}, Done)

    def edit(self, comment: Ours, text: str) -> None:
        """Give our comment its text."""
        self._api.send("PATCH", f"{self._one}/{comment.number:d}", {"body": text}, Done)


class RepositoryIssues(Issues):
    """Keeps our one issue of a repository (`owner/name`)."""

    refusals = dict.fromkeys(_REFUSED, ISSUE_HINT) | {_GONE: OFF_HINT}

    def __init__(self, api: Api, repository: str) -> None:
        self._api = api
        self._path = f"/repos/{repository}/issues"

    def find_ours(self, marker: str) -> list[Ours]:
        """Return our issues, the oldest first; requests to merge are listed among them."""
        login = _find_login(self._api)
        query = {"state": "all", "creator": login, "sort": "created", "direction": "asc"}
        found = self._api.pages(self._path, Issue, most=_ISSUES_LIMIT, **query)
        ours = [
            Ours(issue.number, issue.title, issue.body or "", issue.state == _OPEN)
            for issue in found
            if (issue.body or "").startswith(marker)
            and _is_by(issue.user, login)
            and issue.pull_request is None
        ]
        if not ours and len(found) == _ISSUES_LIMIT:
            raise UndecidedError(
                f"`{login}` has written more than {_ISSUES_LIMIT} issues: ours is not among the "
                "first",
                hint="leave the input `token` at its default",
            )
        return ours

    def open(self, title: str, text: str) -> int:
        """Open an issue, and return its number."""
        return self._api.send("POST", self._path, {"title": title, "body": text}, Issue).number

    def edit(self, issue: Ours, title: str, text: str) -> None:
        """Give an issue its title and text, and open it where it is closed."""
        reopened = {} if issue.is_open else {"state": _OPEN}
        body = {"title": title, "body": text, **reopened}
        self._api.send("PATCH", f"{self._path}/{issue.number:d}", body, Done)

    def close(self, issue: Ours, note: str, *, wanted: tuple[str, str] | None) -> None:
        """Close an issue with a word; with the `wanted` title and text when it is done."""
        here = f"{self._path}/{issue.number:d}"
        body = {"state": "closed", "state_reason": "completed" if wanted else "not_planned"}
        if wanted is not None:
            body |= {"title": wanted[0], "body": wanted[1]}
        self._api.send("PATCH", here, body, Done)
        self._api.send("POST", f"{here}/comments", {"body": note}, Done)


def _find_login(api: Api) -> str:
    """Return the login the token writes as.

    A person's token may ask for its user. The token of a job or of another app may not, but
    GraphQL tells it who the viewer is; the job's own is the last resort.
    """
    try:
        return api.get("/user", Login).login
    except ApiError as error:
        if error.status not in _REFUSED:
            raise
    try:
        return api.graphql("query { viewer { login } }", Viewer).data.viewer.login
    except ApiError:
        return BOT


def _is_by(user: User | None, login: str) -> bool:
    """Tell whether an author is that login; an app is one only by GitHub's word."""
    is_app = login.endswith(_BOT_MARK)
    return user is not None and user.login == login and (user.type == "Bot" or not is_app)


class PullRequests(Proposals):
    """Keeps our one pull request of a repository (`owner/name`)."""

    hint = (
        "grant the job `contents: write` and `pull-requests: write`, and let Settings > Actions > "
        "General allow GitHub Actions to create pull requests; or give it the token of a GitHub App"
    )
    moved = MOVED

    def __init__(self, api: Api, repository: str) -> None:
        self._api = api
        self._repository = repository
        self._home = f"/repos/{repository}"

    def find_base(self) -> tuple[str, str]:
        """Return the name of the default branch, and the commit at its tip."""
        base = self._api.get(self._home, Home).default_branch
        return base, find_tip(self._api, self._repository, base)

    def find_head(self, branch: str) -> str:
        """Return the commit at the tip of our branch, "" without one."""
        return find_ref(self._api, f"{self._home}/git/ref/heads/{quote(branch)}")

    def find_open(self, base: str, branch: str) -> Ours | None:
        """Return the open pull request from our branch of this very repository, not of a fork."""
        head = f"{self._repository.partition('/')[0]}:{branch}"
        query = {"state": "open", "head": head, "base": base}
        found = self._api.pages(f"{self._home}/pulls", ProposedPull, most=100, **query)
        return next(
            (
                Ours(pull.number, pull.title, pull.body or "")
                for pull in found
                if pull.head.ref == branch
                and pull.base.ref == base
                and pull.head.repo is not None
                and pull.head.repo.full_name.casefold() == self._repository.casefold()
            ),
            None,
        )

    def list_changed(self, tip: str, head: str) -> tuple[tuple[str, ...], bool]:
        """Return the names of what our branch changes, and whether these are all."""
        path = f"{self._home}/compare/{tip}...{head}"
        files = self._api.get(path, Difference, per_page=1).files
        names = (name for f in files for name in (f.filename, f.previous_filename) if name)
        return tuple(names), len(files) < _MOST_FILES

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        return ApiTree(self._api, self._repository, sha)

    def write(self, wanted: Proposed, step: Step) -> None:
        """Let our branch end in a commit on the tip of the default branch.

        While a request is open it only moves forward: GitHub refuses when somebody was faster.
        """
        parents = [step.head, step.tip] if step.is_open else [step.tip]
        sha = self._commit(step.tip, parents, wanted, step.new)
        if step.head:
            path = f"{self._home}/git/refs/heads/{quote(wanted.branch)}"
            self._api.send("PATCH", path, {"sha": sha, "force": not step.is_open}, Done)
        else:
            ref = f"refs/heads/{wanted.branch}"
            self._api.send("POST", f"{self._home}/git/refs", {"ref": ref, "sha": sha}, Done)

    def open(self, wanted: Proposed, base: str) -> int:
        """Open the pull request, and return its number."""
        body = {"title": wanted.title, "body": wanted.text, "head": wanted.branch, "base": base}
        return self._api.send("POST", f"{self._home}/pulls", body, ProposedPull).number

    def edit(self, number: int, wanted: Proposed) -> None:
        """Give our pull request its title and text."""
        body = {"title": wanted.title, "body": wanted.text}
        self._api.send("PATCH", f"{self._home}/pulls/{number:d}", body, Done)

    def close(self, number: int) -> None:
        """Close our pull request."""
        self._api.send("PATCH", f"{self._home}/pulls/{number:d}", {"state": "closed"}, Done)

    def _commit(self, tip: str, parents: list[str], wanted: Proposed, data: bytes) -> str:
        """Return a commit whose files are those of the tip, but for our one file."""
        git = f"{self._home}/git"
        content = base64.b64encode(data).decode("ascii")
        sent = {"content": content, "encoding": "base64"}
        blob = self._api.send("POST", f"{git}/blobs", sent, Made)
        entry = {"path": wanted.path, "mode": PLAIN_FILES[0], "type": "blob", "sha": blob.sha}
        below = self._api.get(f"{git}/commits/{tip}", GitCommit).tree.sha
        made = {"base_tree": below, "tree": [entry]}
        tree = self._api.send("POST", f"{git}/trees", made, Made)
        commit = {"message": wanted.message, "tree": tree.sha, "parents": parents}
        return self._api.send("POST", f"{git}/commits", commit, Made).sha
