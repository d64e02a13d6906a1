"""Whether a GitHub workflow judges pull requests, and cannot be walked round."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.policy.config import Drafts
from whygate.setup.advice import Advice, SourceFile, broken, hint
from whygate.text.yaml_tree import Mapping, Node, Scalar, YamlError, YamlProblem, load_tree
from whygate.text.yaml_tree import Sequence as YamlSequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.policy.config import Config

# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
DEFAULT_TYPES = ("opened", "synchronize", "reopened")
PULL_REQUEST = ("pull_request", "pull_request_target")

_CALL = re.compile(
    r"(?:^|[\s;&|(/\"'`])whygate(?:\.exe|@[\w.]+)?[ \t]+(ci|audit|check)\b([^\n;&|]*)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_ALL_SCOPES = {"read-all": {"*": "read"}, "write-all": {"*": "write"}}
DIRECTORY = ".github/workflows"
CHECK_NAME = "product-context"

_TOPIC = "workflow"
_OURS = "whygate"
_TYPES = ("opened", "edited", "synchronize", "reopened", "ready_for_review", "labeled", "unlabeled")
_NEEDED = _TYPES[:4]
TYPES_LINE = f"types: [{', '.join(_TYPES)}]"
_READS = "permissions: { contents: read, pull-requests: read }"
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# What names the code of a pull request: contexts, refs, and the tool that fetches it.
_HEAD = ("pull_request.head", "head_ref", "head.sha", "refs/pull/", "gh pr checkout")
_PLAIN_YAML = ("anchors", "aliases", "merge keys")
_FILTERS = ("paths", "paths-ignore", "branches-ignore")
_BYPASS = "GitHub counts a job that is skipped as a success"
USUAL_PATH = f"{DIRECTORY}/whygate.yml"
OTHER_PATH = f"{DIRECTORY}/{CHECK_NAME}.yml"

# docs/action.md gives the reason of every line.
_WORKFLOW = """\
name: whygate
on:
  pull_request:
    {types}
  merge_group:
permissions: {{}}
concurrency:
  group: product-context-${{{{ github.event.pull_request.number || github.ref }}}}
  cancel-in-progress: true
jobs:
  product-context:
    name: {check}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # the configuration of the base branch
      pull-requests: read # the description as it is now
    steps:
      - uses: {uses}
"""

# What a job of its own may write, and nobody else: docs/metrics.md gives the reasons.
OUTCOMES_PATH = f"{DIRECTORY}/whygate-outcomes.yml"
_OUTCOMES = """\
# Measures what was promised, and proposes the results as one pull request (docs/metrics.md).
name: outcomes
on:
  schedule:
    - cron: "17 5 * * 1-5"
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: whygate-outcomes
  cancel-in-progress: false
jobs:
  measure:
    name: measure what is due
    # The default branch alone says what is asked: another one could send the secrets elsewhere.
    if: github.event_name == 'schedule' || github.ref_name == github.event.repository.default_branch
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    environment: metrics # holds the secrets; let only the default branch use it
    permissions:
      contents: write # the branch of the request
      pull-requests: write # the request itself
    steps:
      - uses: {checkout}
        with:
          fetch-depth: 0
          persist-credentials: false
      - uses: {checkout}
        with:
          repository: {action}
          ref: "{rev}"
          path: .whygate-program
          persist-credentials: false
      - name: Install what the lock names
        run: |
          python3 -m venv "$RUNNER_TEMP/venv"
          "$RUNNER_TEMP/venv/bin/pip" install --quiet --require-hashes --no-deps \\
            --only-binary :all: --requirement .whygate-program/requirements-measure.lock
      - name: Measure, and keep one request with the results
        env:
          PYTHONPATH: .whygate-program/src
          WHYGATE_TOKEN: ${{{{ github.token }}}}
{secrets}
        run: |
          "$RUNNER_TEMP/venv/bin/python" -m whygate measure --due --propose
"""
_NO_SECRETS = "          (none)"
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


class Permissions(Struct, frozen=True):
    """What a job's token may do: scope to `read`, `write` or `none`; `*` stands for the others."""

    levels: dict[str, str]
    line: int

    def level(self, scope: str) -> str:
        """Return the level of a scope; what is not named is `none` (GitHub, `permissions`)."""
        return self.levels.get(scope, self.levels.get("*", "none"))

    def written(self) -> tuple[str, ...]:
        """Return the scopes the token may write."""
        return tuple(scope for scope, level in self.levels.items() if level == "write")


