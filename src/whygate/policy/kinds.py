"""Decide what kind of change a change is, and who need not answer at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.model import Change, Exemption, KindDecision, Statement
from whygate.policy.config import Config, Drafts
from whygate.policy.globs import matches_any
from whygate.text.message import is_fixup, is_merge_subject, is_revert

if TYPE_CHECKING:
    from collections.abc import Callable

# Conventional Commits 1.0: `type(scope)!: description`. Linear: no nested quantifier.
_CONVENTIONAL = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,30})(?:\(([^()]{0,80})\))?!?:")
_BRACKETED = re.compile(r"\[([A-Za-z][A-Za-z -]{0,30})\]")
# What teams put in front of the type: `[#12] [MINOR] feat:`, `PAY-12: fix:`, `:bug: fix:`, a space.
_BEFORE = re.compile(
    r"(?:\s|\[[^\[\]]{1,40}\]|[A-Z][A-Z0-9_]{1,15}-[0-9]{1,9}:?|:[a-z0-9_+-]{1,40}:)*"
)
# `chore(main): release 2.14.0`, as release-please and semantic-release write it.
_RELEASE = re.compile(r"\s{0,4}release:? {1,4}(?:\S{1,80} )?v?\d{1,9}\.\d", re.IGNORECASE)
# A first word behind which none of that stands, and whether it ends as a type does.
_FIRST_WORD = re.compile(r"((?![A-Z][A-Z0-9_])[A-Za-z][A-Za-z0-9-]*)([(!:]?)")
_DEPENDENCIES = "deps"
_DEPENDENCY_SCOPES = ("deps", "deps-dev")
# Only git says that a commit merges branches, and nobody says that nothing is known.
_NEVER_DECLARED = ("merge", "unknown")
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)?")


def decide_kind(change: Change, declared: Statement | None, config: Config) -> KindDecision:
    """Return the kind of a change and what decided it; the first that knows wins.

    A merge or revert is what git says it is; then what the author declared, the conventional
    type of the title, a label, the branch, the paths, and the configured default.
    """
    body = change.parts[0].text if change.parts else ""
    if is_revert(change.title, body):
        return KindDecision("revert", "title")
    if _is_plain_merge(change):
        return KindDecision("merge", "title")
    deciders: tuple[tuple[str, Callable[[], str]], ...] = (
        ("declared", lambda: _from_declaration(declared, config)),
        ("title", lambda: kind_of_title(change.title, config)),
        ("label", lambda: _from_labels(change.labels, config)),
        ("branch", lambda: _from_branch(change.branch, config)),
        ("paths", lambda: _from_paths(change.paths, config)),
    )
    for source, decide in deciders:
        if name := decide():
            return KindDecision(name, source)
    return KindDecision(config.default_kind, "default")


def shows_no_type(word: str, config: Config) -> bool:
    """Tell whether no title that begins with this word shows a kind; False is never wrong."""
    first = _FIRST_WORD.match(word)
    return first is not None and (not first[2] or first[1].lower() not in config.kind_types)


def kind_of_title(title: str, config: Config) -> str:
    """Return the kind that the type in a title names, or ""."""
    before = _BEFORE.match(title)
    start = before.end() if before is not None else 0
    for match in (_CONVENTIONAL.match(title, start), *_BRACKETED.finditer(title, 0, start)):
        if match is not None and (kind := config.kind_types.get(match.group(1).lower())):
            if kind == "chore" and _RELEASE.match(title, match.end()):
                return "release"
            return _DEPENDENCIES if _updates_dependencies(match, kind) else kind
    return ""


def find_skip(change: Change, kind: KindDecision, config: Config) -> Exemption | None:
    """Return why the policy asks nothing of a change, or None when it asks.

    A bot is known by its login AND the forge's own word that it is one; a name in a commit
    proves nothing.
    """
    author = change.author
    if author.is_bot and author.login in config.exempt_bots:
        return Exemption("bot", f"`{author.login}` is a bot")
    if change.is_draft and config.drafts is Drafts.SKIP:
        return Exemption("draft", "the pull request is a draft")
    for label in change.labels:
        if label in config.exempt_labels:
            return Exemption("label", f"the label `{label}` exempts it")
    if change.branch and matches_any(change.branch, config.exempt_branches):
        return Exemption("branch", f"the branch `{change.branch}` is exempt")
    if change.paths and all(matches_any(p, config.exempt_paths) for p in change.paths):
        return Exemption("paths", "every changed path is exempt")
    if not change.is_pull_request and is_fixup(change.title):
        return Exemption("fixup", "it will be squashed into another commit")
    if config.kind(kind.name).skip:
        return Exemption("kind", f"changes of kind {kind.name} are not asked")
    return None


def kind_of_word(text: str, config: Config) -> str:
    """Return the kind a declaration such as `Bug fix (non-breaking)` means, or ""."""
    words: list[str] = _WORDS.findall(text.casefold())
    for word in words[:4]:
        if word in config.kinds and word not in _NEVER_DECLARED:
            return word
        if word in config.kind_types:
            return config.kind_types[word]
        if word in config.kind_labels:
            return config.kind_labels[word]
    return config.kind_labels.get(text.casefold().strip(), "")


def _is_plain_merge(change: Change) -> bool:
    """Tell whether a commit merges branches; a merged pull request carries its own title."""
    if change.is_pull_request or change.parents == 1:
        return False
    return is_merge_subject(change.title)


def _from_declaration(declared: Statement | None, config: Config) -> str:
    return kind_of_word(declared.text, config) if declared is not None else ""


def _updates_dependencies(match: re.Match[str], kind: str) -> bool:
    """Tell whether a title is `chore(deps): ...`, as Dependabot and Renovate write it."""
    scope = match.group(2) if match.re is _CONVENTIONAL else None
    return scope in _DEPENDENCY_SCOPES and kind in ("chore", "build", "fix", "ci")


def _from_labels(labels: tuple[str, ...], config: Config) -> str:
    if not labels:
        return ""
    lowered = {label.casefold() for label in labels}
    return next((k for name, k in config.kind_labels.items() if name.casefold() in lowered), "")


def _from_branch(branch: str, config: Config) -> str:
    if not branch:
        return ""
    found = (k for glob, k in config.kind_branches.items() if matches_any(branch, (glob,)))
    return next(found, "")


def _from_paths(paths: tuple[str, ...] | None, config: Config) -> str:
    if not paths:
        return ""
    for rule in config.kind_paths:
        if all(matches_any(path, rule.paths) for path in paths):
            return rule.kind
    return ""
