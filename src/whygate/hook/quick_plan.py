"""Compile a policy into the plan from which plain messages are accepted at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.hook.quick import VERSION, Plan, compact
from whygate.model import Severity
from whygate.policy.config import CommitScope
from whygate.schema.fields import Field, FieldKind
from whygate.text.placeholders import listed_phrases
from whygate.text.wording import DELIVERED, DELIVERIES, TESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from whygate.policy.policy import Policy

_FORMATS = ("baseline", "target", "date")
# Keywords of a property that say nothing about its value but that it is text.
_OPEN_KEYWORDS = frozenset(("type", "title", "description", "examples", "$comment"))
# A plan needs one reading of each; whoever writes more of it takes the long way.
_SINGLE = {"baseline": "measurement.baseline", "target": "measurement.target"}


def compile_plan(policy: Policy) -> Plan | None:
    """Return the plan of a policy, None when the policy asks for more than a plan can tell.

    That is the case when a rule's severity was raised to error: the plan knows which answers
    are certainly sound, not which of them are worth a warning.
    """
    config = policy.config
    weights = [s.severity for s in config.rules.values()] + [o.severity for o in config.overrides]
    if Severity.ERROR in weights:
        return None
    if config.commit_scope is CommitScope.OFF or not _is_bundled_shape(policy):
        return None
    formats = {field.name: form for field, form in _formats(policy)}
    return {
        "version": VERSION,
        "types": dict(config.kind_types),
        "kinds": dict(_kinds(policy, formats)),
        "trailers": {k: n if n in formats else 0 for k, n in _trailers(policy).items()},
        "formats": formats,
        "labels": sorted({compact(label) for label in policy.schema.vocabulary.labels}),
        "lexicon": sorted(listed_phrases()),
        "verbs": sorted(DELIVERIES),
        "signals": sorted(DELIVERED | TESTS),
        "prompts": sorted({compact(line) for line in policy.template}),
    }


def _trailers(policy: Policy) -> Mapping[str, str]:
    return policy.schema.vocabulary.trailers


def _is_bundled_shape(policy: Policy) -> bool:
    """Tell whether the measurement has the parts a plan knows, under their own names."""
    return all(policy.schema.field(name) is not None for name in _SINGLE.values())


def _formats(policy: Policy) -> Iterable[tuple[Field, int | str]]:
    """Yield the fields a plan can judge: texts with their least words, numbers and dates."""
    specs = _specs(policy)
    for field in policy.schema.all_fields():
        spec = specs.get(field.name)
        if field.kind is not FieldKind.TEXT or spec is None or not _is_open(spec):
            continue
        if not field.format:
            yield field, field.min_words
        elif field.format in _FORMATS and field.name.startswith("measurement."):
            yield field, field.format


def _specs(policy: Policy) -> dict[str, Mapping[str, object]]:
    """Return the JSON Schema of each property as written where it is written once."""
    found: dict[str, Mapping[str, object]] = {}
    for source in (policy.schema.source, *policy.schema.bundled.values()):
        definitions = source.get("$defs")
        places = list(definitions.values()) if isinstance(definitions, dict) else []
        for place in (source, *places):
            properties = place.get("properties") if isinstance(place, dict) else None
            for name, spec in properties.items() if isinstance(properties, dict) else ():
                known = [f.name for f in policy.schema.all_fields() if f.key == name]
                for full in known if isinstance(spec, dict) else ():
                    found[full] = {**found.get(full, {}), **spec}
    return found


def _is_open(spec: Mapping[str, object]) -> bool:
    return spec.get("type") == "string" and all(
        keyword in _OPEN_KEYWORDS or keyword.startswith("x-") for keyword in spec
    )


def _kinds(policy: Policy, formats: Mapping[str, int | str]) -> Iterable[tuple[str, Plan]]:
    """Yield the kinds whose needed fields a plan can judge, with what must be answered."""
    for kind in set(policy.config.kind_types.values()):
        if policy.config.kind(kind).skip:
            continue
        needs = policy.needs(kind)
        required = [name for name, weight in needs.items() if weight is Severity.ERROR]
        plain = [name for name in required if name != "measurement"]
        if "measurement" in required and "measurement.metric" not in required:
            continue
        if all(name in formats for name in plain):
            yield kind, {"required": plain}
