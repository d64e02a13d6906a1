"""What `whygate init` proposes to a repository, and what it says about it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.contract_text import insert_agents_section, render_agents_section
from whygate.authoring.templates import render_pr_template, template_fields
from whygate.catalogue import CATALOGUE_LIMIT, CATALOGUE_PATH
from whygate.errors import ConfigError, InputError
from whygate.git.tree import Worktree
from whygate.policy.config import CommitScope, Preset
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.setup.advice import SourceFile
from whygate.setup.doctor import Facts, diagnose, is_whygate, read_messages, read_workflows
from whygate.setup.edits import add_aliases, render_aliases
from whygate.setup.forge import (
    GATE,
    GERRIT,
    GITHUB,
    GITLAB,
    GITLAB_JOBS,
    OUTCOMES,
    describe_forge,
    find_include,
    read_forge,
    read_jobs,
    uses_github,
)
from whygate.setup.headings import choose_aliases, decide_labels, explain_decisions
from whygate.setup.hooks import HUSKY, HUSKY_CALL, LEFTHOOK, PRE_COMMIT, add_hook, asks_whygate
from whygate.setup.pipelines import PIPELINES, find_path, render_pipeline
from whygate.setup.proposal import FileChange, Proposal
from whygate.setup.templates import complete_template, find_gaps
from whygate.setup.workflows import (
    DIRECTORY,
    OTHER_PATH,
    OUTCOMES_PATH,
    USUAL_PATH,
    Setting,
    has_gate,
    measures,
    render_outcomes,
    render_workflow,
)
from whygate.text.template import template_lines
from whygate.world.worktree import (
    CODEOWNERS,
    CODEOWNERS_LIMIT,
    CONFIG_NAME,
    FILE_LIMIT,
    find_config,
    find_templates,
)
from whygate.world.world import (
    load_config,
    load_schema,
    require_repository,
    schema_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from whygate.catalogue.catalogue import Backend
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.policy.config import Config
    from whygate.schema.document import DocumentSchema
    from whygate.setup.headings import Decision
    from whygate.setup.source import Source
    from whygate.world.worktree import ConfigFile
    from whygate.world.world import World

_USUAL = Preset.ADOPT
_MEANS = {
    Preset.ADOPT: "only warns; later standard, then strict",
    Preset.STANDARD: "a feature without a plan fails; strict asks for everything",
    Preset.STRICT: "everything is asked; standard and adopt ask for less",
}
AGENTS = "AGENTS.md"
# What agents read of their own accord (agents.md; the manuals of Claude Code, Copilot, Cursor).
AGENT_FILES = (AGENTS, "CLAUDE.md", ".github/copilot-instructions.md")
CURSOR_RULES = ".cursor/rules"
CURSOR_RULE = f"{CURSOR_RULES}/whygate.mdc"
_CURSOR_HEAD = "---\ndescription: Say why a change should exist\nalwaysApply: true\n---\n\n"
ATTRIBUTES = ".gitattributes"
RESULTS_LINE = ".whygate/results.jsonl merge=union"

_UNION = re.compile(r"^[ \t]*[^#\s]*\.whygate/results\.jsonl[ \t].*\bmerge=union\b", re.MULTILINE)
_HASH = re.compile(r"[0-9a-f]{40}")
_MEASURES = re.compile(r"measure --due|/outcomes(?:\.yml|@)")
_INSTALL = {
    "pre-commit": "pre-commit install",
    "lefthook": "lefthook install",
    "husky": "npx husky",
    "": "whygate hook install",
}
_HUSKY_HOMES = (".husky", ".husky/_")


class Plan(Struct, frozen=True):
    """What was found, what is proposed, and the policy that holds once it is written."""

    root: Path
    found: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]
    policy: Policy
    is_new: bool


class _Basis(Struct, frozen=True):
    """The configuration and schema that will hold, and the proposal that makes them hold."""

    config: Config
    schema: DocumentSchema
    proposal: Proposal | None
    notes: tuple[str, ...]
    decisions: tuple[Decision, ...] = ()


def plan_setup(world: World, preset: str | None, *, source: Source, agents: bool) -> Plan:
    """Return what a repository lacks: `preset` if it has no configuration, `source` to fetch.

    Raises InputError in a bare repository and for a file that cannot be read, UndecidedError
    without a repository.
    """
    root = _find_root(world)
    basis = _find_basis(world, preset, source)
    templates = find_templates(root, basis.config.templates)
    lines = template_lines(schema_prompts(basis.schema))
    for template in templates:
        lines |= template_lines(template.text)
    policy = Policy(basis.config, basis.schema, lines)
    tree = Worktree(root)
    paths = [template.path for template in templates]
    inventory = read_inventory(world.git, tree, policy, templates=paths, source=source)
    if agents and AGENTS not in inventory.agents:
        inventory = replace(inventory, agents={AGENTS: None, **inventory.agents})
    scaffold = plan_scaffold(inventory)
    messages = read_messages(world.git)
    first = () if basis.proposal is None else (basis.proposal,)
    return Plan(
        root=root,
        found=(
            f"{_place(root)}: {', '.join(describe(inventory))}",
            *explain_decisions(basis.decisions),
        ),
        proposals=(*first, *scaffold.proposals),
        notes=(*basis.notes, *scaffold.notes),
        steps=(*_steps(scaffold, basis.config, tree), *_tell_squash(policy, messages)),
        policy=policy,
        is_new=find_config(root) is None,
    )


def _find_root(world: World) -> Path:
    require_repository(world)
    if world.root is None:
        raise InputError(
            "this repository is bare: it has no files to write to", hint="run it in a clone of it"
        )
    return world.root


def _place(root: Path) -> str:
    return "found" if root == Path.cwd() else f"found in {root}"


def _find_basis(world: World, preset: str | None, source: Source) -> _Basis:
    assert world.root is not None  # noqa: S101 - asked for before
    found = find_config(world.root)
    chosen = Preset(preset or _USUAL) if found is None else None
    each = read_forge(world.git, Worktree(world.root)) == GERRIT
    text = _render_config(chosen, {}, source, each=each) if chosen is not None else ""
    config = load_config(world) if chosen is None else _resolve(text)
    notes = [] if found is None else list(_tell_preset(found.path, preset, config))
    decisions, aliases = _find_aliases(world, config)
    if aliases and config.aliases:
        where = found.path if found is not None else CONFIG_NAME
        notes.append(f"add to `aliases` in {where}: {_list_aliases(aliases)}")
        decisions, aliases = (), {}
    changes: tuple[FileChange, ...] = ()
    if chosen is not None:
        text = _render_config(chosen, aliases, source, each=each)
        changes = (FileChange(CONFIG_NAME, None, text),)
    elif aliases and found is not None:
        changes = (_with_aliases(world.root, found, aliases),)
    why = f"the configuration: preset {config.preset}"
    config = replace(config, aliases={**config.aliases, **aliases})
    return _Basis(
        config=config,
        schema=load_schema(world, config),
        proposal=Proposal(why + "; it reads your own headings" * bool(aliases), changes)
        if changes
        else None,
        notes=tuple(notes),
        decisions=decisions,
    )


def _find_aliases(
    world: World, config: Config
) -> tuple[tuple[Decision, ...], Mapping[str, tuple[str, ...]]]:
    """Return what becomes of each heading of the templates, and what to read them as.

    Both are empty when no heading that answers a question would go unread.
    """
    assert world.root is not None  # noqa: S101 - asked for before
    schema = load_schema(world, config)
    found = find_templates(world.root, config.templates)
    files = tuple(SourceFile(document.path, document.text) for document in found)
    decisions = decide_labels(files, schema)
    aliases = choose_aliases(decisions, schema)
    asked = {field.name for field in template_fields(Policy(config, schema))}
    return (decisions, aliases) if asked & set(aliases) else ((), {})


def _list_aliases(aliases: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(line.strip() for line in list(render_aliases(aliases))[1:])


def _with_aliases(
    root: Path, found: ConfigFile, aliases: Mapping[str, tuple[str, ...]]
) -> FileChange:
    """Return the change that names a team's headings in the configuration it has.

    Raises InputError when the configuration has no room for them.
    """
    data = read_raw(Worktree(root), found.path) or ""
    new = add_aliases(data, aliases, found.form)
    try:
        layer = parse_config(
            new.removeprefix("\ufeff"),
            found.path,
            json.loads(read_bundled(CONFIG)),
            fmt="toml" if found.form == "toml" else "yaml",
        )
    except ConfigError:
        layer = None
    if layer is None or layer.aliases != dict(aliases):
        raise InputError(
            f"`{found.path}` has no place where your own headings could go",
            hint=f"add them yourself: {_list_aliases(aliases)}",
        )
    return FileChange(found.path, data, new)


def _render_config(
    preset: Preset, aliases: Mapping[str, tuple[str, ...]], source: Source, *, each: bool
) -> str:
    """Return a first configuration; `each` tells that every commit is a change of its own."""
    schema = f"# yaml-language-server: $schema={source.schemas}/config.schema.json"
    rows = [
        *((schema,) if source.schemas else ()),
        "# What whygate asks of a change; `whygate show config` prints every setting in effect.",
        "version: 1",
        f"preset: {preset} # {_MEANS[preset]}",
        *(["commits: {scope: each} # at Gerrit each commit is a change"] if each else ()),
        *(render_aliases(aliases) if aliases else ()),
    ]
    return "\n".join(rows) + "\n"


def _resolve(text: str) -> Config:
    layer = parse_config(text, CONFIG_NAME, json.loads(read_bundled(CONFIG)))
    return resolve_config(read_presets(), layer)


def _tell_preset(path: str, preset: str | None, config: Config) -> Iterator[str]:
    if preset is not None and preset != config.preset:
        yield f"{path} is there and stays; for the preset you named, write there: preset: {preset}"


def _tell_squash(policy: Policy, messages: tuple[str, ...]) -> Iterator[str]:
    """Yield how merges are to keep the description, where they leave it behind."""
    facts = Facts(policy, date.min, messages=messages)
    yield from (f"{a.message}: {a.cure}" for a in diagnose(facts) if a.topic == "squash")


def _steps(scaffold: Scaffold, config: Config, tree: Worktree) -> Iterator[str]:
    yield from scaffold.steps
    if path := _find_unowned(tree):
        yield f"give {CONFIG_NAME} an owner in {path}: who changes the questions should be seen"
    if config.preset is Preset.ADOPT:
        yield f"after two weeks of warnings: `preset: standard` in {CONFIG_NAME}"
    yield "`whygate doctor` checks the set-up at any time"


def _find_unowned(tree: Worktree) -> str:
    """Return the CODEOWNERS that names nobody for the configuration, "" when none does so."""
    from whygate.policy.codeowners import CodeOwners  # noqa: PLC0415  (few commands need it)

    found = ((path, read_raw(tree, path, limit=CODEOWNERS_LIMIT)) for path in CODEOWNERS)
    path, text = next(((path, text) for path, text in found if text is not None), ("", ""))
    return "" if not path or CodeOwners(text).of(CONFIG_NAME) else path


def list_steps(plan: Plan, written: Sequence[Proposal], *, is_shown_only: bool) -> Iterator[str]:
    """Yield what is left to do, once `written` was agreed to or everything was only shown."""
    yield ""
    if not plan.proposals:
        yield "everything is in place already: nothing was written"
    elif is_shown_only:
        yield "nothing was written"
    for note in plan.notes:
        yield f"note: {note}"
    shown = plan.proposals if is_shown_only else written
    steps = (*plan.steps, *(one.then for one in shown if one.then))
    if written:
        paths = " ".join(change.path for one in written for change in one.changes)
        steps = (f"look at what was written and commit it: git add {paths}", *steps)
    yield "next:"
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {step}"


# --- what there is, and what it lacks -----------------------------------------------------------


class Inventory(Struct, frozen=True):
    """What a repository has.

    `policy` is what will hold once the configuration is written. `templates`, `hook_files` and
    `workflows` hold the texts as they are in the files, `jobs` those of another forge's CI.
    `forge` is `github`, `gitlab`, another host's name, or empty without a remote; `has_github`
    tells of a `.github` directory.
    `attributes` is None when there is no such file. `agents` holds the files that tell coding
    agents what to do, None for one that would be new. `source` names the release to run.
    `backends` are those that the metrics of the catalogue ask; without one nothing can be measured.
    """

    policy: Policy
    source: Source
    templates: tuple[SourceFile, ...] = ()
    hook_files: tuple[SourceFile, ...] = ()
    has_husky: bool = False
    workflows: tuple[SourceFile, ...] = ()
    jobs: Mapping[str, str] = {}
    attributes: str | None = None
    agents: Mapping[str, str | None] = {}
    forge: str = ""
    has_github: bool = False
    is_action: bool = False
    backends: tuple[Backend, ...] = ()

    @property
    def is_github(self) -> bool:
        """Tell whether GitHub's files make sense here; without a remote they are supposed to."""
        return uses_github(self.forge, has_github=self.has_github)


