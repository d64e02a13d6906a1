"""The script of a git hook: written into the hooks directory, and taken out again."""

from __future__ import annotations

import os
import re
import shlex
import stat
from typing import TYPE_CHECKING, NamedTuple

from whygate.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = ("commit-msg", "prepare-commit-msg", "pre-push")
BEFORE = ".before-whygate"

_MARK = "# This hook was written by `whygate hook install`."
_LIMIT = 65_536
_MODE = 0o755
# What a hook does when whygate is gone: a gate must not open by itself, a helper must not block.
_WITHOUT = {"commit-msg": 1, "prepare-commit-msg": 0, "pre-push": 1}

# What a script is run as, in the languages of hooks: shell, Perl, Ruby, Python, JavaScript.
_OWN_NAME = re.compile(
    rb"\$0|\$\{0|BASH_SOURCE|\bargv\[0\]|\bprocess\.argv\[1\]|\b__file__|\b__FILE__|\b__filename"
    rb"|\$?PROGRAM_NAME"
)
# The directory it stands in, which stays the same.
_OWN_DIRECTORY = re.compile(
    rb"dirname (?:-- )?[\"']?\$\{?0\}?[\"']?|\$\{0%/\*\}"
    rb"|dirname\((?:abspath\()?__file__|Path\(__file__\)(?:\.resolve\(\))?\.parent"
)
# Another file of the shell's, unless it is none of this repository.
_SOURCES = re.compile(
    rb"(?:^|[;&|{(]|\bthen\b|\bdo\b)[ \t]*(?:\.|source)[ \t]+(?![\"']?(?:/|~|\$\{?HOME\b))",
    re.MULTILINE,
)

_SCRIPT = """\
#!/bin/sh
{mark}
# `whygate hook uninstall` takes it away and puts back what was here before.
before="$(dirname "$0")/{name}{suffix}"
python={python}
package={package}
start={start}

find_whygate() {{
  if [ -x "$python" ] && [ -f "$package" ]; then
    # -E: no PYTHON variable counts; -P: nothing is imported from the directory the hook runs in
    whygate() {{ "$python" -E -P -c "$start" "$package" "$@"; }}
    return
  fi
  case "$(command -v whygate)" in
    /*) whygate() {{ without_python_variables command whygate "$@"; }} ;;
    *) return 1 ;; # none, or one of the directory the hook runs in
  esac
}}

without_python_variables() {{
  (
    for name in $(env | sed -n 's/^\\(PYTHON[A-Z0-9_]*\\)=.*/\\1/p'); do unset "$name"; done
    "$@"
  )
}}

explain() {{
  echo "whygate: the hook {name} cannot find whygate any more" >&2
  if [ -f "$before" ]; then
    echo "hint: install whygate again, or remove the hook: mv '$before' '$0'" >&2
  else
    echo "hint: install whygate again, or remove the hook: rm '$0'" >&2
  fi{kept}
}}

{body}
"""
# What was installed for PYTHONPATH only is found last, beside the package it was installed with.
_START = (
    "import os, sys; "
    "sys.path.append(os.path.dirname(os.path.dirname(sys.argv.pop(1)))); "
    "from whygate.cli import main; sys.exit(main())"
)
_KEPT = """
  echo "the message is kept; commit again with: git commit --edit --file='$1'" >&2"""
_PLAIN = """\
if [ -x "$before" ]; then
  "$before" "$@" || exit $?
fi
find_whygate || {{ explain "$@"; exit {without}; }}
whygate hook {name} "$@"
"""
# githooks(5): pre-push is told on stdin what is pushed, and both hooks must hear it. The dot
# keeps the line feeds at the end, which $(...) would drop.
_WITH_STDIN = """\
pushed="$(cat; echo .)"
pushed="${{pushed%.}}"
if [ -x "$before" ]; then
  printf %s "$pushed" | "$before" "$@" || exit $?
fi
find_whygate || {{ explain "$@"; exit {without}; }}
printf %s "$pushed" | whygate hook {name} "$@"
"""


class Interpreter(NamedTuple):
    """The Python that runs whygate: its program, and a file of the package it must have."""

    python: Path
    package: Path


