"""A configuration that lies over another: of the repository, or pinned at a forge."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests import fake_azure, fake_bitbucket, fake_gerrit, fake_gitea, fake_github, fake_gitlab

from whygate.cli.complete import complete_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo

SHA = "b" * 40  # the commit that the fakes know
SETTING = "personas: [couriers]\n"


class Home(NamedTuple):
    """A running forge that keeps a policy: how it is named, how files come there, what it saw."""

    prefix: str
    write: Callable[[str, str], object]
    asked: Callable[[], int]
    environ: Mapping[str, str]

    def address(self, path: str = "whygate.yml", sha: str = SHA) -> str:
        """Return the address of a file."""
        return f"{self.prefix}@{sha}:{path}"


def serve_github() -> Iterator[Home]:
    with fake_github.serve() as state:
        host = state.url.removeprefix("http://")
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": state.url,
            "GITHUB_API_URL": state.url,
            "WHYGATE_TOKEN": fake_github.TOKEN,
        }
        where = f"github://{host}/{fake_github.REPOSITORY}"
        yield Home(where, state.write, lambda: len(state.asked), environ)


def serve_gitlab() -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as patch, fake_gitlab.serve() as state:
        patch.setattr(fake_gitlab, "PROJECT", "acme%2Fweb%2Fpolicy")
        server = state.url.removesuffix("/api/v4")
        environ = {
            "GITLAB_CI": "true",
            "CI_SERVER_URL": server,
            "CI_API_V4_URL": state.url,
            "CI_JOB_TOKEN": fake_gitlab.JOB_TOKEN,
        }
        where = f"gitlab://{server.removeprefix('http://')}//acme/web/policy"
        yield Home(where, state.write, lambda: len(state.asked), environ)


def serve_gitea() -> Iterator[Home]:
    with fake_gitea.serve() as state:
        server = state.url.removesuffix("/api/v1")
        environ = {
            "FORGEJO_ACTIONS": "true",
            "GITHUB_SERVER_URL": server,
            "GITHUB_API_URL": state.url,
            "WHYGATE_TOKEN": fake_gitea.TOKEN,
        }
        where = f"gitea://{server.removeprefix('http://')}//{fake_gitea.REPOSITORY}"

        def write(path: str, text: str) -> None:
            state.tree[path] = text.encode()

        yield Home(where, write, lambda: len(state.asked), environ)


def serve_azure() -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake_azure, "PREFIX", "/tfs/Shop")
        patch.setattr(fake_azure, "PROJECT", "Till")
        yield from _serve_azure()


def _serve_azure() -> Iterator[Home]:
    with fake_azure.serve() as state:
        state.trees[SHA] = {"README.md": b"shop\n"}
        server = state.url.removesuffix("/")
        environ = {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{server}/",
            "SYSTEM_ACCESSTOKEN": fake_azure.TOKEN,
        }
        where = f"azure://{server.removeprefix('http://')}//Till/{fake_azure.REPOSITORY}"
        yield Home(where, state.write, lambda: len(state.asked), environ)


def serve_bitbucket() -> Iterator[Home]:
    with pytest.MonkeyPatch.context() as patch, fake_bitbucket.serve() as state:
        patch.setattr("whygate.forges.bitbucket.forge.HOST", state.url)
        environ = {"BITBUCKET_BUILD_NUMBER": "7", "WHYGATE_TOKEN": fake_bitbucket.TOKEN}
        where = f"bitbucket:{fake_bitbucket.REPOSITORY}"
        yield Home(where, state.write, lambda: len(state.asked), environ)


def serve_gerrit() -> Iterator[Home]:
    with fake_gerrit.serve() as state:
        state.commits.add(SHA)
        environ = {
            "GERRIT_CHANGE_NUMBER": "7",
            "WHYGATE_SERVER": state.url,
            "WHYGATE_USER": fake_gerrit.USER,
            "WHYGATE_TOKEN": fake_gerrit.PASSWORD,
        }

        def write(path: str, text: str) -> None:
            state.contents[SHA, path] = text.encode()

        where = f"gerrit://{state.url.removeprefix('http://')}//{fake_gerrit.PROJECT}"
        yield Home(where, write, lambda: len(state.asked), environ)


FORGES = {
    "github": serve_github,
    "gitlab": serve_gitlab,
    "gitea": serve_gitea,
    "azure": serve_azure,
    "bitbucket": serve_bitbucket,
    "gerrit": serve_gerrit,
}


@pytest.fixture
def desk(run: Run, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repo:
    """Give a repository as the current directory, with a cache of its own and no forge around."""
    assert run is not None
    repo = make_repo("shop")
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITEA_ACTIONS", "GH_TOKEN", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0001)
    monkeypatch.chdir(repo.path)
    return repo


@pytest.fixture(params=FORGES)
def home(
    request: pytest.FixtureRequest, desk: Repo, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """Give each forge in turn, as the one whose variables are set."""
    assert desk is not None
    for found in FORGES[request.param]():
        for name, value in found.environ.items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def github(desk: Repo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Give one forge, where it does not matter which."""
    assert desk is not None
    for found in serve_github():
        for name, value in found.environ.items():
            monkeypatch.setenv(name, value)
        yield found


