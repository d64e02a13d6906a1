"""What an answer of GitLab must hold before it means anything (https://docs.gitlab.com/api/)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from whygate.forges.answers import Count, Number, Sha  # noqa: TC001 - msgspec reads them


class User(Struct):
    """Who did something; `bot` is told only where the user is asked for alone."""

    id: Number
    username: str
    bot: bool = False


class Request(Struct):
    """A merge request (Merge requests API, "Get single MR")."""

    iid: Number
    state: Literal["opened", "closed", "merged", "locked"]
    title: str
    description: str | None
    author: User | None
    labels: tuple[str, ...]
    source_branch: str
    target_branch: str
    source_project_id: Number | None
    target_project_id: Number
    updated_at: str
    sha: Sha | None
    draft: bool = False
    changes_count: str | None = None
    merge_commit_sha: Sha | None = None
    squash_commit_sha: Sha | None = None


class Listed(Struct):
    """A merged merge request in a list (Merge requests API, "List project merge requests").

    `sha` is the tip of its branch.
    """

    iid: Number
    title: str
    description: str | None
    state: Literal["merged"]
    author: User | None
    labels: tuple[str, ...]
    merged_at: str | None
    updated_at: str
    sha: Sha | None
    merge_commit_sha: Sha | None = None
    squash_commit_sha: Sha | None = None


class Project(Struct):
    """A project (Projects API, "Get a single project")."""

    id: Number
    path_with_namespace: str
    web_url: str
    default_branch: str | None = None


class Commit(Struct):
    """A commit of a merge request."""

    id: Sha
    message: str


class Diff(Struct):
    """A file that a merge request touches; a `diff` that is too large comes empty."""

    old_path: str
    new_path: str
    diff: str
    collapsed: bool | None = False
    too_large: bool | None = False


class Named(Struct):
    """A commit that something names."""

    id: Sha


class Branch(Struct):
    """A branch and its tip."""

    name: str
    commit: Named


class TreeEntry(Struct):
    """A name in a directory of a commit."""

    id: Sha
    name: str
    type: str
    mode: str


class Blob(Struct):
    """The content of a file."""

    size: Count
    encoding: Literal["base64"]
    content: str
    sha: Sha


class Note(Struct):
    """A note below a merge request; those of the `system` say what happened."""

    id: Number
    body: str
    author: User | None
    created_at: str
    updated_at: str
    system: bool = False


class Issue(Struct):
    """An issue that a merge request closes."""

    iid: Number
    title: str
    description: str | None
    project_id: Number


class Label(Struct):
    """A label."""

    name: str


class LabelEvent(Struct):
    """A label that was set or taken away (Resource label events API)."""

    action: Literal["add", "remove"]
    user: User | None
    label: Label | None


class Member(Struct):
    """A member of a project, his own rights and those of its groups together."""

    username: str
    access_level: Count
    state: str = "active"


class MadeNote(Struct):
    """A note that was just written."""

    id: Number


class OurIssue(Struct):
    """An issue that we may have written."""

    iid: Number
    title: str
    description: str | None
    state: Literal["opened", "closed"]
    author: User | None


class DeployJob(Struct):
    """The job that made a deployment."""

    finished_at: str | None = None


class Deployed(Struct):
    """A deployment (Deployments API); one that was told by the API has no job."""

    sha: Sha
    updated_at: str
    deployable: DeployJob | None = None


class ListedCommit(Struct):
    """A commit of the repository (Commits API)."""

    id: Sha
    message: str
    parent_ids: tuple[Sha, ...]
    author_name: str = ""
    author_email: str = ""
    committed_date: str = ""


class Associated(Struct):
    """A merge request that a commit belongs to."""

    iid: Number
    state: str
    target_project_id: Number
    sha: Sha | None
    merge_commit_sha: Sha | None = None
    squash_commit_sha: Sha | None = None


class ProposedRequest(Struct):
    """A merge request that we may have opened."""

    iid: Number
    title: str
    description: str | None
    source_branch: str
    target_branch: str
    source_project_id: Number | None
    target_project_id: Number


class Difference(Struct):
    """What one commit changes since another (Repositories API, "Compare branches")."""

    diffs: tuple[Diff, ...]
    compare_timeout: bool = False


class FileAt(Struct):
    """A file of a commit (Repository files API): the commit that changed it last."""

    last_commit_id: Sha