class Scaffold(Struct, frozen=True):
    """What to write, what to say about what was not written, and what to do next."""

    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]


def plan_scaffold(inventory: Inventory) -> Scaffold:
    """Return what a repository lacks; nothing that is there is written over.

    A second run on what the first one wrote returns no proposal.
    """
    plan = _Builder(inventory)
    plan.add_template()
    if inventory.policy.config.commit_scope is not CommitScope.OFF:
        plan.add_hook()
    plan.add_workflow()
    plan.add_outcomes()
    if inventory.source.is_guess and plan.fetches:
        rev = inventory.source.rev
        plan.notes.append(
            f"{rev} of {inventory.source.url} is taken for granted; --source and --rev name another"
        )
    plan.add_attributes()
    plan.add_agents()
    return Scaffold(tuple(plan.proposals), tuple(plan.notes), tuple(plan.steps))


def find_manager(inventory: Inventory) -> str:
    """Return the manager of a repository's hooks, empty when it has none that is known."""
    paths = [file.path for file in inventory.hook_files]
    if PRE_COMMIT in paths:
        return "pre-commit"
    if any(path in LEFTHOOK for path in paths):
        return "lefthook"
    return "husky" if inventory.has_husky or HUSKY in paths else ""


class _Builder:
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.proposals: list[Proposal] = []
        self.notes: list[str] = []
        self.steps: list[str] = []

    @property
    def fetches(self) -> bool:
        """Tell whether a file that is proposed names the release to fetch."""
        return any(self._inventory.source.rev in c.new for p in self.proposals for c in p.changes)

    def add_template(self) -> None:
        inventory = self._inventory
        if not inventory.templates:
            text = render_pr_template(inventory.policy)
            path = describe_forge(inventory.forge or GITHUB).template
            if text and path:
                self._propose("a template that asks the questions", FileChange(path, None, text))
            return
        best = min(inventory.templates, key=lambda each: len(find_gaps(each, inventory.policy)))
        gaps = find_gaps(best, inventory.policy)
        if not gaps:
            return
        heads = {field.name for field in gaps}
        shown = (f.title for f in gaps if f.name.partition(".")[0] not in heads - {f.name})
        names = ", ".join(shown)
        new = complete_template(best, inventory.policy)
        if new is None:
            self.notes.append(f"{best.path} has no place at its end for: {names}; see `doctor`")
            return
        why = f"what your template does not ask yet ({names})"
        self._propose(why, FileChange(best.path, best.text, new))

    def add_hook(self) -> None:
        manager = find_manager(self._inventory)
        self.steps.append(f"`{_INSTALL[manager]}`, in every clone: it asks when a commit is made")
        if not manager or any(asks_whygate(file) for file in self._inventory.hook_files):
            return
        files = [f for f in self._inventory.hook_files if _tool_of(f.path) == manager]
        if not files:  # husky without a commit-msg hook
            change = FileChange(HUSKY, None, f"{HUSKY_CALL}\n", executable=True)
            self._propose("judge messages while they are written, by husky", change)
            return
        new = add_hook(files[0], self._inventory.source.url, self._inventory.source.rev)
        if new is None:
            path = files[0].path
            self.notes.append(f"{path} has no plain place for a hook; docs/hooks.md has the lines")
            return
        change = FileChange(files[0].path, files[0].text, new)
        self._propose(f"judge messages while they are written, by {manager}", change)

    def add_workflow(self) -> None:
        inventory = self._inventory
        if inventory.forge == GITLAB:
            self._add_include()
            return
        if inventory.forge == GERRIT:
            self.steps.append(
                "define the label `Whygate` with its submit requirement, and make the job that "
                "votes on it (docs/gerrit.md)"
            )
            return
        if inventory.forge in PIPELINES:
            self._add_pipeline(inventory.forge)
            return
        if not inventory.is_github:
            self.notes.append(
                "no workflow was made: the Action is for GitHub; elsewhere let a job with the "
                "whole history run `whygate check --range origin/<target>..HEAD`"
            )
            return
        self.steps.append(
            "require the check `product-context` in a branch ruleset, once it ran (docs/action.md)"
        )
        if has_gate(inventory.workflows, Setting(inventory.policy.config, inventory.is_action)):
            return
        paths = {file.path for file in inventory.workflows}
        path = next((p for p in (USUAL_PATH, OTHER_PATH) if p not in paths), "")
        if not path:
            self.notes.append(f"{USUAL_PATH} and {OTHER_PATH} do something else and stay")
            return
        source = inventory.source
        if not source.action:
            self.notes.append(
                f"no workflow was made: `uses:` takes no action from {source.url}; "
                "let a job that has the whole history run `whygate ci` (docs/action.md)"
            )
            return
        change = FileChange(path, None, render_workflow(f"{source.action}@{source.rev}"))
        then = f"pin the action to the hash that `git ls-remote {source.url} {source.rev}` prints"
        pinned = bool(_HASH.fullmatch(source.rev))
        self._propose("judge pull requests, as a GitHub workflow", change, "" if pinned else then)

    def _add_include(self) -> None:
        """Propose GitLab's CI file, or say what to add to the one that is there."""
        inventory, source = self._inventory, self._inventory.source
        texts = inventory.jobs.values()
        self.steps.append(
            "set Settings > Merge requests > Pipelines must succeed, once the job `whygate` ran "
            "(docs/gitlab.md)"
        )
        wanted = [] if any("whygate" in text for text in texts) else [GATE]
        if inventory.backends and not any(_MEASURES.search(text) for text in texts):
            wanted.append(OUTCOMES)
            secrets = ", ".join((*_list_secrets(inventory), "WHYGATE_TOKEN (scope `api`)"))
            self.steps.append(
                f"keep {secrets} as masked and protected variables of the environment `metrics`, "
                "and make a pipeline schedule for the default branch (docs/gitlab.md)"
            )
        if not wanted:
            return
        includes = [find_include(source, name) for name in wanted]
        if not all(remote for remote, _ in includes):
            self.notes.append(
                f"no job was made: GitLab can include nothing from {source.url}; docs/gitlab.md "
                "has the lines for a copy on your own server"
            )
        elif GITLAB_JOBS in inventory.jobs:
            for remote, package in includes:
                item = f"- {{remote: {remote}, inputs: {{package: {package}}}}}"
                self.notes.append(f"{GITLAB_JOBS} stays; add to its `include:` the item `{item}`")
        else:
            items = (
                f"  - remote: {remote}\n    inputs:\n      package: {package}\n"
                for remote, package in includes
            )
            change = FileChange(GITLAB_JOBS, None, f"include:\n{''.join(items)}")
            pin = f"pin them to the hash that `git ls-remote {source.url} {source.rev}` prints"
            then = "" if _HASH.fullmatch(source.rev) else pin
            why = "judge merge requests, as a job of GitLab CI"
            if OUTCOMES in wanted:
                why += ", and measure what is due on a schedule"
            self._propose(why, change, then)

    def _add_pipeline(self, forge: str) -> None:
        """Propose the file of a job that judges, or say what to add to the one that is there."""
        pipeline, path = PIPELINES[forge], find_path(forge, self._inventory.jobs)
        source, jobs = self._inventory.source, self._inventory.jobs
        self.steps.append(pipeline.step)
        if any("whygate" in text for text in jobs.values()):
            return
        if path in jobs:
            self.notes.append(f"{path} stays; add to it the lines of {pipeline.page}")
            return
        change = FileChange(path, None, render_pipeline(pipeline, source))
        pin = f"pin it to the hash that `git ls-remote {source.url} {source.rev}` prints"
        then = "" if _HASH.fullmatch(source.rev) else pin
        name = describe_forge(forge).name
        self._propose(f"judge pull requests, as a job of {name}", change, then)

    def add_outcomes(self) -> None:
        inventory, source = self._inventory, self._inventory.source
        known = {file.path for file in inventory.workflows}
        if not (inventory.backends and inventory.is_github and source.action):
            return
        if measures(inventory.workflows) or OUTCOMES_PATH in known:
            return
        secrets = _list_secrets(inventory)
        text = render_outcomes(source.action, source.rev, secrets)
        steps = ["let GitHub Actions create pull requests, or give it the token of an App"]
        if secrets:
            steps.insert(0, f"put {', '.join(secrets)} into an environment `metrics`")
        if not _HASH.fullmatch(source.rev):
            steps.append(f"pin `ref` to what `git ls-remote {source.url} {source.rev}` prints")
        why = "measure what is due on a schedule, and propose the results"
        self._propose(
            why, FileChange(OUTCOMES_PATH, None, text), f"{'; '.join(steps)} (docs/metrics.md)"
        )

    def add_attributes(self) -> None:
        old = self._inventory.attributes
        if old is not None and _UNION.search(old):
            return
        end = "\r\n" if old and "\r\n" in old else "\n"
        gap = end if old and not old.endswith("\n") else ""
        change = FileChange(ATTRIBUTES, old, f"{old or ''}{gap}{RESULTS_LINE}{end}")
        self._propose("let two results that are recorded side by side merge", change)

    def add_agents(self) -> None:
        section = render_agents_section(self._inventory.policy)
        told: set[str] = set()
        for path, old in self._inventory.agents.items():
            # A link to the file before it, or a file that includes it, tells the same already.
            if old is not None and (old in told or _includes(old, self._inventory.agents)):
                continue
            told |= {old} if old else set()
            new = insert_agents_section(old or (_CURSOR_HEAD * (path == CURSOR_RULE)), section)
            if new != old:
                self._propose("tell coding agents what to write", FileChange(path, old, new))

    def _propose(self, why: str, change: FileChange, then: str = "") -> None:
        self.proposals.append(Proposal(why, (change,), then))


