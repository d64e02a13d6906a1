"""Where a pinned file is asked for, and which token goes there: never one of another server."""

from __future__ import annotations

import pytest

from whygate.errors import InputError
from whygate.forges.find import open_pinned
from whygate.policy.extends import Address, parse_extends

SHA = "3f8e9d2c1b0a49586776a5b4c3d2e1f00f1e2d3c"
OWN = "code.example.com"
TOKENS = {
    "WHYGATE_TOKEN": "job",
    "CI_JOB_TOKEN": "ci",
    "GH_TOKEN": "gh",
    "GITHUB_TOKEN": "runner",
    "GH_ENTERPRISE_TOKEN": "ghe",
    "GITLAB_TOKEN": "gl",
    "SYSTEM_ACCESSTOKEN": "system",
}
ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": f"https://{OWN}",
    "GITHUB_API_URL": f"https://{OWN}/api/v3",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_SERVER_URL": f"https://{OWN}/git",
    "CI_API_V4_URL": f"http://{OWN}/git/api/v4",
}
AZURE = {"TF_BUILD": "True", "SYSTEM_COLLECTIONURI": f"https://{OWN}/tfs/Shop/"}
PIPELINES = {"BITBUCKET_BUILD_NUMBER": "7"}
GERRIT = {
    "GERRIT_CHANGE_NUMBER": "7",
    "GERRIT_PROJECT": "a",
    "GERRIT_CHANGE_URL": f"https://{OWN}/r/c/a/+/7",
    "WHYGATE_USER": "ci",
}
GITEA = {
    "GITEA_ACTIONS": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": f"https://{OWN}/git/",
    "GITHUB_API_URL": f"https://{OWN}/git/api/v1",
}


def ask(where: str, environ: dict[str, str]) -> list[tuple[str, str]]:
    """Return (address, token) of each API that would be asked for a file."""
    address = parse_extends(f"{where}@{SHA}:x.yml")
    assert isinstance(address, Address)
    files, _ = open_pinned(address, environ)
    api = getattr(files, "api", None) or files._api  # type: ignore[attr-defined]
    return [(a._url, a._token) for a in getattr(api, "_all", (api,))]


@pytest.mark.parametrize(
    ("where", "environ", "url", "tokens"),
    [
        pytest.param("github:a/b", {}, "https://api.github.com", ["gh"], id="GitHub at home"),
        pytest.param(f"github://{OWN}/a/b", {}, f"https://{OWN}/api/v3", [""], id="GHES at home"),
        pytest.param(
            f"github://{OWN}/a/b",
            {"GH_HOST": OWN},
            f"https://{OWN}/api/v3",
            ["ghe"],
            id="GHES of GH_HOST",
        ),
        pytest.param(
            "github://team.ghe.com/a/b", {}, "https://api.team.ghe.com", [""], id="ghe.com"
        ),
        pytest.param(
            f"github://{OWN.upper()}/a/b", ACTIONS, f"https://{OWN}/api/v3", ["job"], id="Actions"
        ),
        pytest.param(
            "github://other.example.com/a/b",
            ACTIONS,
            "https://other.example.com/api/v3",
            [""],
            id="Actions, another server",
        ),
        pytest.param("gitlab:a/b", {}, "https://gitlab.com/api/v4", ["gl"], id="GitLab at home"),
        pytest.param(
            f"gitlab://{OWN}/a/b", {}, f"https://{OWN}/api/v4", [""], id="own GitLab at home"
        ),
        pytest.param(
            f"gitlab://{OWN}/a/b",
            {"GITLAB_HOST": f"https://{OWN}"},
            f"https://{OWN}/api/v4",
            ["gl"],
            id="GitLab of GITLAB_HOST",
        ),
        pytest.param(
            f"gitlab://{OWN}/git//a/b",
            GITLAB,
            f"http://{OWN}/git/api/v4",
            ["ci", "job"],
            id="GitLab CI",
        ),
        pytest.param(
            "gitlab:a/b", GITLAB, "https://gitlab.com/api/v4", [""], id="GitLab CI, gitlab.com"
        ),
        pytest.param("gitea:a/b", {}, "https://gitea.com/api/v1", [""], id="Gitea at home"),
        pytest.param(
            f"gitea://{OWN}/git//a/b", GITEA, f"https://{OWN}/git/api/v1", ["job"], id="Gitea job"
        ),
        pytest.param(
            "azure:acme/shop/policy", {}, "https://dev.azure.com/acme", [""], id="Azure at home"
        ),
        pytest.param(
            f"azure://{OWN}/tfs/Shop//till/policy",
            AZURE,
            f"https://{OWN}/tfs/Shop",
            ["system"],
            id="Azure Pipelines",
        ),
        pytest.param(
            "azure:acme/shop/policy", AZURE, "https://dev.azure.com/acme", [""], id="other Azure"
        ),
        pytest.param(
            "bitbucket:a/b", {}, "https://api.bitbucket.org/2.0", [""], id="Bitbucket at home"
        ),
        pytest.param(
            "bitbucket:a/b", PIPELINES, "https://api.bitbucket.org/2.0", ["job"], id="Pipelines"
        ),
        pytest.param(f"gerrit://{OWN}/r//a/b/c", {}, f"https://{OWN}/r", [""], id="Gerrit at home"),
        pytest.param(
            f"gerrit://{OWN}/r//a/b/c", GERRIT, f"https://{OWN}/r/a", ["job"], id="job on Gerrit"
        ),
        pytest.param(
            "gerrit://review.example.com/a/b",
            GERRIT,
            "https://review.example.com",
            [""],
            id="other Gerrit",
        ),
        pytest.param(
            "gitea://codeberg.org/a/b", GITEA, "https://codeberg.org/api/v1", [""], id="Codeberg"
        ),
    ],
)
def test_token_goes_to_the_server_that_it_is_for(
    where: str, environ: dict[str, str], url: str, tokens: list[str]
) -> None:
    assert ask(where, TOKENS | environ) == [(url, token) for token in tokens]


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        pytest.param(GITLAB, "gh", id="GitLab CI"),
        pytest.param(GITEA, "", id="Gitea job"),
        pytest.param(ACTIONS, "", id="Enterprise Server"),
    ],
)
def test_token_of_a_job_stays_at_its_forge(environ: dict[str, str], token: str) -> None:
    assert ask("github:a/b", TOKENS | environ) == [("https://api.github.com", token)]


@pytest.mark.parametrize(
    "where",
    [
        *("github:a/b/c", "gitea:a/b/c", "github:a b/c", "gitea:a/b~c", "forge:a/b"),
        *("bitbucket:a/b/c", "bitbucket://code.example.com/a/b", "gerrit:a/b"),
        *("azure:a/b", "azure:a/b/c/d", "azure://code.example.com/tfs//a/b/c"),
    ],
)
def test_repository_that_no_forge_has_is_refused(where: str) -> None:
    with pytest.raises(InputError):
        ask(where, {})
