"""What we ask Azure DevOps and Bitbucket and take for an answer, against what is published of both.

Neither forge has a description of its API in a registry. Microsoft packs the types of its own
client; another client packs the types and routes that it generates of Bitbucket's description.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import fields
from tests import fake_azure, fake_bitbucket

from whygate.forges.azure import forge as azure
from whygate.forges.bitbucket import forge as bitbucket

if TYPE_CHECKING:
    from msgspec import Struct
    from tests.gate.conftest import RunCi

pytestmark = pytest.mark.npm

PACKED = Path(__file__).parents[2] / "node_modules/.whygate"
_TYPE = re.compile(
    r"^( *)export (?:interface|type) (\w+)(?:<T>)?(?: extends (\w+)[^{]*| = (\w+) & )? ?\{\n"
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
