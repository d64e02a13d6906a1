"""What a machine measured as lines of the ledger: written here, or proposed at the forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.catalogue import CATALOGUE_LIMIT, CATALOGUE_PATH
from whygate.catalogue.file import parse_catalogue
from whygate.errors import ConfigError
from whygate.forges.port import Proposed
from whygate.git.tree import read_objects
from whygate.loop.ledger import append_line
from whygate.loop.record import require_valid
from whygate.metrics.reading import plain
from whygate.outcomes.ledger import LEDGER_PATH, read_event, render_event
from whygate.outcomes.promises import read_aim
from whygate.outcomes.result import BY_MACHINE, Result, ResultState, Source
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from whygate.catalogue.catalogue import Catalogue
    from whygate.forges.port import Forge, Published
    from whygate.git.run import Git
    from whygate.metrics.agenda import FindDefinition, Measured

_MOST_POINTS = 60  # of the series a ledger line keeps
BRANCH = "whygate/outcomes"
TITLE = "chore: record what was measured"
MESSAGE = f"""\
{TITLE}

Problem: these plans were due, and nobody had looked
"""


def read_definitions(git: Git, shas: Sequence[str]) -> FindDefinition:
    """Return a function that gives the definition of a metric as it was at a commit.

    It is empty where the commit has no catalogue, or one that cannot be read. Raises
    UndecidedError when git fails.
    """
    names = {sha: f"{sha}:{CATALOGUE_PATH}" for sha in dict.fromkeys(shas) if sha}
    texts = read_objects(git, list(names.values()), limit=CATALOGUE_LIMIT) if names else {}
    known: dict[bytes, Catalogue | None] = {}

    def find(sha: str, slug: str) -> str:
        data = texts.get(names.get(sha, ""))
        if data is None:
            return ""
        if data not in known:
            known[data] = _parse(data)
        catalogue = known[data]
        metric = catalogue.metrics.get(slug) if catalogue is not None else None
        return catalogue.definition(metric) if catalogue is not None and metric is not None else ""

    return find


def _parse(data: bytes) -> Catalogue | None:
    try:
        return parse_catalogue(CATALOGUE_PATH, data.decode("utf-8-sig", "replace"))
    except ConfigError:
        return None


def to_result(measured: Measured) -> Result | None:
    """Return the line that the ledger gets, None where a source gave no answer.

    Its day is the plan's, so that what a person writes for that day stands before it.
    """
    question, plan = measured.question, measured.question.plan
    if measured.state is None:
        return None
    return Result(
        change=plan.identity,
        at=question.day,
        state=measured.state,
        sha=plan.sha,
        metric=plan.index,
        value=measured.value,
        target=plan.target,
        evidence=question.metric.link,
        by=BY_MACHINE,
        note=measured.reason,
        guardrails=measured.limits,
        window=str(question.window),
        query=question.definition,
        series=tuple(_points(measured)),
    )


def _points(measured: Measured) -> Iterator[tuple[str, str]]:
    """Yield the last day of each window and its number, as the value counts it."""
    aim = read_aim(measured.question.plan)
    like = aim if isinstance(aim, Quantity) else None
    for window, reading in measured.points[-_MOST_POINTS:]:
        if reading.number is not None:
            number = measured.question.metric.quantity(reading.number, like).low
            yield window.last_day.isoformat(), plain(number)


def to_baseline(measured: Measured) -> Result | None:
    """Return the ledger line of what a source said of the time before a merge, None without it."""
    question, plan = measured.question, measured.question.plan
    if not measured.value:
        return None
    return Result(
        change=plan.identity,
        at=question.day,
        state=ResultState.BASELINE,
        sha=plan.sha,
        metric=plan.index,
        value=measured.value,
        evidence=question.metric.link,
        by=BY_MACHINE,
        window=str(question.window),
        query=question.definition,
    )


def write_results(root: Path, results: Iterable[Result]) -> tuple[int, ...]:
    """Append results to the ledger and return the numbers of their lines.

    Raises InputError when the ledger cannot be written.
    """
    ready = list(results)
    for result in ready:
        require_valid(result)
    return tuple(append_line(root, render_event(result)) for result in ready)


def propose_results(forge: Forge, results: Sequence[Result], text: str) -> Published:
    """Propose lines for the ledger in our one request, and return what became of it.

    `text` is what the request says. Raises InputError for a line that no reader would take,
    UndecidedError when the forge refuses.
    """
    for result in results:
        require_valid(result)
    lines = [render_event(result) for result in results]
    return forge.propose(
        Proposed(
            branch=BRANCH,
            path=LEDGER_PATH,
            title=TITLE,
            text=text,
            message=MESSAGE,
            compose=lambda old, brought: compose_ledger(old, brought, lines),
        )
    )


def compose_ledger(old: bytes, brought: bytes | None, lines: Sequence[str]) -> bytes:
    """Return a ledger with lines behind all that it holds.

    What an open request brings already stays in it, in its order, also where a source does not
    answer today; a line about the same plan and day takes the place of the one that a machine
    measured before. A line that is in the ledger is not added again.
    """
    known = set(old.splitlines())
    before = [line for line in (brought or b"").splitlines() if line.strip()]
    added = {_key(line): line for line in before if line not in known}
    added |= {_key(line): line for line in (text.encode() for text in lines)}
    new = [line for line in added.values() if line not in known]
    start = b"\n" if old and new and not old.endswith(b"\n") else b""
    return old + start + b"".join(line + b"\n" for line in new)


def _key(line: bytes) -> object:
    """Return what a line that a machine measured is about; any other line stands for itself."""
    event = read_event(line.decode("utf-8", "replace"), Source.LEDGER, LEDGER_PATH, 1)
    if not isinstance(event, Result) or event.by != BY_MACHINE:
        return line
    is_baseline = event.state is ResultState.BASELINE
    return event.change, event.sha, event.metric, event.at, is_baseline
