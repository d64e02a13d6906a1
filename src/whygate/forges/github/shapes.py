"""What an answer or an event of GitHub must hold before it means anything.

Each class names the fields we need, with the types that GitHub documents
(https://docs.github.com/en/rest, and its OpenAPI description). An answer that lacks one of them,
or gives it another type, is no answer: `shape` raises, and nobody reads it as empty.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from whygate.forges.answers import Count, Number, Sha  # noqa: TC001 - msgspec reads them

REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


class User(Struct):
    """Who did something; an app is one only by GitHub's word, `type`."""

    login: str
    type: str


class Repository(Struct):
    """The repository a branch stands in."""

    full_name: str


class Label(Struct):
    """A label."""

    name: str = ""


class Branch(Struct):
    """One end of a pull request; a fork that was deleted has no repository."""

    ref: str
    sha: Sha
    repo: Repository | None = None


class Pull(Struct):
    """A pull request, asked for by its number or told of by an event."""

    number: Number
    state: Literal["open", "closed"]
    title: str
    body: str | None
    user: User | None
    labels: tuple[Label, ...]
    head: Branch
    base: Branch
    merged_at: str | None
    merge_commit_sha: Sha | None
    updated_at: str
    additions: Count
    deletions: Count
    commits: Count
    changed_files: Count
    draft: bool = False
    merged: bool = False


class ListedPull(Struct):
    """A pull request in a list."""

    number: Number
    state: Literal["open", "closed"]
    base: Branch
    merge_commit_sha: Sha | None = None


class ProposedPull(Struct):
    """A pull request of ours, in a list or just made."""

    number: Number
    title: str
    body: str | None
    head: Branch
    base: Branch


class Home(Struct):
    """What a repository says of itself."""

    default_branch: Annotated[str, Meta(min_length=1)]


class Parent(Struct):
    """A commit before another one."""

    sha: Sha


class Signature(Struct):
    """Who wrote or committed a commit, and when."""

    name: str = ""
    email: str = ""
    date: str = ""


class CommitText(Struct):
    """What git itself knows of a commit."""

    message: str
    author: Signature | None = None
    committer: Signature | None = None


class ListedCommit(Struct):
    """A commit in a list."""

    sha: Sha
    commit: CommitText
    parents: tuple[Parent, ...]


class Comparison(Struct):
    """One page of the commits that one commit has and another has not, the oldest first."""

    commits: tuple[ListedCommit, ...]
    total_commits: Count | None = None


class File(Struct):
    """A file that a pull request touches."""

    filename: Annotated[str, Meta(min_length=1)]
    previous_filename: str = ""
    patch: str = ""


class Difference(Struct):
    """The files that lie between two commits."""

    files: tuple[File, ...]


class Fork(Struct):
    """Where the histories of two commits part."""

    merge_base_commit: Parent


class TreeEntry(Struct):
    """A name in a directory of a commit; only a file has a size."""

    path: str
    mode: str
    type: str
    sha: Sha
    size: Count | None = None


class Tree(Struct):
    """A directory of a commit."""

    sha: Sha
    tree: tuple[TreeEntry, ...]
    truncated: bool = False


class TreePath(Struct):
    """A name in a directory, of which no more is asked."""

    path: str


class TreePaths(Struct):
    """All names below a directory."""

    tree: tuple[TreePath, ...]
    truncated: bool = False


class Blob(Struct):
    """The content of a file."""

    content: str
    encoding: Literal["base64"]
    size: Count | None = None


class Target(Struct):
    """What a ref points to."""

    sha: Sha


class Ref(Struct):
    """A branch, a tag or the like."""

    object: Target


class NamedRef(Struct):
    """A branch in a list, by its full name."""

    ref: str
    object: Target


class GitCommit(Struct):
    """A commit as git stores it."""

    sha: Sha
    tree: Target


class Made(Struct):
    """A git object that was just made."""

    sha: Sha


class Content(Struct):
    """A file of the default branch; one that is too large comes without its content."""

    encoding: str
    size: Count
    content: str
    sha: Sha


class Comment(Struct):
    """A comment below a pull request or an issue; an account that was deleted is no user."""

    id: Number
    user: User | None
    body: str = ""


class DatedComment(Struct):
    """A comment of which it matters who wrote it, and when."""

    user: User | None
    created_at: str
    updated_at: str
    body: str = ""


class IssueEvent(Struct):
    """Something that was done to a request; only what sets a label has one."""

    event: str
    actor: User | None = None
    label: Label | None = None


class Permission(Struct):
    """What somebody may do: admin, write, read or none; `maintain` counts as write."""

    permission: str
    user: User | None


class Issue(Struct):
    """An issue; a pull request is listed as one, too."""

    number: Number
    title: str
    state: str
    user: User | None
    body: str | None = None
    pull_request: object = None


class ReadIssue(Struct):
    """An issue that was asked for by its number; one that was moved is another repository's."""

    number: Number
    title: str
    repository_url: str
    body: str | None = None
    pull_request: object = None


class Login(Struct):
    """The user of a token."""

    login: Annotated[str, Meta(min_length=1)]


