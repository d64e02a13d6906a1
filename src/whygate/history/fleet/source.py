"""Which repositories make up a fleet: a list, a directory of clones, or a group of a forge."""

from __future__ import annotations

import hashlib
import json
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import ConfigError, InputError
from whygate.forges.find import list_group, name_forge
from whygate.forges.listing import looks_like_group, parse_group
from whygate.forges.remotes import split_remote
from whygate.git.clone import hide_secret, is_address
from whygate.git.repository import find_repository
from whygate.history.fleet.tables import clean_cell
from whygate.policy.config_file import as_instance, schema_mistakes
from whygate.schema.files import FLEET, read_bundled
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import Node, Scalar, Sequence, YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LIMIT = 32 << 20  # bytes of a list: 100,000 repositories with names and teams
_MOST_NODES = 2_000_000
_YAML = (".yml", ".yaml")
_DEPTH = 4  # directories below the one that is named
_SLUG = re.compile(r"[^A-Za-z0-9._-]+")
_TAIL = re.compile(r"(?:[a-z]+://[^/]+/|[^/:]+:)?(.+?)(?:\.git)?/*\Z")
_WEB_PORT = re.compile(r"https?://[^/:]+(:[0-9]+)")  # another port may be another server
_OF_GROUP = frozenset({"archived", "forks"})


class Member(Struct, frozen=True):
    """One repository of a fleet.

    `place` is a path or an address, as it is given to git; `name` is what reports call it,
    `organisation` and `team` the groups it counts in, "" where nothing says so. `forge` is the one
    that listed it, whose token git may use for it; "" for what a list names by its address.
    """

    name: str
    place: str
    organisation: str = ""
    team: str = ""
    forge: str = ""

    @property
    def is_remote(self) -> bool:
        """Tell whether it must be fetched."""
        return is_address(self.place)

    @property
    def shown(self) -> str:
        """Return its place without a password, as text that any file can hold."""
        return _escape(hide_secret(self.place))

    @property
    def key(self) -> str:
        """Return what its files are called by: short, safe, and its own."""
        digest = hashlib.sha256(self.shown.encode()).hexdigest()[:10]
        return f"{_SLUG.sub('-', self.name)[-60:].strip('-.') or 'repository'}-{digest}"


class Fleet(Struct, frozen=True):
    """The repositories that were asked for, each once, and what is to be said of the list."""

    members: tuple[Member, ...]
    notes: tuple[str, ...] = ()


class Wanted(Struct, frozen=True):
    """An entry of a list: one repository, or what stands for those of a group of a forge.

    `told` is what the list itself says of each.
    """

    place: str
    told: dict[str, str]
    archived: bool = False
    forks: bool = False


