"""The corpus itself, how it is counted, and that whygate reads it no worse than before."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.corpus.__main__ import main
from tests.corpus.document import Document, load_documents, load_file
from tests.corpus.evaluation import Count, Evaluation, evaluate
from tests.corpus.floors import find_drops, read_floors, write_floors

if TYPE_CHECKING:
    from pathlib import Path

# A rule that is new brings documents as well; these have theirs.
RULES_OF_ALL_REPOSITORIES = (
    *("WG101", "WG102", "WG103", "WG104", "WG105", "WG111", "WG112", "WG113", "WG114", "WG115"),
    *("WG116", "WG118", "WG121", "WG122", "WG123", "WG124", "WG125", "WG201", "WG202", "WG203"),
    *("WG204", "WG205", "WG214"),
    *("WG206", "WG207", "WG208", "WG209", "WG211", "WG215", "WG218", "WG301", "WG302", "WG303"),
    *("WG304", "WG305", "WG306", "WG309", "WG401", "WG402", "WG403", "WG404", "WG405", "WG501"),
)
GOOD = Document(
    name="sheep",
    kind="fix",
    verdict="ok",
    says=("problem",),
    finds=("WG103",),
    title="fix(fence): keep the sheep in",
    body="## Problem\nThe lower wire hangs so low that lambs walk out at night.\n",
)


@pytest.fixture(scope="module")
def corpus() -> tuple[Document, ...]:
    return load_documents()


@pytest.fixture(scope="module")
def evaluation(corpus: tuple[Document, ...]) -> Evaluation:
    return evaluate(corpus)


def test_corpus_is_large_and_without_doubles(corpus: tuple[Document, ...]) -> None:
    texts = [(d.title, d.body, d.message, d.edited, d.config, d.labels) for d in corpus]

    assert len(corpus) >= 300
    assert len(set(texts)) == len(texts)


def test_every_rule_is_broken_and_nearly_broken(corpus: tuple[Document, ...]) -> None:
    broken = Counter(rule for document in corpus for rule in document.finds)
    nearly = Counter(rule for document in corpus for rule in document.near)
    labelled = broken.keys() | nearly.keys()

    assert {*RULES_OF_ALL_REPOSITORIES} <= labelled
    assert [rule for rule in sorted(labelled) if broken[rule] < 3 or nearly[rule] < 3] == []


def test_six_languages_have_ten_documents_each(corpus: tuple[Document, ...]) -> None:
    languages = Counter(document.language for document in corpus)

    assert sum(count >= 10 for count in languages.values()) >= 6


def test_every_rule_is_right_nine_times_in_ten(evaluation: Evaluation) -> None:
    """A rule that is wrong more often has no business in front of people."""
    wrong = {name: c for name, c in evaluation.counts["rules"].items() if c.precision < 0.9}

    assert wrong == {}


def test_whygate_reads_no_worse_than_its_floors(evaluation: Evaluation) -> None:
    assert find_drops(evaluation, read_floors()) == []


def test_labelled_document_is_counted() -> None:
    found = evaluate([GOOD])

    assert found.disagreements == ()
    assert found.counts["fields"] == {"problem": Count(hits=1)}
    assert found.counts["rules"] == {"WG103": Count(hits=1)}
    assert found.counts["kinds"] == {"fix": Count(hits=1)}
    assert found.agreed == {"": (1, 1), "language en": (1, 1)}


@pytest.mark.parametrize(
    ("labels", "group", "name", "expected"),
    [
        ({"says": ()}, "fields", "problem", Count(false_alarms=1)),
        ({"says": ("problem", "outcome")}, "fields", "outcome", Count(misses=1)),
        ({"values": {"problem": "wolves"}}, "fields", "problem", Count(0, 1, 1)),
        ({"values": {"problem": "lambs walk"}}, "fields", "problem", Count(hits=1)),
        ({"finds": ()}, "rules", "WG103", Count(false_alarms=1)),
        ({"finds": ("WG103", "WG114")}, "rules", "WG114", Count(misses=1)),
        ({"kind": "feature"}, "kinds", "feature", Count(misses=1)),
        ({"verdict": "failed"}, "verdicts", "ok", Count(false_alarms=1)),
    ],
    ids=["invented", "missed", "misread", "read", "accused", "let-go", "kind", "verdict"],
)
def test_disagreement_is_counted(
    labels: dict[str, object], group: str, name: str, expected: Count
) -> None:
    found = evaluate([msgspec.structs.replace(GOOD, **labels)])

    assert found.counts[group][name] == expected
    assert bool(found.disagreements) is (expected != Count(hits=1))


def test_undecided_and_unknown_rules_are_not_counted() -> None:
    found = evaluate([msgspec.structs.replace(GOOD, finds=("WG999",), undecided=("WG103",))])

    assert found.counts["rules"] == {}


def test_shares_of_nothing_are_whole() -> None:
    assert (Count().precision, Count().recall) == (1.0, 1.0)
    assert (Count(3, 1, 2).precision, Count(3, 1, 2).recall) == (0.75, 0.6)


def test_drop_below_the_floor_is_named() -> None:
    floors = json.loads(write_floors(evaluate([GOOD])))
    worse = evaluate([GOOD, msgspec.structs.replace(GOOD, name="goats", finds=())])

    assert find_drops(evaluate([GOOD]), floors) == []
    assert find_drops(worse, floors) == ["rule WG103: precision 0.500 is below 1.000"]


def test_label_that_went_away_is_named() -> None:
    floors = {"rules": {"WG114": {"precision": 1.0, "recall": 1.0}}}

    assert find_drops(evaluate([GOOD]), floors) == [
        "rule WG114: no document is labelled with it any more"
    ]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("{finds: [WG101], near: [WG101]}", "finds and does not find WG101"),
        ("{verdict: fine}", "no verdict is called fine"),
        ("{message: fix it}", "is not one of a description"),
        ("{values: {target: 5}}", "has a value for target"),
        ("{likes: cheese}", "likes"),
    ],
    ids=["torn", "verdict", "two-texts", "value", "key"],
)
def test_contradictory_labels_are_refused(tmp_path: Path, entry: str, sentence: str) -> None:
    base = "- {name: a, kind: fix, verdict: ok, says: [], title: x, body: y}"
    path = tmp_path / "theme.yml"
    path.write_text(base.replace("verdict: ok, ", "")[:-1] + ", " + entry[1:])
    if "verdict" not in entry:
        path.write_text(base[:-1] + ", " + entry[1:])

    with pytest.raises(ValueError, match=sentence):
        load_file(path)


def test_name_used_twice_is_refused(tmp_path: Path) -> None:
    entry = "- {name: a, kind: fix, verdict: ok, says: [], title: x, body: y}\n"
    (tmp_path / "theme.yml").write_text(entry * 2)

    with pytest.raises(ValueError, match="two documents are named a"):
        load_documents(tmp_path)


def test_command_prints_tables_and_disagreements(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "sections"]) == 0

    printed = capsys.readouterr().out
    assert "precision" in printed
    assert "disagreements" in printed


def test_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "sections", "--format", "json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["rules"]["WG103"]["recall"] == 1.0
    assert report["agreed"]["sections"][1] == 14


def test_every_theme_is_named_after_its_file(corpus: tuple[Document, ...]) -> None:
    themes = Counter(document.theme for document in corpus)

    assert all(themes.values())
    assert "" not in themes
