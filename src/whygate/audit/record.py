"""One audited change as a flat record: what every report of a history is made of."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - msgspec reads the types when the cache is read

from msgspec import Struct

from whygate.outcomes.promises import Promise  # noqa: TC001
from whygate.outcomes.result import Result  # noqa: TC001


class Record(Struct, frozen=True, array_like=True):
    """A change of the history and what it says, small enough to keep thousands of.

    `state` is complete, partial, missing, exempt or skipped; `reason` says why a change is
    exempt (the class) or skipped (bot, merge, deps, ...). `is_blind` marks a subject without a
    body. `answers` maps each answered field to the label it was read from, `forms` names the
    written forms, `rules` the (id, severity) of the findings. `area` is the owner or the path
    prefix, "" when paths were not read. `url` is empty when the forge is not known.
    `plans` are its measurements, `shares` the bet or the `#123` whose plan it shares, `results`
    what its message records of other changes, `reverts` the names of what it takes back.
    """

    identity: str
    sha: str
    title: str
    day: date | None
    author: str
    kind: str
    state: str
    reason: str = ""
    is_blind: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    forms: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    area: str = ""
    url: str = ""
    plans: tuple[Promise, ...] = ()
    shares: str = ""
    results: tuple[Result, ...] = ()
    reverts: tuple[str, ...] = ()


class Basis(Struct, frozen=True):
    """What an audit looked at: everything a reader needs to repeat it.

    `notes` lists what could not be read or was decided on the way, in whole sentences.
    """

    repository: str
    revisions: str
    branch: str
    head: str
    unit: str
    today: date
    timezone: str
    config: str
    preset: str
    schema: str
    templates: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
