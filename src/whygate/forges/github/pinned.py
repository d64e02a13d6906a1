"""Files of a pinned commit on GitHub: of github.com, or of an Enterprise Server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.errors import InputError
from whygate.forges.github.api import API_URL, Api
from whygate.forges.github.repository import ApiTree
from whygate.forges.github.shapes import REPOSITORY
from whygate.forges.rest import SECONDS_FOR_FILES, is_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.forges.port import Files
    from whygate.policy.extends import Address

PUBLIC = "github.com"


class _Reader(Api):
    """GitHub's API, also without a token."""

    may_be_anonymous = True


def open_pinned(address: Address, environ: Mapping[str, str]) -> tuple[Files, str]:
    """Return the files of the commit that an address names, and where git clones them from.

    A token goes to the server that it is for alone: the job's to the job's own, GH_TOKEN and
    GITHUB_TOKEN to github.com, GH_ENTERPRISE_TOKEN to GH_HOST
    (https://cli.github.com/manual/gh_help_environment). Raises InputError for no repository.
    """
    if not REPOSITORY.fullmatch(address.repository):
        raise InputError(f"`{address.repository}` is no `OWNER/NAME`, as GitHub names repositories")
    server = address.server or PUBLIC
    names: tuple[str, ...]
    is_job = environ.get("GITHUB_ACTIONS") == "true"  # or one of Gitea's, whose token is its own
    if is_job and is_server(environ.get("GITHUB_SERVER_URL", ""), server):
        url, names = environ.get("GITHUB_API_URL", ""), ("WHYGATE_TOKEN", "GITHUB_TOKEN")
    elif server == PUBLIC:
        url, names = API_URL, () if is_job else ("GH_TOKEN", "GITHUB_TOKEN")
    else:
        is_cloud = server.endswith(".ghe.com")  # an enterprise with data residency
        url = f"https://api.{server}" if is_cloud else f"https://{server}/api/v3"
        names = ("GH_ENTERPRISE_TOKEN",) if is_server(environ.get("GH_HOST", ""), server) else ()
    found = (environ.get(name, "").strip() for name in names)
    token = next(filter(None, found), "")
    api = _Reader(url, token, seconds=SECONDS_FOR_FILES)
    clone = f"https://{server}/{address.repository}"
    return ApiTree(api, address.repository, address.sha), clone
