"""The commits that merges brought in: each once, with the oldest merge that leads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.history.conftest import make_entry

from whygate.history.stream import BroughtCommits, carried_change, named_change, with_brought
from whygate.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.git.log import LoggedCommit

Graph = list[list[int]]  # the parents of every commit, which have lower numbers


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Give a history: the last commit is the tip, the first parent is the branch."""
    graph: Graph = [[]]
    for number in range(1, draw(st.integers(1, 14))):
        earlier = st.integers(0, number - 1)
        graph.append(draw(st.lists(earlier, min_size=1, max_size=3, unique=True)))
    return graph


def entries_of(graph: Graph) -> list[LoggedCommit]:
    """Return the commits that the tip leads to, children first: the highest number first."""
    return [
        make_entry(f"{n}\n")._replace(sha=b"%d" % n, parents=b" ".join(b"%d" % p for p in graph[n]))
        for n in sorted(reach(graph, [len(graph) - 1]), reverse=True)
    ]


def reach(graph: Graph, starts: Sequence[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(starts)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += graph[number]
    return found


def branch_of(graph: Graph) -> Iterator[int]:
    number = len(graph) - 1
    while True:
        yield number
        if not graph[number]:
            return
        number = graph[number][0]


@settings(max_examples=400, deadline=None)
@given(graphs(), st.integers(1, 5))
def test_merges_bring_what_no_older_change_holds(graph: Graph, size: int) -> None:
    entries = entries_of(graph)
    batches = (entries[start : start + size] for start in range(0, len(entries), size))
    tip = str(len(graph) - 1)
    brought = BroughtCommits(batches, tip, lambda entry: entry)

    for number in branch_of(graph):
        older = reach(graph, graph[number][:1])
        expected = sorted(reach(graph, [number]) - older - {number}, reverse=True)
        assert [int(entry.sha) for entry in brought.of(b"%d" % number)] == expected


def test_walk_goes_no_further_than_it_must() -> None:
    graph = [[], [0], [1], [1], [2, 3], [4]]
    taken: list[bytes] = []

    def one_by_one() -> Iterator[list[LoggedCommit]]:
        for entry in entries_of(graph):
            taken.append(entry.sha)
            yield [entry]

    brought = BroughtCommits(one_by_one(), "5", lambda entry: entry)

    assert [entry.sha for entry in brought.of(b"4")] == [b"3"]
    assert taken == [b"5", b"4", b"3", b"2", b"1"]
    assert brought.of(b"unknown") == ()


def test_only_merges_ask_for_commits() -> None:
    batch = [make_entry("a\n"), make_entry("b\n", parents=2)]
    asked: list[bytes] = []

    class Brought(BroughtCommits):
        def of(self, sha: bytes) -> tuple[LoggedCommit, ...]:
            asked.append(sha)
            return (batch[0],)

    found = next(with_brought([batch], Brought(iter(()), "0", lambda entry: entry)))

    assert asked == [batch[1].sha]
    assert [entry.brought for entry in found] == [(), (batch[0],)]


def test_merge_carries_texts_and_keeps_its_name() -> None:
    merge = make_entry("Merge branch 'x'\n", parents=2)._replace(
        brought=(make_entry("fixup! feat: a\n"), make_entry("feat: a\n\nProblem: b\n"))
    )
    carried, named = carried_change(merge), named_change(merge)

    assert [part.origin for part in carried.parts] == [Origin.MESSAGE, Origin.COMMIT, Origin.COMMIT]
    assert carried.parts == named.parts
    assert (carried.title, named.title) == ("Merge branch 'x'", "feat: a")
    assert (carried.parents, carried.day) == (2, named.day)


def test_request_keeps_its_title() -> None:
    text = "Merge pull request #7 from a/b\n\nfix: c\n"
    merge = make_entry(text, parents=2)._replace(brought=(make_entry("feat: a\n"),))

    assert named_change(merge) == carried_change(merge)
    assert named_change(merge).title == "fix: c"
