"""What we ask GitLab, Azure DevOps and Bitbucket and take for an answer, against what is published.

None of them has a description of its API in a registry. Microsoft packs the types of its own
client; others pack the types and routes of GitLab's, and what is generated of Bitbucket's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import fields
from tests import fake_azure, fake_bitbucket, fake_gitlab

from whygate.forges.azure import forge as azure
from whygate.forges.bitbucket import forge as bitbucket
from whygate.forges.gitlab import merge_request, posts, repository, shapes
from whygate.forges.gitlab.api import Api
from whygate.forges.gitlab.merged import MergedMergeRequests
from whygate.forges.gitlab.posts import MergeRequests
from whygate.forges.port import IssueText, Proposed

if TYPE_CHECKING:
    from msgspec import Struct
    from tests.gate.conftest import RunCi

pytestmark = pytest.mark.npm

PACKED = Path(__file__).parents[2] / "node_modules/.whygate"
_TYPE = re.compile(
    r"^( *)(?:export )?(?:interface|type) (\w+)(?:<T>)?"
    r"(?: extends (\w+)[^{]*| = (\w+) & | =)? ?\{\n"
    r"(.*?)^\1\}",
    re.MULTILINE | re.DOTALL,
)
_FIELD = re.compile(r"^ {4}(\w+)\??:", re.MULTILINE)
_ENUM = r"enum %s \{(.*?)\n\}"

AZURE: dict[str, type[Struct]] = {
    "GitPullRequest": azure._Pull,
    "GitCommitRef": azure._Commit,
    "GitPullRequestIteration": azure._Iteration,
    "GitPullRequestChange": azure._Entry,
    "GitPullRequestIterationChanges": azure._Changes,
    "GitPullRequestStatus": azure._Status,
    "GitRef": azure._Ref,
    "GitCommit": azure._TreeCommit,
    "GitTreeEntryRef": azure._TreeEntry,
    "GitTreeRef": azure._Tree,
}
BITBUCKET: dict[str, type[Struct]] = {
    "Pullrequest": bitbucket._Pull,
    "PullrequestEndpoint": bitbucket._End,
    "Commit": bitbucket._Commit,
    "Diffstat": bitbucket._Diffstat,
    "CommitFile": bitbucket._SrcEntry,
}
GITLAB: list[tuple[type[Struct], str]] = [
    (shapes.Request, "ExpandedMergeRequestSchema"),
    (shapes.Listed, "MergeRequestSchema"),
    (shapes.ProposedRequest, "MergeRequestSchema"),
    (shapes.Associated, "MergeRequestSchema"),
    (shapes.Project, "ProjectSchema"),
    (shapes.Commit, "CommitSchema"),
    (shapes.ListedCommit, "ExpandedCommitSchema"),
    (shapes.Diff, "MergeRequestDiffSchema"),
    (shapes.Difference, "RepositoryCompareSchema"),
    (shapes.FileAt, "RepositoryFileExpandedSchema"),
    (shapes.TreeEntry, "RepositoryTreeSchema"),
    (shapes.Branch, "BranchSchema"),
    (shapes.Issue, "IssueSchema"),
    (shapes.OurIssue, "IssueSchema"),
    (shapes.Note, "NoteSchema"),
    (shapes.Member, "MemberSchema"),
    (shapes.Deployed, "DeploymentSchema"),
    (shapes.DeployJob, "JobSchema"),
]
# GitLab answers with these, and the client does not know them.
NEWER = {"too_large", "collapsed", "bot"}
# Bitbucket answers with these, and its description does not know them.
UNDESCRIBED = {"description", "draft", "size"}


def read_packed(name: str) -> str:
    """Return a file that ./run-tests took out of a package."""
    path = PACKED / name
    assert path.is_file(), "./run-tests unpacks it, and needs npm"
    return path.read_text(encoding="utf-8")


def read_types(text: str) -> dict[str, set[str]]:
    """Return the names of the fields of each type, with those that it takes over."""
    found = {m[2]: (m[3] or m[4] or "", set(_FIELD.findall(m[5]))) for m in _TYPE.finditer(text)}

    def whole(name: str) -> set[str]:
        above, own = found.get(name, ("", set()))
        return own | whole(above) if above else own

    return {name: whole(name) for name in found}


def names(shape: type[Struct]) -> set[str]:
    """Return what a shape takes of an answer."""
    return {field.encode_name for field in fields(shape)}


@pytest.mark.parametrize("name", AZURE)
def test_field_that_is_taken_is_one_of_azure_devops(name: str) -> None:
    known = read_types(read_packed("azure.d.ts"))[name]

    assert len(known) > 2
    assert names(AZURE[name]) <= known


@pytest.mark.parametrize("name", BITBUCKET)
def test_field_that_is_taken_is_one_of_bitbucket(name: str) -> None:
    known = read_types(read_packed("bitbucket.d.ts"))[name]

    assert len(known) > 2
    assert names(BITBUCKET[name]) <= known | UNDESCRIBED


@pytest.mark.parametrize(("shape", "name"), GITLAB, ids=lambda one: getattr(one, "__name__", one))
def test_field_that_is_taken_is_one_of_gitlab(shape: type[Struct], name: str) -> None:
    known = read_types(read_packed("gitlab.d.ts"))[name]

    assert len(known) > 2
    assert names(shape) <= known | NEWER


def test_questions_are_those_that_a_client_of_gitlab_knows() -> None:
    """Its options are spelled `updatedBefore`, and it writes each path as a template."""
    with fake_gitlab.serve() as server:
        server.merge(7, description="Closes #3")
        server.deploy(fake_gitlab.HEAD, "2026-01-01T00:00:00.000Z")
        api = Api(server.url, job_token="", token=fake_gitlab.TOKEN, authority="")
        project = f"/projects/{fake_gitlab.PROJECT}"
        merged = MergedMergeRequests(server.path, [fake_gitlab.TOKEN], url=server.url)
        merged.count()
        assert merged.read_page("2026-12-01T00:00:00.000Z").requests
        text = Proposed("ours", "a", "t", "t", "m", lambda old, _: old + b"x")
        MergeRequests(api, project).propose(text)
        server.push("main", "b", "1")
        MergeRequests(api, project).propose(text)
        posts.ProjectIssues(api, project).keep("m", IssueText("t", "t", done=False, note=""))
        posts.append_lines(api, project, "ledger", {"k": "k"})
        posts.append_lines(api, project, "ledger", {"l": "l"})
        repository.read_deployments(api, project, "production", "2025-01-01T00:00:00.000Z")
        merge_request.find_change(api, project, "!12", "")
    types = read_types(read_packed("gitlab.d.ts"))
    code = read_packed("gitlab.js")
    routes = re.findall(r"endpoint`([^`]+)`", code) + re.findall(r'this,\s+"(\w+)"', code)
    known = [re.compile(re.sub(r"\\\$\\\{.*?\\\}", "[^/]+", re.escape(r))) for r in routes]

    paths = {one.path.lstrip("/") for one in server.asked}
    assert len(paths) > 12
    lost = {path for path in paths if not any(route.fullmatch(path) for route in known)}
    assert lost == set()
    options = {
        "merge_requests": types["AllMergeRequestsOptions"],
        "issues": types["AllIssuesOptions"],
        "deployments": types["AllDeploymentsOptions"],
    }
    for one in server.asked:
        last = one.path.rpartition("/")[2]
        asked = {camel(name) for name in one.query} - {"page", "perPage"}
        if one.method == "GET" and last in options:
            assert asked <= options[last], one
        if one.path.endswith("/repository/commits"):
            assert isinstance(one.body, dict)
            for action in one.body["actions"]:
                assert {camel(name) for name in action} <= types["CommitAction"]


def camel(name: str) -> str:
    """Return `updated_before` as `updatedBefore`, `iids[]` as `iids`."""
    first, *rest = name.removesuffix("[]").split("_")
    return first + "".join(word.capitalize() for word in rest)


def test_states_are_those_that_azure_devops_names(tmp_path: Path, run_ci: RunCi) -> None:
    text = read_packed("azure.d.ts")
    with fake_azure.serve() as server:
        run_ci(server.variables(tmp_path))
    status = names_of(text, "GitStatusState")
    context = read_types(text)["GitStatusContext"]

    assert {"pending", *azure._STATES.values()} <= status
    assert {"active", "abandoned", "completed"} <= names_of(text, "PullRequestStatus")
    for told in server.statuses:
        assert set(told) <= read_types(text)["GitPullRequestStatus"]
        assert isinstance(told["context"], dict)
        assert set(told["context"]) <= context


def names_of(text: str, enum: str) -> set[str]:
    """Return the names of an enumeration, as the API writes them."""
    found = re.search(_ENUM % enum, text, re.DOTALL)
    assert found is not None
    written = re.findall(r"^ {4}(\w+) =", found[1], re.MULTILINE)
    return {name[0].lower() + name[1:] for name in written}


def test_questions_and_reports_are_those_that_bitbucket_describes(
    tmp_path: Path, run_ci: RunCi, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_bitbucket.serve() as server:
        monkeypatch.setattr(bitbucket, "HOST", server.url)
        monkeypatch.setattr(bitbucket, "PROXY", server.url.removesuffix("/2.0"))
        server.pull["description"] = "none"
        ledger = ".whygate/results.jsonl"
        server.write(ledger, "\n", fake_bitbucket.HEAD)
        server.files = [server.file(ledger)]
        run_ci(server.variables(tmp_path))
    routes = read_routes(read_packed("bitbucket.js"))
    types = read_types(read_packed("bitbucket.d.ts"))

    asked = {(a.method, a.path.removeprefix("/2.0")) for a in server.asked}
    assert len(asked) > 8
    for method, path in asked:
        assert any(way == method and route.fullmatch(path) for way, route in routes), path
    assert all(set(told) <= types["Report"] for told in server.reports)
    assert server.annotations
    assert all(set(told) <= types["ReportAnnotation"] for told in server.annotations)


def read_routes(code: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return the method and the path of each route of a client; files and branches have slashes."""
    any_of = {"{path}": ".*", "{name}": ".+"}
    routes = []
    for found in re.finditer(r'url:"(/[^"]+)"', code):
        method = re.findall(r'method:"([A-Z]+)"', code[: found.start()])[-1]
        parts = re.split(r"(\{\w+\})", found[1])
        made = (any_of.get(p, "[^/]+") if p.startswith("{") else re.escape(p) for p in parts)
        routes.append((method, re.compile("".join(made))))
    return routes
