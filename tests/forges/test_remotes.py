"""Which project of which forge a remote names, and which hosts are sent a token."""

from __future__ import annotations

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.forges.find import find_merged
from whygate.forges.github.merged import MergedPullRequests
from whygate.forges.gitlab.merged import MergedMergeRequests
from whygate.forges.remotes import split_remote

OWN = {"GITLAB_HOST": "https://git.example/gitlab"}
JOB = {"CI_API_V4_URL": "http://git.example:8080/api/v4"}


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/octo/repo.git", ("github.com", "octo/repo")),
        ("https://ada:word@GitHub.com/octo/repo/", ("github.com", "octo/repo")),
        ("git@github.com:octo/repo.git", ("github.com", "octo/repo")),
        ("ssh://git@git.example:7999/p/r.git", ("git.example", "p/r")),
        ("https://gitlab.example/a/b/c.git", ("gitlab.example", "a/b/c")),
        ("", None),
        ("/srv/git/x.git", None),
        ("../x", None),
        ("file:///srv/git/x", None),
        ("https://", None),
    ],
)
def test_remote_is_taken_apart(remote: str, expected: tuple[str, str] | None) -> None:
    assert split_remote(remote) == expected


@pytest.mark.parametrize(
    ("remote", "environ", "home"),
    [
        pytest.param("https://gitlab.com/a/b/c.git", {}, "gitlab.com/a/b/c", id="gitlab.com"),
        pytest.param("git@gitlab.com:a/b.git", {}, "gitlab.com/a/b", id="scp form"),
        pytest.param(
            "https://git.example/gitlab/a/b.git", OWN, "git.example/gitlab/a/b", id="below a path"
        ),
        pytest.param("ssh://git@git.example:2222/a/b.git", OWN, "git.example/gitlab/a/b", id="ssh"),
        pytest.param("git@git.example:a/b.git", OWN, "git.example/gitlab/a/b", id="scp, own"),
        pytest.param(
            "https://x:y@git.example:8443/a/b",
            {"GITLAB_HOST": "one.example, git.example:8443"},
            "git.example:8443/a/b",
            id="a host with a port, of several",
        ),
        pytest.param(
            "http://gitlab-ci-token:x@git.example:8080/a/b.git",
            JOB,
            "git.example:8080/a/b",
            id="a job's",
        ),
        pytest.param(
            "https://github.com/a/b.git", {"GITHUB_TOKEN": "x"}, "github.com/a/b", id="github"
        ),
        pytest.param(
            "https://ghe.example/a/b.git",
            {"GITHUB_TOKEN": "x", "GITHUB_SERVER_URL": "https://ghe.example"},
            "github.com/a/b",
            id="GitHub Enterprise Server",
        ),
    ],
)
def test_remote_names_a_project(remote: str, environ: dict[str, str], home: str) -> None:
    assert find_merged(remote, environ, issues=True, say=print).home == home


@pytest.mark.parametrize(
    ("remote", "project", "home"),
    [
        pytest.param("https://gitlab.com/a/b", "c/d/e", "gitlab.com/c/d/e", id="same forge"),
        pytest.param("/srv/git/x", "c/d", "github.com/c/d", id="no forge"),
        pytest.param(
            "https://github.com/a/b", "https://gitlab.com/c/d", "gitlab.com/c/d", id="url"
        ),
    ],
)
def test_project_may_be_another_one(remote: str, project: str, home: str) -> None:
    found = find_merged(remote, {"GH_TOKEN": "x"}, issues=True, say=print, project=project)

    assert found.home == home


@pytest.mark.parametrize(
    ("remote", "environ", "said"),
    [
        pytest.param("https://git.example/a/b", {}, "is at git.example", id="unknown host"),
        pytest.param("https://gitlab.git.example/a/b", {}, "is at gitlab.", id="its mere name"),
        pytest.param("", OWN, "no remote", id="none"),
    ],
)
def test_host_that_nobody_named_is_sent_no_token(
    remote: str, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(UndecidedError, match=said) as caught:
        find_merged(remote, {"WHYGATE_TOKEN": "x"} | environ, issues=True, say=print)

    assert "GITLAB_HOST" in caught.value.hint


@pytest.mark.parametrize("project", ["a", "a b/c", "a/", "/a"])
def test_name_that_is_no_project_of_gitlab_is_refused(project: str) -> None:
    with pytest.raises(InputError, match="no project of GitLab"):
        find_merged("https://gitlab.com/a/b", {}, issues=True, say=print, project=project)


def test_token_of_another_forge_is_not_taken() -> None:
    environ = {"GH_TOKEN": "for GitHub", "GITHUB_TOKEN": "too"}

    assert MergedMergeRequests.find_tokens(environ) == ()


@pytest.mark.parametrize(
    ("environ", "github", "gitlab"),
    [
        ({"WHYGATE_TOKEN": "ghp_a glpat-b"}, ("ghp_a",), ("glpat-b",)),
        ({"WHYGATE_TOKEN": "github_pat_a", "GITLAB_TOKEN": "b"}, ("github_pat_a",), ("b",)),
        ({"WHYGATE_TOKEN": "glpat-a", "GH_TOKEN": "b"}, ("b",), ("glpat-a",)),
        ({"WHYGATE_TOKEN": "gho_a"}, ("gho_a",), ()),
        ({"WHYGATE_TOKEN": "ours-a, b"}, ("ours-a", "b"), ("ours-a", "b")),
    ],
    ids=["both", "own variable", "other variable", "none", "a beginning of one's own"],
)
def test_token_that_another_forge_made_is_not_sent(
    environ: dict[str, str], github: tuple[str, ...], gitlab: tuple[str, ...]
) -> None:
    assert MergedPullRequests.find_tokens(environ) == github
    assert MergedMergeRequests.find_tokens(environ) == gitlab