def read_fleet(
    source: str, teams: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> Fleet:
    """Return the fleet of a file, of a directory, or of a group of a forge.

    A file that ends in `.yml` or `.yaml` is one of fleet.schema.json; any other has a path, an
    address or a group a line. `teams` is a file of the same schema whose `teams` count before all
    others. `say` is told what a forge makes us wait for. Raises InputError when nothing is there,
    ConfigError with every mistake of a file, UndecidedError when a forge does not answer.
    """
    path = Path(source)
    patterns: list[tuple[str, str]] = []
    notes: list[str] = []
    if path.is_dir():
        members = list(_find_clones(path))
    else:
        if looks_like_group(source):
            wanted: Iterable[Wanted] = [Wanted(source, {})]
        elif path.suffix in _YAML:
            wanted, patterns = _read_yaml(path)
        else:
            wanted = _read_lines(path)
        members = [member for entry in wanted for member in _expand(path, entry, notes, say)]
    if not members:
        raise InputError(f"`{source}` names no repository", hint="see docs/fleet.md for the form")
    if teams is not None:
        patterns = [*_read_yaml(teams)[1], *patterns]
    found, again = _only_once(members)
    named = _name_apart(_with_team(_name_plainly(m), patterns) for m in found)
    return Fleet(tuple(named), (*notes, *again))


def _expand(
    path: Path, entry: Wanted, notes: list[str], say: Callable[[str], None]
) -> Iterator[Member]:
    """Yield the repositories that an entry means; what is to be said of a group goes to `notes`."""
    if not looks_like_group(entry.place):
        yield replace(_from(path, entry.place), **entry.told)
        return
    group = parse_group(entry.place, here=name_forge(os.environ))
    if group is None:
        raise InputError(
            f"`{entry.place}` names no group of a forge",
            hint="write `github:NAME` or `gitlab:GROUP/SUBGROUP`",
        )
    listing = list_group(group, os.environ, archived=entry.archived, forks=entry.forks, say=say)
    notes += listing.notes
    for found in listing.repositories:
        member = Member(found.name, found.address, found.organisation, found.team, group.forge)
        yield replace(member, **entry.told)


def _find_clones(top: Path) -> Iterator[Member]:
    """Yield the repositories below a directory, checked out or bare, in the order of their paths.

    What lies in a repository is part of it.
    """
    waiting = [(top, 0)]
    while waiting:
        directory, depth = waiting.pop()
        if depth and _holds_one(directory):
            yield _make_member(str(directory.absolute()), directory.relative_to(top).as_posix())
            continue
        if depth == _DEPTH:
            continue
        try:
            entries = [entry for entry in os.scandir(directory) if entry.is_dir()]
        except OSError as error:
            raise InputError(f"`{directory}` cannot be read: {error.strerror}") from None
        below = (Path(e.path) for e in entries if e.name != ".git" and not e.is_symlink())
        seen = (
            p for p in below if not p.name.startswith(".") or _holds_one(p)
        )  # a clone may be called `.github`
        waiting += sorted(((path, depth + 1) for path in seen), reverse=True)


def _holds_one(directory: Path) -> bool:
    """Tell whether a directory is asked for; a `.git` that is broken is told, not left out."""
    if os.path.lexists(directory / ".git"):
        return True
    found = find_repository(directory)
    if found is None:
        return False
    top = found.worktree if found.worktree is not None else found.git_dir
    return top == directory.absolute()


def _read_lines(path: Path) -> Iterator[Wanted]:
    for line in _read(path).splitlines():
        place = line.strip()
        if place and not place.startswith("#"):
            yield Wanted(place, {})


def _read_yaml(path: Path) -> tuple[list[Wanted], list[tuple[str, str]]]:
    """Return the entries of a file, and (pattern of names, team) in its order."""
    schema = json.loads(read_bundled(FLEET))
    try:
        tree = load_tree(_read(path), max_nodes=_MOST_NODES, max_bytes=LIMIT)
    except YamlError as error:
        problems = tuple((p.line, p.message) for p in error.problems)
        raise ConfigError(str(path), problems) from None
    if not isinstance(tree, Tree):
        raise ConfigError(str(path), ((1, "the list must be a mapping with `version: 1`"),))
    mistakes = schema_mistakes(as_instance(tree, schema, schema), tree, schema)
    if mistakes:
        ordered = tuple(sorted((m.line, m.sentence) for m in mistakes))
        raise ConfigError(str(path), ordered, hint="see docs/fleet.md for the form")
    entries = [_read_entry(path, entry) for entry in _items(tree.get("repositories"))]
    teams = [
        (_text(name), team.text)
        for team, names in _entries(tree.get("teams"))
        for name in _items(names)
    ]
    return entries, teams


def _read_entry(path: Path, entry: Node) -> Wanted:
    if isinstance(entry, Scalar):
        return Wanted(entry.text, {})
    told = {key.text: _text(value) for key, value in _entries(entry)}
    place = told.pop("at")
    flags = {name: told.pop(name, "") == "true" for name in _OF_GROUP}
    lines = {key.text: key.line for key, _ in _entries(entry)}
    unfit = ({"name"} if looks_like_group(place) else _OF_GROUP) & set(lines)
    if unfit:
        whole = "a whole group" if looks_like_group(place) else "one repository"
        mistakes = tuple((lines[n], f"`{n}` says nothing of {whole}") for n in sorted(unfit))
        raise ConfigError(str(path), mistakes, hint="see docs/fleet.md for the form")
    return Wanted(place, told, **flags)


def _entries(node: Node | None) -> Iterable[tuple[Scalar, Node]]:
    return node.entries if isinstance(node, Tree) else ()


def _items(node: Node | None) -> Iterable[Node]:
    return node.items if isinstance(node, Sequence) else ()


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _from(path: Path, place: str) -> Member:
    """Return the repository that a line of a file means; paths count from that file."""
    if is_address(place):
        return _make_member(place, hide_secret(place))
    return _make_member(str((path.parent / Path(place).expanduser()).absolute()), place)


def _make_member(place: str, written: str) -> Member:
    match = _TAIL.match(written)
    steps = [s for s in (match[1] if match else written).split("/") if s not in ("", ".", "..")]
    name = "/".join(steps[-3:]) if is_address(place) else "/".join(steps[-2:])
    return Member(name or place, place, steps[-2] if len(steps) > 1 else "")


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise InputError(f"there is no list and no directory `{path}`")
        with path.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except OSError as error:
        raise InputError(f"`{path}` cannot be read: {error.strerror}") from None
    if len(data) > LIMIT:
        raise InputError(f"`{path}` is larger than {LIMIT >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"`{path}` is not UTF-8", hint="save it as UTF-8") from None


def _only_once(members: Iterable[Member]) -> tuple[list[Member], list[str]]:
    """Return each place once, and how often one was named again: nothing counts twice."""
    found: dict[str, Member] = {}
    again = []
    for member in members:
        place = _identify(member)
        if place in found:
            again.append(member.name)
        found.setdefault(place, member)
    if not again:
        return list(found.values()), []
    shown = ", ".join(again[:5]) + (f" and {len(again) - 5} more" if len(again) > 5 else "")
    return list(found.values()), [f"named more than once, and counted once: {shown}"]


def _identify(member: Member) -> str:
    """Return what two ways to one repository have in common: to its directory, or on its host.

    A forge has it under one path for https and ssh, with `.git` and without.
    """
    scheme, _, rest = member.shown.rpartition("://")
    if scheme == "file" or not member.is_remote:
        directory = unquote(rest) if scheme == "file" else member.place
        return os.path.realpath(directory).removesuffix("/.git")
    found = split_remote(member.shown.rstrip("/"))
    if found is None:
        return member.shown
    port = _WEB_PORT.match(member.shown)
    return f"{found[0]}{port[1] if port else ''}/{found[1]}"


def _name_plainly(member: Member) -> Member:
    """Return a member whose names are the same in every file that is written of it."""
    name, organisation, team = (
        clean_cell(_escape(text)) for text in (member.name, member.organisation, member.team)
    )
    return replace(member, name=name, organisation=organisation, team=team)


def _escape(text: str) -> str:
    """Return a text in which bytes that are no UTF-8, as a path may hold them, are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _name_apart(members: Iterable[Member]) -> Iterator[Member]:
    """Yield the members; of two with one name the later one is called by its place."""
    taken: set[str] = set()
    for member in members:
        yield replace(member, name=member.shown) if member.name in taken else member
        taken.add(member.name)


def _with_team(member: Member, patterns: Iterable[tuple[str, str]]) -> Member:
    """Return a member with the team of the first pattern that means its name."""
    for pattern, team in patterns:
        if fnmatchcase(member.name.lower(), pattern.lower()):
            return replace(member, team=team)
    return member
