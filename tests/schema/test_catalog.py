"""schemas/catalog.json: which schema an editor takes for which file, in SchemaStore's form."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

import jsonschema_rs
import pytest

PROJECT = Path(__file__).parents[2]

CATALOG = json.loads((PROJECT / "schemas/catalog.json").read_text())
FILES = {
    ".whygate.yml": {"version": 1, "preset": "adopt"},
    "shop/.whygate/metrics.yml": {
        "version": 1,
        "backends": {"stats": {"type": "http", "url": "https://stats.example.com/api"}},
        "metrics": {
            "lost-carts": {
                "title": "lost carts",
                "backend": "stats",
                "value": "$.n",
                "window": "7d",
            }
        },
    },
    "whygate-fleet.yml": {"version": 1, "repositories": ["../shop", "github:acme"]},
    "shop/.whygate/bets/cart-sync.yml": {"version": 1, "problem": "Carts are lost on a new phone."},
}


def test_entries_have_what_a_catalog_asks_for() -> None:
    assert CATALOG["version"] == 1
    for entry in CATALOG["schemas"]:
        assert set(entry) == {"name", "description", "fileMatch", "url"}
        assert entry["description"].isascii()


@pytest.mark.parametrize("path", FILES)
def test_file_is_checked_by_the_schema_of_its_kind(path: str) -> None:
    (entry,) = (e for e in CATALOG["schemas"] if any(fnmatch(path, m) for m in e["fileMatch"]))
    schema = json.loads((PROJECT / "schemas" / entry["url"].rpartition("/")[2]).read_text())

    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    validator.validate(FILES[path])
    assert not validator.is_valid({**FILES[path], "version": "one"})