def configure(repo: Repo, extends: str, more: str = "") -> None:
    repo.write(".whygate.yml", f"version: 1\nextends: {extends}\n{more}")


def settings(run: Run) -> dict[str, tuple[str, str]]:
    done = run("show", "config", "--format", "json")
    assert done.status == 0, done.err
    return {row["key"]: (row["value"], row["origin"]) for row in json.loads(done.out)}


# Files of the repository


def test_nearer_file_lies_over_the_extended_one(desk: Repo, run: Run) -> None:
    desk.write(
        "policy/org.yml",
        "version: 1\npreset: strict\nextends: policy/all.yml\nrules:\n  WG104: info\n  WG2: info\n"
        "kinds:\n  fix:\n    need: {audience: error, outcome: error}\nexempt:\n  labels: [a, b]\n",
    )
    desk.write("policy/all.yml", "timezone: Europe/Berlin\nexempt:\n  labels: [x]\n  bots: [y]\n")
    configure(
        desk,
        "policy/org.yml",
        "rules:\n  WG104: error\nkinds:\n  fix:\n    need: {audience: off}\n"
        "exempt:\n  labels: [c]\n",
    )

    found = settings(run)

    assert found["extends"] == ("policy/all.yml", "policy/org.yml:3")
    assert found["preset"] == ("strict", "policy/org.yml:2")
    assert found["rules.WG104"] == ("error", ".whygate.yml:4")
    assert found["rules.WG2"] == ("info", "policy/org.yml:6")
    assert found["kinds.fix.need.audience"] == ("off", ".whygate.yml:7")
    assert found["kinds.fix.need.outcome"] == ("error", "policy/org.yml:9")
    assert found["exempt.labels"] == ("c", ".whygate.yml:9")
    assert found["exempt.bots"] == ("y", "policy/all.yml:4")
    assert found["timezone"] == ("Europe/Berlin", "policy/all.yml:1")


def test_toml_table_extends_a_file(desk: Repo, run: Run) -> None:
    desk.write("org.yml", SETTING)
    desk.write("pyproject.toml", '[tool.whygate]\nversion = 1\nextends = "org.yml"\n')

    assert settings(run)["personas"] == ("couriers", "org.yml:1")


