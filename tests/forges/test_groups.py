"""The repositories of an organisation or group: whole lists, teams, limits, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from graphql import GraphQLError
from tests import fake_gitlab, fake_server
from tests.graphql_github import TOKEN, Fault, GraphQLGitHub, complain, serve

from whygate.errors import UndecidedError
from whygate.forges.find import list_group, name_forge
from whygate.forges.github import organisation
from whygate.forges.github.organisation import Organisation
from whygate.forges.gitlab.group import Projects
from whygate.forges.listing import Group, Listing, parse_group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_gitlab import FakeGitLab
    from tests.fake_server import Asked

pytestmark = pytest.mark.npm  # GitHub answers by its own schema

ACME = Group("github", "acme")
MOST = 100  # that GitHub gives at once


class Owned(GraphQLGitHub):
    """A GitHub with an organisation: its repositories, and what its teams may do with them."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = "Organization"
        self.repositories: list[dict[str, Any]] = []
        self.teams: dict[str, dict[str, str]] = {}
        self.hides_teams = False

    def own(self, name: str, *, archived: bool = False, fork: bool = False) -> None:
        """Add a repository."""
        about = {"isArchived": archived, "isFork": fork}
        place = {"nameWithOwner": f"acme/{name}", "url": f"https://github.com/acme/{name}"}
        self.repositories.append({**place, **about})

    def _root(self) -> dict[str, Any]:
        return {
            **super()._root(),
            "repositoryOwner": self._owner,
            "organization": self._organisation,
        }

    def _owner(self, _info: Any, login: str) -> dict[str, Any] | None:
        def repositories(_info: Any, first: int, after: str | None = None, **_: Any) -> Any:
            return cut(self.repositories, first, after)

        named = {"__typename": self.kind, "login": "acme", "repositories": repositories}
        return named if login.lower() == "acme" else None

    def _organisation(self, _info: Any, login: str) -> dict[str, Any]:
        if self.hides_teams:
            raise GraphQLError("Your token lacks it", extensions={"type": "INSUFFICIENT_SCOPES"})
        assert login == "acme"
        return {
            "teams": lambda _info, first, after=None, **_: cut(
                [self._team(slug) for slug in self.teams], first, after
            ),
            "team": lambda _info, slug: self._team(slug),
        }

    def _team(self, slug: str) -> dict[str, Any]:
        edges = [
            {"permission": permission, "node": {"nameWithOwner": f"acme/{name}"}}
            for name, permission in self.teams[slug].items()
        ]

        def repositories(_info: Any, first: int, after: str | None = None, **_: Any) -> Any:
            page = cut(edges, first, after)
            return {"edges": page["nodes"], "pageInfo": page["pageInfo"]}

        return {"slug": slug, "combinedSlug": f"acme/{slug}", "repositories": repositories}


def cut(rows: list[Any], first: int, after: str | None) -> dict[str, Any]:
    """Return a page of a connection."""
    start = int(after or 0)
    end = start + min(first, MOST)
    info = {"hasNextPage": end < len(rows), "endCursor": str(end) if rows else None}
    return {"totalCount": len(rows), "nodes": rows[start:end], "pageInfo": info}


@pytest.fixture
def github() -> Iterator[Owned]:
    """Give an organisation without a repository."""
    with serve(Owned()) as served:
        assert isinstance(served, Owned)
        yield served


def read(github: Owned, group: Group = ACME, *, token: str = TOKEN, **wanted: bool) -> Listing:
    asked = Organisation([token], url=github.url, sleep=lambda _: None)
    archived, forks = wanted.get("archived", False), wanted.get("forks", False)
    return asked.read(group, archived=archived, forks=forks)


def test_queries_are_githubs_own() -> None:
    queries = (
        organisation.REPOSITORIES_QUERY,
        organisation.TEAMS_QUERY,
        organisation.TEAM_QUERY,
    )

    assert [complain(query) for query in queries] == [[], [], []]


def test_organisation_is_listed_to_its_last_page(github: Owned) -> None:
    for number in range(250):
        github.own(f"r{number:03}")

    found = read(github)

    assert [x.name for x in found.repositories] == [f"acme/r{n:03}" for n in range(250)]
    assert found.repositories[0].address == "https://github.com/acme/r000"
    assert {x.organisation for x in found.repositories} == {"acme"}
    assert found.notes == ()


