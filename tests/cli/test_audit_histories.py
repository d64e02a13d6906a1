"""Strange repositories: an audit survives them, or says with status 3 what to do."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from whygate.history.store import RecordCache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import MakeRepo, Repo

WHY = "Problem: exports stop at row 100, so 40 accountants retype the rest\n"


@pytest.fixture(autouse=True)
def _cache(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - after it
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def history(repo: Repo) -> Repo:
    repo.commit(f"feat: a\n\n{WHY}", {"src/a": "1"})
    repo.commit("feat: b\n", {"src/a": "2"})
    return repo


def audit(run: Run, where: Path | str, *options: str) -> Any:
    result = run("audit", "-C", str(where), "--format", "json", *options)
    assert result.status == 0, result.err
    return json.loads(result.out)


def write_commit(repo: Repo, raw: bytes) -> str:
    """Write a commit object as it is, put `main` on it, and return its hash."""
    name = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=raw)
    repo.git("update-ref", "refs/heads/main", name)
    return name


def raw_commit(
    repo: Repo,
    message: bytes,
    *,
    author: bytes = b"A <a@b> 1735732800 +0000",
    date: bytes = b"C <c@d> 1735732800 +0000",
    extra: bytes = b"",
) -> str:
    tree, parent = repo.git("rev-parse", "HEAD^{tree}").encode(), repo.head().encode()
    head = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n%s" % (tree, parent, author, date, extra)
    return write_commit(repo, head + b"\n" + message)


@pytest.mark.parametrize(
    "options",
    [("--bare",), ("--filter=blob:none",), ("--filter=blob:none", "--bare"), ("--mirror",)],
    ids=" ".join,
)
def test_clones_say_what_their_origin_says(
    run: Run, history: Repo, tmp_path: Path, options: tuple[str, ...]
) -> None:
    history.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    origin = f"file://{history.path}"
    history.git("clone", "--quiet", "--no-local", *options, origin, str(clone))
    options = ("--by-area",) if "--filter=blob:none" in options else ()

    assert audit(run, clone, *options)["coverage"] == audit(run, history.path, *options)["coverage"]


def test_worktree_and_subdirectory_say_what_the_repository_says(
    run: Run, history: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("audit", "-C", str(history.path))
    history.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    monkeypatch.chdir(history.path / "src")

    assert run("audit") == whole
    assert audit(run, tmp_path / "tree")["changes"] == audit(run, history.path)["changes"]


def test_path_counts_from_the_directory_it_is_said_in(
    run: Run, history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(history.path / "src")

    assert len(audit(run, ".", "--path", "a")["changes"]) == 2
    assert len(audit(run, "..", "--path", "src/a")["changes"]) == 2
    assert len(audit(run, "..", "--path", "a")["changes"]) == 0


def test_sha256_repository(run: Run, make_repo: MakeRepo) -> None:
    repo = make_repo("long", "--object-format=sha256")
    repo.commit(f"feat: a\n\n{WHY}")
    report = audit(run, repo.path)

    assert len(report["changes"][0]["sha"]) == 64
    assert audit(run, repo.path) == report


def test_grafts_and_replace_refs_change_nothing_and_are_told(run: Run, history: Repo) -> None:
    before = audit(run, history.path)
    first, head = history.git("rev-parse", "HEAD~2"), history.head()
    history.git("replace", head, first)
    (history.path / ".git/info").mkdir(exist_ok=True)
    (history.path / ".git/info/grafts").write_text(f"{head}\n")
    after = audit(run, history.path, "--no-cache")

    assert after["changes"] == before["changes"]
    assert after["basis"]["notes"][-2:] == [
        "the repository has grafts, which are ignored",
        "the repository has replace refs, which are ignored",
    ]


def test_shallow_clone_is_undecided(run: Run, history: Repo, tmp_path: Path) -> None:
    history.git("clone", "--quiet", "--depth=1", f"file://{history.path}", str(tmp_path / "cut"))
    result = run("audit", "-C", str(tmp_path / "cut"))

    assert (result.status, result.out) == (3, "")
    assert "hint: fetch the whole history" in result.err


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_missing_object_is_undecided_and_tells_how_far_it_came(
    run: Run, history: Repo, form: str
) -> None:
    gone = history.git("rev-parse", "HEAD~1")
    (history.path / ".git/objects" / gone[:2] / gone[2:]).unlink()
    result = run("audit", "-C", str(history.path), "--format", form)

    assert (result.status, result.out) == (3, "")
    assert "; commits read before that: 0\n" in result.err
    assert "git fsck" in result.err


def test_treeless_clone_counts_and_cannot_read_paths(
    run: Run, history: Repo, tmp_path: Path
) -> None:
    history.git("config", "uploadpack.allowFilter", "true")
    clone = str(tmp_path / "clone")
    origin = f"file://{history.path}"
    history.git("clone", "--quiet", "--bare", "--filter=tree:0", origin, clone)
    by_area = run("audit", "-C", clone, "--by-area")

    assert len(audit(run, clone)["changes"]) == 3
    assert by_area.status == 3
    assert "partial clone" in by_area.err


def test_bare_clone_is_judged_by_the_configuration_of_its_head(
    run: Run, history: Repo, tmp_path: Path
) -> None:
    config = "version: 1\npreset: strict\nkinds: {docs: {skip: true}}\n"
    history.commit("docs: say it\n", {".whygate.yml": config})
    history.git("config", "uploadpack.allowFilter", "true")
    bare, treeless = str(tmp_path / "bare"), str(tmp_path / "treeless")
    for clone, options in ((bare, ()), (treeless, ("--no-local", "--filter=tree:0"))):
        history.git("clone", "--quiet", "--bare", *options, f"file://{history.path}", clone)
    whole, known, unknown = (audit(run, path) for path in (history.path, bare, treeless))

    assert known["changes"] == whole["changes"]
    assert known["basis"]["config"] == ".whygate.yml"
    assert known["basis"]["preset"] == "strict"
    assert unknown["basis"]["config"] == "built in"
    assert unknown["basis"]["notes"][0].startswith("this clone is bare and has no file contents")
    assert run("check", "-C", treeless, "--range", "HEAD~1..HEAD").status == 3
    assert run("doctor", "-C", bare).err == ""


def test_treeless_clone_with_a_plan_says_that_results_cannot_be_read(
    run: Run, history: Repo, tmp_path: Path
) -> None:
    plan = "Metric: tickets a week\nBaseline: 9\nTarget: 1\nEvaluate-By: 2025-02-15\n"
    history.commit(f"feat: c\n\n{WHY.rstrip()}\n{plan}", {".whygate/results.jsonl": ""})
    history.git("config", "uploadpack.allowFilter", "true")
    clone = str(tmp_path / "clone")
    history.git("clone", "--quiet", "--bare", "--filter=tree:0", f"file://{history.path}", clone)
    whole, treeless = audit(run, history.path), audit(run, clone)

    assert whole["outcomes"]["total"]["plans"] == 1
    assert "outcomes" not in treeless
    assert treeless["basis"]["notes"][-1].startswith("what came of the plans is not known: ")


def test_counts_that_depend_on_the_day_are_not_kept(
    run: Run, history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(RecordCache, "keep_counts", lambda *known: kept.append(known))
    run("audit", "-C", str(history.path))
    dated = len(kept)
    raw_commit(history, f"feat: late\n\n{WHY}".encode(), date=b"C <c@d>")
    run("audit", "-C", str(history.path))

    assert dated == len(kept) == 1


@pytest.mark.parametrize(
    "date",
    [b"C <c@d>", b"C <c@d> 99999999999999999999 +0000", b"C <c@d> -1 +0000", b"C <c@d> x y"],
    ids=["none", "far", "negative", "words"],
)
def test_absurd_dates_are_an_unknown_month(run: Run, history: Repo, date: bytes) -> None:
    raw_commit(history, f"feat: late\n\n{WHY}".encode(), date=date)
    report = audit(run, history.path, "--adopted", "2025-01-02")
    again = audit(run, history.path, "--since", "2020-01-01")

    assert report["changes"][0]["date"] is None
    assert report["coverage"]["months"][-1]["name"] == "unknown"
    assert report["coverage"]["phases"][-1]["name"] == "unknown"
    assert again["basis"]["notes"][-1] == (
        "in no period, because their date cannot be read: 1 changes"
    )


@pytest.mark.parametrize(
    ("message", "extra", "title"),
    [
        ("feat: gr\xfc\xdfe\n".encode("latin-1"), b"encoding ISO-8859-1\n", "feat: gr\xfc\xdfe"),
        (b"feat: \xff\xfe\n", b"", "feat: \ufffd\ufffd"),
        (b"feat: x\n", b"encoding KLINGON\n", "feat: x"),
        (b"feat: a\x1eb\x01c\n", b"", "feat: a\x1eb\x01c"),
        (b"feat: a\0hidden\n\nProblem: never read by anyone at all\n", b"", "feat: a"),
        ("feat: a\u2028b\x85c\n".encode(), b"", "feat: a\u2028b\x85c"),
        (b"", b"", ""),
        (b"\n\n  \n", b"", ""),
    ],
    ids=["latin", "bad", "klingon", "separators", "nul", "lines", "empty", "blank"],
)
def test_odd_messages(run: Run, history: Repo, message: bytes, extra: bytes, title: str) -> None:
    raw_commit(history, message, extra=extra)
    report = audit(run, history.path)

    assert report["changes"][0]["title"] == title
    assert len(report["changes"]) == 4


def test_malformed_author_is_survived(run: Run, history: Repo) -> None:
    raw_commit(history, b"feat: x\n", author=b"no mail at all")
    report = audit(run, history.path, "--by-author")

    assert len(report["changes"]) == 4


def test_huge_message_is_counted_and_not_judged(run: Run, history: Repo) -> None:
    raw_commit(history, b"feat: huge\n\n" + WHY.encode() + b"x" * (1 << 20))
    report = audit(run, history.path)

    assert report["coverage"]["skipped"] == {"too large": 1}
    assert report["changes"][0]["title"] == "feat: huge"
    assert len(run("audit", "-C", str(history.path)).out) < 10_000


def test_branch_named_head_and_names_that_look_like_options(run: Run, history: Repo) -> None:
    before = audit(run, history.path)["changes"]
    history.git("update-ref", "refs/heads/HEAD", "HEAD~1")
    history.git("update-ref", "refs/heads/--output=pwned", "HEAD~1")

    assert audit(run, history.path)["changes"] == before
    assert len(audit(run, history.path, "--", "refs/heads/--output=pwned")["changes"]) == 2
    assert not list(history.path.parent.glob("pwned*"))


def test_two_audits_at_once_say_the_same(spawn: Spawn, history: Repo) -> None:
    options = ("audit", "-C", str(history.path), "--format", "json")
    cache = str(history.path.parent / "shared")
    runs = [spawn(*options, WHYGATE_CACHE_DIR=cache) for _ in range(3)]
    reports = [process.communicate(timeout=60)[0] for process in runs]

    assert [process.returncode for process in runs] == [0, 0, 0]
    assert len(set(reports)) == 1
    assert b"cache" not in reports[0]


def test_reader_that_goes_away_ends_the_audit(spawn: Spawn, history: Repo) -> None:
    process = spawn("audit", "-C", str(history.path), "--format", "html", stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()

    assert process.wait(timeout=60) in {0, 141}
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
