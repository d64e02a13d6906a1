"""Configuration, templates, bets and schemas are found where they belong, and only there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from whygate.errors import ConfigError, InputError, SchemaError
from whygate.git.run import Git, TreeEntry
from whygate.git.tree import CommitTree, Tree, Worktree
from whygate.world.worktree import (
    FILE_LIMIT,
    find_bets,
    find_config,
    find_templates,
    load_user_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Protocol

    from tests.conftest import Repo

    class MakeTree(Protocol):
        def __call__(self, files: Mapping[str, str]) -> Tree: ...


@pytest.fixture(params=["worktree", "commit"])
def make_tree(empty_repo: Repo, request: pytest.FixtureRequest) -> MakeTree:
    """Give a maker of one tree: the checked-out files, or those of the commit they went into."""

    def make(files: Mapping[str, str]) -> Tree:
        empty_repo.commit("Files\n", files)
        if request.param == "worktree":
            return Worktree(empty_repo.path)
        return CommitTree(Git(empty_repo.path, environ=empty_repo.environ), "HEAD")

    return make


def test_no_directory_is_listed_that_its_parent_does_not_hold(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = repo.commit("Files\n", {"docs/a.md": "a\n", "README.md": "b\n"})
    listed: list[str] = []
    look = Git.list_directory

    def note(git: Git, rev: str, directory: str) -> dict[str, TreeEntry]:
        listed.append(directory)
        return look(git, rev, directory)

    monkeypatch.setattr(Git, "list_directory", note)
    tree = CommitTree(Git(repo.path, environ=repo.environ), head)

    assert tree.list_files("docs") == tree.list_files("docs") == ("a.md",)
    assert tree.list_files("docs/deep/er") == tree.list_files("README.md") == ()
    assert tree.read_bytes("absent/x", limit=9) is None
    assert listed == ["", "docs"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({".whygate.yml": "a: 1\n"}, (".whygate.yml", "a: 1\n", "yaml"), id="own-file"),
        pytest.param({".whygate.yml": ""}, (".whygate.yml", "", "yaml"), id="empty"),
        pytest.param({"pyproject.toml": "[tool.ruff]\n"}, None, id="other-tool"),
        pytest.param({"pyproject.toml": "# whygate\n[tool.ruff]\n"}, None, id="mentioned"),
        pytest.param({"pyproject.toml": "tool = 'whygate'\n"}, None, id="no-table"),
        pytest.param({"pyproject.toml": "[x]\ny = 1 =\n"}, None, id="not-ours-to-judge"),
        pytest.param(
            {"pyproject.toml": "[tool.whygate]\nx = 1\n"},
            ("pyproject.toml", "[tool.whygate]\nx = 1\n", "toml"),
            id="pyproject",
        ),
        pytest.param(
            {"pyproject.toml": "tool.whygate = {}\n"},
            ("pyproject.toml", "tool.whygate = {}\n", "toml"),
            id="inline-table",
        ),
        pytest.param(
            {"pyproject.toml": "[tool.ruff]\n", ".whygate.yml": "b: 2\n"},
            (".whygate.yml", "b: 2\n", "yaml"),
            id="pyproject-without-table",
        ),
        pytest.param({"sub/.whygate.yml": "a: 1\n"}, None, id="only-at-the-top"),
    ],
)
def test_find_config(
    make_tree: MakeTree, files: dict[str, str], expected: tuple[str, str, str] | None
) -> None:
    assert find_config(make_tree(files)) == expected


@pytest.mark.parametrize(
    ("files", "path", "problem"),
    [
        pytest.param(
            {".whygate.yml": "", "pyproject.toml": "[a]\n[tool.whygate]\n"},
            ".whygate.yml",
            (1, "[tool.whygate] in pyproject.toml:2 configures whygate as well"),
            id="two",
        ),
        pytest.param(
            {".whygate.yml": "", "pyproject.toml": "tool.whygate.x = 1\n"},
            ".whygate.yml",
            (1, "[tool.whygate] in pyproject.toml:1 configures whygate as well"),
            id="two-inline",
        ),
        pytest.param(
            {".whygate.yaml": ""}, ".whygate.yaml", (1, "whygate reads `.whygate.yml`"), id="yaml"
        ),
        pytest.param(
            {".whygate.toml": "", ".whygate.yml": ""},
            ".whygate.toml",
            (1, "whygate reads `.whygate.yml`"),
            id="toml",
        ),
    ],
)
def test_find_config_refuses(
    make_tree: MakeTree, files: dict[str, str], path: str, problem: tuple[int, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        find_config(make_tree(files))

    assert (caught.value.path, caught.value.problems) == (path, (problem,))
    assert caught.value.hint


def test_find_config_in_broken_pyproject(make_tree: MakeTree) -> None:
    tree = make_tree({"pyproject.toml": "[tool.whygate]\n\nx = 1 2\n"})

    with pytest.raises(ConfigError) as caught:
        find_config(tree)
    assert caught.value.problems[0][0] == 3


def test_find_config_in_pyproject_that_ends_too_early(make_tree: MakeTree) -> None:
    tree = make_tree({"pyproject.toml": "[tool.whygate]\nx = [1,"})

    with pytest.raises(ConfigError) as caught:
        find_config(tree)
    assert caught.value.problems[0][0] == 2


def test_find_config_accepts_a_path(tmp_path: Path) -> None:
    (tmp_path / ".whygate.yml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")

    found = find_config(tmp_path)

    assert found is not None
    assert found.text == "a: 1\r\n"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"ok\n\xff\n", "not UTF-8 in line 2"),
        (b"x" * (FILE_LIMIT + 1), "larger than 262144 bytes"),
    ],
    ids=["not-utf-8", "too-large"],
)
def test_find_config_that_cannot_be_read(repo: Repo, content: bytes, sentence: str) -> None:
    repo.write(".whygate.yml", content)
    repo.commit("Config\n")

    for tree in (repo.path, CommitTree(Git(repo.path, environ=repo.environ), "HEAD")):
        with pytest.raises(InputError, match=sentence):
            find_config(tree)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("../outside.yml", "leads out of the repository"),
        ("/etc/hostname", "leads out of the repository"),
        (".git/config", "leads out of the repository"),
        ("gone.yml", "a link that leads nowhere"),
        (".whygate.yml", "cannot be read|leads nowhere"),
        ("/dev/zero", "leads out of the repository"),
    ],
)
def test_find_config_refuses_links(repo: Repo, target: str, sentence: str) -> None:
    (repo.path.parent / "outside.yml").write_text("secret: x\n")
    (repo.path / ".whygate.yml").symlink_to(target)

    with pytest.raises(InputError, match=sentence):
        find_config(repo.path)


def test_find_config_follows_link_inside_the_worktree_only(repo: Repo) -> None:
    repo.write("conf/whygate.yml", "a: 1\n")
    (repo.path / ".whygate.yml").symlink_to("conf/whygate.yml")
    repo.commit("Link\n")

    found = find_config(repo.path)

    assert found == (".whygate.yml", "a: 1\n", "yaml")
    with pytest.raises(InputError, match="not a plain file"):
        find_config(CommitTree(Git(repo.path, environ=repo.environ), "HEAD"))


def test_find_config_refuses_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".whygate.yml")

    with pytest.raises(InputError, match="not a plain file"):
        find_config(tmp_path)


TEMPLATES = (
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/PULL_REQUEST_TEMPLATE/a.md",
    ".github/PULL_REQUEST_TEMPLATE/b.MD",
    "Pull_Request_Template",
    "docs/pull_request_template.txt",
    "docs/pull_request_template/c.md",
    ".gitlab/merge_request_templates/Default.md",
)
NO_TEMPLATES = (
    "README.md",
    "pull_request_template.py",
    "my_pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE/notes.txt",
    "src/pull_request_template.md",
)


def test_find_templates(make_tree: MakeTree) -> None:
    tree = make_tree({name: f"from {name}\n" for name in TEMPLATES + NO_TEMPLATES})

    assert find_templates(tree) == tuple((name, f"from {name}\n") for name in TEMPLATES)


def test_find_templates_without_any(make_tree: MakeTree) -> None:
    assert find_templates(make_tree({"README.md": "x"})) == ()


def test_find_templates_configured(make_tree: MakeTree) -> None:
    tree = make_tree({"a/t.md": "t\n", "pull_request_template.md": "passed over\n"})

    assert find_templates(tree, ("a/t.md",)) == (("a/t.md", "t\n"),)
    with pytest.raises(ConfigError) as caught:
        find_templates(tree, ("a/t.md", "b.md", "a/c.md"))
    assert caught.value.problems == (
        (1, "there is no template `b.md`"),
        (1, "there is no template `a/c.md`"),
    )


def test_find_templates_passes_over_directory_outside(repo: Repo) -> None:
    outside = repo.path.parent / "outside"
    outside.mkdir()
    (outside / "pull_request_template.md").write_text("x")
    (repo.path / "docs").symlink_to(outside)

    assert find_templates(repo.path) == ()
    with pytest.raises(InputError, match="leads out"):
        find_templates(repo.path, ("docs/pull_request_template.md",))


def test_find_bets(make_tree: MakeTree) -> None:
    files = {
        ".whygate/bets/faster-search.yml": "problem: x\n",
        ".whygate/bets/abc.yml": "problem: y\n",
        ".whygate/bets/README.md": "no bet\n",
        ".whygate/bets/old/gone.yml": "no bet\n",
    }

    assert find_bets(make_tree(files)) == {
        "abc": (".whygate/bets/abc.yml", "problem: y\n"),
        "faster-search": (".whygate/bets/faster-search.yml", "problem: x\n"),
    }


def test_find_bets_without_directory(make_tree: MakeTree) -> None:
    assert find_bets(make_tree({".whygate/bets": "a file\n"})) == {}


def test_find_bets_names_every_wrong_name(make_tree: MakeTree) -> None:
    names = ("Big.yml", "ab.yml", "a_b_c.yml", "good.yaml", f"{'x' * 61}.yml", "ünder.yml")
    tree = make_tree({f".whygate/bets/{name}": "" for name in (*names, "fine.yml")})

    with pytest.raises(ConfigError) as caught:
        find_bets(tree)
    seen = sorted(sentence.split("`")[1] for _, sentence in caught.value.problems)
    assert seen == sorted(names)


def test_find_bets_of_limited_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("whygate.world.worktree._BETS_LIMIT", 1)
    (tmp_path / ".whygate/bets").mkdir(parents=True)
    for name in ("one.yml", "two.yml"):
        (tmp_path / ".whygate/bets" / name).write_text("")

    with pytest.raises(ConfigError):
        find_bets(tmp_path)


def test_find_bets_refuses_link_out(repo: Repo) -> None:
    (repo.path / ".whygate/bets").mkdir(parents=True)
    (repo.path / ".whygate/bets/evil.yml").symlink_to("/etc/hostname")

    with pytest.raises(InputError, match="leads out of the repository"):
        find_bets(repo.path)


def test_load_user_schema(make_tree: MakeTree) -> None:
    tree = make_tree({"schemas/own.json": "{}\n"})

    assert load_user_schema(tree, "schemas/own.json") == ("schemas/own.json", "{}\n")
    with pytest.raises(SchemaError, match=r"there is no schema `schemas/gone\.json`"):
        load_user_schema(tree, "schemas/gone.json")
    with pytest.raises(SchemaError, match="there is no schema"):
        load_user_schema(tree, "schemas/own.json/x")


@pytest.mark.parametrize("path", ["../x.json", "/etc/hostname", "schemas/../../x.json", "a\0b"])
def test_load_user_schema_refuses_outside(make_tree: MakeTree, path: str) -> None:
    with pytest.raises(InputError):
        load_user_schema(make_tree({"schemas/own.json": "{}\n"}), path)


def test_load_user_schema_refuses_git_directory(repo: Repo) -> None:
    with pytest.raises(InputError, match="leads out"):
        load_user_schema(repo.path, ".git/config")


def test_load_user_schema_refuses_directory(make_tree: MakeTree) -> None:
    with pytest.raises(InputError, match="not a plain file"):
        load_user_schema(make_tree({"schemas/own.json": "{}\n"}), "schemas")
