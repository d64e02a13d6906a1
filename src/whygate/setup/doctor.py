"""What is wrong with the set-up of a repository, and what to change."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.catalogue.file import parse_catalogue
from whygate.errors import ConfigError, InputError, PinError, SchemaError
from whygate.git.hooks import find_hooks_directory
from whygate.git.tree import Worktree, read_text
from whygate.metrics.reading import ReadingState
from whygate.metrics.sources import Sources
from whygate.metrics.windows import window_of
from whygate.policy.config import CommitScope, Drafts
from whygate.policy.config_file import find_unasked, require_known_fields
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.setup.advice import Advice, SourceFile, broken, hint
from whygate.setup.forge import (
    BITBUCKET,
    GERRIT,
    GITHUB,
    GITLAB,
    describe_forge,
    is_known,
    read_forge,
    read_jobs,
    uses_github,
)
from whygate.setup.hook_script import is_ours
from whygate.setup.hooks import HUSKY, LEFTHOOK, PRE_COMMIT, Hooks, advise_hooks, find_runner
from whygate.setup.pipelines import PIPELINES, advise_pipelines
from whygate.setup.templates import advise_templates
from whygate.setup.workflows import DIRECTORY, Setting, advise_workflows
from whygate.text.clean import clean_line
from whygate.text.document import Fence
from whygate.text.machine_block import read_block
from whygate.text.template import template_lines
from whygate.text.yaml_tree import Mapping as YamlMapping
from whygate.text.yaml_tree import Scalar, YamlError, load_tree
from whygate.version import __version__
from whygate.world.worktree import (
    CONFIG_NAME,
    FILE_LIMIT,
    Document,
    find_bets,
    find_catalogue,
    find_templates,
)
from whygate.world.world import (
    World,
    load_config,
    load_schema,
    read_today,
    require_repository,
    schema_prompts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from whygate.catalogue.catalogue import Metric
    from whygate.git.repository import Repository
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.metrics.port import Setting as MetricSetting
    from whygate.policy.config import Config

_SQUASHED = re.compile(r"\(#[0-9]{1,9}\)[ \t]*\Z")
# What GitHub adds to the message of a squash by itself.
_ADDED = re.compile(r"(?:co-authored-by|signed-off-by):", re.IGNORECASE)
_SHARE = 0.6
_FEWEST = 5
COMMITS = 50

_READY_IS_QUIET = (GITLAB, BITBUCKET)
_HOOK_LIMIT = 65_536
_ACTIONS = ("action.yml", "action.yaml")
REPORT_VERSION = 1

T = TypeVar("T")


class Facts(Struct, frozen=True):
    """What was read of a repository.

    `policy` is what holds, with the defaults in the place of what cannot be read, and `problems`
    say what that is. `hooks` is None where nobody commits (a bare repository). `messages` are
    those of the last first-parent commits of the default branch. `is_action` tells that the
    repository is whygate's own. `forge` is that of the remote (`setup.forge`), `has_github` tells
    of a `.github` directory, `jobs` are the CI files of another forge by path.
    """

    policy: Policy
    today: date
    problems: tuple[Advice, ...] = ()
    workflows: tuple[SourceFile, ...] = ()
    templates: tuple[SourceFile, ...] = ()
    hooks: Hooks | None = None
    messages: tuple[str, ...] = ()
    is_action: bool = False
    forge: str = ""
    has_github: bool = False
    jobs: Mapping[str, str] = field(default_factory=dict)


def read_facts(world: World, today: date | None) -> Facts:
    """Return what there is; a file that cannot be used is a problem, and the default holds.

    Raises UndecidedError without a repository, and when git fails.
    """
    repository = require_repository(world)
    tree = Worktree(world.root) if world.root is not None else world.tree
    reading = _Reading()
    policy, templates = reading.load(world)
    facts = Facts(policy, read_today(today, policy.config), templates=templates)
    problems = list(reading.problems)
    if tree is not None:
        workflows, unread = read_workflows(tree)
        problems += unread
        forge = read_forge(world.git, tree)
        facts = replace(
            facts,
            workflows=workflows,
            is_action=is_whygate(tree),
            forge=forge,
            has_github=bool(workflows or tree.list_files(".github")),
            jobs=read_jobs(tree, forge, limit=FILE_LIMIT),
        )
        if world.root is not None:
            hooks, unread = read_hooks(repository, world.git, tree)
            problems += unread
            facts = replace(facts, hooks=hooks)
    messages = read_messages(world.git)
    return replace(facts, messages=messages, problems=tuple(problems))


class _Reading:
    """Loads a policy piece by piece; what cannot be used is noted and the default stands in."""

    def __init__(self) -> None:
        self.problems: list[Advice] = []

    def load(self, world: World) -> tuple[Policy, tuple[SourceFile, ...]]:
        defaults = resolve_config(read_presets())
        config = self._try("configuration", lambda: load_config(world), defaults)
        schema = self._try(
            "schema", lambda: load_schema(world, config), bundled_schema(), config.schema_path
        )
        self._try("configuration", lambda: require_known_fields(config, schema), None)
        templates = tuple(self._templates(world, config))
        lines = template_lines(schema_prompts(schema))
        for template in templates:
            lines |= template_lines(template.text)
        policy = Policy(config=config, schema=schema, template=lines, bets=self._bets(world))
        return replace(policy, metrics=self._metrics(world)), templates

    def _templates(self, world: World, config: Config) -> Iterator[SourceFile]:
        files, none = world.files, tuple[Document, ...]()
        if files is not None:
            found = self._try("template", lambda: find_templates(files, config.templates), none)
            yield from (SourceFile(each.path, each.text) for each in found)

    def _bets(self, world: World) -> dict[str, tuple[str, str]]:
        files, none = world.files, dict[str, Document]()
        if files is None:
            return {}
        found = self._try("bet", lambda: dict(find_bets(files)), none)
        return {slug: (bet.path, bet.text) for slug, bet in found.items()}

    def _metrics(self, world: World) -> tuple[str, str] | None:
        """Return the catalogue as it is written, None without one or with mistakes."""
        files = world.files
        found = self._try("metrics", lambda: find_catalogue(files) if files else None, None)
        if found is None:
            return None
        parsed = self._try("metrics", lambda: parse_catalogue(found.path, found.text), None)
        return (found.path, found.text) if parsed is not None else None

    def _try(self, topic: str, work: Callable[[], T], default: T, path: str = "") -> T:
        try:
            return work()
        except ConfigError as error:
            for line, sentence in error.problems:
                self.problems.append(broken(topic, sentence, error.hint, error.path, line))
        except (SchemaError, InputError, PinError) as error:
            self.problems.append(broken(topic, error.message, error.hint, path))
        return default


def diagnose(facts: Facts) -> tuple[Advice, ...]:
    """Return what to change, what is broken first."""
    advice = [*facts.problems, *_advise_bets(facts.policy), *_advise_schema(facts.policy)]
    on_github = uses_github(facts.forge, has_github=facts.has_github)
    setting = Setting(facts.policy.config, facts.is_action)
    advice += advise_workflows(facts.workflows, setting, expects_gate=on_github)
    advice += () if on_github else _advise_jobs(facts)
    if facts.hooks is not None and facts.policy.config.commit_scope is not CommitScope.OFF:
        advice += advise_hooks(facts.hooks)
    forge = describe_forge(facts.forge or GITHUB)
    advice += advise_templates(facts.templates, facts.policy, facts.today, path=forge.template)
    advice += _advise_squash(facts.messages, forge.squash) if forge.squash else ()
    advice += _advise_scope(facts)
    return tuple(sorted(advice, key=lambda one: not one.is_broken))


def list_topics(facts: Facts) -> tuple[str, ...]:
    """Return what was looked at, for people: `2 workflows`, `50 commits`."""
    runner = find_runner(facts.hooks) if facts.hooks is not None else ""
    hooks = f"hooks (commit-msg: {runner})" if runner else "hooks"
    on_github = uses_github(facts.forge, has_github=facts.has_github)
    return (
        "configuration",
        _count(len(facts.workflows), "workflow") if on_github else _name_jobs(facts),
        *((hooks,) if facts.hooks is not None else ()),
        "template" if len(facts.templates) == 1 else _count(len(facts.templates), "template"),
        _count(len(facts.messages), "commit"),
        *(_count(len(metrics), "metric") for metrics in (_list_metrics(facts),) if metrics),
    )


def _list_metrics(facts: Facts) -> tuple[Metric, ...]:
    if facts.policy.metrics is None:
        return ()
    return tuple(parse_catalogue(*facts.policy.metrics).metrics.values())


def try_metrics(facts: Facts, setting: MetricSetting) -> tuple[Advice, ...]:
    """Return what would happen on the day: every metric is asked for the window of yesterday.

    A question that is wrong is broken; a source that does not answer, or has nothing to say, is
    a hint, since its address and its secrets may stand in the environment of another machine.
    """
    metrics = _list_metrics(facts)
    if facts.policy.metrics is None or not metrics:
        return ()
    path = facts.policy.metrics[0]
    yesterday = facts.today - timedelta(days=1)
    asked = [(metric, (window_of(yesterday, metric.hours),)) for metric in metrics]
    with Sources(parse_catalogue(*facts.policy.metrics), setting) as sources:
        found = sources.read_all(asked)
    advice: list[Advice] = []
    for metric, windows in asked:
        reading = found[metric.slug, windows][0]
        if reading.state is ReadingState.ERROR:
            cure = f"`whygate show metrics {metric.slug}` prints its query"
            advice.append(broken("metrics", reading.reason, cure, path, metric.line))
        elif reading.number is None:
            what = "would be inconclusive" if reading.answered else "was not read"
            message = f"{metric.slug} {what}: {reading.reason}"
            advice.append(hint("metrics", message, "", path, metric.line))
    return tuple(advice)


def _name_jobs(facts: Facts) -> str:
    name = describe_forge(facts.forge).name
    return f"{name} ({', '.join(facts.jobs)})" if facts.jobs else f"{name} (no CI file)"


def _advise_jobs(facts: Facts) -> Iterator[Advice]:
    """Yield a hint when no CI job of a forge that is not GitHub calls whygate."""
    yield from advise_pipelines(facts.forge, facts.jobs)
    if facts.forge in _READY_IS_QUIET and facts.policy.config.drafts is not Drafts.CHECK:
        message = "a draft that was let pass stays green when it is ready: no pipeline starts then"
        yield hint("workflow", message, "drafts: check")
    if any("whygate" in text for text in facts.jobs.values()):
        return
    forge = describe_forge(facts.forge)
    cure = (
        "a job that has the whole history and runs: "
        "whygate check --range origin/<target>..HEAD\n"
        "docs/recipes.md has such jobs"
    )
    if facts.forge == GITLAB:
        cure = "include the component (docs/gitlab.md); `whygate init` proposes the lines"
    if facts.forge == GERRIT:
        cure = "the label and the job of docs/gerrit.md; what Jenkins keeps is not seen here"
    if facts.forge in PIPELINES:
        cure = f"the job of {PIPELINES[facts.forge].page}; `whygate init` proposes it"
    usual = forge.jobs if is_known(facts.forge) else ()
    path = next(iter((*facts.jobs, *usual)), "")
    yield hint("workflow", f"no CI job judges {forge.request}", cure, path)


def _advise_scope(facts: Facts) -> Iterator[Advice]:
    """Yield a hint where each commit is a change, and a branch is asked as one."""
    if facts.forge == GERRIT and facts.policy.config.commit_scope is CommitScope.BRANCH:
        message = "at Gerrit each commit is a change, and the hooks ask a branch as one"
        yield hint("configuration", message, "commits: {scope: each}", CONFIG_NAME)


def _advise_bets(policy: Policy) -> Iterator[Advice]:
    for path, text in (policy.bets or {}).values():
        block = read_block(Fence("yaml product-context", text, 1, 1, closed=True))
        for problem in block.problems if block is not None else ():
            yield broken("bet", problem.message, "correct the YAML", path, problem.line)


def _advise_schema(policy: Policy) -> Iterator[Advice]:
    """Yield a hint when a team's schema lacks what some kind of change must answer."""
    if lacking := find_unasked(policy.config, policy.schema):
        names = ", ".join(f"`{name}`" for name in lacking)
        message = f"nobody is asked for {names}: the schema has no such field"
        cure = 'build on ours with "$ref": "urn:whygate:product-context:1#/$defs/document"'
        yield hint("schema", message, cure, policy.schema.name)