@pytest.mark.parametrize(
    ("wanted", "names", "notes"),
    [
        ({}, ["acme/a"], ("github:acme: left out archived: 1, forks: 2",)),
        (
            {"archived": True},
            ["acme/a", "acme/old"],
            ("github:acme: left out forks: 2",),
        ),
        (
            {"archived": True, "forks": True},
            ["acme/a", "acme/copy", "acme/old", "acme/oldcopy"],
            (),
        ),
    ],
    ids=["neither", "archived", "both"],
)
def test_archived_and_forks_come_when_they_are_asked_for(
    github: Owned, wanted: dict[str, bool], names: list[str], notes: tuple[str, ...]
) -> None:
    github.own("a")
    github.own("copy", fork=True)
    github.own("old", archived=True)
    github.own("oldcopy", fork=True)

    found = read(github, archived="archived" in wanted, forks="forks" in wanted)

    assert [x.name for x in found.repositories] == names
    assert found.notes == notes


def test_team_of_a_repository_is_the_one_that_may_do_most_with_the_fewest(github: Owned) -> None:
    names = [f"r{n}" for n in range(150)]
    for name in (*names, "web", "free"):
        github.own(name)
    github.teams = {
        "everybody": dict.fromkeys((*names, "web", "free"), "READ"),
        "platform": dict.fromkeys((*names, "web"), "WRITE"),
        "shop": {"web": "WRITE"},
        "boss": {"r7": "ADMIN"},
    }

    teams = {x.name: x.team for x in read(github).repositories}

    assert teams["acme/web"] == "@acme/shop"
    assert teams["acme/r7"] == "@acme/boss"
    assert teams["acme/r149"] == "@acme/platform"
    assert teams["acme/free"] == ""


def test_teams_that_may_not_be_seen_cost_a_note_alone(github: Owned) -> None:
    github.own("a")
    github.hides_teams = True

    found = read(github)

    assert [x.team for x in found.repositories] == [""]
    (note,) = found.notes
    assert "the teams of acme on GitHub are not known" in note


def test_person_has_repositories_and_no_teams(github: Owned) -> None:
    github.own("a")
    github.kind, github.hides_teams = "User", True

    found = read(github)

    assert [x.name for x in found.repositories] == ["acme/a"]
    assert found.notes == ()


def test_page_that_is_too_much_and_a_limit_are_waited_for(github: Owned) -> None:
    for number in range(120):
        github.own(f"r{number:03}")
    limit = {"retry-after": "7"}
    github.faults = [Fault(502, b"busy", least=100), Fault(429, b"{}", limit)]

    assert len(read(github).repositories) == 120
    assert [asked["first"] for asked in github.asked][:3] == [100, 50, 50]


@pytest.mark.parametrize(
    ("group", "token", "told"),
    [
        (Group("github", "nobody"), TOKEN, "there is no organisation nobody on GitHub"),
        (ACME, "ghp_wrong", "GitHub does not accept the token"),
    ],
    ids=["no organisation", "wrong token"],
)
def test_organisation_that_may_not_be_seen_is_told(
    github: Owned, group: Group, token: str, told: str
) -> None:
    with pytest.raises(UndecidedError) as caught:
        read(github, group, token=token)

    assert told in caught.value.message
    assert "read:org" in caught.value.hint


@pytest.mark.parametrize(
    "address",
    ["ext::sh -c touch", "file:///etc", "--upload-pack=x", "https://ada:secret@x.org/a/b"],
)
def test_address_that_git_may_not_have_ends_the_list(github: Owned, address: str) -> None:
    github.own("a")
    github.repositories[0]["url"] = address

    with pytest.raises(UndecidedError, match="is no address"):
        read(github)


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FakeGitLab, list[dict[str, Any]]]]:
    """Give a GitLab, and the projects of its group `acme/shops`, to be filled."""
    projects: list[dict[str, Any]] = []
    with fake_gitlab.serve() as state:
        monkeypatch.setenv("CI_API_V4_URL", state.url)
        before = state.look_up

        def answer(asked: Asked) -> tuple[int, object]:
            if unquote(asked.path) != "/groups/acme/shops/projects" or asked.method != "GET":
                return before(asked)
            assert "%2F" in asked.path, "a path in an address is encoded"
            size, page = int(asked.query["per_page"]), int(asked.query["page"])
            assert size <= MOST
            assert asked.query["include_subgroups"] == "true"
            return 200, projects[(page - 1) * size : page * size]

        monkeypatch.setattr(state, "look_up", answer)
        yield state, projects


SHOPS = Group("gitlab", "acme/shops")
Served = tuple["FakeGitLab", list[dict[str, Any]]]


