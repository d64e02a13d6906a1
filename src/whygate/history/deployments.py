"""When changes were deployed: what the forge tells of an environment, kept with the clone."""

from __future__ import annotations

import os
from datetime import date  # noqa: TC003 - msgspec reads the types of what is kept
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from whygate.errors import WhygateError
from whygate.forges.find import find_home
from whygate.forges.port import Deployment  # noqa: TC001 - as above
from whygate.git.run import find_repository
from whygate.git.tags import find_first_holding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from whygate.forges.port import Forge
    from whygate.git.run import Git

FILE_NAME = "whygate-deployments.json"
_LARGEST = 16 << 20  # bytes
_HINT = "set WHYGATE_TOKEN, and run this once in a clone of the project on GitHub or GitLab"


class Kept(Struct):
    """What is known of an environment, and on which day it was read.

    `cursor` is where reading goes on; `settled` are the deployments before it, `recent` those
    behind it, which are read again.
    """

    environment: str
    read: date
    cursor: str = ""
    settled: tuple[Deployment, ...] = ()
    recent: tuple[Deployment, ...] = ()


def find_deployed(
    git: Git,
    shas: Sequence[str],
    environment: str,
    today: date,
    environ: Mapping[str, str] = os.environ,
) -> tuple[dict[str, tuple[str, date]], tuple[str, ...]]:
    """Return with which deployment each commit first reached an environment, and what to know.

    A deployment holds a commit when its history does, whatever the days say (PostHog's rule: a
    merged request is not a deployed one). With a token the forge is asked for what is new; what
    it told is kept, so that it can be read offline. Raises UndecidedError when git fails.
    """
    if not shas:
        return {}, ()
    place = _place(git)
    known, notes = _read(place, environment), []
    if environ.get("WHYGATE_TOKEN", "").strip():
        try:
            forge = find_home(git.origin(), environ)
            known = _ask(forge, known, environment, today)
        except WhygateError as error:
            notes.append(f"the forge does not tell the deployments: {error.message}")
        else:
            notes += _keep(place, known)
    if known is None:
        notes.append(f"no deployment to `{environment}` is known here: {_HINT}")
        return {}, tuple(notes)
    if known.read < today:
        notes.append(f"the deployments to `{environment}` are those of {known.read}: {_HINT}")
    told = sorted((*known.settled, *known.recent), key=lambda one: one.day)
    held = find_first_holding(git, shas, [one.sha for one in told])
    days = {one.sha: one.day for one in reversed(told)}
    name = f"deployment to {environment}"
    return {sha: (name, days[tip]) for sha, tip in held.items()}, tuple(notes)


def _ask(forge: Forge, known: Kept | None, environment: str, today: date) -> Kept:
    """Return what is known with what the forge tells since then."""
    settled = known.settled if known is not None else ()
    cursor = known.cursor if known is not None else ""
    page = forge.read_deployments(environment, cursor)
    return Kept(environment, today, page.cursor, (*settled, *page.settled), page.recent)


def _place(git: Git) -> Path | None:
    repository = find_repository(git.directory) if git.directory is not None else None
    return repository.common_dir / FILE_NAME if repository is not None else None


def _read(place: Path | None, environment: str) -> Kept | None:
    """Return what was kept of an environment; what is no such file counts as nothing."""
    try:
        if place is None or place.is_symlink() or place.stat().st_size > _LARGEST:
            return None
        known = msgspec.json.decode(place.read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return known if known.environment == environment else None


def _keep(place: Path | None, known: Kept) -> Sequence[str]:
    """Write what is known, whole or not at all; return what to say when it cannot be written."""
    if place is None:
        return ()
    draft = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        draft.write_bytes(msgspec.json.encode(known))
        draft.replace(place)
    except OSError as error:
        draft.unlink(missing_ok=True)
        return [f"the deployments are not kept: {error.strerror}"]
    return ()
