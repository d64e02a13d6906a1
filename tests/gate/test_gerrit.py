"""The gate in a job about a patch set of Gerrit's, where a vote on a label lets a change pass."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from tests import fake_gerrit
from tests.fake_gerrit import HEAD, OPENING
from tests.fake_server import Fault, make_certificate

from whygate.text.commit import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeRepo, Repo
    from tests.fake_gerrit import FakeGerrit
    from tests.gate.conftest import RunCi

EMPTY = "feat(till): remember addresses\n\nChange-Id: I8473b95934b5732ac55d26311a706c9c2bde9940\n"
REVIEW = f"/revisions/{HEAD}/review"
LEDGER = ".whygate/results.jsonl"


class Ran(NamedTuple):
    """What a job left behind."""

    status: int
    out: str


class Job(Protocol):
    """Runs `whygate ci` in a job; an empty variable counts as unset."""

    def __call__(self, **variables: str) -> Ran: ...


@pytest.fixture
def gerrit() -> Iterator[FakeGerrit]:
    """Give a running Gerrit below a path, with one change that says everything."""
    with fake_gerrit.serve() as state:
        yield state


@pytest.fixture
def clone(make_repo: MakeRepo, gerrit: FakeGerrit) -> Repo:
    """Give the clone of the job; the tip of its branch `main` is that of the server."""
    repo = make_repo("clone")
    gerrit.tips["main"] = repo.commit("chore: begin", {"README.md": "till\n"})
    return repo


@pytest.fixture
def job(clone: Repo, gerrit: FakeGerrit, run_ci: RunCi, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Give a job as Jenkins' Gerrit Trigger starts it, with an account that may vote."""
    monkeypatch.chdir(clone.path)
    known = {
        "GERRIT_EVENT_TYPE": "patchset-created",
        "GERRIT_CHANGE_NUMBER": str(fake_gerrit.NUMBER),
        "GERRIT_CHANGE_ID": "I8473b95934b5732ac55d26311a706c9c2bde9940",
        "GERRIT_CHANGE_URL": f"{gerrit.url}/c/{fake_gerrit.PROJECT}/+/{fake_gerrit.NUMBER}",
        "GERRIT_PATCHSET_NUMBER": "2",
        "GERRIT_PATCHSET_REVISION": HEAD,
        "GERRIT_PROJECT": fake_gerrit.PROJECT,
        "GERRIT_BRANCH": "main",
        "GERRIT_HOST": "ssh.example.org",
        "WHYGATE_USER": fake_gerrit.USER,
        "WHYGATE_TOKEN": fake_gerrit.PASSWORD,
        "BUILD_URL": "https://ci.example.org/job/whygate/7/",
        "http_proxy": "",
    }

    def run(**variables: str) -> Ran:
        ran = Ran(*run_ci(known | variables))
        assert fake_gerrit.PASSWORD not in ran.out
        assert all(fake_gerrit.PASSWORD not in str(told) for told in gerrit.reviews)
        return ran

    return run


def votes(gerrit: FakeGerrit) -> list[object]:
    """Return the votes in their order."""
    found: list[object] = []
    for review in gerrit.reviews:
        labels = review["labels"]
        assert isinstance(labels, dict)
        found += labels.values()
    return found


@pytest.mark.parametrize(
    ("message", "status", "vote"),
    [(fake_gerrit.GOOD_MESSAGE, 0, 1), (EMPTY, 1, -1)],
    ids=["complete", "empty"],
)
def test_vote_is_taken_back_before_anything_is_read(
    gerrit: FakeGerrit, job: Job, message: str, status: int, vote: int
) -> None:
    gerrit.message = message

    ran = job()

    assert ran.status == status, ran.out
    assert gerrit.asked[0].method == "POST"
    assert gerrit.asked[0].path.endswith(REVIEW)
    assert gerrit.asked[-1].path.endswith(REVIEW)
    assert votes(gerrit) == [0, vote]
    assert "message" not in gerrit.reviews[0]
    wanted = ["NONE", "OWNER" if status else "NONE"]
    assert [told["notify"] for told in gerrit.reviews] == wanted