class ViewerData(Struct):
    """What a GraphQL query for the viewer brings."""

    viewer: Login


class Viewer(Struct):
    """The answer to a GraphQL query for the viewer."""

    data: ViewerData


class Rate(Struct, rename="camel"):
    """What a GraphQL query cost, and what is left of the hour."""

    cost: Count
    remaining: Count
    reset_at: str


class PageInfo(Struct, rename="camel"):
    """Whether a connection goes on, and from where."""

    has_next_page: bool
    end_cursor: str | None


class Oid(Struct):
    """A commit in GraphQL."""

    oid: Sha


class Actor(Struct):
    """Who did something, in GraphQL; an app is one only by GitHub's word, the type."""

    login: str
    kind: str = field(name="__typename")


class Labels(Struct):
    """The labels of a request."""

    nodes: tuple[Label | None, ...] | None


class NamedHome(Struct, rename="camel"):
    """The repository something stands in, in GraphQL."""

    name_with_owner: str


class ClosedIssue(Struct):
    """An issue that a request closes."""

    number: Number
    title: str
    body: str
    repository: NamedHome


class ClosedIssues(Struct):
    """The issues that a request closes; one that the token may not read is null."""

    nodes: tuple[ClosedIssue | None, ...] | None


class MergedPull(Struct, rename="camel"):
    """A merged pull request in GraphQL."""

    number: Number
    title: str
    body: str
    author: Actor | None
    labels: Labels | None
    merged_at: str | None
    updated_at: str
    last_edited_at: str | None
    merge_commit: Oid | None
    closing_issues_references: ClosedIssues | None = None


class MergedPulls(Struct, rename="camel"):
    """A page of merged pull requests."""

    total_count: Count
    page_info: PageInfo
    nodes: tuple[MergedPull | None, ...] | None


class MergedHome(Struct, rename="camel"):
    """A repository with a page of its merged pull requests."""

    name_with_owner: str
    pull_requests: MergedPulls


class PullCount(Struct, rename="camel"):
    """How many merged pull requests there are."""

    total_count: Count


class CountedHome(Struct, rename="camel"):
    """A repository with the number of its merged pull requests."""

    name_with_owner: str
    pull_requests: PullCount


class GraphError(Struct):
    """A part of a GraphQL query that failed."""

    message: str = ""
    type: str = ""


class GraphData(Struct, rename="camel", kw_only=True):
    """What every GraphQL query of ours brings besides its own."""

    rate_limit: Rate | None = None


class GraphAnswer(Struct, kw_only=True):
    """The answer to a GraphQL query, whichever."""

    data: GraphData | None = None
    errors: tuple[GraphError, ...] = ()


class MergedData(GraphData, rename="camel", kw_only=True):
    """What the query for a page brings; no repository: there is none, or not for this token."""

    repository: MergedHome | None


class CountData(GraphData, rename="camel", kw_only=True):
    """What the query for the number brings."""

    repository: CountedHome | None


class MergedAnswer(GraphAnswer, kw_only=True):
    """The answer to the query for a page."""

    data: MergedData | None = None


class CountAnswer(GraphAnswer, kw_only=True):
    """The answer to the query for the number."""

    data: CountData | None = None


class PermittedRepository(Struct, kw_only=True):
    """A repository that a team may do something with."""

    permission: str
    node: NamedHome


class TeamRepositories(Struct, rename="camel"):
    """The repositories of a team; those that the token may not see are null."""

    edges: tuple[PermittedRepository | None, ...] | None
    page_info: PageInfo


class Team(Struct, rename="camel"):
    """A team of an organisation."""

    slug: str
    combined_slug: str
    repositories: TeamRepositories


class Teams(Struct, rename="camel"):
    """A page of the teams of an organisation."""

    nodes: tuple[Team | None, ...] | None
    page_info: PageInfo


class OrganisationOfTeams(Struct):
    """An organisation with a page of its teams, or with one of them."""

    teams: Teams | None = None
    team: Team | None = None


class TeamsData(GraphData, rename="camel", kw_only=True):
    """What the queries for teams bring."""

    organization: OrganisationOfTeams | None


class TeamsAnswer(GraphAnswer, kw_only=True):
    """The answer to the queries for teams."""

    data: TeamsData | None = None


class OwnedRepository(Struct, rename="camel"):
    """A repository of an organisation or of a person."""

    name_with_owner: str
    url: str
    is_archived: bool
    is_fork: bool


class OwnedRepositories(Struct, rename="camel"):
    """A page of the repositories of an organisation or of a person."""

    nodes: tuple[OwnedRepository | None, ...] | None
    page_info: PageInfo
    total_count: Count


class Owner(Struct, rename="camel"):
    """An organisation or a person."""

    kind: str = field(name="__typename")
    login: str
    repositories: OwnedRepositories


class OwnerData(GraphData, rename="camel", kw_only=True):
    """What the query for repositories brings; no owner: there is none, or not for this token."""

    repository_owner: Owner | None


class OwnerAnswer(GraphAnswer, kw_only=True):
    """The answer to the query for repositories."""

    data: OwnerData | None = None
