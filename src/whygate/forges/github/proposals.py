"""The one pull request that brings lines for a file."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.forges.answers import Done
from whygate.forges.github.repository import MOVED, ApiTree, find_ref, find_tip
from whygate.forges.github.shapes import Difference, GitCommit, Home, Made, ProposedPull
from whygate.forges.kept import Ours, Proposals
from whygate.forges.tree import PLAIN_FILES

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.kept import Step
    from whygate.forges.port import Files, Proposed

_MOST_FILES = 300  # that GitHub lists of a comparison


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
