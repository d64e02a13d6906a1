"""Files of a pinned commit on GitLab: of gitlab.com, or of a server of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from whygate.forges.gitlab.api import Api
from whygate.forges.gitlab.repository import ApiTree
from whygate.forges.remotes import find_gitlabs
from whygate.forges.rest import SECONDS_FOR_FILES, is_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.forges.port import Files
    from whygate.policy.extends import Address

PUBLIC = "gitlab.com"
_API = "/api/v4"


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
