"""How this copy of whygate is installed once more, with an extra."""

from __future__ import annotations

import json
from typing import Any

import pytest

from whygate.version import how_to_add

URL = "https://git.example.com/whygate.git"
GIT = {"url": URL, "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}
SECRET = {**GIT, "url": "https://lena:token@git.example.com/whygate.git"}
FROM_GIT = f"'whygate[mcp] @ git+{URL}@{'a' * 40}'"


@pytest.mark.parametrize(
    ("prefix", "record", "command"),
    [
        ("/home/lena/shop/.venv", None, "pip install 'whygate[mcp]'"),
        ("/usr", GIT, f"pip install {FROM_GIT}"),
        ("/home/lena/.local/share/pipx/venvs/whygate", GIT, f"pipx install --force {FROM_GIT}"),
        (r"C:\Users\lena\pipx\venvs\whygate", None, "pipx install --force 'whygate[mcp]'"),
        ("/home/lena/.local/share/uv/tools/whygate", GIT, f"uv tool install --force {FROM_GIT}"),
        ("/home/lena/.cache/uv/archive-v0/XyZ", SECRET, f"uvx --from {FROM_GIT} whygate"),
        (
            "/home/lena/.venv",
            {"url": "file:///src/whygate", "dir_info": {}},
            "pip install 'whygate[mcp] @ file:///src/whygate'",
        ),
        ("/usr", {"url": 3, "vcs_info": []}, "pip install 'whygate[mcp] @ 3'"),
        ("/usr", ["no", "record"], "pip install 'whygate[mcp]'"),
    ],
    ids=["index", "git", "pipx", "windows", "uv-tool", "uvx", "checkout", "odd", "damaged"],
)
def test_extra_is_added_by_the_program_that_installed_us(
    prefix: str, record: Any, command: str
) -> None:
    told = "" if record is None else json.dumps(record)

    assert how_to_add("mcp", prefix=prefix, record=told) == command


def test_origin_of_this_copy_is_read() -> None:
    assert how_to_add("mcp").startswith(("pip install 'whygate[mcp]", "uv"))