def _advise_squash(messages: Sequence[str], cure: str) -> Iterator[Advice]:
    """Yield a hint when squash merges leave the description behind."""
    bare = sum(_is_bare_squash(message) for message in messages)
    if len(messages) >= _FEWEST and bare > _SHARE * len(messages):
        message = f"{bare} of the last {len(messages)} commits have a title and nothing else"
        yield hint("squash", message, cure)


def _is_bare_squash(message: str) -> bool:
    subject, _, rest = message.partition("\n")
    if not _SQUASHED.search(subject):
        return False
    return all(not line.strip() or _ADDED.match(line) for line in rest.split("\n"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def read_workflows(tree: Tree) -> tuple[tuple[SourceFile, ...], tuple[Advice, ...]]:
    """Return the workflows of a repository, and a hint for each that cannot be read."""
    names = [n for n in tree.list_files(DIRECTORY) if n.endswith((".yml", ".yaml"))]
    files: list[SourceFile] = []
    problems: list[Advice] = []
    for name in names:
        path = f"{DIRECTORY}/{name}"
        try:
            text = read_text(tree, path, limit=FILE_LIMIT)
        except InputError as error:
            problems.append(hint("workflow", error.message, error.hint, path))
        else:
            files.append(SourceFile(path, text or ""))
    return tuple(files), tuple(problems)


def is_whygate(tree: Tree) -> bool:
    """Tell whether the action at the top of a repository (`uses: ./`) is whygate itself."""
    for path in _ACTIONS:
        try:
            root = load_tree(read_text(tree, path, limit=FILE_LIMIT) or "")
        except (InputError, YamlError):
            continue
        name = root.get("name") if isinstance(root, YamlMapping) else None
        if isinstance(name, Scalar) and name.text == "whygate":
            return True
    return False


def read_hooks(repository: Repository, git: Git, tree: Tree) -> tuple[Hooks, tuple[Advice, ...]]:
    """Return the commit-msg hook of a clone and the files of hook managers.

    The second part is a hint for each of these files that cannot be read. Raises
    UndecidedError when git cannot say where hooks are.
    """
    directory = find_hooks_directory(repository, git)
    hook = directory.path / "commit-msg"
    configs: list[SourceFile] = []
    problems: list[Advice] = []
    for path in (PRE_COMMIT, *LEFTHOOK, HUSKY):
        try:
            text = read_text(tree, path, limit=FILE_LIMIT)
        except InputError as error:
            problems.append(hint("hook", error.message, error.hint, path))
            continue
        if text is not None:
            configs.append(SourceFile(path, text))
    hooks = Hooks(
        script=_read_script(hook),
        is_ours=is_ours(hook),
        is_runnable=os.access(hook, os.X_OK),
        is_husky=".husky" in directory.path.parts,
        configs=tuple(configs),
        configured=read_configured_hooks(git, "commit-msg"),
    )
    return hooks, tuple(problems)


def read_configured_hooks(git: Git, event: str) -> Mapping[str, str]:
    """Return the commands that git runs at an event because its configuration says so, by name.

    Since git 2.54 `hook.<name>.command` and `hook.<name>.event` make a hook (git-hook(1)), and
    `git hook list` says which of them run; an older git knows no such command and runs none.
    """
    listed = git.run("hook", "list", event, ok=(0, 1, 128, 129)).decode("utf-8", "replace")
    names = [name for name in listed.split("\n") if name and "\t" not in name]  # else: disabled
    found = git.config([f"hook.{name}.command" for name in names])
    return {key.removeprefix("hook.").removesuffix(".command"): found[key] for key in found}


def read_messages(git: Git, count: int = COMMITS) -> tuple[str, ...]:
    """Return the messages of the last first-parent commits of the default branch, else of HEAD.

    An empty repository has none. Raises UndecidedError when git fails.
    """
    try:
        tip = git.resolve(git.default_ref() or "HEAD")
    except InputError:
        return ()
    log = git.run(
        *("log", "-z", "--first-parent", f"--max-count={count}", "--encoding=UTF-8"),
        *("--no-color", "--no-decorate", "--no-notes", "--no-show-signature", "--no-mailmap"),
        *("--format=%B", "--end-of-options", tip, "--"),
    )
    return tuple(log.decode("utf-8", "replace").removesuffix("\0").split("\0"))


def _read_script(hook: Path) -> str:
    """Return the start of a hook, empty when there is none or it cannot be read."""
    try:
        if not hook.is_file():
            return ""
        with hook.open("rb") as stream:
            return stream.read(_HOOK_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def render_advice(facts: Facts, advice: Sequence[Advice]) -> Iterator[str]:
    """Yield what was looked at, each piece of advice with its cure, and the counts."""
    yield f"looked at: {', '.join(list_topics(facts))}"
    for one in advice:
        place = f"{one.path}:{one.line}: " if one.line else f"{one.path}: " if one.path else ""
        word = "error" if one.is_broken else "hint"
        yield clean_line(f"{place}{one.topic}: {word}: {one.message}")
        yield from (f"    {clean_line(line)}" for line in one.cure.split("\n") if line)
    yield _counts(advice)


def _counts(advice: Sequence[Advice]) -> str:
    errors = sum(one.is_broken for one in advice)
    hints = len(advice) - errors
    if not advice:
        return "nothing to change"
    return f"{errors} error{'' if errors == 1 else 's'}, {hints} hint{'' if hints == 1 else 's'}"


def report_advice(facts: Facts, advice: Sequence[Advice]) -> dict[str, object]:
    """Return the same for programs; `version` counts its forms."""
    errors = sum(one.is_broken for one in advice)
    return {
        "version": REPORT_VERSION,
        "tool": {"name": "whygate", "version": __version__},
        "looked_at": list(list_topics(facts)),
        "errors": errors,
        "hints": len(advice) - errors,
        "advice": [
            {
                "severity": str(one.severity),
                "topic": one.topic,
                "path": one.path,
                "line": one.line,
                "message": one.message,
                "cure": one.cure,
            }
            for one in advice
        ],
    }
