"""Files of the repository: Parquet, CSV and JSON as one table, which has the backend's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whygate.metrics.backends.duck import Duck, connect, lock
from whygate.metrics.port import SourceError, first_line

if TYPE_CHECKING:
    from whygate.catalogue.catalogue import Backend
    from whygate.metrics.port import Setting

MOST_FILES = 10_000
MOST_BYTES = 4 << 30  # of all files together
_READERS = {
    ".parquet": "read_parquet($files, union_by_name = true)",
    ".csv": "read_csv($files, union_by_name = true)",
    ".json": "read_json($files, union_by_name = true)",
    ".jsonl": "read_json($files, union_by_name = true, format = 'newline_delimited')",
    ".ndjson": "read_json($files, union_by_name = true, format = 'newline_delimited')",
}


def open_backend(backend: Backend, setting: Setting) -> Duck:
    """Return the backend with its files loaded and everything else shut.

    Raises SourceError when there are no such files, too many, one leads out of the repository,
    or one cannot be read.
    """
    if setting.root is None:
        raise SourceError("files are read from a repository, and this is none")
    paths = _find(setting.root, backend.path)
    connection = connect(None)
    reader = _READERS[Path(backend.path).suffix]
    try:
        connection.execute(
            f'CREATE TABLE "{backend.name}" AS SELECT * FROM {reader}',  # noqa: S608 - a checked name
            {"files": [str(path) for path in paths]},
        )
        lock(connection)
    except Exception as error:  # duckdb.Error has no name here yet
        connection.close()
        reason = first_line(error, (str(setting.root.resolve()),))
        raise SourceError(f"`{backend.path}` cannot be read: {reason}") from None
    return Duck(connection, backend.timeout)


def _find(root: Path, pattern: str) -> list[Path]:
    top = root.resolve()
    found: list[Path] = []
    size = 0
    for path in sorted(root.glob(pattern)):
        real = path.resolve()
        if not real.is_relative_to(top):
            raise SourceError(f"`{path.name}` leads out of the repository")
        if not real.is_file():
            continue
        size += real.stat().st_size
        if len(found) == MOST_FILES or size > MOST_BYTES:
            raise SourceError(
                f"`{pattern}` fits more than {MOST_FILES} files or {MOST_BYTES >> 30} GiB"
            )
        found.append(real)
    if not found:
        raise SourceError(f"no file fits `{pattern}`")
    return found
