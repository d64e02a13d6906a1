"""Find the schema files, in an installed package or in a checkout."""

from __future__ import annotations

from pathlib import Path

from whygate.errors import SchemaError

DOCUMENT = "product-context.schema.json"
CONFIG = "config.schema.json"
REPORT = "report.schema.json"
AUDIT = "audit.schema.json"
RESULTS = "results.schema.json"
CONTRACT = "contract.schema.json"
DUE = "due.schema.json"
SCORECARD = "scorecard.schema.json"
METRICS = "metrics.schema.json"
FLEET = "fleet.schema.json"
FLEET_REPORT = "fleet-report.schema.json"
NAMES = {
    "document": DOCUMENT,
    "config": CONFIG,
    "report": REPORT,
    "audit": AUDIT,
    "results": RESULTS,
    "contract": CONTRACT,
    "due": DUE,
    "scorecard": SCORECARD,
    "metrics": METRICS,
    "fleet": FLEET,
    "fleet-report": FLEET_REPORT,
}
PRESETS = ("adopt", "standard", "strict")

_PACKAGE = Path(__file__).parents[1]


def schema_directory() -> Path:
    """Return the directory of the schema files: the package's own, else the checkout's."""
    packaged = _PACKAGE / "schemas"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "schemas"


def read_bundled(name: str) -> str:
    """Return the text of a bundled file such as `config.schema.json` or `presets/adopt.yml`.

    Raises SchemaError when the installation lacks it.
    """
    path = schema_directory() / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SchemaError(
            f"the bundled file `{name}` cannot be read: {error.strerror}",
            hint="install whygate again",
        ) from error


def read_presets() -> dict[str, str]:
    """Return the text of every preset by its name."""
    return {name: read_bundled(f"presets/{name}.yml") for name in PRESETS}