def test_three_files_below_are_read_and_a_fourth_is_refused(desk: Repo, run: Run) -> None:
    for number in (1, 2, 3):
        desk.write(f"{number}.yml", f"extends: {number + 1}.yml\n")
    desk.write("3.yml", SETTING)
    configure(desk, "1.yml")
    three = settings(run)["personas"]
    desk.write("3.yml", "extends: 4.yml\n")
    desk.write("4.yml", SETTING)

    done = run("show", "config")

    assert three == ("couriers", "3.yml:1")
    assert done.status == 2
    assert "3.yml:1: `extends`: at most 3 files extend one another" in done.err


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        pytest.param({}, ".whygate.yml:2: `extends`: there is no `a.yml`", id="absent"),
        pytest.param(
            {"a.yml": "extends: .whygate.yml\n"},
            "a.yml:1: `extends`: .whygate.yml extends a.yml extends .whygate.yml: that is a circle",
            id="circle",
        ),
        pytest.param({"a.yml": "presett: x\n"}, "a.yml:1: unknown key `presett`", id="mistake"),
        pytest.param({"a.yml": "- x\n"}, "a.yml:1: the configuration must be", id="a list"),
        pytest.param({"a.yml": "a: &x 1\nb: *x\n"}, "a.yml has", id="alias"),
        pytest.param({"a.yml": b"\xff\n"}, "`a.yml` is not UTF-8 in line 1", id="Latin-1"),
        pytest.param({"a.yml": "#" * 262_145}, "larger than 262144 bytes", id="large"),
    ],
)
def test_file_that_cannot_be_extended_is_a_mistake(
    desk: Repo, run: Run, files: dict[str, str | bytes], sentence: str
) -> None:
    configure(desk, "a.yml")
    for name, content in files.items():
        desk.write(name, content)

    done = run("show", "config")

    assert done.status == 2
    assert sentence in done.err


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
@pytest.mark.parametrize("target", ["../outside.yml", ".git/inside.yml"])
def test_link_out_of_the_repository_is_not_followed(
    desk: Repo, run: Run, tmp_path: Path, target: str
) -> None:
    for file in (tmp_path / "outside.yml", desk.path / ".git" / "inside.yml"):
        file.write_text("personas: [secret]\n")
    (desk.path / "a.yml").symlink_to(target)
    configure(desk, "a.yml")

    done = run("show", "config")

    assert done.status == 2
    assert "`a.yml` leads out of the repository" in done.err


