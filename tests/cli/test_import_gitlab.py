"""`whygate import` from a GitLab below a path, by REST, and its failures."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.fake_gitlab import TOKEN, serve
from tests.fake_server import Fault, make_certificate

from whygate.forges.gitlab.merged import MergedMergeRequests
from whygate.history.requests import Descriptions, name_home
from whygate.history.store import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo
    from tests.fake_gitlab import FakeGitLab

    Held = Callable[[], dict[int, Any]]

WHOLE = """\
## Problem
Exports stop at row 100, so 40 accountants retype the rest every month.
## Who it helps
Accountants at firms with more than ten clients.
## Outcome
They close the month without retyping a single row.
## Measurement
- Metric: retyped rows per accountant, monthly
- Baseline: 30
- Target: 0
- Evaluate by: 2026-03-01
- Data source: https://example.org/d/1
"""
STAMP = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    with serve() as state:
        yield state


@pytest.fixture(autouse=True)
def naps(
    run: Run,  # noqa: ARG001
    gitlab: FakeGitLab,
    tmp_path: Path,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
) -> list[float]:
    """Set the stage, and return the pauses that were made instead of sleeping."""
    for name in ("GITLAB_TOKEN", "GITLAB_CI", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    base = gitlab.url.removesuffix("/api/v4")
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WHYGATE_TOKEN", TOKEN)
    monkeypatch.setenv("GITLAB_HOST", base)
    repo.git("remote", "add", "origin", f"{base}/{gitlab.path}.git")
    made: list[float] = []
    now = [1000.0]

    def sleep(seconds: float) -> None:
        made.append(seconds)
        now[0] += seconds

    defaults: Any = MergedMergeRequests.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "sleep", sleep)
    monkeypatch.setitem(defaults, "clock", lambda: now[0])
    return made


@pytest.fixture
def held(tmp_path: Path, gitlab: FakeGitLab) -> Held:
    """Return what is held by number."""

    def read() -> dict[int, Any]:
        home = "/".join(("127.0.0.1", "gitlab", gitlab.path))
        store = Descriptions(tmp_path / "cache" / FILE_NAME, home)
        numbers = range(1, 2000)
        found = {n: store.find("", f"!{n}") for n in numbers if ("", f"!{n}") in store}
        return {n: one.request for n, one in found.items() if one is not None}

    return read


def bring(run: Run, repo: Repo, *options: str) -> Any:
    return run("import", "-C", str(repo.path), *options)


def listings(gitlab: FakeGitLab) -> list[dict[str, str]]:
    """Return what was asked of the list of merge requests, the count aside."""
    asked = [one.query for one in gitlab.asked if one.path.endswith("/merge_requests")]
    return [query for query in asked if query["per_page"] != "1"]


# --- what is brought -------------------------------------------------------------------------


def test_import_brings_everything_with_few_calls(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(*range(1, 251))
    done = bring(run, repo)

    assert done.err == (
        "shop/web: 250 merged merge requests; 3 calls, and at most 3 for their issues\n"
    )
    assert done.out == "fetched 250 requests, 250 of them new; 250 are held; 5 calls\n"
    assert len(held()) == 250
    assert {one.kind for one in gitlab.asked} == {"PRIVATE-TOKEN"}


def test_what_a_request_says_is_kept(run: Run, repo: Repo, gitlab: FakeGitLab, held: Held) -> None:
    web = gitlab.project()["web_url"]
    gitlab.issues = [
        {"iid": n, "title": f"issue {n}", "description": f"why {n}", "project_id": 41}
        for n in (3, 4, 5, 6)
    ]
    body = (
        f"Closes #3, shop/web#4 and other/place#5\n\nFixes {web}/-/issues/6\n\n```\nFixes #5\n```"
    )
    stamp = "2026-02-03T12:00:00.500+05:30"
    gitlab.merge(7, description=body, labels=["bug", "ui"], updated_at=stamp)
    gitlab.merge(8, author=None, description=None, merged_at=None)
    gitlab.merge(9, author={"id": 9, "username": "project_41_bot_f00"})
    gitlab.merge(10, author={"id": 9, "username": "project_41_bot_f00"})
    gitlab.merge(11, author={"id": 77, "username": "abbot"})
    bring(run, repo)
    seven, eight, nine, ten, eleven = held().values()

    assert (seven.mark, seven.labels, seven.body) == ("!", ("bug", "ui"), body)
    assert seven.updated == "2026-02-03T06:30:00.500Z"
    assert [(i.number, i.body) for i in seven.issues] == [(3, "why 3"), (4, "why 4"), (6, "why 6")]
    assert (eight.author.login, eight.body, eight.merged) == ("", "", "")
    assert nine.author.is_bot
    assert ten.author.is_bot
    assert not eleven.author.is_bot
    assert [one.path for one in gitlab.asked].count("/users/9") == 1


@pytest.mark.parametrize(
    ("shas", "commits", "head"),
    [
        pytest.param(("h", "m", None), ("m",), "", id="a merge commit"),
        pytest.param(("h", "m", "s"), ("m", "s"), "", id="squashed, with a merge commit"),
        pytest.param(("h", None, "s"), ("s",), "", id="squashed and fast-forwarded"),
        pytest.param(("h", None, None), (), "h", id="fast-forwarded"),
        pytest.param((None, None, None), (), "", id="nobody knows"),
    ],
)
def test_way_of_the_merge_says_which_commit_is_the_request(  # noqa: PLR0917 - fixtures
    run: Run,
    repo: Repo,
    gitlab: FakeGitLab,
    held: Held,
    shas: tuple[str | None, ...],
    commits: tuple[str, ...],
    head: str,
) -> None:
    full = {"h": "a" * 40, "m": "b" * 40, "s": "c" * 40}
    names = ("sha", "merge_commit_sha", "squash_commit_sha")
    told = {name: full[key] if key else None for name, key in zip(names, shas, strict=True)}
    gitlab.merge(1, **told)
    bring(run, repo)

    assert held()[1].commits == tuple(full[key] for key in commits)
    assert held()[1].head == full.get(head, "")


def test_imported_text_is_what_the_audit_reads(run: Run, repo: Repo, gitlab: FakeGitLab) -> None:
    """By the merge, the squash, the tip of what was fast-forwarded, and by its number alone."""
    for row, title in enumerate(("merge", "squash", "forward")):
        repo.commit(f"feat: {title}\n", {"a": str(row)})
    forward, squash, merge = repo.git("rev-list", "-3", "HEAD").split()
    repo.commit("Merge branch 'x' into 'main'\n\nfeat: four\n\nSee merge request shop/web!4\n")
    gitlab.merge(1, description=WHOLE, merge_commit_sha=merge)
    gitlab.merge(2, description=WHOLE, merge_commit_sha=None, squash_commit_sha=squash)
    gitlab.merge(3, description=WHOLE, merge_commit_sha=None, sha=forward)
    gitlab.merge(4, description=WHOLE)
    bring(run, repo)
    told = run("audit", "-C", str(repo.path), "--format", "ndjson").out.splitlines()
    changes = [json.loads(line) for line in told]
    states = {c["id"]: c["state"] for c in changes if c.get("id", "").startswith("!")}

    assert states == dict.fromkeys(("!1", "!2", "!3", "!4"), "complete")


def test_second_import_brings_what_was_updated_since(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(*range(1, 301))
    bring(run, repo)
    gitlab.merged[4] |= {"description": "edited", "updated_at": "2026-12-01T01:00:00.000+02:00"}
    gitlab.merge(301, updated_at="2026-12-02T00:00:00.000Z")
    gitlab.asked.clear()
    done = bring(run, repo)

    assert done.out.startswith("fetched 3 requests, 1 of them new; 301 are held")
    assert held()[5].body == "edited"
    assert held()[5].is_edited_later
    assert len(listings(gitlab)) == 1


def test_since_leaves_out_what_is_older_until_it_is_asked_for(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(*range(1, 151), updated_at="2025-05-05T00:00:00.000Z")
    gitlab.merge(*range(151, 201), updated_at="2026-02-02T00:00:00.000Z")
    bring(run, repo, "--since", "2026-01-01")
    some = set(held())
    bring(run, repo)
    same = set(held())
    bring(run, repo, "--since", "2025-01-01")

    assert some == same == set(range(151, 201))
    assert set(held()) == set(range(1, 201))


@pytest.mark.parametrize("count", [99, 100, 101, 450])
def test_requests_of_one_moment_are_counted_off(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held, count: int
) -> None:
    """A bulk edit gives all of them one time, of which the API does not tell the microseconds."""
    for number in range(1, count + 1):
        gitlab.merge(number, updated_at="2025-05-05T00:00:00.123Z", microseconds=number % 1000)
    gitlab.merge(count + 1, updated_at="2025-05-04T00:00:00.123Z")
    done = bring(run, repo)

    assert done.status == 0
    assert set(held()) == set(range(1, count + 2))


def test_request_that_is_edited_or_deleted_meanwhile_hides_no_other(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(*range(1, 301))
    read = gitlab._list_merged

    def busy(query: dict[str, str]) -> Any:
        if "updated_before" in query and len(gitlab.merged) == 300:
            del gitlab.merged[210:230]
            gitlab.merged[10] |= {"updated_at": "2026-12-02T00:00:00.000Z"}
        return read(query)

    gitlab._list_merged = busy  # type: ignore[method-assign]
    bring(run, repo)
    missed = set(range(1, 211)) - set(held())
    bring(run, repo)

    assert missed == {11}  # it is newer than all that were asked for
    assert set(range(1, 211)) <= set(held())


def test_import_without_linked_issues_asks_for_none(
    run: Run, repo: Repo, gitlab: FakeGitLab
) -> None:
    repo.write(".whygate.yml", "linked_issues: false\n")
    gitlab.merge(1, description="Closes #3")
    done = bring(run, repo)

    assert "; 1 calls\n" in done.err
    assert not [one for one in gitlab.asked if one.path.endswith("/issues")]


def test_issues_that_may_not_be_read_are_left_out(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(1, description="Closes #3")
    gitlab.faults.append(Fault("/issues", 403))
    done = bring(run, repo)

    assert done.status == 0
    assert "linked issues are left out" in done.err
    assert held()[1].issues == ()


# --- failures --------------------------------------------------------------------------------


def test_page_is_halved_while_gitlab_cannot_make_it(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held, naps: list[float]
) -> None:
    gitlab.merge(*range(1, 401))
    gitlab.faults += [Fault("merge_requests", 502, b"<html>", least=50) for _ in range(2)]
    done = bring(run, repo)
    sizes = [int(query["per_page"]) for query in listings(gitlab)]

    assert done.status == 0
    assert sizes[:3] == [100, 50, 25]
    assert sizes[-1] == 100
    assert len(held()) == 400
    assert len(naps) == 2


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        pytest.param({"Retry-After": "7"}, 7, 7, id="retry-after"),
        pytest.param({"RateLimit-Reset": "+30"}, 29, 31, id="reset"),
        pytest.param({}, 60, 60, id="nothing said"),
    ],
)
def test_limit_is_waited_for(  # noqa: PLR0917 - fixtures
    run: Run,
    repo: Repo,
    gitlab: FakeGitLab,
    naps: list[float],
    headers: dict[str, str],
    least: float,
    most: float,
) -> None:
    now = int(time.time())
    told = {n: str(now + int(v)) if v.startswith("+") else v for n, v in headers.items()}
    gitlab.merge(1)
    gitlab.faults.append(Fault("merge_requests", 429, b"Retry later", headers=told))
    done = bring(run, repo)

    assert done.status == 0
    assert len(naps) == 1
    assert least <= naps[0] <= most
    assert "GitLab asks to wait" in done.err


def test_limit_that_is_reached_is_waited_for_before_it_is_broken(
    run: Run, repo: Repo, gitlab: FakeGitLab, naps: list[float]
) -> None:
    gitlab.merge(1)
    reset = str(int(time.time()) + 40)
    gitlab.headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset}
    done = bring(run, repo)

    assert done.status == 0
    assert naps
    assert 30 <= naps[0] <= 41


def test_tokens_are_taken_in_turn_and_one_that_waits_is_passed_over(
    run: Run, repo: Repo, gitlab: FakeGitLab, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    monkeypatch.setenv("WHYGATE_TOKEN", "one, two")
    gitlab.tokens = {"one", "two"}
    gitlab.merge(*range(1, 501))
    limit = Fault("merge_requests", 429, headers={"Retry-After": "600"}, token="two", least=2)
    gitlab.faults.append(limit)
    done = bring(run, repo)

    assert done.status == 0
    assert set(gitlab.used[:2]) == {"one", "two"}
    assert gitlab.used.count("two") <= 2
    assert naps == []


def test_token_that_is_refused_is_left_out_while_there_are_others(
    run: Run, repo: Repo, gitlab: FakeGitLab, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.setenv("WHYGATE_TOKEN", f"expired {TOKEN}")
    gitlab.merge(*range(1, 4))
    done = bring(run, repo)

    assert done.status == 0
    assert "does not accept one of the tokens" in done.err
    assert len(held()) == 3


def test_public_project_needs_no_token(
    run: Run, repo: Repo, gitlab: FakeGitLab, monkeypatch: pytest.MonkeyPatch, held: Held
) -> None:
    monkeypatch.delenv("WHYGATE_TOKEN")
    gitlab.merge(1)
    private = bring(run, repo)
    gitlab.is_public = True

    assert (private.status, "scope `read_api`" in private.err) == (3, True)
    assert bring(run, repo).status == 0
    assert len(held()) == 1


def test_walk_that_was_stopped_goes_on_and_repeats_little(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(*range(1, 501))
    read = gitlab._list_merged

    def limited(query: dict[str, str]) -> Any:
        if len(listings(gitlab)) == 4:
            gitlab.faults += [Fault("merge_requests", 429, headers={"Retry-After": "3000"})]
        return read(query)

    gitlab._list_merged = limited  # type: ignore[method-assign]
    done = bring(run, repo)
    some = set(held())
    gitlab._list_merged = read  # type: ignore[method-assign]
    again = bring(run, repo)

    assert done.status == 3
    assert "used up for 50 minutes" in done.err
    assert "requests were fetched and are kept" in done.err
    assert 300 <= len(some) < 500
    assert "goes on where it stopped" in again.err
    assert set(held()) == set(range(1, 501))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(Fault("/projects", 401), "does not accept the token", id="401"),
        pytest.param(Fault("/projects", 403), "scope `read_api`", id="403"),
        pytest.param(Fault("/projects", 404), "`--project GROUP/NAME`", id="404"),
        pytest.param(Fault("/projects", 200, b"[]"), "is not what it documents", id="list"),
        pytest.param(Fault("merge_requests", 200, b'{"a": 7}'), "is not what it", id="object"),
        pytest.param(
            Fault("/projects", 302, location="http://example.org/api/v4"),
            "another host",
            id="another host",
        ),
    ],
)
def test_refusal_says_what_to_do(
    run: Run, repo: Repo, gitlab: FakeGitLab, fault: Fault, said: str
) -> None:
    gitlab.merge(1)
    gitlab.faults.append(fault)
    done = bring(run, repo)

    assert done.status == 3
    assert said in done.err
    assert TOKEN not in done.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"updated_at": "yesterday"}, "as a time", id="no time"),
        pytest.param({"updated_at": "2026-01-01T00:00:00"}, "as a time", id="no time zone"),
        pytest.param({"state": "opened"}, "is not what it documents", id="not merged"),
        pytest.param({"merge_commit_sha": "x"}, "is not what it documents", id="no hash"),
        pytest.param({"iid": 0}, "is not what it documents", id="no number"),
    ],
)
def test_page_of_a_wrong_shape_is_none(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held, change: dict[str, object], said: str
) -> None:
    gitlab.merge(1)
    read = gitlab._list_merged

    def odd(query: dict[str, str]) -> Any:
        page = read(query)
        page[:] = [one | change for one in page]
        return page

    gitlab._list_merged = odd  # type: ignore[method-assign]
    done = bring(run, repo)

    assert (done.status, said in done.err) == (3, True)
    assert held() == {}


@pytest.mark.parametrize(
    "ignored",
    [
        pytest.param(("updated_before", "page"), id="what is asked for"),
        pytest.param(("sort",), id="the order"),
    ],
)
def test_list_that_would_never_end_is_none(
    run: Run, repo: Repo, gitlab: FakeGitLab, ignored: tuple[str, ...]
) -> None:
    """A proxy that takes parameters away gives the same page again and again."""
    gitlab.merge(*range(1, 251), **({} if "sort" in ignored else {"updated_at": STAMP}))
    find = gitlab._find_list

    def deaf(path: str, query: dict[str, str]) -> Any:
        rows = find(path, query)
        for name in ignored:
            query.pop(name, None)
        return rows[::-1] if rows and "sort" in ignored else rows

    gitlab._find_list = deaf  # type: ignore[method-assign]
    done = bring(run, repo)

    assert (done.status, "in the order that was asked for" in done.err) == (3, True)


def test_gitlab_that_stays_out_of_order_ends_the_run(
    run: Run, repo: Repo, gitlab: FakeGitLab, naps: list[float]
) -> None:
    gitlab.faults += [Fault("merge_requests", 502, b"<html>") for _ in range(9)]
    done = bring(run, repo)

    assert (done.status, "out of order" in done.err) == (3, True)
    assert len(naps) == 8


def test_server_with_a_certificate_of_its_own_is_asked_where_it_is_trusted(
    run: Run, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(make_certificate(tmp_path)) as secret:
        secret.merge(1)
        base = secret.url.removesuffix("/api/v4")
        monkeypatch.setenv("GITLAB_HOST", base)
        repo.git("remote", "set-url", "origin", f"{base}/{secret.path}.git")
        strange = bring(run, repo)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        trusted = bring(run, repo)

    assert (strange.status, trusted.status) == (3, 0), trusted.err
    assert "SSL_CERT_FILE" in strange.err


def test_project_that_moved_is_followed_and_named(
    run: Run, repo: Repo, gitlab: FakeGitLab, held: Held
) -> None:
    gitlab.merge(1)
    moved = Fault("/projects/shop%2Fweb", 301, location=f"{gitlab.url}/projects/41")
    gitlab.faults.append(moved)
    before = held
    gitlab.path = "shop/front"
    done = bring(run, repo)
    gitlab.path = "shop/web"

    assert done.status == 0
    assert "shop/web is called shop/front now" in done.err
    assert len(before()) == 1


def test_two_clones_share_what_was_imported(repo: Repo, gitlab: FakeGitLab) -> None:
    from whygate.git.run import Git  # noqa: PLC0415

    assert name_home(Git(repo.path)) == f"127.0.0.1/gitlab/{gitlab.path}"
