"""What an answer of a forge must be before it means anything: JSON, of a form, and whole."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

Shape = TypeVar("Shape")

HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
Number = Annotated[int, Meta(ge=1, le=1 << 53)]
Count = Annotated[int, Meta(ge=0, le=1 << 53)]

_UNFIT = re.compile("[\0\ud800-\udfff]")
_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_WHITE = str.maketrans("", "", "\r\n")


class Done(Struct):
    """An answer of which nothing is needed but that it is an object."""


def parse_json(data: bytes) -> object:
    """Return what a JSON text holds; raises ValueError when it is none or nested too deeply.

    It must be UTF-8 (RFC 8259, 8.1): `json` would take half a surrogate pair, and other encodings.
    Where a text escapes one, or a NUL, it becomes U+FFFD: no file and no other program takes it.
    """
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
        return _fit(value) if _ESCAPE.search(data) else value
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def shape(value: object, wanted: type[Shape]) -> Shape:
    """Return a parsed JSON value as what it must be; raises ValueError with the place it breaks."""
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def decode_base64(text: str, size: int | None) -> bytes:
    """Return the bytes of a base64 text; raises ValueError unless it is whole.

    GitHub breaks it into lines. `size` is how many bytes it must hold, None when nobody said.
    """
    joined = text.translate(_WHITE)
    if not _BASE64.fullmatch(joined):
        raise ValueError("it is no base64")
    try:
        data = base64.b64decode(joined, validate=True)
    except binascii.Error:
        raise ValueError("it is no base64") from None
    if size is not None and len(data) != size:
        raise ValueError(f"{len(data)} bytes came of {size}")
    return data


def blob_hash(data: bytes, like: str) -> str:
    """Return git's hash of a file's content, by the algorithm that another hash was made with.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    name = "sha256" if len(like) == 64 else "sha1"
    head = b"blob %d\0" % len(data)
    return hashlib.new(name, head + data, usedforsecurity=False).hexdigest()


def to_day(text: str) -> date | None:
    """Return the day that a time begins with, None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def to_utc(text: str) -> str:
    """Return a time as in `2026-11-02T09:00:00.000Z`, so that two can be compared as texts.

    GitLab writes them in the time zone of its server. Raises ValueError for what is no time.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"`{text}` has no time zone")
    return f"{found.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _fit(value: object) -> object:
    match value:
        case str():
            return _UNFIT.sub("\ufffd", value)
        case dict():
            return {key: _fit(inner) for key, inner in value.items()}
        case list():
            return [_fit(inner) for inner in value]
    return value