def test_path_needs_a_repository(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text("extends: a.yml\n")
    (tmp_path / "a.yml").write_text(SETTING)

    done = run("show", "config", "--config", "x.yml")

    assert done.status == 2
    assert "is looked for in a repository" in done.err


# Files at a forge


def test_pinned_file_is_fetched_once(desk: Repo, run: Run, home: Home) -> None:
    home.write("whygate.yml", SETTING)
    configure(desk, home.address())

    first, asked = settings(run), home.asked()
    second = settings(run)

    assert first == second
    assert first["extends"] == (home.address(), ".whygate.yml:2")
    assert first["personas"] == ("couriers", f"{home.address()}:1")
    assert home.asked() == asked > 0


def test_example_of_the_documentation_is_read(desk: Repo, run: Run, github: Home) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(version: 1\nextends: (\S+)\n.*?)```", page, re.S)
    github.write("whygate.yml", "kinds:\n  fix:\n    need: {outcome: error}\n")
    desk.write(".whygate.yml", block[0].replace(block[1], github.address()))

    found = settings(run)

    assert block[1].endswith(f":{github.address().rpartition(':')[2]}")
    assert found["kinds.fix.need.audience"] == ("warning", ".whygate.yml:5")
    assert found["kinds.fix.need.outcome"] == ("error", f"{github.address()}:3")


def test_pinned_file_extends_one_beside_it(desk: Repo, run: Run, home: Home) -> None:
    home.write("web.yml", "extends: all.yml\n")
    home.write("all.yml", SETTING)
    configure(desk, home.address("web.yml"))

    assert settings(run)["personas"] == ("couriers", f"{home.address('all.yml')}:1")


@pytest.mark.parametrize(
    ("text", "path", "sentence"),
    [
        pytest.param("", "other.yml", "there is no `other.yml` in ", id="absent"),
        pytest.param("extends: whygate.yml\n", "", "that is a circle", id="circle"),
        pytest.param("schema: a.json\n", "", "`schema` names a file", id="schema"),
        pytest.param("# x\ntemplate: [a.md]\n", "", ":2: `template` names a file", id="template"),
        pytest.param("extends: ../x.yml\n", "", "must stay inside", id="above its top"),
        pytest.param("presett: x\n", "", ":1: unknown key `presett`", id="mistake"),
        pytest.param("#" * 262_145, "", "is larger than 262144 bytes", id="large"),
    ],
)
def test_pinned_file_that_cannot_be_used_is_a_mistake(
    desk: Repo, run: Run, home: Home, text: str, path: str, sentence: str
) -> None:
    home.write("whygate.yml", text)
    configure(desk, home.address(path or "whygate.yml"))

    done = run("show", "config")

    assert done.status == 2, done.err
    assert sentence in done.err


def test_unknown_commit_is_no_policy(desk: Repo, run: Run, home: Home) -> None:
    configure(desk, home.address(sha="7" * 40))

    done = run("check", "--description", "-", stdin=b"x")

    assert done.status == 3
    assert "which cannot be read" in done.err
    clone = home.prefix.partition("://")[2].replace("//", "/").replace("/Till/", "/Till/_git/")
    clone = clone or f"bitbucket.org/{fake_bitbucket.REPOSITORY}"
    assert f"`git fetch https://{clone} {'7' * 40}` brings it into this clone" in done.err


# Bitbucket and Gerrit tell no hash of a file.
@pytest.mark.parametrize("home", ["github", "gitlab", "gitea", "azure"], indirect=True)
def test_content_with_another_hash_is_refused(
    desk: Repo, run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write("whygate.yml", SETTING)
    configure(desk, home.address())
    monkeypatch.setattr("whygate.forges.tree.blob_hash", lambda *_: "e" * 40)

    done = run("show", "config")

    assert done.status == 3
    assert "its hash is another" in done.err


@pytest.mark.parametrize("command", ["check", "hook"])
def test_offline_needs_a_kept_copy(
    desk: Repo, run: Run, github: Home, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    github.write("whygate.yml", "kinds:\n  docs:\n    need: {problem: error}\n")
    configure(desk, github.address())
    desk.write("m", "docs: fix a typo\n")
    argv = ("check", "m") if command == "check" else ("hook", "commit-msg", "m")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    without = run(*argv)
    monkeypatch.setenv("GITHUB_API_URL", github.environ["GITHUB_API_URL"])
    online = run(*argv)
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    kept = run(*argv)

    assert (without.status, online.status, kept.status) == (3, 1, 1)
    assert "connect, and run it again; or `git fetch https://" in without.err


def test_bare_clone_is_not_counted_by_less_than_it_asks(
    desk: Repo, run: Run, github: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(desk, github.address())
    desk.commit("feat: begin", {"README.md": "shop\n"})
    desk.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")

    done = run("audit", "-C", str(tmp_path / "bare.git"))

    assert done.status == 3
    assert "which cannot be read" in done.err


def test_fleet_counts_by_what_each_repository_extends(desk: Repo, run: Run, tmp_path: Path) -> None:
    desk.write("org.yml", "kinds:\n  docs:\n    need: {problem: error}\n")
    configure(desk, "org.yml")
    desk.git("add", ".")
    desk.commit("docs: begin", {"README.md": "shop\n"})
    (tmp_path / "fleet.txt").write_text(f"{desk.path}\n")
    argv = ("--fleet", str(tmp_path / "fleet.txt"), "--data", str(tmp_path / "data"), "-j", "1")

    done = run("audit", *argv, "--format", "json")

    assert done.status == 0, done.err
    assert json.loads(done.out)["total"]["changes"]["missing"] == 1


def test_doctor_says_that_the_policy_cannot_be_had(
    desk: Repo, run: Run, github: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(desk, github.address())
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")

    done = run("doctor")

    assert done.status == 1
    assert "configuration: error: `.whygate.yml` extends" in done.out


def test_completion_asks_no_forge(desk: Repo, run: Run, github: Home) -> None:
    desk.write(
        ".whygate/metrics.yml",
        "version: 1\nbackends:\n  stats: {type: prometheus, url: 'https://x.example'}\nmetrics:\n"
        "  doors: {title: Wrong doors, backend: stats, query: a, window: 7d, better: down}\n",
    )
    configure(desk, github.address())
    github.write("whygate.yml", SETTING)
    unknown = complete_metrics(None, None, "d")  # type: ignore[arg-type]
    asked = github.asked()
    settings(run)
    known = complete_metrics(None, None, "d")  # type: ignore[arg-type]

    assert asked == 0
    assert [item.value for item in unknown] == []
    assert [item.value for item in known] == ["doors"]


def test_commit_in_the_clone_needs_no_forge(
    desk: Repo, run: Run, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = make_repo("policy")
    sha = policy.commit("Begin", {"whygate.yml": SETTING})
    desk.git("fetch", "--quiet", str(policy.path), sha)
    configure(desk, f"github:acme/policy@{sha}:whygate.yml")
    monkeypatch.setattr("whygate.world.extended.open_pinned", lambda *_: pytest.fail("asked"))

    found = settings(run)["personas"]

    assert found == ("couriers", f"github:acme/policy@{sha}:whygate.yml:1")


def test_absent_file_of_a_commit_in_the_clone_is_a_mistake(desk: Repo, run: Run) -> None:
    sha = desk.commit("Begin", {"other.yml": SETTING})
    configure(desk, f"github:acme/policy@{sha}:whygate.yml")

    done = run("show", "config")

    assert done.status == 2
    assert f"there is no `whygate.yml` in acme/policy at {sha[:12]}" in done.err


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data.replace(b"couriers", b"strangers"), id="other bytes"),
        pytest.param(lambda data: data[:-4], id="half"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda data: data.replace(b"whygate.yml", b"weak.yml", 1), id="other address"),
    ],
)
def test_kept_copy_that_is_not_whole_is_fetched_again(
    desk: Repo, run: Run, github: Home, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    github.write("whygate.yml", SETTING)
    configure(desk, github.address())
    settings(run)
    asked = github.asked()
    (kept,) = (tmp_path / "cache" / "extended").iterdir()
    kept.write_bytes(spoil(kept.read_bytes()))

    assert settings(run)["personas"][0] == "couriers"
    assert github.asked() > asked


@pytest.mark.skipif(os.name == "nt", reason="POSIX owners and modes")
def test_kept_copy_that_others_may_write_is_not_taken(
    desk: Repo, run: Run, github: Home, tmp_path: Path
) -> None:
    github.write("whygate.yml", SETTING)
    configure(desk, github.address())
    settings(run)
    asked = github.asked()
    (kept,) = (tmp_path / "cache" / "extended").iterdir()
    mode = stat.S_IMODE(kept.stat().st_mode)
    kept.chmod(0o666)

    settings(run)

    assert mode == 0o600
    assert github.asked() > asked


def test_cache_that_cannot_be_written_stops_nothing(
    desk: Repo, run: Run, github: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "file"))
    github.write("whygate.yml", SETTING)
    configure(desk, github.address())

    assert settings(run)["personas"][0] == "couriers"


def test_proxy_of_the_machine_is_asked(
    desk: Repo, run: Run, github: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = github.environ["GITHUB_API_URL"]
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("GITHUB_SERVER_URL", "http://forge.invalid")
    monkeypatch.setenv("GITHUB_API_URL", "http://forge.invalid")
    before = github.asked()
    configure(desk, f"github://forge.invalid/acme/shop@{SHA}:whygate.yml")

    done = run("show", "config")

    assert done.status == 3
    assert github.asked() > before
