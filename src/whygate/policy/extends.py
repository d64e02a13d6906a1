"""What `extends` names: a file of the same repository, or one that a hash pins at a forge.

`policy/base.yml` is a path from the top of the repository. An address is
`FORGE:REPOSITORY@HASH:PATH`, and `FORGE://SERVER/REPOSITORY@HASH:PATH` on a server of one's own.
Where that lies below a path, `//` ends it: `gitlab://code.example.com/git//shop/policy@HASH:x.yml`.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

DEPTH = 3  # files that extend one another, besides the repository's own
_LONGEST = 1_000  # characters
_SHOWN = 80

_FORGE = re.compile(r"([a-z][a-z0-9-]+):")
_STEP = re.compile(r"[A-Za-z0-9._~ +-]+", re.ASCII)
_SERVER = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]+)?", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT_HASH = re.compile(r"[0-9a-f]{4,63}")
_SHAPE = "`FORGE:OWNER/NAME@HASH:PATH`"


class Address(Struct, frozen=True):
    """A file at a commit that a forge keeps; `server` is "" for the forge's public one."""

    forge: str
    server: str
    repository: str
    sha: str
    path: str

    def __str__(self) -> str:
        """Return the address as it is written."""
        where = self.repository
        if self.server:
            between = "//" if "/" in self.server else "/"
            where = f"//{self.server}{between}{where}"
        return f"{self.forge}:{where}@{self.sha}:{self.path}"


def parse_extends(text: str, base: Address | None = None) -> Address | str:
    """Return what a value of `extends` names: an address, or a path inside the repository.

    In a file that `base` pins, a path is one of the same commit, so an address comes back. Raises
    ValueError with the sentence that says what is wrong.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"it is longer than {_LONGEST} characters")
    if found := _FORGE.match(text):
        return _parse_address(found[1], text[found.end() :])
    path = _require_path(text)
    return path if base is None else replace(base, path=path)


def _parse_address(forge: str, rest: str) -> Address:
    where, at, pinned = rest.partition("@")
    sha, colon, path = pinned.partition(":")
    if not at:
        raise ValueError(f"it pins no commit; write {_SHAPE}, with the full hash of one")
    if not colon:
        raise ValueError(f"it names no file behind the commit; write {_SHAPE}")
    _require_hash(sha)
    server = ""
    if where.startswith("//"):
        home = where[2:]
        server, _, where = home.partition("//" if "//" in home else "/")
        if not _SERVER.fullmatch(server) or not _are_steps(server.partition("/")[2] or "x"):
            raise ValueError(f"{_show(server)} is no server; it is a host, `:port` and a path")
    if "/" not in where or not _are_steps(where):
        raise ValueError(f"{_show(where)} is no repository; write {_SHAPE}")
    return Address(forge, server, where, sha, _require_path(path))


def _require_hash(sha: str) -> None:
    if _HASH.fullmatch(sha):
        return
    if _SHORT_HASH.fullmatch(sha):
        raise ValueError(f"{_show(sha)} is not the full hash of a commit, which has 40 digits")
    raise ValueError(
        f"{_show(sha)} is no hash of a commit; a branch or a tag can be moved, and the rules here "
        "with it (`git rev-parse` prints the hash)"
    )


def _require_path(path: str) -> str:
    """Return a path below the top of a repository; raises ValueError for any other."""
    if path.startswith("/") or "\\" in path or path[1:2] == ":":
        raise ValueError(
            f"the path {_show(path)} must count from the top of the repository, with `/`"
        )
    if ".." in path.split("/"):
        raise ValueError(f"the path {_show(path)} must stay inside the repository")
    if not _are_steps(path) or ".git" in path.lower().split("/"):
        raise ValueError(f"{_show(path)} is no path of a file")
    if not path.endswith((".yml", ".yaml")):
        raise ValueError(f"{_show(path)} must end in `.yml`: what is extended is YAML")
    return path


def _are_steps(path: str) -> bool:
    return all(_STEP.fullmatch(step) and step.strip(".") for step in path.split("/"))


def _show(text: str) -> str:
    """Return a piece of a value in a sentence: one line, shortened."""
    short = " ".join(text.split())
    return f"`{short[:_SHOWN]}{'…' * (len(short) > _SHOWN)}`"