def test_message_of_a_missing_answer_has_its_question(
    gerrit: FakeGerrit, job: Job, clone: Repo
) -> None:
    gerrit.message = EMPTY

    ran = job()

    text = str(gerrit.reviews[-1]["message"])
    assert text.startswith("whygate: failed: 3 errors\n\n```\n")
    assert "WG101 problem-missing" in text
    assert "Problem: " in text
    assert text.endswith("\n```\n\nhttps://ci.example.org/job/whygate/7/")
    assert "WG101 problem-missing" in ran.out
    report = json.loads((clone.path / "whygate-report.json").read_text())
    assert report["changes"][0]["id"] == f"change {fake_gerrit.NUMBER}"
    assert report["base"] == gerrit.tips["main"]


def test_text_is_that_of_the_server_and_not_that_of_the_variables(
    gerrit: FakeGerrit, job: Job
) -> None:
    gerrit.message = EMPTY

    assert job(GERRIT_CHANGE_COMMIT_MESSAGE=fake_gerrit.GOOD_MESSAGE).status == 1


def test_configuration_is_that_of_the_tip_of_the_target(
    gerrit: FakeGerrit, job: Job, clone: Repo
) -> None:
    gerrit.message = EMPTY
    gerrit.tips["main"] = clone.commit("chore: on", {".whygate.yml": "version: 1\npreset: adopt\n"})
    clone.git("checkout", "--quiet", "-b", "change")
    strict = clone.commit("chore: more", {".whygate.yml": "version: 1\npreset: strict\n"})
    gerrit.change["current_revision"] = strict
    gerrit.files[".whygate.yml"] = {"lines_inserted": 1}

    ran = job(GERRIT_PATCHSET_REVISION=strict)

    assert ran.status == 0, ran.out
    assert "changes .whygate.yml: it is judged by .whygate.yml of the base commit" in ran.out
    assert "the rules that change 4711 brings are well formed: failed" in ran.out


def test_clone_without_the_tip_gives_no_verdict(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.tips["main"] = "e" * 40

    ran = job()

    assert ran.status == 3
    assert "git fetch origin +refs/heads/BRANCH:refs/remotes/origin/BRANCH" in ran.out
    assert votes(gerrit) == [0, 0]
    assert "whygate: undecided" in str(gerrit.reviews[-1]["message"])


@pytest.mark.parametrize(
    ("changes", "variables", "said"),
    [
        pytest.param({"status": "ABANDONED"}, {}, "is closed", id="abandoned"),
        pytest.param({"status": "MERGED"}, {}, "is closed", id="merged"),
        pytest.param({"current_revision": "c" * 40}, {}, "has a newer patch set", id="outdated"),
    ],
)
def test_change_that_is_over_gets_no_vote(
    gerrit: FakeGerrit,
    job: Job,
    changes: dict[str, str],
    variables: dict[str, str],
    said: str,
) -> None:
    gerrit.change |= changes

    ran = job(**variables)

    assert ran.status == 0, ran.out
    assert said in ran.out
    assert gerrit.votes == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"branch": "release"},
        {"status": "ABANDONED"},
        {"current_revision": "c" * 40},
    ],
    ids=["moved", "abandoned", "pushed to"],
)
def test_change_that_changes_while_it_is_judged_has_no_verdict(
    gerrit: FakeGerrit, job: Job, changes: dict[str, str]
) -> None:
    gerrit.after[3] = lambda: gerrit.change.update(changes)

    ran = job()

    assert ran.status == 3, ran.out
    assert gerrit.votes.get(HEAD) == 0


def test_message_that_is_too_long_is_no_verdict(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.message = fake_gerrit.GOOD_MESSAGE + "x" * MESSAGE_LIMIT

    ran = job()

    assert ran.status == 3
    assert "is larger than" in str(gerrit.reviews[-1]["message"])


def test_reading_again_sees_another_message(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.after[3] = lambda: setattr(gerrit, "message", EMPTY)

    assert job().status == 3


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        pytest.param({"most": 0}, "is restricted", id="may not"),
        pytest.param({"most": 0, "is_strict": False}, "took the vote +1", id="lowered"),
    ],
)
def test_vote_that_does_not_stand_is_no_verdict(
    gerrit: FakeGerrit, job: Job, setting: dict[str, object], said: str
) -> None:
    for name, value in setting.items():
        setattr(gerrit, name, value)

    ran = job()

    assert ran.status == 3
    assert said in ran.out
    assert gerrit.votes[HEAD] == 0


