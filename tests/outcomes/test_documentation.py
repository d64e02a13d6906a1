"""What docs/loop.md shows is read by the code as it says."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import jsonschema_rs
import yaml

from whygate.outcomes.ledger import ATTRIBUTES_LINE, Kept, read_event
from whygate.outcomes.result import Result, Source
from whygate.outcomes.state import OutcomeState
from whygate.outcomes.trailers import KEYS, read_results
from whygate.schema.files import RESULTS, read_bundled

PAGE = (Path(__file__).parents[2] / "docs" / "loop.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^( *)```(\w*)\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [body for _, name, body in FENCES if name == language]


def test_events_of_the_page_are_read_and_keep_the_schema() -> None:
    schema = jsonschema_rs.Draft202012Validator(json.loads(read_bundled(RESULTS)))
    result, kept = (text.replace("<full hash of the merge>", "a" * 40) for text in blocks("json"))

    assert isinstance(read_event(result, Source.LEDGER, "x", 1), Result)
    assert isinstance(read_event(kept, Source.LEDGER, "x", 1), Kept)
    assert schema.is_valid(json.loads(result))
    assert schema.is_valid(json.loads(kept))


def test_trailers_of_the_page_are_read() -> None:
    shown = next(body for body in blocks("console") if "Outcome-For" in body)
    trailers = "\n".join(line for line in shown.splitlines() if line.startswith("Outcome-"))
    (found,) = read_results(f"chore: look\n\n{trailers}\n".encode(), "x", None)

    assert (found.change, found.value, found.target) == ("#11", "46 %", "45 %")
    assert found.at == date(2026, 12, 1)
    for key in KEYS:
        assert key in PAGE.lower()


def test_attribute_of_the_page_is_the_one_that_is_asked_for() -> None:
    assert f"{ATTRIBUTES_LINE}\n" in blocks("")
    assert ATTRIBUTES_LINE in (Path(__file__).parents[2] / ".gitattributes").read_text("utf-8")


def test_every_state_is_on_the_page() -> None:
    shown = re.findall(r"^\| ([a-z, ]+) \|", PAGE, re.MULTILINE)
    named = {name for row in shown for name in (row, *row.split(", "))}

    assert set(OutcomeState) - named == {OutcomeState.NONE, OutcomeState.EXEMPT}


def test_job_of_the_page_asks_for_no_more_than_it_says() -> None:
    (job,) = (yaml.safe_load(body) for body in blocks("yaml"))

    assert job["permissions"] == {"contents": "write", "pull-requests": "read"}
    assert job["steps"][0]["with"] == {"keep-plan": "note"}