def project(path: str, **more: object) -> dict[str, Any]:
    place = f"https://gitlab.example.org/{path}.git"
    return {"path_with_namespace": path, "http_url_to_repo": place, "archived": False, **more}


def test_group_is_listed_with_the_groups_below_it(gitlab: Served) -> None:
    _, projects = gitlab
    projects += [project(f"acme/shops/web/r{number:03}") for number in range(130)]
    projects += [project("acme/shops/old", archived=True)]
    projects += [project("acme/shops/copy", forked_from_project={"id": 3})]
    projects += [project("acme/shops/plans", repository_access_level="disabled")]

    found = list_group(SHOPS, {"WHYGATE_TOKEN": fake_gitlab.TOKEN, "CI_API_V4_URL": gitlab[0].url})

    assert len(found.repositories) == 130
    first = found.repositories[0]
    assert (first.name, first.organisation, first.team) == (
        "acme/shops/web/r000",
        "acme",
        "shops/web",
    )
    assert first.address == "https://gitlab.example.org/acme/shops/web/r000.git"
    assert found.notes == (
        "gitlab:acme/shops: left out archived: 1, forks: 1",
        "gitlab:acme/shops: left out without a repository: 1",
    )


def test_group_is_asked_for_with_a_token_of_gitlab_alone(gitlab: Served) -> None:
    state, projects = gitlab
    projects.append(project("acme/shops/a"))
    tokens = f"ghp_else {fake_gitlab.TOKEN} glpat-second"

    found = list_group(SHOPS, {"WHYGATE_TOKEN": tokens, "GITLAB_HOST": state.url})

    assert [listed.name for listed in found.repositories] == ["acme/shops/a"]
    assert "ghp_else" not in state.used


@pytest.mark.parametrize("token", ["", "glpat-wrong"], ids=["none", "wrong"])
def test_group_that_may_not_be_seen_is_told(gitlab: Served, token: str) -> None:
    environ = {"WHYGATE_TOKEN": token, "CI_API_V4_URL": gitlab[0].url}

    with pytest.raises(UndecidedError, match="there is no group acme/shops on GitLab") as caught:
        list_group(SHOPS, environ)

    assert "read_api" in caught.value.hint


def test_limit_of_gitlab_is_waited_for(gitlab: Served) -> None:
    state, projects = gitlab
    projects.append(project("acme/shops/a"))
    state.faults += [fake_server.Fault("/groups/", 429) for _ in range(4)]
    environ = {"WHYGATE_TOKEN": fake_gitlab.TOKEN, "CI_API_V4_URL": state.url}
    waits: list[float] = []

    projects_of = Projects(environ, sleep=waits.append, clock=lambda: 0.0)
    found = projects_of.read(SHOPS, archived=False, forks=False)

    assert len(found.repositories) == 1
    assert waits == [60.0] * 4


def test_group_is_asked_at_the_gitlab_that_the_environment_names(gitlab: Served) -> None:
    state, projects = gitlab
    projects.append(project("acme/shops/a"))
    environ = {
        "GITLAB_TOKEN": fake_gitlab.TOKEN,
        "GITLAB_HOST": state.url.removesuffix("/api/v4"),
    }

    assert len(list_group(SHOPS, environ).repositories) == 1


def test_answer_that_is_none_ends_the_list(gitlab: Served) -> None:
    state, projects = gitlab
    projects.append({"path_with_namespace": "acme/shops/a"})

    with pytest.raises(UndecidedError, match="not what it documents"):
        list_group(SHOPS, {"WHYGATE_TOKEN": fake_gitlab.TOKEN, "CI_API_V4_URL": state.url})


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("github:acme", Group("github", "acme")),
        ("gitlab:acme/shops", Group("gitlab", "acme/shops")),
        ("forge:org/acme", Group("github", "acme")),
        ("forge:acme", Group("github", "acme")),
        ("github:acme/shop.git", None),
        ("github:acme/shop", None),
        ("gitlab://x", None),
        ("gitlab:a/../b", None),
        ("github:", None),
        ("bitbucket:acme", None),
    ],
)
def test_group_is_written_in_one_way(text: str, group: Group | None) -> None:
    assert parse_group(text, here="github") == group


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "github"),
        ({"GITLAB_CI": "true"}, "gitlab"),
        ({"CI_API_V4_URL": "https://x.org/api/v4"}, "gitlab"),
        ({"GITHUB_ACTIONS": "true"}, "github"),
    ],
    ids=json.dumps,
)
def test_forge_is_the_one_of_the_environment(environ: dict[str, str], name: str) -> None:
    assert name_forge(environ) == name
