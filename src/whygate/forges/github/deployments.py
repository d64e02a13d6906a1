"""The deployments of an environment, as GitHub tells of them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from whygate.errors import UndecidedError
from whygate.forges.answers import Sha  # noqa: TC001 - msgspec reads it
from whygate.forges.port import Deployment, Deployments, ForgeError

if TYPE_CHECKING:
    from whygate.forges.github.api import Api

_PAGES = 50  # of a hundred deployments, in one run
# https://docs.github.com/en/graphql/reference/objects#deployment; a later deployment turns the
# state of an earlier one to INACTIVE, so its statuses are asked, and not its state.
_QUERY = """\
query {{ repository(owner: {owner}, name: {name}) {{ deployments(
  first: 100, after: {cursor}, environments: [{environment}],
  orderBy: {{field: CREATED_AT, direction: ASC}}
) {{ pageInfo {{ hasNextPage endCursor }}
  nodes {{ commitOid statuses(first: 50) {{ nodes {{ state createdAt }} }} }} }} }} }}"""
_Time = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T")]


class _Status(Struct, rename="camel"):
    state: str
    created_at: _Time


class _Statuses(Struct):
    nodes: tuple[_Status, ...]


class _Deployed(Struct, rename="camel"):
    commit_oid: Sha
    statuses: _Statuses | None


class _PageInfo(Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Page(Struct, rename="camel"):
    page_info: _PageInfo
    nodes: tuple[_Deployed, ...]


class _Repository(Struct):
    deployments: _Page


class _Data(Struct):
    repository: _Repository | None


class Answer(Struct):
    """What GitHub answers to the query; a repository that may not be seen is null."""

    data: _Data


def read_deployments(api: Api, repository: str, environment: str, cursor: str) -> Deployments:
    """Return the deployments that succeeded, from a place on; those of the last page are recent.

    Raises ApiError when the token may not read them, UndecidedError when there are too many.
    """
    owner, _, name = repository.partition("/")
    settled: list[Deployment] = []
    for _ in range(_PAGES):
        after = json.dumps(cursor) if cursor else "null"
        query = _QUERY.format(
            owner=json.dumps(owner),
            name=json.dumps(name),
            cursor=after,
            environment=json.dumps(environment),
        )
        found = api.graphql(query, Answer).data.repository
        if found is None:
            raise ForgeError(
                f"the token may not read {repository}, or it does not exist",
                hint="grant the job `deployments: read`",
            )
        page = found.deployments
        known = [one for node in page.nodes if (one := _read(node)) is not None]
        if not page.page_info.has_next_page:
            return Deployments(cursor, tuple(settled), tuple(known))
        if not page.page_info.end_cursor or page.page_info.end_cursor == cursor:
            raise ForgeError("GitHub does not say where the deployments go on")
        settled += known
        cursor = page.page_info.end_cursor
    raise UndecidedError(f"there are more than {_PAGES * 100} new deployments to `{environment}`")


def _read(node: _Deployed) -> Deployment | None:
    """Return a deployment with the day of its first success, None when it has none."""
    statuses = node.statuses.nodes if node.statuses is not None else ()
    days = [status.created_at[:10] for status in statuses if status.state == "SUCCESS"]
    try:
        return Deployment(node.commit_oid, date.fromisoformat(min(days))) if days else None
    except ValueError:
        raise ForgeError(f"GitHub names `{min(days)}` as a day") from None
