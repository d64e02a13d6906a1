"""What a backend must do: give the number of a metric in each window, or say why it cannot.

A backend stands in a module of its own and is made by a function `open_backend(backend, setting)`.
A package brings another one by an entry point of the group `whygate.backends`, whose name is the
`type` in the catalogue.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from whygate.errors import WhygateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from whygate.catalogue.catalogue import Backend, Metric
    from whygate.metrics.windows import Window

GROUP = "whygate.backends"
TRIES = 3
MOST_BYTES = 8 << 20  # of one answer
_MOST_DIGITS = 400
_SHOWN = 200


class Setting(Struct, frozen=True):
    """Where a backend runs: the variables that hold addresses and secrets, and the files' top."""

    environ: Mapping[str, str]
    root: Path | None = None


class Gap(Struct, frozen=True):
    """A window that was answered, with less than makes a number; `reason` says what is missing."""

    reason: str


Number = Decimal | Gap | None


class Source(Protocol):
    """An open backend; several threads may ask it at once."""

    def read(self, metric: Metric, windows: Sequence[Window]) -> Sequence[Number]:
        """Return the number of each window, in their order; None where there is no data.

        The windows have one length and one distance. Raises QueryError when the question is
        wrong, SourceError when there is no answer. A number that is none (NaN) comes as it is.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class QueryError(WhygateError):
    """The question itself is wrong: asking again, or on another day, gives no answer either."""


class SourceError(WhygateError):
    """No answer came: unreachable, refused, too slow or too large. `passing`: it may come later."""

    def __init__(self, message: str, *, hint: str = "", passing: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.passing = passing


def find_address(backend: Backend, setting: Setting) -> str:
    """Return the address of a backend; raises SourceError when the environment has none."""
    if not backend.url_env:
        return backend.url
    address = setting.environ.get(backend.url_env, "").strip()
    if not address:
        raise SourceError(f"{backend.url_env} is not set, and it holds the address")
    return address


def find_token(backend: Backend, setting: Setting) -> str:
    """Return the token of a backend, empty where it has none; SourceError when it is not set."""
    if not backend.token_env:
        return ""
    token = setting.environ.get(backend.token_env, "").strip()
    if not token:
        raise SourceError(f"{backend.token_env} is not set, and it holds the token")
    if not token.isascii() or not token.isprintable():
        raise SourceError(f"{backend.token_env} holds no token: it has signs that none has")
    return token


def to_number(value: object) -> Decimal | None:
    """Return the number that an answer is, None for no data; QueryError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise QueryError(f"the answer is {_kind(value)}, and no number")
    text = str(value).strip()
    try:
        if len(text) > _MOST_DIGITS:
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise QueryError(f"the answer is {text[:40]!r}, and no number") from None


def one_value(rows: Sequence[Sequence[object]]) -> Decimal | None:
    """Return the number of an answer of rows; no row is no data. QueryError for several."""
    if not rows:
        return None
    if len(rows) > 1:
        raise QueryError("the query gives more than one row; one number is needed")
    if len(rows[0]) != 1:
        raise QueryError(f"the query gives {len(rows[0])} columns; one number is needed")
    return to_number(rows[0][0])


def first_line(error: BaseException, secrets: Sequence[str] = ()) -> str:
    """Return what an error of a library says in one line, without the secrets it may repeat."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return (text or type(error).__name__)[:_SHOWN]


def _kind(value: object) -> str:
    names = {bool: "yes or no", bytes: "binary data", list: "a list", dict: "an object"}
    return names.get(type(value), f"of the type {type(value).__name__}")
