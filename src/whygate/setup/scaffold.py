"""Turn what a repository has into proposals: what to write so that whygate works there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.contract_text import insert_agents_section, render_agents_section
from whygate.authoring.template import render_pr_template
from whygate.policy.config import CommitScope
from whygate.setup.gate_advice import DIRECTORY, Setting, has_gate
from whygate.setup.gate_workflow import ACTION, OTHER_PATH, USUAL_PATH, render_workflow
from whygate.setup.hook_advice import HUSKY, LEFTHOOK, PRE_COMMIT, asks_whygate
from whygate.setup.hook_edit import HUSKY_CALL, add_hook
from whygate.setup.proposal import FileChange, Proposal
from whygate.setup.template_advice import USUAL_PATH as TEMPLATE_PATH
from whygate.setup.template_edit import complete_template, find_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.policy import Policy
    from whygate.setup.advice import SourceFile

HOME = "https://github.com/whygate/whygate"
AGENTS = "AGENTS.md"
ATTRIBUTES = ".gitattributes"
RESULTS_LINE = ".whygate/results.jsonl merge=union"
GITLAB_TEMPLATE = ".gitlab/merge_request_templates/Default.md"

_UNION = re.compile(r"^[ \t]*[^#\s]*\.whygate/results\.jsonl[ \t].*\bmerge=union\b", re.MULTILINE)
_HASH = re.compile(r"[0-9a-f]{40}")
_INSTALL = {
    "pre-commit": "pre-commit install",
    "lefthook": "lefthook install",
    "husky": "npx husky",
    "": "whygate hook install",
}


class Ground(Struct, frozen=True):
    """What a repository has.

    `policy` is what will hold once the configuration is written. `templates`, `hook_files` and
    `workflows` hold the texts as they are in the files. `forge` is `github`, `gitlab`, another
    host's name, or empty without a remote; `has_github` tells of a `.github` directory.
    `attributes` and `agents` (AGENTS.md) are None when there is no such file; `wants_agents` tells
    that agents are to be told. `rev` names the release to run.
    """

    policy: Policy
    rev: str
    templates: tuple[SourceFile, ...] = ()
    hook_files: tuple[SourceFile, ...] = ()
    has_husky: bool = False
    workflows: tuple[SourceFile, ...] = ()
    attributes: str | None = None
    agents: str | None = None
    wants_agents: bool = False
    forge: str = ""
    has_github: bool = False
    is_action: bool = False

    @property
    def is_github(self) -> bool:
        """Tell whether GitHub's files make sense here; without a remote they are supposed to."""
        return self.forge in ("", "github") or (self.forge != "gitlab" and self.has_github)


class Scaffold(Struct, frozen=True):
    """What to write, what to say about what was not written, and what to do next."""

    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]


def plan_scaffold(ground: Ground) -> Scaffold:
    """Return what a repository lacks; nothing that is there is written over.

    A second run on what the first one wrote returns no proposal.
    """
    plan = _Plan(ground)
    plan.add_template()
    if ground.policy.config.commit_scope is not CommitScope.OFF:
        plan.add_hook()
    plan.add_workflow()
    plan.add_attributes()
    if ground.wants_agents:
        plan.add_agents()
    return Scaffold(tuple(plan.proposals), tuple(plan.notes), tuple(plan.steps))


def find_manager(ground: Ground) -> str:
    """Return the manager of a repository's hooks, empty when it has none that is known."""
    paths = [file.path for file in ground.hook_files]
    if PRE_COMMIT in paths:
        return "pre-commit"
    if any(path in LEFTHOOK for path in paths):
        return "lefthook"
    return "husky" if ground.has_husky or HUSKY in paths else ""


