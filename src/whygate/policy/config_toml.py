"""`[tool.whygate]` of a pyproject.toml as the tree that YAML gives, each key with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.errors import ConfigError
from whygate.text.yaml_tree import Mapping, Node, Path, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1 << 20
# Ten times a large configuration; the validator's time grows with the square of the mistakes.
MAX_NODES = 4_000
_MAX_DEPTH = 32
_TABLE = ("tool", "whygate")

_LINE_END = re.compile(r"\r\n|\n")
# One part of a dotted key (TOML 1.0, "Keys"); every character is looked at once.
_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")

Places = dict[Path, tuple[int, int]]


def load_toml(text: str, path: str) -> Mapping | None:
    """Return the table `[tool.whygate]`, None when the file has none.

    `path` names the file in messages. The standard parser keeps no positions: they are found
    by reading the lines, and a key inside an inline table is given its table's.
    Raises ConfigError when the text is not TOML, too large or nested too deeply.
    """
    import tomllib  # noqa: PLC0415  (only for projects configured in pyproject.toml)

    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise ConfigError(path, ((1, f"larger than {MAX_BYTES // 1024} KiB"),))
    places = _index_places(text, path)
    try:
        table: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, (_explain(str(error), text),)) from None
    except RecursionError:
        raise ConfigError(path, ((1, f"nested deeper than {_MAX_DEPTH} levels"),)) from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise ConfigError(path, ((1, "not TOML: a number has too many digits"),)) from None
    for step in _TABLE:
        table = table.get(step) if isinstance(table, dict) else None
    if not isinstance(table, dict):
        return None
    return _Tree(path, places).mapping(table, _TABLE, places.get(_TABLE, (1, 1)), 1)


def _explain(message: str, text: str) -> tuple[int, str]:
    at = _AT_LINE.search(message)
    line = int(at[1]) if at else len(_LINE_END.split(text.rstrip()))
    return line, f"not TOML: {_AT_LINE.sub('', message)}"


class _Tree:
    def __init__(self, path: str, places: Places) -> None:
        self.path = path
        self.places = places
        self.nodes = 0

    def mapping(
        self, table: dict[str, object], path: Path, place: tuple[int, int], depth: int
    ) -> Mapping:
        self.check(place, depth, 2 * len(table))
        entries = []
        for name, value in table.items():
            at = self.places.get((*path, name), place)
            entries.append((Scalar(name, *at), self.node(value, (*path, name), at, depth)))
        return Mapping(tuple(entries), *place)

    def node(self, value: object, path: Path, place: tuple[int, int], depth: int) -> Node:
        if isinstance(value, dict):
            return self.mapping(value, path, place, depth + 1)
        if isinstance(value, list):
            self.check(place, depth, len(value))
            items = (
                self.node(item, (*path, i), self.places.get((*path, i), place), depth + 1)
                for i, item in enumerate(value)
            )
            return Sequence(tuple(items), *place)
        if isinstance(value, bool):
            return Scalar(str(value).lower(), *place)
        return Scalar(str(value), *place, quoted=isinstance(value, str))

    def check(self, place: tuple[int, int], depth: int, more: int) -> None:
        """Refuse what is too deep or too long, as YAML is refused."""
        self.nodes += more
        if depth > _MAX_DEPTH:
            raise ConfigError(self.path, ((place[0], f"nested deeper than {_MAX_DEPTH} levels"),))
        if self.nodes > MAX_NODES:
            raise ConfigError(self.path, ((place[0], f"more than {MAX_NODES:,} values"),))


def _index_places(text: str, path: str) -> Places:
    """Return the place of each table and key, the tables a dotted key implies included.

    Raises ConfigError for a key of very many parts, on which the standard parser takes
    quadratic time.
    """
    places: Places = {}
    for key, place in _places(text):
        if len(key) > _MAX_DEPTH:
            raise ConfigError(path, ((place[0], f"nested deeper than {_MAX_DEPTH} levels"),))
        for length in range(1, len(key) + 1):
            places.setdefault(key[:length], place)
    return places


def _places(text: str) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield each table and key with its line and column; a dotted key stands for its tables."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(_LINE_END.split(text), start=1):
        content = line.lstrip(" \t")
        place = (number, len(line) - len(content) + 1)
        if content.startswith("[["):
            names, _ = _dotted(content[2:])
            table = (*names, counts.get(names, 0))
            counts[names] = counts.get(names, 0) + 1
            yield table, place
        elif content.startswith("["):
            table, _ = _dotted(content[1:])
            yield table, place
        else:
            names, rest = _dotted(content)
            if (names and rest.startswith("=")) or len(names) > _MAX_DEPTH:
                yield (*table, *names), place


def _dotted(text: str) -> tuple[tuple[str, ...], str]:
    """Return the parts of a dotted key and the text behind it."""
    names: list[str] = []
    end = 0
    while len(names) <= _MAX_DEPTH and (match := _KEY.match(text, end)):
        part = match[1]
        names.append(part[1:-1] if part[0] in "\"'" else part)
        end = match.end()
        if text[end : end + 1] != ".":
            break
        end += 1
    return tuple(names), text[end:]