def _includes(text: str, paths: Iterable[str]) -> bool:
    """Tell whether a file has a line `@AGENTS.md`, by which Claude Code reads another one."""
    return any(
        line.strip() in {f"@{path}", f"@./{path}"} for line in text.split("\n") for path in paths
    )


def _read_agents(tree: Tree) -> dict[str, str | None]:
    """Return the files for coding agents that are there, and a rule where Cursor has others."""
    found = {file.path: file.text for file in _read_all(tree, AGENT_FILES)}
    rule = {CURSOR_RULE: read_raw(tree, CURSOR_RULE)} if tree.list_files(CURSOR_RULES) else {}
    return {**found, **rule}


def _list_secrets(inventory: Inventory) -> tuple[str, ...]:
    """Return the variables that the metrics of the catalogue name, each once."""
    named = (name for b in inventory.backends for name in (b.url_env, b.token_env) if name)
    return tuple(dict.fromkeys(named))


def _tool_of(path: str) -> str:
    if path == PRE_COMMIT:
        return "pre-commit"
    return "lefthook" if path in LEFTHOOK else "husky" if path == HUSKY else ""


def describe(inventory: Inventory) -> Iterator[str]:
    """Yield what was found, in a few words each."""
    yield describe_forge(inventory.forge).name or "no remote on a forge"
    count = len(inventory.templates)
    yield "1 template" if count == 1 else f"{count or 'no'} templates"
    yield f"hooks by {manager}" if (manager := find_manager(inventory)) else "no hook manager"
    workflows = len(inventory.workflows)
    yield "1 workflow" if workflows == 1 else f"{workflows or 'no'} workflows in {DIRECTORY}"