class _Plan:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.proposals: list[Proposal] = []
        self.notes: list[str] = []
        self.steps: list[str] = []

    def add_template(self) -> None:
        ground = self._ground
        if not ground.templates:
            text = render_pr_template(ground.policy)
            path = GITLAB_TEMPLATE if ground.forge == "gitlab" else TEMPLATE_PATH
            if text:
                self._propose("a template that asks the questions", FileChange(path, None, text))
            return
        best = min(ground.templates, key=lambda each: len(find_gaps(each, ground.policy)))
        gaps = find_gaps(best, ground.policy)
        if not gaps:
            return
        heads = {field.name for field in gaps}
        shown = (f.title for f in gaps if f.name.partition(".")[0] not in heads - {f.name})
        names = ", ".join(shown)
        new = complete_template(best, ground.policy)
        if new is None:
            self.notes.append(f"{best.path} has no place at its end for: {names}; see `doctor`")
            return
        why = f"what your template does not ask yet ({names})"
        self._propose(why, FileChange(best.path, best.text, new))

    def add_hook(self) -> None:
        manager = find_manager(self._ground)
        self.steps.append(f"`{_INSTALL[manager]}`, in every clone: it asks when a commit is made")
        if not manager or any(asks_whygate(file) for file in self._ground.hook_files):
            return
        files = [f for f in self._ground.hook_files if _tool_of(f.path) == manager]
        if not files:  # husky without a commit-msg hook
            change = FileChange(HUSKY, None, f"{HUSKY_CALL}\n", executable=True)
            self._propose("judge messages while they are written, by husky", change)
            return
        new = add_hook(files[0], HOME, self._ground.rev)
        if new is None:
            path = files[0].path
            self.notes.append(f"{path} has no plain place for a hook; docs/hooks.md has the lines")
            return
        change = FileChange(files[0].path, files[0].text, new)
        self._propose(f"judge messages while they are written, by {manager}", change)

    def add_workflow(self) -> None:
        ground = self._ground
        if not ground.is_github:
            self.notes.append(
                "no workflow was made: the Action is for GitHub; elsewhere let a job with the "
                "whole history run `whygate check --range origin/<target>..HEAD`"
            )
            return
        self.steps.append(
            "require the check `product-context` in a branch ruleset, once it ran (docs/action.md)"
        )
        if has_gate(ground.workflows, Setting(ground.policy.config, ground.is_action)):
            return
        paths = {file.path for file in ground.workflows}
        path = next((p for p in (USUAL_PATH, OTHER_PATH) if p not in paths), "")
        if not path:
            self.notes.append(f"{USUAL_PATH} and {OTHER_PATH} do something else and stay")
            return
        change = FileChange(path, None, render_workflow(f"{ACTION}@{ground.rev}"))
        then = f"pin the action to the hash that `git ls-remote {HOME} {ground.rev}` prints"
        pinned = bool(_HASH.fullmatch(ground.rev))
        self._propose("judge pull requests, as a GitHub workflow", change, "" if pinned else then)

    def add_attributes(self) -> None:
        old = self._ground.attributes
        if old is not None and _UNION.search(old):
            return
        end = "\r\n" if old and "\r\n" in old else "\n"
        gap = end if old and not old.endswith("\n") else ""
        change = FileChange(ATTRIBUTES, old, f"{old or ''}{gap}{RESULTS_LINE}{end}")
        self._propose("let two results that are recorded side by side merge", change)

    def add_agents(self) -> None:
        old = self._ground.agents
        section = render_agents_section(self._ground.policy)
        new = insert_agents_section(old or "", section)
        if new != old:
            self._propose("tell coding agents what to write", FileChange(AGENTS, old, new))

    def _propose(self, why: str, change: FileChange, then: str = "") -> None:
        self.proposals.append(Proposal(why, (change,), then))


def _tool_of(path: str) -> str:
    if path == PRE_COMMIT:
        return "pre-commit"
    return "lefthook" if path in LEFTHOOK else "husky" if path == HUSKY else ""


def describe(ground: Ground) -> Iterator[str]:
    """Yield what was found, in a few words each."""
    yield {"": "no remote", "github": "GitHub", "gitlab": "GitLab"}.get(ground.forge, ground.forge)
    count = len(ground.templates)
    yield "1 template" if count == 1 else f"{count or 'no'} templates"
    yield f"hooks by {manager}" if (manager := find_manager(ground)) else "no hook manager"
    workflows = len(ground.workflows)
    yield "1 workflow" if workflows == 1 else f"{workflows or 'no'} workflows in {DIRECTORY}"