class Event(Struct, frozen=True):
    """One entry of `on`: `types` as written (None: GitHub's own), `keys` to their lines."""

    name: str
    line: int
    types: tuple[str, ...] | None = None
    keys: dict[str, int] = field(default_factory=dict)


class Call(Struct, frozen=True):
    """A whygate command in a `run:` script: its name and the rest of its line."""

    name: str
    arguments: str


class Step(Struct, frozen=True):
    """One step of a job; `keys` are its keys to their lines, `scalars` to their texts."""

    line: int
    keys: dict[str, int]
    scalars: dict[str, str]
    inputs: dict[str, str]

    @property
    def uses(self) -> str:
        """Return what the step uses, empty when it runs a script."""
        return self.scalars.get("uses", "").strip()

    @property
    def action(self) -> str:
        """Return what the step uses without the version, such as `actions/checkout`."""
        return self.uses.partition("@")[0].rstrip("/").casefold()

    @property
    def script(self) -> str:
        """Return the script of the step without comments and with its lines joined."""
        return _COMMENT.sub("", self.scalars.get("run", "").replace("\\\n", " "))

    def calls(self) -> tuple[Call, ...]:
        """Return the whygate commands that the script runs."""
        return tuple(Call(found[1], found[2]) for found in _CALL.finditer(self.script))


class Job(Struct, frozen=True):
    """One job; `name` is what the check is called, `matrix` the line of its matrix or 0."""

    name: str
    line: int
    keys: dict[str, int]
    scalars: dict[str, str]
    permissions: Permissions | None
    steps: tuple[Step, ...]
    matrix: int = 0


class Workflow(Struct, frozen=True):
    """A workflow file; `is_listed` tells that `on` is no mapping, so that no event has keys."""

    path: str
    events: tuple[Event, ...]
    permissions: Permissions | None
    jobs: tuple[Job, ...]
    is_listed: bool = False

    def event(self, *names: str) -> Event | None:
        """Return the first event of one of these names, None when there is none."""
        return next((event for event in self.events if event.name in names), None)


def read_workflow(path: str, root: Node | None) -> Workflow:
    """Return the workflow of a file's tree; what is not as GitHub wants it is passed over."""
    if not isinstance(root, Mapping):
        return Workflow(path, (), None, ())
    on, jobs = root.get("on"), root.get("jobs")
    found = tuple(_job(key, job) for key, job in _entries(jobs) if isinstance(job, Mapping))
    return Workflow(
        path,
        tuple(_events(on)),
        _permissions(root),
        found,
        is_listed=not isinstance(on, Mapping),
    )


def _events(on: Node | None) -> Iterator[Event]:
    if isinstance(on, Scalar):
        yield Event(on.text, on.line)
    elif isinstance(on, YamlSequence):
        yield from (Event(i.text, i.line) for i in on.items if isinstance(i, Scalar))
    else:
        for key, value in _entries(on):
            types = value.get("types") if isinstance(value, Mapping) else None
            keys = {inner.text: inner.line for inner, _ in _entries(value)}
            yield Event(key.text, key.line, None if types is None else _texts(types), keys)


def _job(key: Scalar, job: Mapping) -> Job:
    scalars = _scalars(job)
    strategy = job.get("strategy")
    matrix = next((k.line for k, _ in _entries(strategy) if k.text == "matrix"), 0)
    steps = job.get("steps")
    items = steps.items if isinstance(steps, YamlSequence) else ()
    return Job(
        name=scalars.get("name", "") or key.text,
        line=key.line,
        keys={inner.text: inner.line for inner, _ in job.entries},
        scalars=scalars,
        permissions=_permissions(job),
        steps=tuple(_step(item) for item in items if isinstance(item, Mapping)),
        matrix=matrix,
    )


def _step(step: Mapping) -> Step:
    keys = {key.text: key.line for key, _ in step.entries}
    return Step(step.line, keys, _scalars(step), _scalars(step.get("with")))


def _permissions(node: Mapping) -> Permissions | None:
    found = next(((k, v) for k, v in node.entries if k.text == "permissions"), None)
    if found is None:
        return None
    key, value = found
    whole = _ALL_SCOPES.get(value.text, {}) if isinstance(value, Scalar) else _scalars(value)
    return Permissions(whole, key.line)


