"""What kind of change a change is, and who need not answer at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.model import Change, Exemption, KindDecision, Severity, Statement
from whygate.policy.config import Config, Drafts, LabelsBy
from whygate.policy.globs import matches_any, matches_file
from whygate.policy.paths import PathClass, classify, is_code, is_shipped_text
from whygate.text.message import is_fixup, is_merge_subject, is_revert
from whygate.text.patterns import later
from whygate.text.titles import TitleType, find_types, fold_title, is_plain_word, undecorate

if TYPE_CHECKING:
    from collections.abc import Iterator

# `chore(main): release 2.14.0`, as release-please and semantic-release write it.
_RELEASE = later(r"\s{0,4}release:? {1,4}(?:\S{1,80} )?v?\d{1,9}\.\d", re.IGNORECASE)
_BUMP = later(r"\s{0,4}(?:bump|update|upgrade)s? ", re.IGNORECASE)
_DEPENDENCIES = "deps"
_DEPENDENCY_SCOPES = ("deps", "dependencies")
# Only git says that a commit merges branches, and nobody says that nothing is known.
_NEVER_DECLARED = ("merge", "unknown")
_WORDS = later(r"[a-z]+(?:-[a-z]+)?")
# Who says one of these says that users will not notice: `exempt internal` says it in full.
_INWARD = frozenset(("refactor", "chore", "ci", "test", "build", "style"))
_SHORTCODE = later(r":[A-Za-z0-9_+-]{1,40}:")
_LABEL_WORDS = re.compile(r"[^\W_]+")
# No file contradicts these, even where a team asks nothing of them.
_OUTWARD = frozenset(("feature", "experiment", "perf", "fix"))
# Of the kinds of which less is asked, those whose names in brackets are no part of a product:
# `[Release] x` and `[CI] x` are about what releases and tests.
_BRACKETED = frozenset(("docs", "refactor", "chore", "revert"))
# What stands in front of the word in a label: `type: bug`, `kind/bug`, `T-bug`.
_NAMESPACES = frozenset(("type", "kind", "category", "cat", "t", "c", "k"))
# The kind of a change that touches nothing else; of several classes the first one present.
_KINDS_OF_CLASSES = (
    (PathClass.TEST, "test"),
    (PathClass.CI, "ci"),
    (PathClass.CONFIG, "chore"),
    (PathClass.DOCS, "docs"),
    (PathClass.DEPS, _DEPENDENCIES),
    (PathClass.LOCALES, "i18n"),
)
# Those of them of which nothing at all is asked.
_UNASKED_CLASSES = frozenset((PathClass.DOCS, PathClass.DEPS, PathClass.LOCALES))


def decide_kind(
    change: Change, declared: Statement | None, config: Config, *, believe: bool = False
) -> KindDecision:
    """Return the kind of a change and what decided it; the first that knows wins.

    A merge or revert is what git says it is; then what the author declared, the conventional
    type of the title, a label, the branch, the paths, and the configured default. A kind of
    which nothing is asked is taken from a person only where the paths agree, unless `believe`
    says to take what title and text say, as the commit hook does: the gate will ask again.
    """
    body = change.parts[0].text if change.parts else ""
    if is_revert(change.title, body) or is_revert(undecorate(change.title), ""):
        return KindDecision("revert", "title")
    if _is_plain_merge(change):
        return KindDecision("merge", "title")
    doubt = find_product_file(change.paths, config)
    of_paths = "" if doubt else kind_of_paths(change.paths, config)
    refused: tuple[str, str] | None = None
    claims = list(_claims(change, declared, config))
    for index, (source, name) in enumerate(claims):
        if believe and source in ("declared", "title"):
            return KindDecision(name, source)
        is_overruled = source == "declared" and _title_says_more(claims[index + 1 :], config)
        if _is_refuted(name, change, config, doubt, of_paths) or (
            name in _INWARD and doubt and is_overruled
        ):
            refused = refused or (source, name)
            continue
        if refused is not None:
            return KindDecision(name, source, "" if of_paths else refused[1], doubt)
        return KindDecision(name, source, *((name, doubt) if name in _INWARD and doubt else ()))
    if of_paths:
        said = f"{refused[1]} is said and not taken: asked as {of_paths}" if refused else ""
        return KindDecision(of_paths, "paths", note=said)
    name = config.default_kind
    if refused is None:
        return KindDecision(name, "default", note=_explain_default(change, doubt, name))
    note = _explain_refusal(*refused, doubt)
    return KindDecision(name, "paths" if doubt else "default", refused[1], doubt, note)


def paths_would_decide(decision: KindDecision) -> bool:
    """Tell whether the changed paths, which nobody looked up yet, could change a decision.

    For the commit hook, which asks git for them only then: what title and text say is believed
    there.
    """
    return decision.source in ("default", "branch", "label")


def find_product_file(paths: tuple[str, ...] | None, config: Config) -> str:
    """Return the first changed file that belongs to the product, "" without one."""
    return next((path for path in paths or () if _is_product(path, config)), "")


def kind_of_paths(paths: tuple[str, ...] | None, config: Config) -> str:
    """Return the kind of a change that touches only files beside the product, else ""."""
    if not paths:
        return ""
    for rule in config.kind_paths:
        if all(matches_file(path, rule.paths) for path in paths):
            return rule.kind
    if any(_is_product(path, config) for path in paths):
        return ""
    present = {classify(path) for path in paths}
    return next((kind for found, kind in _KINDS_OF_CLASSES if found in present), "")


def shows_no_type(word: str, config: Config) -> bool:
    """Tell whether no title that begins with this word shows a kind; False is never wrong."""
    return is_plain_word(word, config.kind_types)


def kind_of_title(title: str, config: Config) -> str:
    """Return the kind that the type in a title names, or "".

    A word in brackets names one only where it cannot be a part of the product as well:
    `[Bug] x` is a fix, `[Release] x` may be about the code that releases.
    """
    for found in find_types(title, config.kind_types):
        if kind := _kind_of_type(found, config):
            return kind
    return ""


def find_skip(
    change: Change, kind: KindDecision, config: Config, *, believe: bool = False
) -> Exemption | None:
    """Return why the policy asks nothing of a change, or None when it asks.

    A bot is known by its login AND the forge's own word that it is one; a name in a commit
    proves nothing. Under `exempt.unproven: ask` a fixup is no excuse, unless `believe`.
    """
    author = change.author
    if author.is_bot and author.login in config.exempt_bots:
        return Exemption("bot", f"`{author.login}` is a bot")
    if change.is_draft and config.drafts is Drafts.SKIP:
        return Exemption("draft", "the pull request is a draft")
    needs_proof = config.labels_by is LabelsBy.MAINTAINERS
    for label in change.proven_labels if needs_proof else change.labels:
        if label in config.exempt_labels:
            setter = "whoever may set labels there can say so"
            setter = "a maintainer set it" if needs_proof else setter
            return Exemption("label", f"the label `{label}` exempts it; {setter}")
    if change.branch and matches_any(change.branch, config.exempt_branches):
        setter = "whoever may push a branch of that name can say so"
        return Exemption("branch", f"the branch `{change.branch}` is exempt; {setter}")
    if change.paths and all(matches_file(p, config.exempt_paths) for p in change.paths):
        return Exemption("paths", "every changed path is exempt")
    is_proven = believe or config.skips_unproven
    if is_proven and not change.is_pull_request and is_fixup(change.title):
        return Exemption("fixup", "it will be squashed into another commit")
    if config.kind(kind.name).skip:
        return Exemption("kind", f"changes of kind {kind.name} are not asked")
    return None


def kind_of_word(text: str, config: Config) -> str:
    """Return the kind a declaration such as `Bug fix (non-breaking)` means, or ""."""
    words: list[str] = _WORDS.findall(fold_title(text).casefold())
    for word in words[:4]:
        if word in config.kinds and word not in _NEVER_DECLARED:
            return word
        if word in config.kind_types:
            return config.kind_types[word]
        if word in config.kind_labels:
            return config.kind_labels[word]
    return config.kind_labels.get(text.casefold().strip(), "")


def asks_nothing(name: str, config: Config) -> bool:
    """Tell whether nothing at all is asked of a kind that anybody can name."""
    policy = config.kind(name)
    if name == "revert":  # the rule revert-without-reason asks
        return False
    return policy.skip or all(weight is Severity.OFF for weight in policy.need.values())


def _claims(
    change: Change, declared: Statement | None, config: Config
) -> Iterator[tuple[str, str]]:
    """Yield what says a kind and the kind it says, the strongest first."""
    if declared is not None and (name := kind_of_word(declared.text, config)):
        yield "declared", name
    for found in find_types(change.title, config.kind_types):
        if name := _kind_of_type(found, config):
            yield "title", name
            beneath = _heaviest(found, config)
            if beneath != name and not asks_nothing(beneath, config) and beneath not in _INWARD:
                yield "title", beneath
            break
    if name := _from_labels(change.labels, config):
        yield "label", name
    if name := _from_branch(change.branch, config):
        yield "branch", name


def _is_refuted(name: str, change: Change, config: Config, doubt: str, of_paths: str) -> bool:
    """Tell whether a person's word for a kind does not hold.

    Where nothing is believed without proof, "docs" is refuted by tests as well, which are asked.
    """
    if name in _OUTWARD or not asks_nothing(name, config):
        return False
    author = change.author
    if author.is_bot and author.login in config.exempt_bots:
        return False
    if config.skips_unproven:
        return bool(doubt)
    return bool(doubt) or change.paths is None or not (of_paths and asks_nothing(of_paths, config))


def _title_says_more(claims: list[tuple[str, str]], config: Config) -> bool:
    return any(
        source == "title" and name not in _INWARD and not asks_nothing(name, config)
        for source, name in claims
    )


def _is_product(path: str, config: Config) -> bool:
    if config.product_paths and matches_any(path, config.product_paths):
        return True
    if any(matches_file(path, rule.paths) for rule in config.kind_paths):
        return False
    known = classify(path)
    if not config.skips_unproven and known in _UNASKED_CLASSES:
        # Who may not say "docs" may not say `docs/` either.
        return is_code(path) or is_shipped_text(path)
    return known is PathClass.PRODUCT


def _explain_refusal(source: str, claimed: str, doubt: str) -> str:
    said = "the author" if source == "declared" else f"the {source}"
    why = f"`{doubt}` belongs to the product" if doubt else "nobody knows the changed paths"
    return f"{said} says {claimed}, but {why}"


def _explain_default(change: Change, doubt: str, name: str) -> str:
    if doubt:
        why = f"no type, no label, and `{doubt}` belongs to the product"
        return f"{why}: asked as {name}; `fix: ...` or a label says otherwise"
    why = "no type, no label" if change.paths is not None else "no type, no label, paths not known"
    would = "; the paths would decide" if change.paths is None else ""
    return f"{why}: asked as {name}{would}; `docs: ...` or a label says otherwise"


def _is_plain_merge(change: Change) -> bool:
    """Tell whether a commit merges branches; a merged pull request carries its own title."""
    if change.is_pull_request or change.parents == 1:
        return False
    return is_merge_subject(change.title)


def _kind_of_type(found: TitleType, config: Config) -> str:
    """Return the kind that a type in a title means, "" when it may mean something else."""
    if found.form == "path":
        kind = _from_branch("/".join(found.words), config)
        return "" if kind and _is_light(kind, config) else kind
    kind = _heaviest(found, config)
    if found.form == "bracket" and kind not in _BRACKETED:
        return "" if _is_light(kind, config) else kind
    are_known = all(word in config.kind_types for word in found.words)
    if (found.form == "loose" or not are_known) and _is_light(kind, config):
        return ""
    if found.form == "colon":
        if kind == "chore" and _RELEASE.match(found.rest):
            return "release"
        if _updates_dependencies(found, kind):
            return _DEPENDENCIES
    return kind


def _heaviest(found: TitleType, config: Config) -> str:
    """Return the kind of the type of which most is asked: `docs, feat: x` is a feature."""
    kinds = [config.kind_types[word] for word in found.words if word in config.kind_types]
    return next((kind for kind in kinds if not _is_light(kind, config)), kinds[0])


def _is_light(kind: str, config: Config) -> bool:
    return kind in _INWARD or kind == "revert" or asks_nothing(kind, config)


def _updates_dependencies(found: TitleType, kind: str) -> bool:
    """Tell whether a title is `chore(deps): ...`, as Dependabot and Renovate write it."""
    scope = re.split(r"[-/,: ]", found.scope.lower(), maxsplit=1)[0]
    if scope not in _DEPENDENCY_SCOPES:
        return False
    return kind in ("chore", "build", "fix", "ci") or _BUMP.match(found.rest) is not None


def _from_labels(labels: tuple[str, ...], config: Config) -> str:
    if not labels:
        return ""
    written = {form for label in labels for form in _label_forms(label)}
    return next(
        (k for name, k in config.kind_labels.items() if not written.isdisjoint(_label_forms(name))),
        "",
    )


def _label_forms(label: str) -> tuple[str, ...]:
    """Return a label in the forms it is compared in: its words, with and without a namespace."""
    words = re.findall(
        r"[^\W_]+", fold_title(re.sub(r":[a-z0-9_+-]{1,40}:", " ", label)).casefold()
    )
    whole = " ".join(words)
    if len(words) > 1 and words[0] in _NAMESPACES:
        return whole, " ".join(words[1:])
    return (whole,)


def _from_branch(branch: str, config: Config) -> str:
    if not branch:
        return ""
    found = (k for glob, k in config.kind_branches.items() if matches_any(branch, (glob,)))
    return next(found, "")