class Change(NamedTuple):
    """What was done to one hook: its path, and a sentence about it."""

    path: Path
    sentence: str


def install_hook(directory: Path, name: str, interpreter: Interpreter) -> Change:
    """Write the script of a hook; what is there is kept as `<name>.before-whygate`.

    The kept hook runs first, with the same arguments and stdin, and when it fails the hook
    fails. A script of ours is written anew. Raises InputError when the hook cannot be kept, since
    it may look at the name it is run by, when there are two to keep, or when the directory cannot
    be written.
    """
    hook, before = directory / name, directory / (name + BEFORE)
    script = render_script(name, interpreter).encode()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(hook):
            _write(hook, script)
            return Change(hook, "installed")
        if is_ours(hook):
            if _read(hook) == script:
                return Change(hook, "is installed already")
            _write(hook, script)
            return Change(hook, "updated")
        if os.path.lexists(before):
            raise InputError(
                f"`{hook}` was replaced after whygate kept `{before.name}`",
                hint="remove one of the two, then install again",
            )
        if may_look_at_its_name(_read(hook.resolve())):
            raise InputError(
                f"`{hook}` may look at its own name and would do nothing under another one",
                hint=f'let it run `whygate hook {name} "$@" || exit 1` itself',
            )
        hook.rename(before)
        _write(hook, script)
    except OSError as error:
        raise _no_access(hook, error) from error
    return Change(hook, f"installed; the hook that was there runs first, as {before.name}")


def uninstall_hook(directory: Path, name: str) -> Change:
    """Take the script of a hook away and put back what was there before, as it was."""
    hook, before = directory / name, directory / (name + BEFORE)
    if not os.path.lexists(hook):
        return Change(hook, "is not installed")
    if not is_ours(hook):
        return Change(hook, "is not whygate's and stays")
    try:
        if not os.path.lexists(before):
            hook.unlink()
            return Change(hook, "removed")
        before.replace(hook)
    except OSError as error:
        raise _no_access(hook, error) from error
    return Change(hook, "removed; the hook that was there before is back")


def render_script(name: str, interpreter: Interpreter) -> str:
    """Return the script of a hook, for any POSIX shell."""
    body = _WITH_STDIN if name == "pre-push" else _PLAIN
    return _SCRIPT.format(
        mark=_MARK,
        name=name,
        suffix=BEFORE,
        python=shlex.quote(interpreter.python.as_posix()),
        package=shlex.quote(interpreter.package.as_posix()),
        start=shlex.quote(_START),
        kept=_KEPT if name == "commit-msg" else "",
        body=body.format(name=name, without=_WITHOUT[name]).rstrip("\n"),
    )


def may_look_at_its_name(script: bytes) -> bool:
    """Tell whether a hook may do something else under another name, as dispatchers do.

    The directory it stands in stays the same, so a script may ask for that; not where it reads
    another file from there (husky's stubs), which can see the name as well. A program that is
    no text tells nothing.
    """
    if b"\0" in script:
        return True
    lines = (line for line in script.split(b"\n") if not line.lstrip().startswith(b"#"))
    text = _OWN_DIRECTORY.sub(b"", b"\n".join(lines))
    return bool(_OWN_NAME.search(text) or _SOURCES.search(text))


def is_ours(hook: Path) -> bool:
    """Tell whether a hook is one that `install_hook` wrote."""
    return _MARK.encode() in _read(hook).split(b"\n")[:3]


def _read(hook: Path) -> bytes:
    """Return the start of a plain file, empty when it is none or cannot be read."""
    try:
        if not stat.S_ISREG(hook.lstat().st_mode):
            return b""
        with hook.open("rb") as stream:
            return stream.read(_LIMIT)
    except OSError:
        return b""


def _write(hook: Path, script: bytes) -> None:
    """Write a program so that git never sees half of it."""
    new = hook.with_name(f"{hook.name}.new-whygate")
    new.write_bytes(script)
    new.chmod(_MODE)
    new.replace(hook)


def _no_access(hook: Path, error: OSError) -> InputError:
    return InputError(f"`{hook}` cannot be written: {error.strerror}")
