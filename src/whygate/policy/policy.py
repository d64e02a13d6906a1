"""What a team asks of each kind of change, and what each finding weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import force_setattr

from whygate.model import Severity
from whygate.policy.config import Config, selects
from whygate.policy.globs import matches_any
from whygate.schema.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.schema.document import DocumentSchema

UNKNOWN_KIND = "unknown"


class Weight(Struct, frozen=True):
    """How much a finding weighs under the policy, and why when somebody gave a reason."""

    severity: Severity
    reason: str = ""


class Policy(Struct, frozen=True):
    """Everything trusted that a check needs.

    `template` holds the normalised lines that are a template's own, `bets` the path and text
    of each bet by its slug (None: nobody looked), `metrics` those of the metric catalogue (None:
    there is none).
    """

    config: Config
    schema: DocumentSchema
    template: frozenset[str] = frozenset()
    bets: Mapping[str, tuple[str, str]] | None = None
    metrics: tuple[str, str] | None = None
    _needs: dict[str, Mapping[str, Severity]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A copy with another configuration (structs.replace) must not remember what this one asks.
        force_setattr(self, "_needs", {})

    def needs(self, kind: str) -> Mapping[str, Severity]:
        """Return what a kind must say: dotted field name to the weight of its absence.

        The cells of the configuration, and what the schema requires of every document, in the
        schema's order.
        """
        if kind not in self._needs:
            self._needs[kind] = self._build_needs(kind)
        return self._needs[kind]

    def weigh(
        self, rule: str, name: str, usual: Severity, *, kind: str, paths: tuple[str, ...] | None
    ) -> Weight:
        """Return the weight of a finding: its own, `rules`, the first fitting override; capped."""
        weight = Weight(usual)
        if (setting := self.config.rule_setting(rule, name)) is not None:
            weight = Weight(setting.severity, setting.reason)
        for override in self.config.overrides:
            if override.rules and not any(selects(s, rule, name) for s in override.rules):
                continue
            if override.kinds and kind not in override.kinds:
                continue
            if override.paths and not _all_match(paths, override.paths):
                continue
            weight = Weight(override.severity, override.reason)
            break
        if weight.severity.rank > self.config.max_severity.rank:
            return Weight(self.config.max_severity, weight.reason)
        return weight

    def _build_needs(self, kind: str) -> Mapping[str, Severity]:
        policy = self.config.kind(kind)
        cells = {name: s for name, s in policy.need.items() if s is not Severity.OFF}
        if not policy.skip:
            for name in self.schema.required:
                cells.setdefault(name, Severity.ERROR)
        known = [f.name for f in self.schema.all_fields() if f.kind is not FieldKind.CONSTANT]
        return {name: cells[name] for name in known if name in cells}


def _all_match(paths: tuple[str, ...] | None, patterns: tuple[str, ...]) -> bool:
    return bool(paths) and all(matches_any(path, patterns) for path in paths or ())
