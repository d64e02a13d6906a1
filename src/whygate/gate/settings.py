"""What a workflow asks of the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError
from whygate.schema.files import PRESETS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OFF, NOTE, LEDGER = "off", "note", "ledger"
_YES_OR_NO = ("true", "false")
_KEEP_PLAN = (OFF, NOTE, LEDGER)
_FAIL_ON = ("error", "never")


class Settings(Struct, frozen=True):
    """The inputs of a workflow step; one that is empty counts as unset."""

    comment: bool = False
    preset: str | None = None
    may_fail: bool = True
    keep_plan: str = OFF
    due_issue: bool = False
    mention_owners: bool = False


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of a step; raises InputError for a value that is not one of its own."""
    return Settings(
        comment=_choice(environ, "comment", _YES_OR_NO, "false") == "true",
        preset=_choice(environ, "preset", PRESETS, "") or None,
        may_fail=_choice(environ, "fail-on", _FAIL_ON, "error") == "error",
        keep_plan=_choice(environ, "keep-plan", _KEEP_PLAN, OFF),
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
