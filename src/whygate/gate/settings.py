"""Turn the environment of a workflow step into settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.github.api import API_URL
from whygate.schema.files import PRESETS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_YES_OR_NO = ("true", "false")
_KEEP_PLAN = ("off", "note", "ledger")
_FAIL_ON = ("error", "never")


@dataclass(frozen=True, slots=True)  # no Struct: the token is not to be shown
class Settings:
    """What the runner and the workflow say; a variable that is empty counts as unset."""

    event: str
    event_path: Path
    repository: str
    api_url: str
    token: str = field(repr=False)
    comment: bool
    preset: str | None
    may_fail: bool
    workspace: Path | None
    keep_plan: str = "off"
    due_issue: bool = False
    mention_owners: bool = False


class RunnerFiles(Struct, frozen=True):
    """Where the runner wants outputs, the job summary and other files; None when it says not."""

    output: Path | None
    summary: Path | None
    scratch: Path | None


def read_runner_files(environ: Mapping[str, str]) -> RunnerFiles:
    """Return the runner's files."""
    return RunnerFiles(
        output=_path(environ, "GITHUB_OUTPUT"),
        summary=_path(environ, "GITHUB_STEP_SUMMARY"),
        scratch=_path(environ, "RUNNER_TEMP"),
    )


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of a step; raises InputError for a value that is not one of its own."""
    repository = environ.get("GITHUB_REPOSITORY", "")
    event_path = _path(environ, "GITHUB_EVENT_PATH")
    if event_path is None or not _REPOSITORY.fullmatch(repository):
        raise InputError(
            "this is no step of a GitHub workflow: there is no event",
            hint="`whygate check` judges a description, a message or a range anywhere",
        )
    return Settings(
        event=environ.get("GITHUB_EVENT_NAME", ""),
        event_path=event_path,
        repository=repository,
        api_url=environ.get("GITHUB_API_URL", "").strip() or API_URL,
        token=environ.get("WHYGATE_TOKEN", "").strip(),
        comment=_choice(environ, "comment", _YES_OR_NO, "false") == "true",
        preset=_choice(environ, "preset", PRESETS, "") or None,
        may_fail=_choice(environ, "fail-on", _FAIL_ON, "error") == "error",
        workspace=_path(environ, "GITHUB_WORKSPACE"),
        keep_plan=_choice(environ, "keep-plan", _KEEP_PLAN, "off"),
        due_issue=_choice(environ, "due-issue", _YES_OR_NO, "false") == "true",
        mention_owners=_choice(environ, "mention-owners", _YES_OR_NO, "false") == "true",
    )


def _choice(environ: Mapping[str, str], name: str, known: Collection[str], usual: str) -> str:
    """Return the value of an input; the action passes `fail-on` as WHYGATE_FAIL_ON."""
    value = environ.get(f"WHYGATE_{name.upper().replace('-', '_')}", "").strip()
    if not value:
        return usual
    if value.lower() not in known:
        raise InputError(f"the input `{name}` is one of {', '.join(known)}, not `{value}`")
    return value.lower()


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    return Path(value) if value else None
