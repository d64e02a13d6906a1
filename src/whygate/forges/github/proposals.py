"""The one pull request that brings lines for a file: opened, or brought up to date."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import UndecidedError
from whygate.forges.answers import Done
from whygate.forges.github.api import ApiError
from whygate.forges.github.repository import ApiTree, find_ref, find_tip, retry
from whygate.forges.github.shapes import Difference, GitCommit, Home, Made, ProposedPull
from whygate.forges.port import Published
from whygate.forges.tree import PLAIN_FILES

if TYPE_CHECKING:
    from whygate.forges.github.api import Api
    from whygate.forges.port import Proposed

LIMIT = 8 << 20  # bytes of the file
_HINT = (
    "grant the job `contents: write` and `pull-requests: write`, and let Settings > Actions > "
    "General allow GitHub Actions to create pull requests; or give it the token of a GitHub App"
)
_REFUSED = (401, 403, 404)
_MOST_FILES = 300  # that GitHub lists of a comparison


def propose(api: Api, repository: str, wanted: Proposed) -> Published:
    """Open our pull request or bring it up to date, and return what was done.

    The file is read from the tip of the default branch, and the new one is a commit on that very
    tip, so no line that somebody else adds meanwhile can be lost: git merges the two. Our branch
    only moves forward while its request is open: GitHub refuses when somebody else was faster,
    and everything is read again. Raises ApiError when the token may not write, UndecidedError
    when the branch changes another file, which is then nobody's to take away.
    """
    try:
        return retry(lambda: _propose(api, f"/repos/{repository}", repository, wanted))
    except ApiError as error:
        if error.status in _REFUSED and "rate limit" not in error.message:
            raise ApiError(error.message, hint=_HINT, status=error.status) from None
        raise


def _propose(api: Api, home: str, repository: str, wanted: Proposed) -> Published:
    base = api.get(home, Home).default_branch
    tip = find_tip(api, repository, base)
    old = ApiTree(api, repository, tip).read_bytes(wanted.path, limit=LIMIT) or b""
    ours = _find_open(api, home, repository, base, wanted.branch)
    head = find_ref(api, f"{home}/git/ref/heads/{quote(wanted.branch)}")
    if head:
        _require_ours(api, home, tip, head, wanted)
    brought = None
    if ours is not None and head:
        brought = ApiTree(api, repository, head).read_bytes(wanted.path, limit=LIMIT)
    new = wanted.compose(old, brought)
    if new == old:
        return _leave(api, home, ours)
    is_new = new != brought
    if is_new:
        parents = [head, tip] if ours is not None and head else [tip]
        sha = _commit(api, home, tip, parents, wanted, new)
        _move(api, home, head, sha, wanted.branch, force=ours is None)
    if ours is None:
        body = {"title": wanted.title, "body": wanted.text, "head": wanted.branch, "base": base}
        made = api.send("POST", f"{home}/pulls", body, ProposedPull)
        return Published("created", made.number)
    said = (ours.title, (ours.body or "").replace("\r\n", "\n").strip())
    if said != (wanted.title, wanted.text.strip()):
        body = {"title": wanted.title, "body": wanted.text}
        api.send("PATCH", f"{home}/pulls/{ours.number:d}", body, Done)
        is_new = True
    return Published("edited" if is_new else "kept", ours.number)


def _find_open(api: Api, home: str, repository: str, base: str, branch: str) -> ProposedPull | None:
    """Return the open pull request from our branch of this very repository, not of a fork."""
    head = f"{repository.partition('/')[0]}:{branch}"
    found = api.pages(f"{home}/pulls", ProposedPull, most=100, state="open", head=head, base=base)
    return next(
        (
            pull
            for pull in found
            if pull.head.ref == branch
            and pull.base.ref == base
            and pull.head.repo is not None
            and pull.head.repo.full_name.casefold() == repository.casefold()
        ),
        None,
    )


def _require_ours(api: Api, home: str, tip: str, head: str, wanted: Proposed) -> None:
    """Refuse to build on a branch, or to take one away, that changes any other file."""
    files = api.get(f"{home}/compare/{tip}...{head}", Difference, per_page=1).files
    others = [name for f in files for name in (f.filename, f.previous_filename) if name]
    others = [name for name in others if name != wanted.path]
    if others or len(files) >= _MOST_FILES:
        named = f"`{others[0]}`" if others else "many files"
        raise UndecidedError(
            f"the branch `{wanted.branch}` changes {named}, which whygate did not propose",
            hint=f"merge or close its request, delete `{wanted.branch}`, and run this again",
        )


def _leave(api: Api, home: str, ours: ProposedPull | None) -> Published:
    """Close our pull request when every line it brings is there already."""
    if ours is None:
        return Published("none")
    api.send("PATCH", f"{home}/pulls/{ours.number:d}", {"state": "closed"}, Done)
    return Published("closed", ours.number)


def _commit(
    api: Api, home: str, tip: str, parents: list[str], wanted: Proposed, data: bytes
) -> str:
    """Return a commit whose files are those of the tip, but for our one file."""
    git = f"{home}/git"
    content = base64.b64encode(data).decode("ascii")
    blob = api.send("POST", f"{git}/blobs", {"content": content, "encoding": "base64"}, Made)
    entry = {"path": wanted.path, "mode": PLAIN_FILES[0], "type": "blob", "sha": blob.sha}
    below = api.get(f"{git}/commits/{tip}", GitCommit).tree.sha
    tree = api.send("POST", f"{git}/trees", {"base_tree": below, "tree": [entry]}, Made)
    commit = {"message": wanted.message, "tree": tree.sha, "parents": parents}
    return api.send("POST", f"{git}/commits", commit, Made).sha


def _move(api: Api, home: str, head: str, sha: str, branch: str, *, force: bool) -> None:
    """Let our branch end in a commit; while a request is open it only moves forward."""
    if head:
        path = f"{home}/git/refs/heads/{quote(branch)}"
        api.send("PATCH", path, {"sha": sha, "force": force}, Done)
    else:
        ref = f"refs/heads/{branch}"
        api.send("POST", f"{home}/git/refs", {"ref": ref, "sha": sha}, Done)
