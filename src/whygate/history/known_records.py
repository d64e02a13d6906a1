"""Read the records of a history, from the cache what it knows of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from whygate.history.code_key import code_key
from whygate.history.policy_key import policy_key
from whygate.history.record_cache import RecordCache, cache_directory
from whygate.history.walk import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.audit.record import Record
    from whygate.history.evidence import Written
    from whygate.history.target import Target


def open_cache(target: Target) -> RecordCache:
    """Return the user's cache for one policy and what it was read with."""
    variant = "paths" if target.find_area is not None else ""
    key = policy_key(target.policy, code=f"{code_key()} {variant}")
    return RecordCache(cache_directory(os.environ), key)


def walk_key(target: Target, written: Written) -> str:
    """Return what names a walk, and what its records were read with, in the cache."""
    return f"{target.walk_key}{written.key}"


def read_records(
    target: Target,
    written: Written,
    cache: RecordCache | None,
    *,
    jobs: int,
    limit: int | None = None,
) -> Iterator[list[Record]]:
    """Yield the records of a walk, many at a time, the newest `limit` of them.

    A walk that was read to its end before comes from the cache as a whole. Raises UndecidedError
    when git fails.
    """
    key = walk_key(target, written)
    if cache is not None and (known := cache.find_walk(key)) is not None:
        yield from known
        return
    from whygate.history.record_stream import Reader  # noqa: PLC0415  (not for a known walk)

    reader = Reader(
        target.git,
        target.policy,
        target.today,
        jobs=jobs,
        find_area=target.find_area,
        cache=None if target.unit is Unit.MERGED else cache,
        kept=written.kept,
    )
    kept: list[Record] = []
    for batch in reader.read(target.walk(limit)):
        if cache is not None and limit is None:
            kept += batch
        yield batch
    if cache is not None and kept and all(record.day is not None for record in kept):
        cache.keep_walk(key, kept)
