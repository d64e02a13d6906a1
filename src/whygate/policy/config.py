"""What a team can set, and how one layer of settings is put over another."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from whygate.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.text.yaml_tree import Node

T = TypeVar("T")


class Preset(StrEnum):
    """The settings a configuration starts from."""

    ADOPT = "adopt"
    STANDARD = "standard"
    STRICT = "strict"


class Drafts(StrEnum):
    """What to do with a draft pull request."""

    CHECK = "check"
    WARN = "warn"
    SKIP = "skip"


class Unproven(StrEnum):
    """What to do with a change that only its author calls one that need not answer."""

    SKIP = "skip"
    ASK = "ask"


class Waivers(StrEnum):
    """Whose word lets a change pass that fails: of those who may write to the repository.

    `OTHERS` are all of them but the author of the change.
    """

    NEVER = "never"
    OTHERS = "others"
    ALL = "all"


class LabelsBy(StrEnum):
    """Whose label exempts a change: anybody's, or one that the forge proves a maintainer set."""

    ANYONE = "anyone"
    MAINTAINERS = "maintainers"


class CommitScope(StrEnum):
    """Which commits carry a context: those of a branch together, each one, or none."""

    BRANCH = "branch"
    EACH = "each"
    OFF = "off"


class RuleSetting(Struct, frozen=True):
    """How much a rule weighs, and why it differs."""

    severity: Severity
    reason: str = ""


class Override(Struct, frozen=True):
    """A severity for some rules in some kinds or paths; an empty tuple means all of them."""

    severity: Severity
    rules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    reason: str = ""


class PathRule(Struct, frozen=True):
    """The kind of a change that touches nothing but some paths (globs)."""

    paths: tuple[str, ...]
    kind: str


class PartialKindPolicy(Struct, frozen=True):
    """What one layer says about a kind; None where it says nothing."""

    need: Mapping[str, Severity] | None = None
    exemptions: tuple[str, ...] | None = None
    skip: bool | None = None


class KindPolicy(Struct, frozen=True):
    """What a kind of change must say.

    `need` maps a field (`problem`, `measurement.target`) to what its absence weighs;
    `exemptions` are the classes an author may claim; `skip` counts the change unjudged.
    """

    need: Mapping[str, Severity] = field(default_factory=dict)
    exemptions: tuple[str, ...] = ()
    skip: bool = False

    def apply(self, partial: PartialKindPolicy) -> KindPolicy:
        """Return this policy with what a layer says about it, cell by cell."""
        return KindPolicy(
            need={**self.need, **(partial.need or {})},
            exemptions=_pick(partial.exemptions, self.exemptions),
            skip=_pick(partial.skip, self.skip),
        )


class PartialConfig(Struct, frozen=True, eq=False):
    """One layer of configuration; None where it says nothing.

    `extends` is the file that it lies over. `origin` names the layer ("preset standard",
    ".whygate.yml", "option"); `tree` is what its file holds, so that a setting's line can be found.
    """

    extends: str | None = None
    preset: Preset | None = None
    schema_path: str | None = None
    aliases: Mapping[str, tuple[str, ...]] | None = None
    templates: tuple[str, ...] | None = None
    default_kind: str | None = None
    timezone: str | None = None
    max_severity: Severity | None = None
    drafts: Drafts | None = None
    commit_scope: CommitScope | None = None
    commit_bases: tuple[str, ...] | None = None
    rules: Mapping[str, RuleSetting] | None = None
    overrides: tuple[Override, ...] | None = None
    kinds: Mapping[str, PartialKindPolicy] | None = None
    kind_types: Mapping[str, str] | None = None
    kind_labels: Mapping[str, str] | None = None
    kind_branches: Mapping[str, str] | None = None
    kind_paths: tuple[PathRule, ...] | None = None
    exempt_bots: tuple[str, ...] | None = None
    exempt_labels: tuple[str, ...] | None = None
    exempt_branches: tuple[str, ...] | None = None
    exempt_paths: tuple[str, ...] | None = None
    unproven: Unproven | None = None
    waivers: Waivers | None = None
    labels_by: LabelsBy | None = None
    linked_issues: bool | None = None
    personas: tuple[str, ...] | None = None
    product_paths: tuple[str, ...] | None = None
    trivial_max_lines: int | None = None
    release_tags: tuple[str, ...] | None = None
    release_environment: str | None = None
    max_days: int | None = None
    grace_days: int | None = None
    origin: str = ""
    tree: Node | None = None

    def __eq__(self, other: object) -> bool:
        """Tell whether two layers say the same, wherever they were written."""
        return _same(self, other, "tree")

    __hash__ = None  # type: ignore[assignment]


