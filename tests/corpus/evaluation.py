"""Turn documents and what whygate read in them into counts: hits, false alarms, misses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field
from tests.corpus.judging import judge_document

from whygate.judge.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.corpus.document import Document
    from tests.corpus.judging import Reading

GROUPS = ("fields", "kinds", "rules", "verdicts")


class Count(Struct, frozen=True):
    """How often whygate and the reader agree on one thing: both, only whygate, only the reader."""

    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    @property
    def claimed(self) -> int:
        """Return how often whygate said it."""
        return self.hits + self.false_alarms

    @property
    def labelled(self) -> int:
        """Return how often the reader did."""
        return self.hits + self.misses

    @property
    def precision(self) -> float:
        """Return the share of what whygate said that is right; 1 when it said nothing."""
        return self.hits / self.claimed if self.claimed else 1.0

    @property
    def recall(self) -> float:
        """Return the share of what is there that whygate said; 1 when nothing is there."""
        return self.hits / self.labelled if self.labelled else 1.0


class Disagreement(Struct, frozen=True):
    """One thing that whygate and the reader see differently in one document."""

    document: str
    theme: str
    group: str
    name: str
    sentence: str


class Evaluation(Struct, frozen=True):
    """The counts by group and name, the disagreements, and what was looked at."""

    documents: int
    counts: dict[str, dict[str, Count]]
    disagreements: tuple[Disagreement, ...]
    agreed: dict[str, tuple[int, int]] = field(default_factory=dict)


def evaluate(documents: Iterable[Document]) -> Evaluation:
    """Judge every document and compare it with its labels."""
    tally: Counter[tuple[str, str, str]] = Counter()
    disagreements: list[Disagreement] = []
    parts: Counter[tuple[str, bool]] = Counter()
    total = 0
    for document in documents:
        total += 1
        differing = list(compare(document, judge_document(document), tally))
        disagreements += differing
        for part in (document.theme, f"language {document.language}"):
            parts[part, not differing] += 1
    counts: dict[str, dict[str, Count]] = {group: {} for group in GROUPS}
    for group, name in sorted({(group, name) for group, name, _ in tally}):
        found = (tally[group, name, what] for what in ("hit", "false alarm", "miss"))
        counts[group][name] = Count(*found)
    names = sorted({name for name, _ in parts})
    agreed = {name: (parts[name, True], parts[name, True] + parts[name, False]) for name in names}
    return Evaluation(total, counts, tuple(disagreements), agreed)


def compare(
    document: Document, reading: Reading, tally: Counter[tuple[str, str, str]]
) -> Iterator[Disagreement]:
    """Count one document into `tally`, and yield where its labels and whygate differ."""
    pairs = (
        ("fields", set(document.says), set(reading.fields)),
        ("kinds", {document.kind}, {reading.kind}),
        ("rules", _labelled_rules(document), reading.rules - {*document.undecided}),
        ("verdicts", {document.verdict}, {reading.verdict}),
    )
    for group, labelled, claimed in pairs:
        for name in sorted(labelled | claimed):
            what = "hit" if name in labelled & claimed else "miss"
            if name not in labelled:
                what = "false alarm"
            sentence = _explain(what, group, name, reading)
            if what == "hit" and group == "fields" and _misread(document, reading, name):
                what = "false alarm"
                sentence = f"reads `{reading.fields[name][:60]}`, not `{document.values[name]}`"
                tally[group, name, "miss"] += 1
            tally[group, name, what] += 1
            if what != "hit":
                yield Disagreement(document.name, document.theme, group, name, sentence)


def _labelled_rules(document: Document) -> set[str]:
    """Return the rules a reader expects, those left out that whygate does not have (yet)."""
    return {rule.id for rule in RULES} & set(document.finds)


def _misread(document: Document, reading: Reading, name: str) -> bool:
    wanted = " ".join(document.values.get(name, "").split())
    return wanted not in " ".join(reading.fields[name].split())


def _explain(what: str, group: str, name: str, reading: Reading) -> str:
    if what == "miss":
        return "not seen"
    said = [sentence for sentence in reading.sentences if sentence.startswith(f"{name} ")]
    if group == "rules" and said:
        return said[0]
    return f"reads `{reading.fields[name][:60]}`" if group == "fields" else "said"
