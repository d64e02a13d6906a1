"""What a maintainer lets pass, by a comment or a label, and the forge's word of who that is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.model import Waiver
from whygate.policy.config import LabelsBy, Waivers
from whygate.policy.exemptions import say_what_lacks, says_reason
from whygate.values.dates import DateValue, parse_date, resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from whygate.forges.port import Forge, MergeRequest, Said
    from whygate.policy.config import Config

COMMAND = "/whygate waive"
EXAMPLE = f"{COMMAND} until 2027-01-10: <why it may pass without an answer>"
_COMMAND = re.compile(rf"\s{{0,100}}{COMMAND}(?!\w)", re.IGNORECASE)
_TERMS = re.compile(
    r"[ \t]+until[ \t]+([^:;\n]{1,40}?)[ \t]*(?:[:;]|\bbecause\b)[ \t]*(\S[^\n]{0,500})?",
    re.IGNORECASE,
)
_MOST_PEOPLE = 10  # who are asked for; each costs a question


def is_command(text: str) -> bool:
    """Tell whether a comment begins as a waiver; one that quotes the command does not."""
    return _COMMAND.match(text) is not None


def read_waiver(text: str, by: str, written: date, *, max_days: int) -> Waiver | str:
    """Return the waiver that a comment gives, or in words why it gives none.

    `by` is who wrote it on the day `written`; distances such as `+14d` count from there. The day
    lies at most `max_days` behind that one, and the reason says something.
    """
    terms = _TERMS.match(text.lstrip()[len(COMMAND) :])
    if terms is None:
        return f"it does not read `{EXAMPLE}`"
    found = parse_date(terms[1], written)
    if not isinstance(found, DateValue) or found.waits_for_release:
        return f"`{terms[1]}` is no day"
    until = resolve(found, written)
    if (until - written).days > max_days:
        return f"{until} is more than {max_days} days after it was written"
    reason = (terms[2] or "").strip()
    if not says_reason(reason):
        return f"its reason {say_what_lacks(reason)}"
    return Waiver(by, until, reason)


def find_waiver(
    forge: Forge, request: MergeRequest, config: Config, day: date, note: Callable[[str], None]
) -> Waiver | None:
    """Return the newest waiver of a request that holds on a day, None without one.

    A comment counts that begins with COMMAND and was never edited, by a person who may write to
    the repository and did not write the request (unless the policy lets him). `note` is told why
    another does not count, and when nobody can tell; then the verdict stays what it is.
    """
    if config.waivers is Waivers.NEVER:
        return None
    where = f"`{COMMAND}` below {request.identity}"
    try:
        said = forge.read_comments(request.number, is_command)
        rights = {
            login: forge.may_write(login)
            for login in list(dict.fromkeys(s.by.login for s in said))[:_MOST_PEOPLE]
        }
    except UndecidedError as error:
        note(f"{where} was not looked for: {error.message}")
        return None
    for comment in said:
        found = _read(comment, request, config, day, rights)
        if not isinstance(found, str):
            return found
        note(f"{where} by {comment.by.login or 'a deleted account'} does not count: {found}")
    return None


def find_proven_labels(
    forge: Forge, request: MergeRequest, config: Config, note: Callable[[str], None]
) -> tuple[str, ...]:
    """Return the exempting labels of a request that a maintainer set; `note` hears of others.

    Raises ForgeError when the forge does not tell.
    """
    wanted = [label for label in request.labels if label in config.exempt_labels]
    if not wanted or config.labels_by is not LabelsBy.MAINTAINERS:
        return ()
    setters = forge.find_label_setters(request.number)
    proven = []
    for label in wanted:
        who = setters.get(label)
        if who is None or who.is_bot or not who.login or not forge.may_write(who.login):
            note(f"the label `{label}` exempts nothing: no maintainer is known to have set it")
        elif config.waivers is not Waivers.ALL and _is_author(who.login, request):
            note(f"the label `{label}` exempts nothing: the author of the request set it")
        else:
            proven.append(label)
    return tuple(proven)


def _is_author(login: str, request: MergeRequest) -> bool:
    return login.lower() == request.author.login.lower()


def _read(
    said: Said, request: MergeRequest, config: Config, day: date, rights: dict[str, bool]
) -> Waiver | str:
    """Return the waiver of a comment, or why it does not count."""
    who = said.by.login
    if said.by.is_bot or not rights.get(who, False):
        return "who may not write to the repository cannot waive"
    if _is_author(who, request) and config.waivers is not Waivers.ALL:
        return "nobody waives a request of their own (`exempt.waivers: all` would allow it)"
    if said.is_edited:
        return "it was edited, and the forge does not say by whom; write it anew"
    found = read_waiver(said.text, f"@{who}", said.day, max_days=config.max_days)
    if not isinstance(found, str) and found.until < day:
        return f"it ran out on {found.until}"
    return found
