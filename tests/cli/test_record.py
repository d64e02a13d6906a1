"""`whygate record`: what is written, what is refused, and that nobody's result is ever lost."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from whygate.outcomes.ledger import ATTRIBUTES_LINE, name_result, parse_ledger
from whygate.schema.files import RESULTS, read_bundled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Result, Run, Spawn
    from tests.conftest import Repo

PLAN = """\
Problem: the export stops at row 100, so accountants retype the rest
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: 2025-02-15
"""
TWO = """\
feat: count two things (#20)

```yaml product-context
version: 1
measurement:
  - {metric: retyped rows, baseline: 30, target: 0, evaluate_by: 2025-02-01}
  - {metric: support tickets, baseline: 9, target: 1, evaluate_by: 2025-03-01}
```
"""
LEDGER = ".whygate/results.jsonl"
AT = ("--at", "2025-02-14")
SCHEMA = jsonschema_rs.Draft202012Validator(json.loads(read_bundled(RESULTS)))


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.commit(f"feat: write every row (#12)\n\n{PLAN}")
    repo.commit(TWO)
    repo.commit("feat: nothing (#30)\n")
    repo.write(".gitattributes", f"{ATTRIBUTES_LINE}\n")
    return repo


def record(run: Run, repo: Repo, *argv: str) -> Result:
    return run("record", "-C", str(repo.path), *AT, *argv)


def events(repo: Repo) -> list[dict[str, object]]:
    path = repo.path / LEDGER
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    for entry in found:
        SCHEMA.validate(entry)
    return found


def due(run: Run, repo: Repo) -> str:
    return run("due", "-C", str(repo.path), "--today", "2025-06-01").out


def test_whole_result_is_appended(run: Run, shop: Repo) -> None:
    found = record(
        run,
        shop,
        *("#12", "met", "--value", "1 ticket", "--evidence", "https://bi/412"),
        *("--note", "it held — on weekends too", "--by", "@lena", "--guardrail", "kept"),
    )

    assert found == (0, f"recorded #12 met, 1 ticket in {LEDGER}:1; commit that file\n", "")
    assert events(shop) == [
        {
            "v": 1,
            "for": "#12",
            "sha": shop.git("rev-parse", "HEAD~2"),
            "at": "2025-02-14",
            "state": "met",
            "metric": 1,
            "value": "1 ticket",
            "target": "<= 1 ticket",
            "guardrails": ["kept"],
            "evidence": "https://bi/412",
            "by": "@lena",
            "note": "it held — on weekends too",
        }
    ]
    assert "#12" not in due(run, shop)


@pytest.mark.parametrize(
    "name",
    [
        *("#12", "12", "PR 12", "pr-12", "!12", "'#12'"),
        *("https://github.com/acme/shop/pull/12", "https://github.com/acme/shop/pull/12/files#r1"),
        "https://gitlab.com/acme/shop/-/merge_requests/12",
        *("HEAD~2", "SHA", "SHA7", "https://github.com/acme/shop/commit/SHA"),
    ],
)
def test_change_is_found_by_whatever_it_is_called(run: Run, shop: Repo, name: str) -> None:
    sha = shop.git("rev-parse", "HEAD~2")
    name = name.replace("SHA7", sha[:7]).replace("SHA", sha)

    assert record(run, shop, name, "met", "--value", "0").status == 0
    assert events(shop)[0]["for"] == "#12"


@pytest.mark.parametrize(
    "name",
    [
        *("!12", "12", "MR 12", "#12"),
        "https://gitlab.com/acme/shop/-/merge_requests/12",
        "https://dev.azure.com/acme/shop/_git/web/pullrequest/12",
    ],
)
@pytest.mark.parametrize(
    "message",
    [
        "Merge branch 'rows' into 'main'\n\nfeat: rows\n\nSee merge request acme/shop!12",
        "feat: rows (!12)",
        "Merged PR 12: feat: rows",
    ],
    ids=["merge", "squash", "azure"],
)
def test_merge_request_is_found_by_whatever_it_is_called(
    run: Run, repo: Repo, message: str, name: str
) -> None:
    repo.commit(f"{message}\n\n{PLAN}")

    assert record(run, repo, name, "met", "--value", "0").status == 0
    assert events(repo)[0]["for"] == "!12"


def test_number_means_the_request_that_bears_this_very_name(run: Run, repo: Repo) -> None:
    """The history of a project that moved from one forge to another holds both."""
    repo.commit(f"feat: rows (#12)\n\n{PLAN}")
    repo.commit(f"feat: columns (!12)\n\n{PLAN}")
    for name in ("!12", "12"):
        assert record(run, repo, name, "met", "--value", "0").status == 0

    assert [event["for"] for event in events(repo)] == ["!12", "#12"]


def test_commit_of_a_merged_branch_is_its_merge(run: Run, shop: Repo) -> None:
    shop.git("switch", "--quiet", "-c", "topic")
    inner = shop.commit("wip\n")
    shop.git("switch", "--quiet", "main")
    message = f"Merge pull request #40 from acme/topic\n\nfeat: more\n\n{PLAN}"
    shop.git("merge", "--quiet", "--no-ff", "-m", message, "topic")

    assert record(run, shop, inner, "met", "--value", "0").status == 0
    assert events(shop)[0]["for"] == "#40"


def test_bet_is_found_by_its_name(run: Run, repo: Repo) -> None:
    repo.commit(f"feat: a\n\n{PLAN}Bet: export-rows\n")
    repo.commit("feat: b\n\nBet: export-rows\n")
    found = record(run, repo, "export-rows", "missed", "--value", "3 tickets")

    assert found.status == 0
    assert events(repo)[0]["for"] == "export-rows"
    assert ATTRIBUTES_LINE in found.err


@pytest.mark.parametrize(
    ("name", "near"),
    [("#13", "#12"), ("export-row", ""), ("0000000", ""), ("no such", ""), ("--", "")],
)
def test_unknown_change_is_refused_with_the_nearest(
    run: Run, shop: Repo, name: str, near: str
) -> None:
    found = record(run, shop, "--", name, "met")

    assert found.status == 2
    assert f"no change of this history is called `{name}`" in found.err
    assert not near or f"did you mean `{near}`?" in found.err
    assert events(shop) == []


USAGE = [
    ("no change", (), "CHANGE is missing; quote it"),
    ("a comment", ("met",), "CHANGE is missing; quote it"),
    ("no state", ("106",), "such as: whygate record 106 --value"),
    ("no state, quoted", ("#12",), "such as: whygate record '#12' --value"),
    ("no number", ("#12", "--value", "fewer"), "`fewer` cannot be held against the target"),
    ("review of one", ("#12", "--review"), "exclude each other"),
    ("review and table", ("--review", "--from", "x.csv"), "exclude each other"),
    ("table in a note", ("--from", "x.csv", "--as", "note"), "write to the ledger"),
    ("other state", ("#12", "won"), "`won` is none of met"),
    ("extended without a day", ("#12", "extended", "--note", "x"), "belong together"),
    ("met with a day", ("#12", "met", "--until", "+3d"), "belong together"),
    ("no reason", ("#12", "inconclusive"), "needs a reason"),
    ("no reason to extend", ("#12", "extended", "--until", "+3d"), "needs a reason"),
    ("commit without trailer", ("#12", "met", "--commit"), "belongs to --as trailer"),
    ("no metric 2", ("#12", "met", "--metric", "2"), "has no metric 2; it has 1"),
    ("which metric", ("#20", "met"), "name one: --metric 1: retyped rows; --metric 2: support"),
    ("vague day", ("#12", "extended", "--note", "x", "--until", "soon"), "is no day; write"),
    ("past", ("#12", "extended", "--note", "x", "--until", "2025-02-14"), "is not after"),
]


@pytest.mark.parametrize(("argv", "said"), [c[1:] for c in USAGE], ids=[c[0] for c in USAGE])
def test_wrong_usage_is_refused(run: Run, shop: Repo, argv: tuple[str, ...], said: str) -> None:
    found = record(run, shop, *argv)

    assert found.status == 2
    assert said in found.err
    assert events(shop) == []


def test_result_of_the_future_is_refused(run: Run, shop: Repo) -> None:
    found = run("record", "-C", str(shop.path), "#12", "met", "--at", "9999-12-31")

    assert found.status == 2
    assert "in the future" in found.err


OBJECTIONS = [
    ("met", ("#12", "met", "--value", "3 tickets"), "does not reach the target <= 1 ticket"),
    ("missed", ("#12", "missed", "--value", "0"), "0 tickets reaches the target"),
    ("no plan", ("#30", "met", "--value", "3"), "#30 carries no plan"),
]


@pytest.mark.parametrize(("argv", "said"), [c[1:] for c in OBJECTIONS], ids=lambda c: c[:2])
def test_contradiction_is_refused_unless_a_reason_is_given(
    run: Run, shop: Repo, argv: tuple[str, ...], said: str
) -> None:
    refused = record(run, shop, *argv)

    assert refused.status == 1
    assert said in refused.err
    assert "--force" in refused.err
    assert events(shop) == []
    assert record(run, shop, *argv, "--force", "we know better").status == 0
    assert events(shop)[0]["forced"] == "we know better"


def test_third_extension_is_refused(run: Run, shop: Repo) -> None:
    for day in ("2025-03-01", "2025-04-01"):
        assert record(run, shop, "#12", "extended", "--until", day, "--note", "later").status == 0
    third = ("#12", "extended", "--until", "2025-05-01", "--note", "later")

    assert "was extended 2 times" in record(run, shop, *third).err
    assert record(run, shop, *third, "--force", "the vendor is late").status == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("#12", "met"), "no number and no link"),
        (("#12", "met", "--value", "46 %"), "cannot be compared with the target <= 1 ticket"),
    ],
)
def test_weak_result_is_recorded_with_a_note(
    run: Run, shop: Repo, argv: tuple[str, ...], said: str
) -> None:
    found = record(run, shop, *argv)

    assert found.status == 0
    assert said in found.err


def test_second_result_says_what_it_replaces(run: Run, shop: Repo) -> None:
    record(run, shop, "#12", "met", "--value", "1 ticket")
    later = record(run, shop, "#12", "missed", "--value", "3 tickets", "--at", "2025-02-20")
    older = record(run, shop, "#12", "met", "--value", "0", "--at", "2025-01-20")

    assert f"takes the place of `met` of 2025-02-14 ({LEDGER}:1)" in later.err
    assert "`missed` of 2025-02-20 is newer and still decides" in older.err
    assert len(events(shop)) == 3


def test_same_result_twice_is_written_once(run: Run, shop: Repo) -> None:
    argv = ("#12", "met", "--value", "1 ticket")
    record(run, shop, *argv)
    found = record(run, shop, *argv)

    assert (found.status, "already" in found.out) == (0, True)
    assert len(events(shop)) == 1


def test_extension_of_all_metrics_and_result_of_one(run: Run, shop: Repo) -> None:
    record(run, shop, "#20", "extended", "--until", "+30d", "--note", "holidays")
    record(run, shop, "#20", "met", "--metric", "2", "--value", "1")

    assert [e.get("metric") for e in events(shop)] == [None, 2]
    assert [e.get("until") for e in events(shop)] == ["2025-03-16", None]


def test_dry_run_writes_nothing(run: Run, shop: Repo) -> None:
    found = record(run, shop, "#12", "met", "--value", "0", "--dry-run")

    assert json.loads(found.out)["for"] == "#12"
    assert events(shop) == []


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        (b"", 1),
        (b'{"v":1,"cut', 2),
        (b'{"v":1,"for":"#1","at":"2025-01-01","state":"met","team":"x"}\r\n', 2),
        (b"\xff\xfe not ours\n\n", 3),
    ],
    ids=["empty", "cut", "unknown key", "bytes"],
)
def test_bytes_that_are_there_are_never_changed(
    run: Run, shop: Repo, before: bytes, lines: int
) -> None:
    path = shop.write(LEDGER, before)
    found = record(run, shop, "#12", "met", "--value", "0")
    after = path.read_bytes()

    assert f"{LEDGER}:{lines};" in found.out
    assert after.startswith(before)
    assert after.endswith(b"\n")
    assert json.loads(after.splitlines()[lines - 1])["value"] == "0 tickets"


@pytest.mark.parametrize("what", ["file", "directory", "dangling"])
def test_link_is_refused(run: Run, shop: Repo, what: str) -> None:
    outside = shop.path.parent / "outside"
    outside.mkdir()
    secret = outside / "results.jsonl"
    if what == "directory":
        (shop.path / ".whygate").symlink_to(outside)
    else:
        (shop.path / ".whygate").mkdir()
        if what == "file":
            secret.write_text("mine\n", encoding="utf-8")
        (shop.path / LEDGER).symlink_to(secret)
    found = record(run, shop, "#12", "met", "--value", "0")

    assert found.status == 2
    assert "link" in found.err or "leads out" in found.err
    assert not secret.exists() or secret.read_text(encoding="utf-8") == "mine\n"


def test_directory_in_the_place_of_the_ledger_is_refused(run: Run, shop: Repo) -> None:
    (shop.path / LEDGER).mkdir(parents=True)

    assert record(run, shop, "#12", "met", "--value", "0").status == 2


def test_conflict_must_be_resolved_first(run: Run, shop: Repo) -> None:
    path = shop.write(LEDGER, "<<<<<<< HEAD\n=======\n>>>>>>> topic\n")
    before = path.read_bytes()
    found = record(run, shop, "#12", "met", "--value", "0")

    assert found.status == 2
    assert "holds a merge conflict" in found.err
    assert path.read_bytes() == before


def test_bare_repository_has_no_file_to_write(run: Run, shop: Repo) -> None:
    bare = shop.path.parent / "bare.git"
    shop.git("clone", "--quiet", "--bare", str(shop.path), str(bare))
    found = run("record", "-C", str(bare), "#12", "met", "--value", "0")

    assert found.status == 2
    assert "--as note" in found.err


# -- the other carriers


def test_trailers_are_printed_and_read(run: Run, shop: Repo) -> None:
    found = record(run, shop, "#12", "met", "--value", "1 ticket", "--as", "trailer")

    assert found.out == (
        "Outcome-For: #12\n"
        "Outcome-Result: met; 1 ticket (target <= 1 ticket) on 2025-02-14\n"
        "Outcome-By: Ada Author <ada@example.org>\n"
    )
    shop.commit(f"chore: look\n\n{found.out}")
    assert "#12" not in due(run, shop)


def test_commit_is_empty_and_leaves_the_index_alone(run: Run, shop: Repo) -> None:
    shop.write("staged.txt", "work in progress\n")
    shop.git("add", "staged.txt")
    argv = ("#12", "missed", "--value", "3 tickets", "--as", "trailer")
    dry = record(run, shop, *argv, "--commit", "--dry-run")
    before = shop.head()
    found = record(run, shop, *argv, "--commit")

    assert dry.out.startswith("Outcome-For: #12\n")
    assert found.status == 0
    assert shop.git("rev-parse", "HEAD~1") == before
    assert shop.git("rev-parse", "HEAD^{tree}") == shop.git("rev-parse", "HEAD~1^{tree}")
    assert shop.git("diff", "--cached", "--name-only") == "staged.txt"
    assert shop.git("log", "-1", "--format=%(trailers:key=Outcome-For,valueonly)") == "#12"
    assert "#12" not in due(run, shop)
    assert "record the result of #12" in shop.git("reflog", "-1")


@pytest.mark.parametrize("key", ["gpg.program", "gpg.openpgp.program", "gpg.ssh.defaultKeyCommand"])
def test_program_of_a_repository_signs_no_result(
    run: Run, shop: Repo, tmp_path: Path, key: str
) -> None:
    ran = tmp_path / "ran"
    shop.git("config", "commit.gpgSign", "true")
    shop.git("config", key, f"touch {ran};")
    before = shop.git("rev-parse", "HEAD")

    found = record(run, shop, "#12", "met", "--value", "1 ticket", "--as", "trailer", "--commit")

    assert found.status == 2
    assert f"names a program to sign with (`{key.lower()}`)" in found.err
    assert shop.git("rev-parse", "HEAD") == before
    assert not ran.exists()


def test_notes_are_appended_line_by_line(run: Run, shop: Repo) -> None:
    sha = shop.git("rev-parse", "HEAD~2")
    for value, day in (("3 tickets", "2025-02-14"), ("2 tickets", "2025-02-15")):
        argv = ("#12", "missed", "--value", value, "--at", day, "--as", "note")
        assert record(run, shop, *argv).status == 0
    lines = shop.git("notes", "--ref=product-results", "show", sha).splitlines()

    assert [json.loads(line)["value"] for line in lines] == ["3 tickets", "2 tickets"]
    assert "#12" not in due(run, shop)
    assert events(shop) == []


def test_note_without_an_end_keeps_its_line(run: Run, shop: Repo) -> None:
    sha = shop.git("rev-parse", "HEAD~2")
    blob = shop.git("hash-object", "-w", "--stdin", data=b"somebody's own words")
    shop.git("notes", "--ref=product-results", "add", "-C", blob, sha)
    record(run, shop, "#12", "met", "--value", "0", "--as", "note")
    lines = shop.git("notes", "--ref=product-results", "show", sha).splitlines()

    assert (lines[0], len(lines)) == ("somebody's own words", 2)
    assert "this is not JSON" in due(run, shop)


# -- nobody's result is lost


def two_branches(run: Run, repo: Repo) -> None:
    """Record one result on `main` and another one on `topic`."""
    repo.git("add", "--all")
    repo.commit("chore: begin\n")
    repo.git("switch", "--quiet", "-c", "topic")
    record(run, repo, "#12", "met", "--value", "0", "--by", "@jo")
    repo.commit("chore: record\n")
    repo.git("switch", "--quiet", "main")
    record(run, repo, "#20", "missed", "--metric", "1", "--value", "4", "--by", "@lena")
    repo.commit("chore: record\n")


def test_two_branches_merge_without_loss(run: Run, shop: Repo) -> None:
    two_branches(run, shop)
    shop.git("merge", "--quiet", "-m", "Merge branch 'topic'", "topic")

    assert sorted(str(e["for"]) for e in events(shop)) == ["#12", "#20"]
    assert "#12" not in due(run, shop)


def test_without_the_attribute_the_conflict_is_told_and_nothing_is_lost(
    run: Run, shop: Repo
) -> None:
    shop.write(".gitattributes", "")
    two_branches(run, shop)
    done = subprocess.run(
        ["git", "-C", str(shop.path), "merge", "--quiet", "topic"],
        capture_output=True,
        check=False,
        env=dict(shop.environ),
    )
    told = due(run, shop)

    assert done.returncode != 0
    assert f"{LEDGER}:1: a merge conflict begins here" in told
    assert ATTRIBUTES_LINE in told
    assert "#12" not in told.split("To correct")[0]
    assert record(run, shop, "#20", "met", "--metric", "2", "--value", "1").status == 2


def test_notes_of_two_clones_merge_without_loss(run: Run, shop: Repo) -> None:
    shop.git("add", "--all")
    shop.commit("chore: begin\n")
    other = shop.path.parent / "other"
    shop.git("clone", "--quiet", str(shop.path), str(other))
    record(run, shop, "#12", "met", "--value", "0", "--by", "@jo", "--as", "note")
    argv = ("record", "-C", str(other), *AT, "#12", "missed", "--value", "3", "--as", "note")
    assert run(*argv, "--by", "@lena").status == 0
    ref = "refs/notes/product-results"
    shop.git("fetch", "--quiet", str(other), f"{ref}:refs/notes/theirs")
    shop.git("notes", f"--ref={ref}", "merge", "-s", "cat_sort_uniq", "refs/notes/theirs")
    sha = shop.git("rev-parse", "HEAD~3")
    lines = shop.git("notes", f"--ref={ref}", "show", sha).splitlines()

    assert sorted(json.loads(line)["by"] for line in lines) == ["@jo", "@lena"]


def test_many_writers_at_once_lose_nothing(shop: Repo, spawn: Spawn) -> None:
    writers = [
        spawn(
            *("record", "-C", str(shop.path), *AT, "#12", "missed", "--value", f"{n + 2} tickets"),
            WHYGATE_CACHE_DIR=str(shop.path.parent / f"cache{n}"),
        )
        for n in range(5)
    ]
    for writer in writers:
        writer.communicate(timeout=120)

    assert [writer.returncode for writer in writers] == [0] * 5
    assert sorted(str(e["value"]) for e in events(shop)) == [f"{n + 2} tickets" for n in range(5)]


def test_place_that_is_taken_is_told(run: Run, shop: Repo) -> None:
    shop.write(".whygate", "a file\n")
    found = record(run, shop, "#12", "met", "--value", "0")

    assert found.status == 2
    assert "cannot be" in found.err


def test_reason_that_is_not_needed_is_not_kept(run: Run, shop: Repo) -> None:
    record(run, shop, "#12", "met", "--value", "0", "--force", "just in case")

    assert "forced" not in events(shop)[0]


def test_forced_result_without_a_plan_is_no_mistake_later(run: Run, shop: Repo) -> None:
    record(run, shop, "#30", "met", "--value", "3", "--force", "the plan was in a chat")

    assert "#30" not in due(run, shop)


def test_git_that_knows_nobody_is_told(
    run: Run, shop: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "")
        monkeypatch.setenv(f"GIT_{name}_NAME", "")
    found = record(run, shop, "#12", "met", "--value", "0", "--as", "note")

    assert found.status == 3
    assert "git" in found.err
    assert record(run, shop, "#12", "met", "--value", "0").status == 0
    assert "by" not in events(shop)[0]


def test_wrong_result_is_superseded_and_both_are_shown(run: Run, shop: Repo) -> None:
    record(run, shop, "#12", "met", "--value", "1 ticket", "--by", "@jo")
    before = (shop.path / LEDGER).read_text()
    why = ("--note", "the filter was wrong")
    done = record(run, shop, "#12", "missed", "--value", "3 tickets", "--correct", *why)

    wrong, right = events(shop)
    assert (done.status, wrong["state"], right["state"]) == (0, "met", "missed")
    assert (shop.path / LEDGER).read_text().startswith(before)
    assert right["corrects"] == name_result(parse_ledger(before).results[0])
    where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-01")
    said = (
        "`met, 1 ticket` of 2025-02-14 (.whygate/results.jsonl:1) was corrected to "
        "`missed, 3 tickets` of 2025-02-14 (.whygate/results.jsonl:2): the filter was wrong"
    )
    assert said.replace(" (.whygate/results.jsonl:2)", "") in done.err
    card = json.loads(run("scorecard", "--format", "json", *where).out)
    (miss,) = card["outcomes"]["misses"]
    assert (miss["value"], miss["state"], miss["remarks"]) == ("3 tickets", "missed", [said])
    assert said in run("due", *where).out
    assert "was corrected to" in " ".join(run("scorecard", *where).out.split())
    assert "was corrected to" in run("audit", "--format", "html", *where).out


CORRECTED = {
    "once more": (("missed", "met"), "met"),
    "back again": (("missed", "met", "missed"), "missed"),
    "withdrawn": (("inconclusive",), "inconclusive"),
}


@pytest.mark.parametrize("name", CORRECTED)
def test_last_correction_counts_however_the_lines_are_merged(
    run: Run, shop: Repo, name: str
) -> None:
    states, expected = CORRECTED[name]
    record(run, shop, "#12", "met", "--evidence", "https://bi.example.com/1")
    for number, state in enumerate(states):
        note = ("--note", f"correction {number}")
        assert record(run, shop, "#12", state, "--correct", *note).status == 0
    where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-01", "--format", "json")
    ledger = shop.path / LEDGER
    for turned in (False, True):
        lines = ledger.read_text().splitlines(keepends=True)
        ledger.write_text("".join(reversed(lines) if turned else lines))
        total = json.loads(run("scorecard", *where).out)["outcomes"]["total"]
        counts = {key: total[key] for key in ("met", "missed", "inconclusive")}
        assert counts == {"met": 0, "missed": 0, "inconclusive": 0} | {expected: 1}


def test_earlier_day_can_be_the_right_one(run: Run, shop: Repo) -> None:
    record(run, shop, "#12", "met", "--value", "1 ticket")
    early = ("--correct", "--value", "3 tickets", "--note", "read on the 1st")
    done = run("record", "-C", str(shop.path), "#12", "missed", *early, "--at", "2025-02-01")

    assert "is newer and still decides" not in done.err
    where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-01", "--format", "json")
    assert json.loads(run("scorecard", *where).out)["outcomes"]["total"]["missed"] == 1


def test_correction_keeps_the_day_unless_another_is_named(run: Run, shop: Repo) -> None:
    record(run, shop, "#12", "met", "--value", "1 ticket")
    run("record", "-C", str(shop.path), "#12", "missed", "--value", "3 tickets", "--correct")

    assert [event["at"] for event in events(shop)] == ["2025-02-14", "2025-02-14"]


REFUSED_CORRECTIONS = {
    "nothing there": (("#12", "met", "--correct"), "#12 has no result that could be corrected"),
    "trailer": (("#12", "met", "--correct", "--as", "trailer"), "--correct belongs to"),
}


@pytest.mark.parametrize("name", REFUSED_CORRECTIONS)
def test_correction_of_nothing_is_said(run: Run, shop: Repo, name: str) -> None:
    argv, reason = REFUSED_CORRECTIONS[name]

    done = record(run, shop, *argv)

    assert (done.status, events(shop)) == (2, [])
    assert reason in done.err


def test_correction_of_a_note_is_written_there(run: Run, shop: Repo) -> None:
    for more in ((), ("--correct", "--note", "the filter was wrong")):
        state, value = ("missed", "3 tickets") if more else ("met", "1 ticket")
        done = record(run, shop, "#12", state, "--value", value, "--as", "note", *more)
        assert done.status == 0
    where = ("-C", str(shop.path), "--no-cache", "--today", "2025-03-01", "--format", "json")
    assert json.loads(run("scorecard", *where).out)["outcomes"]["total"]["missed"] == 1


@pytest.mark.parametrize(
    ("value", "state", "written"),
    [
        pytest.param("1", "met", "1 tickets", id="bare-met"),
        pytest.param("0 tickets", "met", "0 tickets", id="met"),
        pytest.param("4", "missed", "4 tickets", id="bare-missed"),
        pytest.param("4 tickets", "missed", "4 tickets", id="missed"),
    ],
)
def test_value_decides_and_has_the_unit_of_the_plan(
    run: Run, shop: Repo, value: str, state: str, written: str
) -> None:
    assert record(run, shop, "#12", "--value", value).status == 0

    (event,) = events(shop)
    assert (event["state"], event["value"]) == (state, written)


def table(shop: Repo, text: str | bytes) -> str:
    path = shop.path.parent / "results.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('change,value,note\n#12,1,"a, b ""c"""\n\n#20,3,\n', id="comma"),
        pytest.param('\ufeffchange;value;note\r\n#12;1;"a, b ""c"""\r\n#20;3;\r\n', id="excel"),
    ],
)
def test_rows_of_a_table_are_recorded(run: Run, shop: Repo, text: str) -> None:
    path = table(shop, text.replace("#20,3,", "#12,4,later").replace("#20;3;", "#12;4;later"))
    found = record(run, shop, "--from", path)

    assert found.status == 0, found.err
    assert [(e["state"], e["note"]) for e in events(shop)] == [
        ("met", 'a, b "c"'),
        ("missed", "later"),
    ]
    assert found.out.endswith(f"commit {LEDGER}\n")


