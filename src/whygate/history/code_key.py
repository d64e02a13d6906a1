"""Turn the files of the program into a key that changes whenever one of them does."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import whygate

# What decides a verdict besides our own code; looked up, not imported: some of them are slow.
_LIBRARIES = ("markdown_it", "jsonschema_rs", "yaml", "pathspec", "codeowners")


def code_key() -> str:
    """Return a hexadecimal key of the names, sizes and times of whygate's files.

    In a checkout the version stays while the code changes; a cache must notice.
    """
    package = Path(whygate.__file__).parent
    files = sorted(package.rglob("*.py"))
    specs = (find_spec(name) for name in _LIBRARIES)
    files += [Path(spec.origin) for spec in specs if spec is not None and spec.origin]
    digest = sha256()
    for file in files:
        found = file.stat()
        digest.update(f"{file} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
