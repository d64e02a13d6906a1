"""What `extends` may name, and the sentence for each thing that it may not."""

from __future__ import annotations

import pytest

from whygate.policy.extends import Address, parse_extends

SHA = "3f8e9d2c1b0a49586776a5b4c3d2e1f00f1e2d3c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("policy/base.yml", "policy/base.yml", id="path"),
        pytest.param("base.yaml", "base.yaml", id="other ending"),
        pytest.param(
            f"github:acme/policy@{SHA}:whygate.yml",
            Address("github", "", "acme/policy", SHA, "whygate.yml"),
            id="public",
        ),
        pytest.param(
            f"gitlab:acme/platform/policy@{SHA}:web/whygate.yml",
            Address("gitlab", "", "acme/platform/policy", SHA, "web/whygate.yml"),
            id="subgroup",
        ),
        pytest.param(
            f"gitlab://Code.example.com:8443/acme/policy@{SHA}:x.yml",
            Address("gitlab", "Code.example.com:8443", "acme/policy", SHA, "x.yml"),
            id="server with a port",
        ),
        pytest.param(
            f"gitlab://code.example.com/tools/git//acme/web/policy@{SHA}:x.yml",
            Address("gitlab", "code.example.com/tools/git", "acme/web/policy", SHA, "x.yml"),
            id="server below a path",
        ),
        pytest.param(
            f"gitea:acme/policy@{SHA}{SHA[:24]}:x.yml",
            Address("gitea", "", "acme/policy", SHA + SHA[:24], "x.yml"),
            id="SHA-256",
        ),
    ],
)
def test_extended_file_is_named(text: str, expected: Address | str) -> None:
    assert parse_extends(text) == expected
    assert str(parse_extends(text)) == text


def test_path_in_a_pinned_file_is_one_of_the_same_commit() -> None:
    base = Address("github", "", "acme/policy", SHA, "web.yml")

    assert str(parse_extends("teams/base.yml", base)) == f"github:acme/policy@{SHA}:teams/base.yml"
    other = f"github:acme/other@{SHA}:x.yml"
    assert str(parse_extends(other, base)) == other


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("", "is no path", id="empty"),
        pytest.param("/etc/whygate.yml", "count from the top", id="absolute"),
        pytest.param("C:/whygate.yml", "count from the top", id="drive"),
        pytest.param("policy\\x.yml", "count from the top", id="backslash"),
        pytest.param("../x.yml", "stay inside", id="above"),
        pytest.param("a/../../x.yml", "stay inside", id="above later"),
        pytest.param("a//x.yml", "is no path", id="empty step"),
        pytest.param("./x.yml", "is no path", id="dot"),
        pytest.param(".git/x.yml", "is no path", id="git's own"),
        pytest.param("sub/.GIT/x.yml", "is no path", id="git's own in capitals"),
        pytest.param("x.yml\n", "is no path", id="line feed"),
        pytest.param("x.toml", "must end in", id="TOML"),
        pytest.param("a" * 997 + ".yml", "longer than", id="long"),
        pytest.param("github:acme/policy", "pins no commit", id="no hash"),
        pytest.param("https://github.com/acme/policy", "pins no commit", id="address of a page"),
        pytest.param(f"github:acme/policy@{SHA}", "names no file", id="no file"),
        pytest.param("github:acme/policy@main:x.yml", "branch or a tag", id="branch"),
        pytest.param("github:acme/policy@v1.2:x.yml", "branch or a tag", id="tag"),
        pytest.param("github:acme/policy@:x.yml", "branch or a tag", id="empty hash"),
        pytest.param("github:acme/policy@3f8e9d2:x.yml", "full hash", id="short hash"),
        pytest.param(f"github:acme/policy@{SHA}0:x.yml", "full hash", id="one digit more"),
        pytest.param(f"github:acme/policy@{SHA.upper()}:x.yml", "no hash", id="capitals"),
        pytest.param(f"github:acme/policy@{SHA}\n:x.yml", "no hash", id="hash and line feed"),
        pytest.param(f"github:policy@{SHA}:x.yml", "no repository", id="no owner"),
        pytest.param(f"github:acme/..@{SHA}:x.yml", "no repository", id="dots for a name"),
        pytest.param(f"github:acme/p?x=1@{SHA}:x.yml", "no repository", id="query"),
        pytest.param(f"github://host/policy@{SHA}:x.yml", "no repository", id="server, no owner"),
        pytest.param(f"github:///acme/policy@{SHA}:x.yml", "no server", id="no host"),
        pytest.param(f"github://me:pw@host/a/b@{SHA}:x.yml", "no hash", id="password"),
        pytest.param(f"gitlab://host/../x//a/b@{SHA}:x.yml", "no server", id="dots in a server"),
        pytest.param(f"github:acme/policy@{SHA}:../x.yml", "stay inside", id="above the other top"),
        pytest.param(f"github:acme/policy@{SHA}:/x.yml", "count from the top", id="absolute there"),
    ],
)
def test_what_cannot_be_extended_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_extends(text)


@pytest.mark.parametrize(
    "text",
    [f"github:a/b@{'x ' * 300}:x.yml", f"{'y/' * 300}\n\n../z.yml", f"github:{'z ' * 300}@{SHA}:a"],
    ids=["hash", "path", "repository"],
)
def test_sentence_about_a_long_value_is_one_short_line(text: str) -> None:
    with pytest.raises(ValueError, match="…") as caught:
        parse_extends(text)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
