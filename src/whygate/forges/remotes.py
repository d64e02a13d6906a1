"""Which project of which forge the remote of a clone names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

# `https://name:word@host/owner/name.git`, `git@host:owner/name.git`, `ssh://git@host:22/owner/name`
_REMOTE = re.compile(
    r"(?:[a-z+]{2,20}://(?:[^@/\s]{1,200}@)?([\w.-]{1,253})(?::[0-9]{1,5})?/"
    r"|(?:[^@/\s:]{1,200}@)?([\w.-]{2,253}):(?!/))~?([\w.~-]{1,200}(?:/[\w.~-]{1,200}){0,12})/?\Z",
    re.ASCII,
)
_API = "/api/v4"


def split_remote(remote: str) -> tuple[str, str] | None:
    """Return the host and the path (`owner/name`) of a remote's address, None for another one."""
    match = _REMOTE.match(remote)
    if match is None or not (match[1] or match[2]):
        return None
    return (match[1] or match[2]).lower(), match[3].removesuffix(".git")


class Server(NamedTuple):
    """A GitLab: its host, the path that it stands below, and the address of its API."""

    host: str
    below: str
    api: str


def find_gitlabs(environ: Mapping[str, str]) -> dict[str, Server]:
    """Return the GitLab servers that are known, by host: gitlab.com, and what a shell names.

    A job of GitLab CI names its own (CI_API_V4_URL); GITLAB_HOST names others as `glab` takes it,
    a host or an address (https://gitlab.com/gitlab-org/cli#environment-variables), several apart
    by spaces. No other host is asked: it would be sent the token.
    """
    named = environ.get("GITLAB_HOST", "").replace(",", " ").split()
    named.append(environ.get("CI_API_V4_URL", "").strip())
    found = {}
    for name in ("gitlab.com", *named):
        scheme, _, rest = name.rpartition("://")
        rest = rest.rstrip("/").removesuffix(_API)
        place, _, below = rest.partition("/")
        host = place.partition(":")[0].lower()
        if host:
            found[host] = Server(host, below, f"{scheme or 'https'}://{rest}{_API}")
    return found


def find_project(remote: str, server: Server) -> str:
    """Return the project that a remote at a server names, without the path the server is below.

    git's own addresses (`ssh://`, `git@host:`) do not have that path.
    """
    found = split_remote(remote)
    project = found[1] if found is not None else ""
    return project.removeprefix(f"{server.below}/") if remote.startswith("http") else project