def test_label_that_no_project_has_is_no_verdict(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.is_known = False

    ran = job()

    assert ran.status == 3
    assert "not a configured label" in ran.out
    assert "project.config" in ran.out


def test_label_may_have_another_name(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.label = "Says-Why"

    assert job(WHYGATE_LABEL="Says-Why").status == 0
    assert job(WHYGATE_LABEL="Says Why").status == 2


@pytest.mark.parametrize(
    ("variables", "status", "said"),
    [
        pytest.param({"WHYGATE_TOKEN": ""}, 3, "HTTP password", id="no password"),
        pytest.param({"WHYGATE_USER": ""}, 3, "WHYGATE_USER", id="no name"),
        pytest.param({"WHYGATE_USER": "a:b"}, 2, "WHYGATE_USER", id="colon in the name"),
        pytest.param({"WHYGATE_TOKEN": "wrong"}, 3, "does not accept", id="wrong password"),
        pytest.param({"GERRIT_CHANGE_NUMBER": "7x"}, 2, "GERRIT_CHANGE_NUMBER", id="no number"),
        pytest.param({"GERRIT_PATCHSET_REVISION": ""}, 2, "PATCHSET_REVISION", id="no patch set"),
        pytest.param({"GERRIT_PROJECT": ""}, 2, "GERRIT_PROJECT", id="no project"),
        pytest.param({"GERRIT_PROJECT": "a/../b"}, 2, "GERRIT_PROJECT", id="dots"),
        pytest.param({"GERRIT_CHANGE_URL": ""}, 2, "WHYGATE_SERVER", id="no address"),
        pytest.param({"GERRIT_CHANGE_URL": "ftp://x/4711"}, 2, "GERRIT_CHANGE_URL", id="no web"),
        pytest.param({"GERRIT_CHANGE_NUMBER": "4712"}, 2, "not the address", id="other change"),
        pytest.param({"WHYGATE_SERVER": "gerrit.lab"}, 2, "WHYGATE_SERVER is not", id="no scheme"),
    ],
)
def test_wrong_setup_says_what_to_do(
    gerrit: FakeGerrit, job: Job, variables: dict[str, str], status: int, said: str
) -> None:
    ran = job(**variables)

    assert ran.status == status, ran.out
    assert said in ran.out
    assert gerrit.reviews == []


@pytest.mark.parametrize(
    "end",
    [
        *("/4711", "/4711/", "/#/c/4711/", "/c/shop/till/+/4711", "/c/shop/till/+/4711/"),
        "/c/shop%2Ftill/+/4711",
    ],
)
def test_address_of_a_change_names_the_server(gerrit: FakeGerrit, job: Job, end: str) -> None:
    assert job(GERRIT_CHANGE_URL=f"{gerrit.url}{end}").status == 0


def test_server_may_be_named(gerrit: FakeGerrit, job: Job) -> None:
    assert job(GERRIT_CHANGE_URL="", WHYGATE_SERVER=f"{gerrit.url}/").status == 0


def test_certificate_of_ones_own_is_known_by_its_file(
    tmp_path: Path, clone: Repo, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_certificate(tmp_path)
    with fake_gerrit.serve(context) as gerrit:
        gerrit.tips["main"] = clone.head()
        url = f"{gerrit.url}/c/{fake_gerrit.PROJECT}/+/{fake_gerrit.NUMBER}"
        strange = job(GERRIT_CHANGE_URL=url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        known = job(GERRIT_CHANGE_URL=url)

    assert (strange.status, known.status) == (3, 0)
    assert "SSL_CERT_FILE" in strange.out


def test_proxy_of_the_machine_is_asked(gerrit: FakeGerrit, job: Job) -> None:
    proxy = gerrit.url.removesuffix(fake_gerrit.PREFIX)
    url = f"http://review.invalid{fake_gerrit.PREFIX}/{fake_gerrit.NUMBER}"

    ran = job(GERRIT_CHANGE_URL=url, http_proxy=proxy, NO_PROXY="")

    assert ran.status == 0, ran.out
    assert {asked.host for asked in gerrit.asked} == {"review.invalid"}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault("", 503), "the Gerrit API is out of order"),
        (Fault("", 200, b"<html>"), "came that is no JSON"),
        (Fault("", 200, b'{"_number": 4711}'), "came that is no JSON"),
        (Fault("", 200, OPENING + b'{"_number": 4711, "ref": 3}'), "is not what it documents"),
        (Fault("", 200, OPENING + b"[]"), "is not what it documents"),
        (Fault("", 200, OPENING[:3]), "came that is no JSON"),
        (Fault("", 302, location="http://localhost:9/login"), "leads to another host"),
        (Fault("", 404), "or it does not exist"),
        (Fault("", 429), "the rate limit of Gerrit is used up"),
        (Fault("", 409), "the Gerrit API refuses"),
    ],
    ids=[
        *("down", "a page", "no prefix", "half", "a list", "cut", "sign in", "hidden", "limit"),
        "conflict",
    ],
)
@pytest.mark.parametrize("place", ["~4711", "/branches/"])
def test_answer_that_is_none_is_no_verdict(
    gerrit: FakeGerrit, job: Job, fault: Fault, said: str, place: str
) -> None:
    def spoil() -> None:
        # What fails in passing is asked again; the vote before it went well.
        faults = [Fault(place, fault.status, fault.body, fault.location) for _ in range(4)]
        gerrit.faults.extend(faults)

    gerrit.after[1] = spoil

    ran = job()

    assert ran.status == 3, ran.out
    assert said in ran.out
    assert "project.config" not in ran.out  # that is about a vote
    assert gerrit.votes[HEAD] == 0


def test_wrong_input_takes_the_vote_back(gerrit: FakeGerrit, job: Job) -> None:
    job()
    ran = job(WHYGATE_PRESET="strickt")

    assert ran.status == 2, ran.out
    assert "the input `preset` is one of" in ran.out
    assert gerrit.votes[HEAD] == 0


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ({"lines_inserted": 12, "lines_deleted": 8}, 0),
        ({"lines_inserted": 13, "lines_deleted": 8}, 1),
        ({"binary": True, "size_delta": 900}, 1),
        ({"status": "R", "old_path": "src/cash.py"}, 0),
        ({"status": "R", "old_path": "src/cash.py", "lines_inserted": 400}, 1),
        ({"status": "R", "old_path": "src/cash.py", "binary": True}, 1),
    ],
    ids=["20", "21", "binary", "moved", "moved and rewritten", "binary moved"],
)
def test_trivial_needs_the_lines_that_gerrit_counts(
    gerrit: FakeGerrit, job: Job, file: dict[str, object], status: int
) -> None:
    gerrit.files = {"/COMMIT_MSG": {"lines_inserted": 400}, "src/till.py": file}
    gerrit.message = (
        "fix: correct the sign\n\n"
        "Product-Context: exempt trivial; the sign said mial for years\n"
        "Change-Id: I8473b95934b5732ac55d26311a706c9c2bde9940\n"
    )

    ran = job()

    assert ran.status == status, ran.out


