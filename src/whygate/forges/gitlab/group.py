"""The projects of a group of GitLab and of the groups below it, each with its group as its team.

https://docs.gitlab.com/api/groups/#list-projects
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec import Struct

from whygate.forges.answers import Done  # noqa: TC001 - msgspec reads the type
from whygate.forges.gitlab.api import REFUSED, ApiQuestions
from whygate.forges.listing import PAGES, Group, Listed, Listing, leave_out, require_address
from whygate.forges.port import ForgeError
from whygate.forges.questions import PAGE
from whygate.forges.remotes import find_gitlabs
from whygate.forges.rest import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class _Project(Struct):
    """A project, as a group lists it."""

    path_with_namespace: str
    http_url_to_repo: str
    archived: bool
    forked_from_project: Done | None = None
    repository_access_level: str = ""


class Projects(ApiQuestions):
    """The projects of a group, at the GitLab that the environment names."""

    grant = "set WHYGATE_TOKEN to a token with the scope `read_api` that may see the group"

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        *_, server = find_gitlabs(environ).values()
        super().__init__(
            self.find_tokens(environ) or ("",),
            url=server.api,
            authority=environ.get("CI_SERVER_TLS_CA_FILE", ""),
            say=say,
            clock=clock,
            sleep=sleep,
        )

    def read(self, group: Group, *, archived: bool, forks: bool) -> Listing:
        """Return the projects of a group; raises ForgeError unless all came."""
        found, without = [], 0
        for project in self._read_all(group.name):
            if project.repository_access_level == "disabled":
                without += 1
                continue
            address = require_address(project.http_url_to_repo, "GitLab")
            name, is_fork = project.path_with_namespace, project.forked_from_project is not None
            top, _, below = name.partition("/")
            team = below.rpartition("/")[0]
            found.append(Listed(name, address, top, team, project.archived, is_fork))
        kept, notes = leave_out(found, group, archived=archived, forks=forks)
        if without:
            notes.append(f"gitlab:{group.name}: left out without a repository: {without}")
        return Listing(kept, tuple(notes))

    def _read_all(self, name: str) -> Iterator[_Project]:
        for page in range(1, PAGES + 1):
            projects = self._read_page(name, page)
            yield from projects
            if len(projects) < PAGE:
                return
        raise ForgeError(
            f"GitLab has more projects of {name} than {PAGES * PAGE:,}", hint="name them in a list"
        )

    def _read_page(self, name: str, page: int) -> list[_Project]:
        wanted: dict[str, str | int] = {"order_by": "id", "sort": "asc"}
        wanted |= {"include_subgroups": "true", "with_shared": "false"}
        wanted |= {"per_page": PAGE, "page": page}
        path = f"/groups/{quote(name, safe='')}/projects"
        try:
            found, _ = self._ask(lambda token: self._get(token, path, list[_Project], wanted))
        except ApiError as error:
            raise self._explain(error, name) from None
        return found

    def _explain(self, error: ApiError, name: str) -> ForgeError:
        if error.status in REFUSED:
            told = f"there is no group {name} on GitLab, or the token may not see it"
            return ForgeError(f"{told} ({error.message})", hint=self.grant)
        return ForgeError(error.message, hint=error.hint.replace("the job", "it"))
