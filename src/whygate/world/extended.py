"""What a configuration extends: read from the repository, or once from the forge that keeps it.

A pinned file never changes, so the user's cache keeps it under its address, with git's hash of its
bytes. What a token may not read can be brought into the clone by git itself: a commit is the same
commit wherever it lies.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.errors import ConfigError, InputError, PinError, UndecidedError
from whygate.forges.answers import blob_hash
from whygate.forges.find import open_pinned
from whygate.forges.rest import ApiError
from whygate.git.tree import CommitTree, Worktree, decode_text, read_text
from whygate.policy.extends import DEPTH, Address, parse_extends
from whygate.text.yaml_tree import find
from whygate.world.kept import EXTENDED, place_in_cache, read_own, write_own
from whygate.world.worktree import FILE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.policy.config import PartialConfig

_REFUSED = (203, 302, 401, 403, 404)  # some send a page to sign in
_SHORT = 12
_FILES = {"schema": "schema_path", "template": "templates"}  # keys that name files


class Pins(Struct, frozen=True):
    """From where a pinned file may be had; each is read once in a run.

    `git` is a clone that may hold its commit. `keeps` tells whether the user's cache counts, which
    other jobs of a machine may have written; `asks` whether the forge may be asked. `known` are
    the files of this run by their addresses.
    """

    environ: Mapping[str, str]
    git: Git | None = None
    keeps: bool = True
    asks: bool = True
    known: dict[str, bytes] = field(default_factory=dict)

    def read(self, address: Address) -> bytes:
        """Return the bytes of a pinned file.

        Raises InputError when the commit holds no such file or none that is fit to be read,
        UndecidedError when it cannot be had.
        """
        name = str(address)
        if name not in self.known:
            kept = self._find_kept(name)
            data = kept if kept is not None else self._read(address)
            if data is None:
                where = f"{address.repository} at {address.sha[:_SHORT]}"
                raise InputError(f"there is no `{address.path}` in {where}")
            self.known[name] = data
            if kept is None:
                self._keep(name, data)
        return self.known[name]

    def _read(self, address: Address) -> bytes | None:
        """Return the bytes of a file from the clone or from its forge, None when it is absent."""
        if self.git is not None and _holds(self.git, address.sha):
            try:
                tree = CommitTree(self.git, address.sha)
                return tree.read_bytes(address.path, limit=FILE_LIMIT)
            except UndecidedError:  # a partial clone
                pass
        if not self.asks:
            raise UndecidedError(
                "a request's own configuration fetches nothing", hint="it counts once it is merged"
            )
        files, clone = open_pinned(address, self.environ)
        fetch = f"`git fetch {clone} {address.sha}` brings it into this clone"
        try:
            return files.read_bytes(address.path, limit=FILE_LIMIT)
        except ApiError as error:
            other = "connect, and run it again" if error.wait is not None else error.hint
            if error.status in _REFUSED:
                other = "look at the hash; a private repository needs a token"
            raise UndecidedError(error.message, hint=f"{other}; or {fetch}") from None

    def _find_kept(self, name: str) -> bytes | None:
        """Return what the cache keeps under an address; what is not whole is not there."""
        path = place_in_cache(self.environ, EXTENDED, name) if self.keeps else None
        try:
            found = read_own(path) if path is not None else None
        except (OSError, ValueError):
            return None
        head, _, data = (found or b"").partition(b"\n")
        return data if head == _head(name, data) else None

    def _keep(self, name: str, data: bytes) -> None:
        path = place_in_cache(self.environ, EXTENDED, name) if self.keeps else None
        if path is not None:
            try:
                write_own(path, _head(name, data) + b"\n" + data)
            except OSError:  # it is fetched again
                return


def read_extended(
    own: PartialConfig,
    parse: Callable[[str, str], PartialConfig],
    *,
    files: Path | Tree | None,
    pins: Pins,
) -> tuple[PartialConfig, ...]:
    """Return the layers of the files that a configuration extends, the lowest first.

    `parse` makes a layer of a text and the name of its file; `files` are those of the repository,
    None where there is none. Raises ConfigError, in the file and line that names it, for what is
    absent or unfit, for a circle and for more than DEPTH files; PinError for a pinned file that
    cannot be had.
    """
    layers: list[PartialConfig] = []
    names = [own.origin]
    layer, base = own, None
    while layer.extends is not None:
        target = parse_extends(layer.extends, base)
        name = str(target)
        if name in names:
            raise _wrong(layer, f"{' extends '.join((*names, name))}: that is a circle")
        if len(layers) == DEPTH:
            raise _wrong(layer, f"at most {DEPTH} files extend one another, and this is one more")
        text = _read_text(layer, target, files, pins)
        layer = parse(text, name)
        if isinstance(target, Address):
            base = target
            _require_settings(layer)
        layers.insert(0, layer)
        names.append(name)
    return tuple(layers)


def _read_text(
    layer: PartialConfig, target: Address | str, files: Path | Tree | None, pins: Pins
) -> str:
    try:
        if isinstance(target, Address):
            return decode_text(pins.read(target), target.path)
        if files is None:
            raise _wrong(layer, f"`{target}` is looked for in a repository, and this is none")
        tree = Worktree(files) if isinstance(files, Path) else files
        text = read_text(tree, target, limit=FILE_LIMIT)
    except InputError as error:
        raise _wrong(layer, error.message, hint=error.hint) from None
    except UndecidedError as error:
        said = f"`{layer.origin}` extends `{target}`, which cannot be read: {error.message}"
        raise PinError(said, hint=error.hint) from None
    if text is None:
        raise _wrong(layer, f"there is no `{target}` in this repository")
    return text


def _require_settings(layer: PartialConfig) -> None:
    """Refuse the keys of a pinned file that name other files: nobody could say where they lie."""
    wrong = [key for key, attribute in _FILES.items() if getattr(layer, attribute) is not None]
    if wrong and layer.tree is not None:
        sentence = "names a file, which a pinned configuration cannot bring along"
        problems = tuple((find(layer.tree, (key,))[0], f"`{key}` {sentence}") for key in wrong)
        raise ConfigError(
            layer.origin, problems, hint="let the repository that extends it name its own"
        )


def _wrong(layer: PartialConfig, sentence: str, *, hint: str = "") -> ConfigError:
    line = find(layer.tree, ("extends",))[0] if layer.tree is not None else 1
    hint = hint or "correct `extends`"
    return ConfigError(layer.origin, ((line, f"`extends`: {sentence}"),), hint=hint)


def _head(name: str, data: bytes) -> bytes:
    """Return the first line of a kept file: git's hash of its bytes, and its address."""
    return f"{blob_hash(data, '')} {name}".encode()


def _holds(git: Git, sha: str) -> bool:
    try:
        return git.resolve(sha) == sha
    except (InputError, UndecidedError):
        return False
