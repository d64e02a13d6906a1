"""Turn the names of many objects into their bytes, with two git processes for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.git.git import Git

_BLOB = b"blob"


def read_objects(git: Git, names: Sequence[str], *, limit: int) -> dict[str, bytes]:
    """Return the bytes of the files that `names` mean, by name.

    A name is a hash, or `<hash>:<path>`, without a line feed (git-cat-file, `--batch`). What is
    absent, is no file, or holds more than `limit` bytes is left out.
    """
    if not names:
        return {}
    told = git.run("cat-file", "--batch-check", input=_lines(names)).splitlines()
    blobs = {
        name: fields[0].decode("ascii")
        for name, row in zip(names, told, strict=True)
        if _is_fit(fields := row.split(b" "), limit)
    }
    if not blobs:
        return {}
    wanted = list(dict.fromkeys(blobs.values()))
    contents = dict(_split(git.run("cat-file", "--batch", input=_lines(wanted))))
    return {name: contents[blob] for name, blob in blobs.items() if blob in contents}


def _is_fit(fields: list[bytes], limit: int) -> bool:
    """Tell whether `<hash> <type> <size>` is a file of a bearable size."""
    return len(fields) == 3 and fields[1] == _BLOB and int(fields[2]) <= limit


def _lines(names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")


def _split(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (hash, bytes) for each `<hash> <type> <size>`, line feed, bytes, line feed."""
    start = 0
    while (end := data.find(b"\n", start)) > 0:
        sha, kind, size = data[start:end].split(b" ")
        content = data[end + 1 : end + 1 + int(size)]
        start = end + 2 + int(size)
        if kind == _BLOB:
            yield sha.decode("ascii"), content