def test_cell_that_a_spreadsheet_disarmed_is_read(run: Run, shop: Repo) -> None:
    path = table(shop, "change,value,note\n#12,1,'=1+1\n")

    assert record(run, shop, "--from", path).status == 0
    assert events(shop)[0]["note"] == "=1+1"


def test_table_with_mistakes_writes_nothing_and_names_all(run: Run, shop: Repo) -> None:
    rows = ("#12,1,,", "#999,1,,", "#12,,won,", "#12,fewer,,", "#12,9,met,", ",1,,", "#12,1,,x,y")
    text = "change,value,state,at\n" + "\n".join(rows) + "\n"
    path = table(shop, text)

    found = record(run, shop, "--from", path)

    assert found.status == 2
    assert events(shop) == []
    lines = [line for line in found.err.split("\n") if "results.csv:" in line]
    assert [line.partition("results.csv:")[2].partition(":")[0] for line in lines] == [
        *("3", "4", "5", "6", "7", "8"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "does not name its columns", id="empty"),
        pytest.param("value\n1\n", "does not name its columns", id="no-change"),
        pytest.param("change,change\n1,2\n", "does not name its columns", id="twice"),
        pytest.param("change,owner\n1,2\n", "has a column `owner`", id="unknown"),
        pytest.param(b"change,note\n#12,\xe9\n", "is not UTF-8", id="latin"),
        pytest.param('change,note\n#12,"a\n', "this is not CSV", id="open-quote"),
        pytest.param("change,value\n" + "#12,1\n" * 2_001, "more than 2000 rows", id="long"),
    ],
)
def test_file_that_is_no_table_is_refused(
    run: Run, shop: Repo, text: str | bytes, said: str
) -> None:
    found = record(run, shop, "--from", table(shop, text))

    assert found.status == 2
    assert said in found.err
    assert events(shop) == []


def test_review_walks_through_what_is_due(run: Run, shop: Repo) -> None:
    answers = "\nfewer\n\n\n0\nnobody noticed\nhttps://bi/1\nq\n"

    found = run(
        "record", "-C", str(shop.path), "--review", "--today", "2025-03-01", stdin=answers.encode()
    )

    assert found.status == 0, found.err
    assert "[1/" in found.err
    assert "support tickets about missing rows, weekly: 9 tickets to <= 1 ticket" in found.err
    assert "not recorded: `fewer` cannot be held against" in found.err
    (event,) = events(shop)
    assert (event["for"], event["state"], event["value"]) == ("#12", "met", "0 tickets")
    assert (event["note"], event["evidence"]) == ("nobody noticed", "https://bi/1")


def test_review_of_nothing_asks_nothing(run: Run, repo: Repo) -> None:
    repo.commit("docs: say it\n")

    assert run("record", "-C", str(repo.path), "--review").out == "nothing is overdue or due\n"