def test_other_change_than_asked_for_is_no_verdict(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.change["_number"] = 4712

    assert job().status == 3


def test_hostile_message_ends_no_fence_and_calls_nobody(gerrit: FakeGerrit, job: Job) -> None:
    evil = "````\n@lena@example.org \x1b[31m ##vso[x] ::stop::\u202e )]}'"
    gerrit.message = f"feat: {evil}\n\nProblem: {evil}\n"

    ran = job()

    text = str(gerrit.reviews[-1]["message"])
    assert ran.status == 1
    assert "\x1b" not in text + ran.out
    assert "\u202e" not in text
    assert "@lena@" not in text
    fence = text.split("\n")[2]
    assert set(fence) == {"`"}
    assert text.count(fence) == 2


def test_long_report_is_cut_for_gerrit_alone(gerrit: FakeGerrit, job: Job, clone: Repo) -> None:
    properties = {
        f"answer_{n}": {
            "title": f"Answer {n}",
            "type": "string",
            "description": f"What the answer to the question of number {n} is.",
            "x-question": f"What would you say about the thing of number {n}, and why is it so?",
        }
        for n in range(150)
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "unevaluatedProperties": False,
        "required": list(properties),
        "properties": properties,
    }
    files = {"s.json": json.dumps(schema), ".whygate.yml": "version: 1\nschema: s.json\n"}
    gerrit.tips["main"] = clone.commit("chore: ask", files)

    ran = job()

    text = str(gerrit.reviews[-1]["message"])
    assert ran.status == 1
    assert len(text.encode()) < 16_000
    assert "the log of the job has all" in text
    assert "Answer 149" in ran.out


def test_hashtags_and_service_users_exempt_as_configured(
    gerrit: FakeGerrit, job: Job, clone: Repo
) -> None:
    text = "version: 1\nexempt:\n  labels: [no-context]\n  bots: [robot]\n"
    gerrit.tips["main"] = clone.commit("chore: configure", {".whygate.yml": text})
    gerrit.message = EMPTY
    plain = job().status
    gerrit.change["hashtags"] = ["no-context"]
    tagged = job().status
    del gerrit.change["hashtags"]
    gerrit.change["owner"] = {"_account_id": 3, "name": "Robot", "username": "robot"}
    person = job().status
    gerrit.change["owner"] = {"_account_id": 3, "username": "robot", "tags": ["SERVICE_USER"]}
    bot = job().status

    assert (plain, tagged, person, bot) == (1, 0, 1, 0)


def test_files_exempt_by_both_of_their_names(gerrit: FakeGerrit, job: Job, clone: Repo) -> None:
    text = "version: 1\nexempt:\n  paths: ['docs/**']\n"
    gerrit.tips["main"] = clone.commit("chore: configure", {".whygate.yml": text})
    gerrit.message = EMPTY
    gerrit.files = {"/COMMIT_MSG": {}, "docs/a.md": {"status": "R", "old_path": "docs/b.md"}}
    inside = job().status
    gerrit.files["docs/a.md"]["old_path"] = "src/b.md"
    moved = job().status

    assert (inside, moved) == (0, 1)


@pytest.mark.parametrize(
    ("drafts", "message", "expected"),
    [
        ("skip", EMPTY, (0, [0])),
        ("warn", EMPTY, (0, [0])),
        ("check", EMPTY, (1, [0, -1])),
        ("check", fake_gerrit.GOOD_MESSAGE, (0, [0])),
    ],
    ids=["skipped", "warned", "asked", "complete"],
)
def test_work_in_progress_gets_no_vote_that_would_outlive_it(
    gerrit: FakeGerrit,
    job: Job,
    clone: Repo,
    drafts: str,
    message: str,
    expected: tuple[int, list[object]],
) -> None:
    text = {".whygate.yml": f"version: 1\ndrafts: {drafts}\n"}
    gerrit.tips["main"] = clone.commit("chore: configure", text)
    gerrit.message = message
    gerrit.change["work_in_progress"] = True

    status = job().status

    assert (status, votes(gerrit)) == expected


def test_ledger_that_a_change_rewrites_fails(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.files[LEDGER] = {"lines_deleted": 1}
    gerrit.contents[fake_gerrit.FORK, LEDGER] = b'{"version": 1}\n'
    gerrit.contents[HEAD, LEDGER] = b"\n"

    assert job().status == 1


def test_job_that_only_reports_votes_for_it(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.message = EMPTY

    ran = job(WHYGATE_FAIL_ON="never")

    assert (ran.status, votes(gerrit)) == (0, [0, 1])


def test_verdict_that_cannot_be_published_is_none(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.after[3] = lambda: gerrit.faults.extend(Fault(REVIEW, 500) for _ in range(4))

    ran = job()

    assert ran.status == 3
    assert votes(gerrit) == [0]


def test_vote_that_fails_in_passing_is_cast_again(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.faults = [Fault(REVIEW, 503)]
    gerrit.after[3] = lambda: gerrit.faults.append(Fault(REVIEW, 502))

    assert job().status == 0
    assert votes(gerrit) == [0, 1]


def test_first_reason_stands_when_it_cannot_be_told(gerrit: FakeGerrit, job: Job) -> None:
    gerrit.tips["main"] = "e" * 40
    gerrit.after[2] = lambda: gerrit.faults.extend(Fault(REVIEW, 500) for _ in range(4))

    ran = job()

    assert ran.status == 3
    assert "does not list the top of a commit" in ran.out
    assert "the Gerrit API is out of order" in ran.out


PAGE = Path(__file__).parents[2] / "docs" / "gerrit.md"  # docs/gerrit.md


def read_block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


def test_configuration_of_the_page_defines_the_label_and_copies_no_vote(
    tmp_path: Path, empty_repo: Repo
) -> None:
    path = tmp_path / "project.config"
    path.write_text(read_block("ini"))

    listed = empty_repo.git("config", "--file", str(path), "--list").splitlines()

    assert "label.Whygate.value=+1 Says why" in listed
    assert "label.Whygate.function=NoBlock" in listed
    assert "access.refs/heads/*.label-whygate=-1..+1 group Whygate Voters" in listed
    required = "submit-requirement.Whygate.submittableif=label:Whygate=MAX AND -label:Whygate=MIN"
    assert required in listed
    assert not any("copycondition" in line.lower() for line in listed)


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("message", "status"), [(fake_gerrit.GOOD_MESSAGE, 0), (EMPTY, 1)], ids=["complete", "empty"]
)
def test_script_of_the_page_judges_a_change(
    gerrit: FakeGerrit,
    clone: Repo,
    tmp_path: Path,
    git_environ: dict[str, str],
    message: str,
    status: int,
) -> None:
    block = read_block("groovy")
    (script,) = re.findall(r"sh '''(.*?)'''", block, re.DOTALL)
    gerrit.message = message
    clone.git("update-ref", "refs/changes/11/4711/2", clone.head())
    clone.git("config", "uploadpack.allowFilter", "true")
    programs = tmp_path / "programs"
    programs.mkdir()
    made = '#!/bin/sh\n[ "$3" = pip ] && exit 0\nexec "$WHYGATE_PYTHON" "$@"\n'
    fake = '#!/bin/sh\nmkdir -p "$4/bin" && cp "$0.venv" "$4/bin/python"\n'
    for name, text in (("python3", fake), ("python3.venv", made)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    environ = git_environ | {
        "PATH": f"{programs}:{git_environ['PATH']}",
        "WHYGATE_PYTHON": sys.executable,
        "WHYGATE_PACKAGE": "none",
        "WHYGATE_USER": fake_gerrit.USER,
        "WHYGATE_TOKEN": fake_gerrit.PASSWORD,
        "GERRIT": gerrit.url,
        "GERRIT_PROJECT": fake_gerrit.PROJECT,
        "GERRIT_BRANCH": "main",
        "GERRIT_REFSPEC": "refs/changes/11/4711/2",
        "GERRIT_CHANGE_NUMBER": str(fake_gerrit.NUMBER),
        "GERRIT_CHANGE_URL": f"{gerrit.url}/c/{fake_gerrit.PROJECT}/+/{fake_gerrit.NUMBER}",
        "GERRIT_PATCHSET_REVISION": HEAD,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{clone.path}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{gerrit.url}/a/{fake_gerrit.PROJECT}",
        "NO_PROXY": "127.0.0.1",
    }

    done = subprocess.run(
        ["sh", "-c", script.replace("\\\\", "\\")],
        cwd=workspace,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == status, done.stdout + done.stderr
    assert votes(gerrit) == [0, -1 if status else 1]
