"""Every fenced block of the documentation is tried, in the way its marker or its language says.

How to mark a block: scripts/doc_blocks.py, and CONTRIBUTING.md under Documentation.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from doc_blocks import PAGES, ROOT, WAYS, Block, find_inline_code, read_blocks
from doc_commands import find_calls, require_call
from doc_judge import judge_block
from lint_workflows import is_workflow

from whygate.text.yaml_tree import load_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.conftest import LoadPage

BLOCKS = [block for page in PAGES for block in read_blocks(page)]
MISSING = f"""nothing tries this block: put a marker above it, an HTML comment that begins with
one of {", ".join(WAYS)} (scripts/doc_blocks.py says what each means)"""
# Figures against these stand in benchmarks/README.md alone, with the messages they hold for.
PEERS = ("conventional-pre-commit", "gitlint", "commitlint", "commitizen")
SPEED = re.compile(r"\b(?:third|half|quarter|times?|faster|slower|\d+ ?ms)\b")
# A call with a part that is left open is no command line: `whygate check ...`, `[--json]`.
OPEN = ("...", "…", "[", "<", "{", "|")


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.way], ids=lambda b: b.place)
def test_marked_block_does_what_its_marker_says(block: Block, load_page: LoadPage) -> None:
    match block.way:
        case "run" | "session":  # `generate_docs.py --check` runs it
            assert block.language == "console"
        case "check":
            assert judge_block(block, load_page(block)) == block.told.partition(";")[0]
        case "file":
            load_page(block)
        case "validate" if block.told.startswith("schemas/"):
            schema = json.loads((ROOT / block.told).read_text(encoding="utf-8"))
            jsonschema_rs.validator_for(schema).validate(json.loads(block.text))
        case "validate":  # lint_workflows.py holds it to the schema
            assert load_tree(block.text)
        case "tested":
            test = ROOT / block.told
            assert block.page.rpartition("/")[2] in test.read_text(encoding="utf-8")
        case "not run":
            assert len(block.told.split()) >= 4, "say why nothing can run it"


@pytest.mark.parametrize("block", [b for b in BLOCKS if not b.way], ids=lambda b: b.place)
def test_unmarked_block_is_right_for_its_language(block: Block, load_page: LoadPage) -> None:
    match block.language:
        case "bash" | "sh":
            require_script(block.text)
        case "yaml" if is_workflow(block.text):  # lint_workflows.py holds it to GitHub's schema
            assert load_tree(block.text)
        case "yaml" | "toml":
            name = ".whygate.yml" if block.language == "yaml" else "pyproject.toml"
            load_page(block, name=name)
        case _:
            pytest.fail(f"{block.place}: {MISSING}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_sentences_are_understood(page: Path) -> None:
    for line, code in find_inline_code(page.read_text(encoding="utf-8")):
        if any(mark in code for mark in OPEN):
            continue
        if code.startswith("whygate "):
            for call in find_calls(code):
                try:
                    require_call(call, whole=False)
                except Exception as error:
                    pytest.fail(f"{page.name}:{line}: `{code}`: {error}")


def require_script(script: str) -> None:
    """Fail when a shell, or a command of ours in it, does not understand a script."""
    checked = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False
    )
    assert checked.stderr == ""
    for call in find_calls(script):
        require_call(call)


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name != "benchmarks"], ids=str)
def test_page_compares_no_speed_with_a_peer(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    said = [line for line in text.split("\n") if any(peer in line for peer in PEERS)]

    assert [line for line in said if SPEED.search(line)] == []
