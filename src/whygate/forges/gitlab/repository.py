"""A project through GitLab's API: its branches, the files of a commit, its deployments.

https://docs.gitlab.com/api/branches/, https://docs.gitlab.com/api/repositories/ and
https://docs.gitlab.com/api/deployments/
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.errors import UndecidedError
from whygate.forges.answers import to_utc
from whygate.forges.gitlab.api import REFUSED, Api, read_time
from whygate.forges.gitlab.shapes import Blob, Branch, Deployed, Named, TreeEntry
from whygate.forges.port import Deployment, Deployments, ForgeError
from whygate.forges.remotes import find_gitlabs
from whygate.forges.rest import SECONDS_FOR_FILES, ApiError, is_server
from whygate.forges.tree import Entry, ForgeTree, decode_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whygate.forges.port import Files
    from whygate.policy.extends import Address

_MOST_DEPLOYMENTS = 5_000  # in one run
_MOST_NAMES = 5_000  # of one directory
PUBLIC = "gitlab.com"
_API = "/api/v4"


def find_tip(api: Api, project: str, branch: str) -> str:
    """Return the commit at the tip of a branch; empty when no token may read it."""
    try:
        path = f"{project}/repository/branches/{quote(branch, safe='')}"
        found = api.get(path, Branch)
    except ApiError as error:
        if error.status not in REFUSED:
            raise
        return ""
    if found.name != branch:
        raise ForgeError(f"GitLab sent the branch `{found.name}` when asked for `{branch}`")
    return found.commit.id


def find_fork(api: Api, project: str, base: str, head: str) -> str:
    """Return the merge base of two commits."""
    path = f"{project}/repository/merge_base?refs%5B%5D={base}&refs%5B%5D={head}"
    return api.get(path, Named).id


class ApiTree(ForgeTree[Api]):
    """The files of a commit of a project (`/projects/7`)."""

    forge = "GitLab"

    def list_directory(self, path: str, entry: Entry | None) -> Iterable[Entry]:  # noqa: ARG002
        """Return the entries of a directory, all its pages."""
        found = self.api.pages(
            f"{self.repository}/repository/tree",
            TreeEntry,
            most=_MOST_NAMES,
            ref=self.sha,
            **({"path": path} if path else {}),
        )
        if len(found) == _MOST_NAMES:
            raise ForgeError(f"`{path or '.'}` holds more names than are read from GitLab")
        return (Entry(e.name, e.type, e.mode, e.id) for e in found)

    def fetch_file(self, path: str, entry: Entry) -> bytes:
        """Return the bytes of a blob."""
        blob = self.api.get(f"{self.repository}/repository/blobs/{entry.id}", Blob)
        return decode_file(self.forge, path, blob.content, blob.size)


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    A token goes to the server that it is for alone: the job's and WHYGATE_TOKEN to the job's own,
    GITLAB_TOKEN outside of a job to gitlab.com and to what GITLAB_HOST names.
    """
    server = address.server or PUBLIC
    url, job_token, names = f"https://{server}{_API}", "", [""]
    own = environ.get("CI_API_V4_URL", "").strip()
    if environ.get("GITLAB_CI") == "true":
        if is_server(own.removesuffix(_API), server):
            url, names = own, ["WHYGATE_TOKEN", "GITLAB_TOKEN"]
            job_token = environ.get("CI_JOB_TOKEN", "").strip()
    else:
        for known in find_gitlabs(environ).values():
            if is_server(known.api.removesuffix(_API), server):
                url, names = known.api, ["GITLAB_TOKEN"]
    token = next(filter(None, (environ.get(name, "").strip() for name in names)), "")
    api = Api(
        url,
        job_token=job_token,
        token=token,
        authority=environ.get("CI_SERVER_TLS_CA_FILE", ""),
        seconds=SECONDS_FOR_FILES,
    )
    project = f"/projects/{quote(address.repository, safe='')}"
    return ApiTree(api, project, address.sha), f"https://{server}/{address.repository}"


def read_deployments(api: Api, project: str, environment: str, cursor: str) -> Deployments:
    """Return the deployments that succeeded, from a time on, the ones updated first first.

    One that is still running is updated when it is done, and so comes behind the cursor. That is
    a moment before the last one: GitLab keeps microseconds and tells milliseconds. Raises ApiError
    when the token may not read them, UndecidedError when there are too many.
    """
    after = {"updated_after": cursor} if cursor else {}
    query = {"environment": environment, "status": "success", "order_by": "updated_at"}
    found = api.pages(
        f"{project}/deployments", Deployed, most=_MOST_DEPLOYMENTS, sort="asc", **query, **after
    )
    if len(found) == _MOST_DEPLOYMENTS:
        raise UndecidedError(
            f"there are more than {_MOST_DEPLOYMENTS} new deployments to `{environment}`"
        )
    dated = [(read_time(one.updated_at), _read(one)) for one in found]
    if not dated:
        return Deployments(cursor)
    last = dated[-1][0]
    before = to_utc((datetime.fromisoformat(last) - timedelta(milliseconds=1)).isoformat())
    settled = tuple(one for when, one in dated if when <= before and when > cursor)
    return Deployments(before, settled, tuple(one for when, one in dated if when > before))


def _read(one: Deployed) -> Deployment:
    """Return a deployment with the day on which its job was done, or it was marked so by hand."""
    job = one.deployable
    done = (job.finished_at if job is not None else None) or one.updated_at
    return Deployment(one.sha, date.fromisoformat(read_time(done)[:10]))
