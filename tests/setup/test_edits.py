"""Labels are put into a configuration of somebody's, and every other byte stays."""

from __future__ import annotations

import json

import pytest

from whygate.policy.config_file import parse_config
from whygate.schema.files import CONFIG, read_bundled
from whygate.setup.edits import add_aliases

YAML = 'aliases: # the headings of our own template\n  problem: ["Why now?"]\n'
TOML = 'aliases = { problem = ["Why now?"] }\n'
ODD = {
    "problem": ('Why "now": #1?', "- \\ tab\there", "ünï \u200b\x9b"),
    "measurement.target": ("{to}",),
}


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("version: 1\n", "yaml", f"version: 1\n{YAML}"),
        (
            "# ours\nversion: 1\npreset: adopt # soft\nrules: {}\n",
            "yaml",
            f"# ours\nversion: 1\npreset: adopt # soft\n{YAML}rules: {{}}\n",
        ),
        ("rules: {}", "yaml", f"rules: {{}}\n{YAML}"),
        (
            "version: 1\r\nrules: {}\r\n",
            "yaml",
            "version: 1\r\n" + YAML.replace("\n", "\r\n") + "rules: {}\r\n",
        ),
        ("", "yaml", YAML),
        (
            "[project]\nname = 'x'\n[tool.whygate] # us\nversion = 1\n",
            "toml",
            f"[project]\nname = 'x'\n[tool.whygate] # us\n{TOML}version = 1\n",
        ),
        ("[tool.whygate]", "toml", f"[tool.whygate]\n{TOML}"),
        ("tool.whygate = {version = 1}\n", "toml", "tool.whygate = {version = 1}\n"),
    ],
    ids=["version", "preset", "no-end", "crlf", "empty", "toml", "toml-no-end", "inline"],
)
def test_labels_are_added_and_every_other_byte_stays(text: str, form: str, expected: str) -> None:
    assert add_aliases(text, {"problem": ("Why now?",)}, form) == expected


@pytest.mark.parametrize("form", ["yaml", "toml"])
def test_label_of_any_characters_is_read_back(form: str) -> None:
    head = "version: 1\n" if form == "yaml" else "[tool.whygate]\nversion = 1\n"
    text = add_aliases(head, ODD, form)

    layer = parse_config(
        text, "f", json.loads(read_bundled(CONFIG)), fmt="toml" if form == "toml" else "yaml"
    )

    assert layer.aliases == ODD
    assert "\x9b" not in text
