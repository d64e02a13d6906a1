"""The repositories of an organisation of GitHub, and the teams that they belong to.

By GraphQL (https://docs.github.com/en/graphql/reference): a point of the rate limit for each
hundred repositories, and one for each hundred teams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from whygate.forges.github.questions import GraphQuestions, find_next
from whygate.forges.github.shapes import OwnerAnswer, TeamsAnswer
from whygate.forges.listing import (
    PAGES,
    Group,
    Listed,
    Listing,
    leave_out,
    require_address,
)
from whygate.forges.port import ForgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.forges.github.shapes import Team, TeamRepositories

_OWNERS = ("ADMIN", "MAINTAIN", "WRITE")  # who only reads a repository does not own it
REPOSITORIES_QUERY = """\
query($name: String!, $first: Int!, $after: String) {
  repositoryOwner(login: $name) {
    __typename login
    repositories(
      first: $first, after: $after, ownerAffiliations: [OWNER]
      orderBy: {field: NAME, direction: ASC}
    ) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { nameWithOwner url isArchived isFork }
    }
  }
  rateLimit { cost remaining resetAt }
}
"""
_TEAM = """\
slug combinedSlug
      repositories(first: SIZEAFTER) {
        pageInfo { hasNextPage endCursor }
        edges { permission node { nameWithOwner } }
      }"""
TEAMS_QUERY = f"""\
query($name: String!, $first: Int!, $after: String) {{
  organization(login: $name) {{
    teams(first: $first, after: $after, rootTeamsOnly: false) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {_TEAM.replace("SIZEAFTER", "100")} }}
    }}
  }}
  rateLimit {{ cost remaining resetAt }}
}}
"""
TEAM_QUERY = f"""\
query($name: String!, $team: String!, $first: Int!, $after: String) {{
  organization(login: $name) {{
    team(slug: $team) {{ {_TEAM.replace("SIZEAFTER", "$first, after: $after")} }}
  }}
  rateLimit {{ cost remaining resetAt }}
}}
"""


_Shape = TypeVar("_Shape", OwnerAnswer, TeamsAnswer)


class _Claim(NamedTuple):
    """What a team may do with a repository, how many it has, and what it is called: least wins."""

    permission: int
    repositories: int
    team: str


class Organisation(GraphQuestions):
    """The repositories of an organisation or a person, the organisation's teams besides."""

    grant = (
        "a classic token needs the scopes `repo` and `read:org`, a fine-grained one "
        "`Metadata: read` and `Members: read`"
    )

    instead = "name the repositories in a list"

    def read(self, group: Group, *, archived: bool, forks: bool) -> Listing:
        """Return the repositories of a group; raises ForgeError unless all came."""
        kinds: set[str] = set()
        found = list(self._read_repositories(group.name, kinds))
        kept, notes = leave_out(found, group, archived=archived, forks=forks)
        if "Organization" not in kinds:  # a person has no teams
            return Listing(kept, tuple(notes))
        try:
            teams = self._find_teams(group.name)
        except ForgeError as error:
            notes.append(f"the teams of {group.name} on GitHub are not known: {error.message}")
            teams = {}
        named = (
            Listed(x.name, x.address, x.organisation, teams.get(x.name.lower(), "")) for x in kept
        )
        return Listing(tuple(named), tuple(notes))

    def _read_repositories(self, name: str, kinds: set[str]) -> Iterator[Listed]:
        cursor = ""
        for _ in range(PAGES):
            answer = self._ask_page(REPOSITORIES_QUERY, name, cursor, OwnerAnswer)
            owner = answer.data.repository_owner if answer.data is not None else None
            if owner is None:
                raise self._refused(answer.errors, f"there is no organisation {name} on GitHub")
            if owner.repositories.nodes is None or None in owner.repositories.nodes:
                raise self._refused(answer.errors, f"GitHub left out repositories of {name}")
            kinds.add(owner.kind)
            self._grow()
            for node in owner.repositories.nodes:
                if node is not None:
                    address = require_address(node.url, "GitHub")
                    about = (node.is_archived, node.is_fork)
                    yield Listed(node.name_with_owner, address, owner.login, "", *about)
            if not (cursor := find_next(owner.repositories.page_info, cursor)):
                return
        raise _too_many(name)

    def _find_teams(self, name: str) -> dict[str, str]:
        """Return the team of each repository by its name in lower case.

        Of several the one that may do most, then the one with the fewest repositories.
        """
        claims: dict[str, _Claim] = {}
        for slug, held in self._read_teams(name):
            for repository, permission in held.items():
                claim = _Claim(_OWNERS.index(permission), len(held), f"@{slug}")
                claims[repository] = min(claims.get(repository, claim), claim)
        return {repository: claim.team for repository, claim in claims.items()}

    def _read_teams(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the name of each team, with what it may do with which repositories."""
        cursor = ""
        for _ in range(PAGES):
            answer = self._ask_page(TEAMS_QUERY, name, cursor, TeamsAnswer)
            home = answer.data.organization if answer.data is not None else None
            if home is None or home.teams is None or home.teams.nodes is None or answer.errors:
                raise self._refused(answer.errors, f"GitHub shows no teams of {name}")
            self._grow()
            for team in home.teams.nodes:
                if team is not None:
                    yield team.combined_slug, self._read_team(name, team)
            if not (cursor := find_next(home.teams.page_info, cursor)):
                return
        raise _too_many(name)

    def _read_team(self, name: str, team: Team) -> dict[str, str]:
        held: dict[str, str] = {}
        page, cursor = team.repositories, ""
        for _ in range(PAGES):
            held |= _owned(page)
            if not (cursor := find_next(page.page_info, cursor)):
                return held
            answer = self._ask_page(TEAM_QUERY, name, cursor, TeamsAnswer, team=team.slug)
            home = answer.data.organization if answer.data is not None else None
            if home is None or home.team is None:
                raise self._refused(
                    answer.errors, f"GitHub left out the repositories of {team.slug}"
                )
            page = home.team.repositories
        raise _too_many(team.slug)

    def _ask_page(
        self, query: str, name: str, cursor: str, wanted: type[_Shape], **more: str
    ) -> _Shape:
        return self._query(
            lambda: (query, {"name": name, "first": self._size, "after": cursor or None, **more}),
            wanted,
        )


def _owned(page: TeamRepositories) -> dict[str, str]:
    return {
        edge.node.name_with_owner.lower(): edge.permission
        for edge in page.edges or ()
        if edge is not None and edge.permission in _OWNERS
    }


def _too_many(name: str) -> ForgeError:
    return ForgeError(f"GitHub has more of {name} than {PAGES} pages", hint="name them in a list")