def read_inventory(
    git: Git, tree: Tree, policy: Policy, *, templates: Sequence[str], source: Source
) -> Inventory:
    """Return the files and facts that decide what to propose.

    `templates` are the paths of the templates in use, `source` the release to run. Raises
    InputError for a file that cannot be read, UndecidedError when git fails.
    """
    hook_paths = (PRE_COMMIT, *LEFTHOOK, HUSKY)
    workflows, _ = read_workflows(tree)
    return Inventory(
        policy=policy,
        source=source,
        templates=_read_all(tree, templates),
        hook_files=_read_all(tree, hook_paths),
        has_husky=any(tree.list_files(home) for home in _HUSKY_HOMES),
        workflows=workflows,
        jobs={}
        if (forge := read_forge(git, tree)) not in (GITLAB, *PIPELINES)
        else read_jobs(tree, forge, limit=FILE_LIMIT),
        attributes=read_raw(tree, ATTRIBUTES),
        agents=_read_agents(tree),
        forge=forge,
        has_github=bool(workflows or tree.list_files(".github")),
        is_action=is_whygate(tree),
        backends=_read_backends(tree),
    )


def _read_backends(tree: Tree) -> tuple[Backend, ...]:
    """Return the backends that metrics ask; of a catalogue that cannot be read `doctor` tells."""
    from whygate.catalogue.file import parse_catalogue  # noqa: PLC0415  (few repositories need it)

    text = read_raw(tree, CATALOGUE_PATH, limit=CATALOGUE_LIMIT)
    try:
        catalogue = parse_catalogue(CATALOGUE_PATH, text) if text is not None else None
    except ConfigError:
        catalogue = None
    metrics = catalogue.metrics.values() if catalogue is not None else ()
    return tuple({metric.backend.name: metric.backend for metric in metrics}.values())


def read_raw(tree: Tree, path: str, *, limit: int = FILE_LIMIT) -> str | None:
    """Return the text of a file with its line ends and byte order mark, None when absent.

    Raises InputError when it is unfit to read, larger than `limit` bytes, or not UTF-8.
    """
    data = tree.read_bytes(path, limit=limit)
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1 if data is not None else 1
        raise InputError(f"`{path}` is not UTF-8 in line {line}", hint="save it as UTF-8") from None


def _read_all(tree: Tree, paths: Sequence[str]) -> tuple[SourceFile, ...]:
    texts = ((path, read_raw(tree, path)) for path in paths)
    return tuple(SourceFile(path, text) for path, text in texts if text is not None)