class Config(Struct, frozen=True, eq=False):
    """The configuration in effect.

    The order of `rules`, `overrides`, `kind_labels`, `kind_branches` and `kind_paths` decides:
    the first entry that fits wins. `schema_path` is empty for the bundled schema; `aliases`
    gives a field the team's own labels, the first of which names it in messages; without
    `templates` the usual places are looked at. `unproven` is about changes that only their
    author calls such of which nothing is asked. `linked_issues` tells whether the issue that a
    change closes answers for it. Days are calendar days. `layers` are the parts this was made of,
    the last one strongest.
    """

    preset: Preset = Preset.STANDARD
    schema_path: str = ""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    default_kind: str = "unknown"
    timezone: str = "UTC"
    max_severity: Severity = Severity.ERROR
    drafts: Drafts = Drafts.CHECK
    commit_scope: CommitScope = CommitScope.BRANCH
    commit_bases: tuple[str, ...] = ()
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    kinds: Mapping[str, KindPolicy] = field(default_factory=dict)
    kind_types: Mapping[str, str] = field(default_factory=dict)
    kind_labels: Mapping[str, str] = field(default_factory=dict)
    kind_branches: Mapping[str, str] = field(default_factory=dict)
    kind_paths: tuple[PathRule, ...] = ()
    exempt_bots: tuple[str, ...] = ()
    exempt_labels: tuple[str, ...] = ()
    exempt_branches: tuple[str, ...] = ()
    exempt_paths: tuple[str, ...] = ()
    unproven: Unproven = Unproven.SKIP
    waivers: Waivers = Waivers.OTHERS
    labels_by: LabelsBy = LabelsBy.ANYONE
    linked_issues: bool = True
    personas: tuple[str, ...] = ()
    product_paths: tuple[str, ...] = ()
    trivial_max_lines: int = 20
    release_tags: tuple[str, ...] = ()
    release_environment: str = ""
    max_days: int = 180
    grace_days: int = 7
    layers: tuple[PartialConfig, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Tell whether two configurations mean the same, whatever they were made of."""
        return _same(self, other, "layers")

    __hash__ = None  # type: ignore[assignment]

    def apply(self, partial: PartialConfig) -> Config:
        """Return this configuration under a stronger layer.

        Mappings merge key by key, kinds cell by cell; a list replaces the list below it.
        """
        return Config(
            preset=_pick(partial.preset, self.preset),
            schema_path=_pick(partial.schema_path, self.schema_path),
            aliases={**self.aliases, **(partial.aliases or {})},
            templates=_pick(partial.templates, self.templates),
            default_kind=_pick(partial.default_kind, self.default_kind),
            timezone=_pick(partial.timezone, self.timezone),
            max_severity=_pick(partial.max_severity, self.max_severity),
            drafts=_pick(partial.drafts, self.drafts),
            commit_scope=_pick(partial.commit_scope, self.commit_scope),
            commit_bases=_pick(partial.commit_bases, self.commit_bases),
            rules=_put_before(self.rules, _sort_rules(partial.rules or {})),
            overrides=_pick(partial.overrides, self.overrides),
            kinds=_merge_kinds(self.kinds, partial.kinds or {}),
            kind_types={**self.kind_types, **(partial.kind_types or {})},
            kind_labels=_put_before(self.kind_labels, partial.kind_labels or {}),
            kind_branches=_put_before(self.kind_branches, partial.kind_branches or {}),
            kind_paths=_pick(partial.kind_paths, self.kind_paths),
            exempt_bots=_pick(partial.exempt_bots, self.exempt_bots),
            exempt_labels=_pick(partial.exempt_labels, self.exempt_labels),
            exempt_branches=_pick(partial.exempt_branches, self.exempt_branches),
            exempt_paths=_pick(partial.exempt_paths, self.exempt_paths),
            unproven=_pick(partial.unproven, self.unproven),
            waivers=_pick(partial.waivers, self.waivers),
            labels_by=_pick(partial.labels_by, self.labels_by),
            linked_issues=_pick(partial.linked_issues, self.linked_issues),
            personas=_pick(partial.personas, self.personas),
            product_paths=_pick(partial.product_paths, self.product_paths),
            trivial_max_lines=_pick(partial.trivial_max_lines, self.trivial_max_lines),
            release_tags=_pick(partial.release_tags, self.release_tags),
            release_environment=_pick(partial.release_environment, self.release_environment),
            max_days=_pick(partial.max_days, self.max_days),
            grace_days=_pick(partial.grace_days, self.grace_days),
            layers=(*self.layers, partial),
        )

    @property
    def skips_unproven(self) -> bool:
        """Tell whether the author's word is enough where nothing proves or contradicts it."""
        return self.unproven is Unproven.SKIP

    def kind(self, name: str) -> KindPolicy:
        """Return what a kind must say; nothing is asked of a kind that is not configured."""
        return self.kinds.get(name, KindPolicy())

    def rule_setting(self, rule: str, name: str) -> RuleSetting | None:
        """Return what `rules` says about a rule (id and name), None when nothing."""
        fitting = (s for selector, s in self.rules.items() if selects(selector, rule, name))
        return next(fitting, None)


DEFAULT = Config()


def _same(one: Struct, other: object, apart: str) -> bool:
    """Tell whether two values of one type are equal, one field set apart."""
    if type(one) is not type(other):
        return False
    names = (name for name in one.__struct_fields__ if name != apart)
    return all(getattr(one, name) == getattr(other, name) for name in names)


def selects(selector: str, rule: str, name: str) -> bool:
    """Tell whether a selector (`WG101`, `WG11`, `problem-missing`) means a rule."""
    return selector == name or rule.startswith(selector)


def _pick(new: T | None, old: T) -> T:
    return old if new is None else new


def _put_before(old: Mapping[str, T], new: Mapping[str, T]) -> Mapping[str, T]:
    return {**new, **{key: value for key, value in old.items() if key not in new}}


def _sort_rules(rules: Mapping[str, RuleSetting]) -> Mapping[str, RuleSetting]:
    """Return rules with the more exact selector first; a name is as exact as a full id."""
    full = len("WG101")
    return dict(sorted(rules.items(), key=lambda r: -len(r[0]) if r[0].startswith("WG") else -full))


def _merge_kinds(
    old: Mapping[str, KindPolicy], new: Mapping[str, PartialKindPolicy]
) -> Mapping[str, KindPolicy]:
    changed = {name: old.get(name, KindPolicy()).apply(partial) for name, partial in new.items()}
    return {**old, **changed}
