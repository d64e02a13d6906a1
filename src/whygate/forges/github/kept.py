"""Keep lines beside commits through GitHub's API: in the notes of a ref, or in a file."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from whygate.errors import UndecidedError
from whygate.forges.github.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.github.api import Api

_ATTEMPTS = 3
_PLAIN_FILE = "100644"
# GitHub refuses a ref that has moved (422), and a file or ref that somebody else just made (409).
_MOVED = (409, 422)
_ABSENT = (404,)
_FILE_LIMIT = 1_000_000  # bytes; of a larger file the API does not tell the content


def keep_notes(api: Api, repository: str, ref: str, lines: Mapping[str, str]) -> int:
    """Add a note with a line to each commit that has none, and return how many were added.

    `ref` is a full ref such as `refs/notes/product-context`, `lines` has a line by the full hash
    of a commit. The notes are one commit on top of what is there, as git writes them; when
    somebody else writes at the same time they are built again. Raises ApiError when the token
    may not write.
    """
    return _retry(lambda: _add_notes(api, f"/repos/{repository}/git", ref, lines))


def append_lines(api: Api, repository: str, path: str, lines: Mapping[str, str]) -> int:
    """Append lines to a file of the default branch, and return how many were appended.

    A line whose key the file holds already is left out. What is there stays as it is. Raises
    ApiError when the token may not write, as on a protected branch, UndecidedError when the file
    is too large for the API.
    """
    return _retry(lambda: _add_lines(api, f"/repos/{repository}/contents/{path}", path, lines))


def _retry(work: Callable[[], int]) -> int:
    for left in range(_ATTEMPTS - 1, -1, -1):
        try:
            return work()
        except ApiError as error:
            if error.status not in _MOVED or not left:
                raise
    raise AssertionError  # the last attempt returns or raises


def _add_notes(api: Api, git: str, ref: str, lines: Mapping[str, str]) -> int:
    short = ref.removeprefix("refs/")
    tip = _find_tip(api, f"{git}/ref/{short}")
    tree, known = _read_tree(api, git, tip) if tip else ("", frozenset[str]())
    new = {sha: line for sha, line in lines.items() if sha not in known}
    if not new:
        return 0
    made = api.send("POST", f"{git}/trees", _tree(tree, new))
    message = "Notes added by whygate"
    parents = [tip] if tip else []
    commit = {"message": message, "tree": made.text("sha"), "parents": parents}
    sha = api.send("POST", f"{git}/commits", commit).text("sha")
    if tip:
        api.send("PATCH", f"{git}/refs/{short}", {"sha": sha, "force": False})
    else:
        api.send("POST", f"{git}/refs", {"ref": ref, "sha": sha})
    return len(new)


def _find_tip(api: Api, path: str) -> str:
    """Return the commit of a ref, empty when there is no such ref."""
    try:
        return api.get(path).record("object").text("sha")
    except ApiError as error:
        if error.status not in _ABSENT:
            raise
        return ""


def _read_tree(api: Api, git: str, tip: str) -> tuple[str, frozenset[str]]:
    """Return the tree of a notes commit, and the commits that have a note.

    Many notes lie in directories named after the first digits (git-notes, fan-out).
    """
    tree = api.get(f"{git}/commits/{tip}").record("tree").text("sha")
    listed = api.get(f"{git}/trees/{tree}", recursive="true")
    paths = (entry.text("path") for entry in listed.records("tree"))
    return tree, frozenset(path.replace("/", "") for path in paths)


def _tree(base: str, lines: Mapping[str, str]) -> dict[str, object]:
    entries: Sequence[dict[str, str]] = [
        {"path": sha, "mode": _PLAIN_FILE, "type": "blob", "content": f"{line}\n"}
        for sha, line in sorted(lines.items())
    ]
    return {"base_tree": base, "tree": entries} if base else {"tree": entries}


def _add_lines(api: Api, address: str, path: str, lines: Mapping[str, str]) -> int:
    old, sha = _read_file(api, address, path)
    new = [line for key, line in lines.items() if key.encode() not in old]
    if not new:
        return 0
    start = b"\n" if old and not old.endswith(b"\n") else b""
    data = old + start + "".join(f"{line}\n" for line in new).encode()
    body: dict[str, object] = {
        "message": "chore: keep the plans of merged changes",
        "content": base64.b64encode(data).decode("ascii"),
    }
    api.send("PUT", address, {**body, "sha": sha} if sha else body)
    return len(new)


def _read_file(api: Api, address: str, path: str) -> tuple[bytes, str]:
    """Return the bytes of a file and the hash of its blob, both empty when it is absent."""
    try:
        found = api.get(address)
    except ApiError as error:
        if error.status not in _ABSENT:
            raise
        return b"", ""
    size, kind = found.number("size"), found.text("encoding")
    if kind != "base64" or size > _FILE_LIMIT:
        raise UndecidedError(f"`{path}` is too large for the API", hint="keep plans as notes")
    try:
        return base64.b64decode(found.text("content")), found.text("sha")
    except binascii.Error:
        raise UndecidedError(f"GitHub sent `{path}` in a form that cannot be read") from None