def _entries(node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _scalars(node: Node | None) -> dict[str, str]:
    return {key.text: value.text for key, value in _entries(node) if isinstance(value, Scalar)}


def _texts(node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        return (node.text,) if node.text else ()
    items = node.items if isinstance(node, YamlSequence) else ()
    return tuple(item.text for item in items if isinstance(item, Scalar))


class Setting(Struct, frozen=True):
    """What advice on workflows depends on; `is_action` tells that `./` is whygate itself."""

    config: Config
    is_action: bool = False


def advise_workflows(
    files: Sequence[SourceFile], setting: Setting, *, expects_gate: bool = True
) -> Iterator[Advice]:
    """Yield advice on every workflow that runs whygate.

    Where one is expected (the repository is on GitHub), a hint when none judges pull requests.
    """
    is_gated = False
    for file in files:
        root, problems = _load(file.text)
        for problem in problems:
            yield _unread(file, problem.message, problem.line)
        workflow = read_workflow(file.path, root)
        yield from _advise_histories(workflow)
        gates = list(_gates(workflow, setting))
        is_gated = is_gated or bool(gates) or bool(problems and _OURS in file.text)
        if gates:
            yield from _advise_events(workflow, gates, setting)
            yield from _advise_head(workflow)
        for gate in gates:
            yield from _advise_gate(gate)
    if expects_gate and not is_gated:
        cure = f"whygate init\nor save the workflow of docs/action.md as {DIRECTORY}/whygate.yml"
        yield hint(_TOPIC, "no workflow judges pull requests", cure, DIRECTORY)


def has_gate(files: Sequence[SourceFile], setting: Setting) -> bool:
    """Tell whether a workflow judges pull requests, or may do so and cannot be read."""
    for file in files:
        root, problems = _load(file.text)
        if any(_gates(read_workflow(file.path, root), setting)):
            return True
        if problems and _OURS in file.text:
            return True
    return False


class _Gate(Struct, frozen=True):
    """A job that judges pull requests, and the step that does it."""

    workflow: Workflow
    job: Job
    step: Step

    @property
    def is_action(self) -> bool:
        """Tell whether the step asks GitHub, be it as an action or as a command."""
        return not self.step.script or any(c.name == "ci" for c in self.step.calls())

    @property
    def reads_description(self) -> bool:
        """Tell whether the verdict depends on the description, and not on commits alone."""
        return self.is_action or not any(_needs_history(self.step))

    def broken(self, message: str, cure: str, line: int) -> Advice:
        return broken(_TOPIC, message, cure, self.workflow.path, line)

    def hint(self, message: str, cure: str, line: int) -> Advice:
        return hint(_TOPIC, message, cure, self.workflow.path, line)


def _gates(workflow: Workflow, setting: Setting) -> Iterator[_Gate]:
    if workflow.event(*PULL_REQUEST, "workflow_call") is None:
        return
    for job in workflow.jobs:
        step = next((step for step in job.steps if _judges(step, setting)), None)
        if step is not None:
            yield _Gate(workflow, job, step)


def _judges(step: Step, setting: Setting) -> bool:
    if step.uses:
        is_here = setting.is_action and step.action in (".", "$")
        return is_here or step.action.rpartition("/")[2] == _OURS
    return any(call.name in ("ci", "check") for call in step.calls())


def _load(text: str) -> tuple[Node | None, tuple[YamlProblem, ...]]:
    try:
        return load_tree(text), ()
    except YamlError as error:
        return error.root, error.problems


def _unread(file: SourceFile, message: str, line: int) -> Advice:
    if message.startswith(_PLAIN_YAML):
        sentence = f"this could not be looked at: {message}"
        return hint(_TOPIC, sentence, "write out what it stands for", file.path, line)
    make = broken if _OURS in file.text else hint
    return make(_TOPIC, f"GitHub cannot read this: {message}", "correct the YAML", file.path, line)


# --- what starts it ---------------------------------------------------------------------------


def _advise_events(
    workflow: Workflow, gates: Sequence[_Gate], setting: Setting
) -> Iterator[Advice]:
    called = workflow.event("workflow_call")
    if called is not None:
        message = "a reusable workflow puts the caller's name in front of the check's"
        yield gates[0].hint(message, "let the workflow start on `pull_request` itself", called.line)
    for event in workflow.events:
        if event.name not in PULL_REQUEST:
            continue
        yield from _advise_filters(workflow, event)
        if any(gate.reads_description for gate in gates):
            yield from _advise_types(workflow, event, setting)
        else:
            yield from _advise_default_types(workflow, event)
    first = workflow.event(*PULL_REQUEST)
    if first is not None and workflow.event("merge_group") is None:
        message = "a merge queue would wait for ever: the workflow does not start on `merge_group`"
        yield hint(_TOPIC, message, _whole_on(workflow, "merge_group:"), workflow.path, first.line)


def _advise_types(workflow: Workflow, event: Event, setting: Setting) -> Iterator[Advice]:
    types = DEFAULT_TYPES if event.types is None else event.types
    missing = [name for name in _TYPES if name not in types]
    if not missing:
        return
    required = {*_NEEDED}
    if setting.config.drafts is not Drafts.CHECK:
        required.add("ready_for_review")  # a draft passes, and nobody would look again
    if setting.config.exempt_labels:
        required.add("unlabeled")  # the label that exempted it is gone
    make = broken if required.intersection(missing) else hint
    names = ", ".join(f"`{name}`" for name in missing)
    message = f"`{event.name}` does not start on {names}: an old verdict stays, or none comes"
    line = event.keys.get("types", event.line)
    yield make(_TOPIC, message, _whole_on(workflow, TYPES_LINE), workflow.path, line)


def _advise_default_types(workflow: Workflow, event: Event) -> Iterator[Advice]:
    types = DEFAULT_TYPES if event.types is None else event.types
    missing = [name for name in DEFAULT_TYPES if name not in types]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        message = f"`{event.name}` does not start on {names}: the check never reports"
        cure = f"types: [{', '.join((*types, *missing))}]"
        yield broken(_TOPIC, message, cure, workflow.path, event.keys["types"])


def _whole_on(workflow: Workflow, line: str) -> str:
    """Return what to paste: a line where `on` is a mapping, else the whole of `on`."""
    if not workflow.is_listed:
        return line
    rows = ["on:"]
    for event in workflow.events:
        rows.append(f"  {event.name}:")
        rows += [f"    {TYPES_LINE}"] * (event.name in PULL_REQUEST)
    rows += ["  merge_group:"] * (workflow.event("merge_group") is None)
    return "\n".join(rows)


def _advise_filters(workflow: Workflow, event: Event) -> Iterator[Advice]:
    for name in _FILTERS:
        if name in event.keys:
            message = f"`{name}` keeps the workflow from starting: a required check never reports"
            what = "branches" if name.startswith("branches") else "paths"
            cure = f"remove `{name}`; say `exempt: {{ {what}: [...] }}` in .whygate.yml instead"
            yield broken(_TOPIC, message, cure, workflow.path, event.keys[name])


# --- the job that judges ----------------------------------------------------------------------


def _advise_gate(gate: _Gate) -> Iterator[Advice]:
    yield from _advise_conditions(gate)
    yield from _advise_name(gate)
    yield from _advise_permissions(gate)
    for step in gate.job.steps:
        version = step.uses.rpartition("@")[2]
        is_local = step.uses.startswith((".", "$", "docker:"))
        if step.uses and not is_local and not _HASH.fullmatch(version):
            message = f"`{step.uses}` can change without you: pin it to the full hash of a commit"
            cure = f"uses: {step.uses.partition('@')[0]}@<40 hex digits> # {version}"
            yield gate.hint(message, cure, step.keys["uses"])


def _advise_conditions(gate: _Gate) -> Iterator[Advice]:
    job, step = gate.job, gate.step
    always = _is_always(job.scalars.get("if", ""))
    if "if" in job.keys and not always:
        cure = "remove `if:`; exempt bots, labels, branches and drafts in .whygate.yml"
        yield gate.broken(f"`if:` on the job is a way round it: {_BYPASS}", cure, job.keys["if"])
    if "needs" in job.keys and not always:
        message = f"`needs:` skips the job when another one fails: {_BYPASS}"
        yield gate.broken(message, "remove `needs:`", job.keys["needs"])
    if "if" in step.keys and not _is_always(step.scalars.get("if", "")):
        message = "`if:` on the step is a way round it: a job without the step is a success"
        yield gate.broken(message, "remove `if:`", step.keys["if"])
    for keys, scalars in ((job.keys, job.scalars), (step.keys, step.scalars)):
        if scalars.get("continue-on-error", "false") != "false":
            message = "`continue-on-error` lets every pull request pass"
            cure = "remove it; `fail-on: never` says openly that it only reports"
            yield gate.broken(message, cure, keys["continue-on-error"])


def _is_always(condition: str) -> bool:
    return condition.removeprefix("${{").removesuffix("}}").strip() == "always()"


def _advise_name(gate: _Gate) -> Iterator[Advice]:
    job = gate.job
    line = job.keys.get("name", job.line)
    cure = f"name: {CHECK_NAME}"
    if job.matrix:
        message = "a matrix changes the name of the check: a required check never reports"
        yield gate.broken(message, "remove the matrix from this job", job.matrix)
    if "${{" in job.name:
        message = "the name of the check changes from run to run: it cannot be required"
        yield gate.broken(message, cure, line)
    elif job.name != CHECK_NAME:
        message = f"the check is called `{job.name}`; `{CHECK_NAME}` stays when the job is renamed"
        yield gate.hint(message, cure, line)


def _advise_permissions(gate: _Gate) -> Iterator[Advice]:
    top, job = gate.workflow.permissions, gate.job
    held = job.permissions or top
    if held is None:
        message = "the token may do what the repository allows by default"
        cure = f"{_READS}" if gate.is_action else "permissions: { contents: read }"
        yield gate.hint(message, cure, job.line)
        return
    if top is not None and job.permissions is not None and top.written():
        message = "every other job of the workflow gets the right to write"
        yield gate.hint(message, "permissions: {}", top.line)
    yield from _advise_reads(gate, held)
    comments = gate.step.inputs.get("comment", "false") == "true"
    wanted = {"pull-requests"} if comments else set()
    for scope in held.written():
        if scope not in wanted:
            name = "everything" if scope == "*" else f"`{scope}`"
            cure = _READS if scope == "*" else f"{scope}: read"
            yield gate.hint(f"the job may write {name} and need not", cure, held.line)
    if comments and held.level("pull-requests") != "write":
        message = "`comment: true` needs `pull-requests: write`"
        yield gate.hint(message, "pull-requests: write", held.line)


def _advise_reads(gate: _Gate, held: Permissions) -> Iterator[Advice]:
    if not gate.is_action or "token" in gate.step.inputs:
        return
    for scope in ("contents", "pull-requests"):
        if held.level(scope) == "none":
            message = f"the job may not read `{scope}`: it ends without a verdict"
            yield gate.broken(message, f"{scope}: read", held.line)


# --- what runs beside it ----------------------------------------------------------------------


def _advise_head(workflow: Workflow) -> Iterator[Advice]:
    if workflow.event("pull_request_target") is None:
        return
    for job in workflow.jobs:
        for step in job.steps:
            is_checkout = step.action.rpartition("/")[2] == "checkout"
            inputs = [step.inputs.get(name, "") for name in ("ref", "repository")]
            text = "\n".join(inputs) if is_checkout else step.script
            if any(name in text for name in _HEAD):
                message = "`pull_request_target` gives a stranger's code the rights of this job"
                cure = "remove the checkout: whygate needs none"
                yield broken(_TOPIC, message, cure, workflow.path, step.line)


def _advise_histories(workflow: Workflow) -> Iterator[Advice]:
    """Yield a hint for each checkout that is too shallow for what whygate does after it."""
    for job in workflow.jobs:
        if not any(reason for step in job.steps for reason in _needs_history(step)):
            continue
        for step in job.steps:
            if step.action == "actions/checkout" and step.inputs.get("fetch-depth") != "0":
                message = "the checkout has one commit only, and whygate reads the history here"
                yield hint(_TOPIC, message, "with: { fetch-depth: 0 }", workflow.path, step.line)


def _needs_history(step: Step) -> Iterator[bool]:
    """Yield, for each command of a script, whether it reads commits."""
    for call in step.calls():
        yield call.name == "audit" or (call.name == "check" and "--range" in call.arguments)


def render_workflow(uses: str) -> str:
    """Return the workflow; `uses` is the action with its version, such as `o/whygate@v1`."""
    return _WORKFLOW.format(types=TYPES_LINE, check=CHECK_NAME, uses=uses)


def measures(files: Sequence[SourceFile]) -> bool:
    """Tell whether a workflow measures what is due already, by whatever means."""
    return any("measure --due" in file.text for file in files)


def render_outcomes(action: str, rev: str, secrets: Sequence[str]) -> str:
    """Return the scheduled workflow that measures and proposes.

    `action` is `owner/name` of whygate, `rev` its commit or tag; `secrets` are the variables that
    the catalogue names.
    """
    rows = [f"          {name}: ${{{{ secrets.{name} }}}}" for name in secrets]
    text = _OUTCOMES.format(
        checkout=_CHECKOUT, action=action, rev=rev, secrets="\n".join(rows) or _NO_SECRETS
    )
    return text.replace(f"{_NO_SECRETS}\n", "")
