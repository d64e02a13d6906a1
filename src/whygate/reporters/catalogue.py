"""The metrics a plan can name, as a table for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.reporters.json_ import dump_json

if TYPE_CHECKING:
    from whygate.catalogue.catalogue import Catalogue, Metric


def render_metrics(catalogue: Catalogue, *, queries: bool = False) -> str:
    """Return every metric in two lines: its name, what it counts, and where it is asked.

    With `queries` the question follows as it stands in the catalogue.
    """
    every = catalogue.metrics.values()
    lines = (_describe(metric) + (_ask(metric) if queries else "") for metric in every)
    return "".join(lines) or "no metric\n"


def render_metrics_json(catalogue: Catalogue | None) -> str:
    """Return the metrics as a JSON list, empty without a catalogue."""
    metrics = catalogue.metrics.values() if catalogue is not None else ()
    return dump_json(
        [
            {
                "name": metric.slug,
                "title": metric.title,
                "backend": metric.backend.name,
                "type": metric.backend.type,
                "window": metric.window,
                "unit": _unit(metric),
                "better": metric.better,
                "owner": metric.owner,
                "link": metric.link,
                "definition": catalogue.definition(metric) if catalogue is not None else "",
            }
            for metric in metrics
        ]
    )


def _describe(metric: Metric) -> str:
    unit = _unit(metric)
    facts = [f"in {unit}" if unit else "a plain number", f"per {metric.window}"]
    facts += [f"better {metric.better}"] if metric.better else []
    facts += [f"from {metric.backend.name} ({metric.backend.type})"]
    facts += [f"owner {metric.owner}"] if metric.owner else []
    return f"{metric.slug}: {metric.title}\n  {', '.join(facts)}\n"


def _ask(metric: Metric) -> str:
    params = "&".join(f"{key}={value}" for key, value in metric.params)
    asked = (
        metric.query or f"{metric.resource or '/'}{f'?{params}' if params else ''}\n{metric.value}"
    )
    return "".join(f"    {line}\n" for line in asked.split("\n"))


def _unit(metric: Metric) -> str:
    return "%" if metric.is_ratio else metric.unit
