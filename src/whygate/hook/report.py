"""Tell the author of a refused commit what is missing, in a few lines, and how to go on.

First the report itself, then the command that takes the commit up again with its message, last
the lines that were meant as trailers and that git does not take for any.
"""

from __future__ import annotations

import os
import posixpath
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import WhygateError
from whygate.git.message_file import NO_EDITOR, cleanup_for
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.git.staged import (
    CommitFacts,
    ask_git,
    find_empty_tree,
    known_head,
    read_staged,
)
from whygate.hook.prepare import find_place, read_text, replace_text
from whygate.model import Origin, Severity
from whygate.policy.exemptions import ExemptClass
from whygate.schema.fields import EXEMPT
from whygate.text.clean import clean_line
from whygate.text.commit import MESSAGE_LIMIT
from whygate.text.labels import closest_label, normalise_label
from whygate.text.message import Cleanup, decode, detect_comment_char
from whygate.text.patterns import later
from whygate.text.trailers import parse_trailers
from whygate.world.kept import SAID, place_in_cache, read_own, write_own

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whygate.hook.commit import Decision, Writing
    from whygate.model import Finding, Part, Verdict
    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema
    from whygate.schema.fields import Field

_MOST_LINES = 8  # of a whole report
_HOUR = 3_600
_LONGEST_TIME = 12  # digits
_MISSING = ("WG101", "WG102", "WG103", "WG104", "WG105")
_MOST_HINTS = 2
_UNREAD = ("WG301", "WG303", "WG304")
_ALL_INDEX = "index.lock"  # git commit --all, --include and --patch (builtin/commit.c)
_ONLY_INDEX = "next-index-"  # git commit <path>
_AUTO = "auto"
_GITS_MESSAGE = "COMMIT_EDITMSG"
_SLOT = later(r"<[^<>]{1,400}>")
_ABSOLUTE = later(r"[/\\]|[A-Za-z]:[/\\]")
_CUT = " ------------------------ >8 ------------------------"
_GLOB = later(r"[*?\[\\]")
_LOCK = ".lock"
_MOST_PARENTS = 16
_WITH_VALUE = ("-C", "-c", "--git-dir", "--work-tree", "--namespace")
_SETTINGS_OF_A_COMMIT = ("core.comment", "commit.", "user.", "i18n.")
# Behind the cut git explains it in two comment lines; the status follows there only when
# the cleanup itself is `scissors`.
_LINES_ABOUT_CUT = 3
# A key and its colon as people type it: with spaces, or with a space in front of it.
_KEYED = later(r"([ \t]*)([A-Za-z][A-Za-z0-9 _-]{0,60}):[ \t]+(?=\S)")
_MOST = 8


# --- the report ------------------------------------------------------------------------------


def render_report(
    writing: Writing, decision: Decision, *, color: bool = False, verbose: bool = False
) -> str:
    """Return the report on a commit that is refused: at most eight lines, unless `verbose`.

    The lines to fill stand in the kept message from then on, so that the retry opens them. What
    was said within the hour is said again in three lines.
    """
    verdict = decision.verdict
    assert verdict is not None  # noqa: S101 - only a verdict refuses
    retry = explain_retry(writing.path, writing.environ, writing.cwd, decision.facts)
    if verbose:
        return "\n".join((_render_all(verdict, writing.policy, decision.note, color=color), retry))
    is_filled = put_skeleton(writing, decision)
    errors = [f for f in verdict.findings if f.severity is Severity.ERROR]
    head = _missing_lines(errors, writing.policy, color=color)
    others = [_finding_lines(f, color=color) for f in errors if not _is_missing(f)]
    if was_said(writing, errors):
        first = head[:1] or others[0][:1]
        return "\n".join((*first, *_next_lines(retry, is_filled=is_filled)))
    # What was written and not read comes first: it tells why something is missing.
    notes = list(_advice_lines(verdict, writing.policy))[:_MOST_HINTS]
    unread = [f for f in verdict.findings if f.rule in _UNREAD and f not in errors]
    hints = [_finding_lines(f, color=color) for f in unread[: _MOST_HINTS - len(notes)]]
    entries = [*notes, *hints, *([head] if head else []), *others]
    about = _about_lines(verdict, writing.policy, decision.note)
    end = _next_lines(retry, is_filled=is_filled)
    lines, left = _fit(entries, _MOST_LINES - len(about) - len(end))
    more = f"; {left} more: whygate check {shlex.quote(writing.path)}" if left else ""
    return "\n".join((*lines, f"{about[0]}{more}", *about[1:], *end))


def _fit(entries: Sequence[tuple[str, ...]], room: int) -> tuple[list[str], int]:
    """Return the lines of the first entries for which there is room, and how many have none."""
    lines: list[str] = []
    for count, entry in enumerate(entries):
        if len(lines) + len(entry) > room:
            is_first = not lines
            return lines + list(entry[:room] if is_first else ()), len(entries) - count - is_first
        lines += entry
    return lines, 0


def _is_missing(finding: Finding) -> bool:
    return finding.rule in _MISSING and bool(finding.paste)


def _missing_lines(errors: Sequence[Finding], policy: Policy, *, color: bool) -> tuple[str, ...]:
    """Return in one line what no answer was found for, and a line to paste for each."""
    missing = [finding for finding in errors if _is_missing(finding)]
    if len(missing) < 2:
        return _finding_lines(missing[0], color=color) if missing else ()
    place = missing[0].location
    rules = ", ".join(f"{f.rule} {f.name}" for f in missing)
    rules = f"\x1b[31m{rules}\x1b[0m" if color else rules
    titles = ", ".join(dict.fromkeys(_title(finding, policy) for finding in missing))
    head = f"{clean_line(place.path)}:{place.line}:{place.column}: {rules}:"
    pastes = (f"    {clean_line(finding.paste)}" for finding in missing)
    return (f"{head} no labelled answer for {clean_line(titles)}", *pastes)


def _about_lines(verdict: Verdict, policy: Policy, note: str) -> list[str]:
    """Return by what was judged, and how a change says that it has no such answer."""
    kind = verdict.kind
    about = kind.note or f"judged as {kind.name} (decided by {kind.source})"
    lines = [clean_line(f"{about}: {note}" if note else about)]
    field = policy.schema.field(EXEMPT)
    classes = [c for c in ExemptClass if c in policy.config.kind(kind.name).exemptions]
    if field is not None and classes:
        also = f" (or {', '.join(classes[1:])})" if len(classes) > 1 else ""
        lines.append(
            clean_line(f"no answer to give? {field.trailer}: exempt {classes[0]}; <why>{also}")
        )
    return lines


def _next_lines(retry: str, *, is_filled: bool) -> tuple[str, ...]:
    """Return the one next step; `whygate new --commit` asks instead."""
    sentence, _, command = retry.partition("\n")
    if is_filled:
        sentence = sentence.replace("answer in the editor", "fill in the lines that stand in it")
    return f"{sentence.removesuffix(':')} (or let `whygate new --commit` ask):", command


def was_said(writing: Writing, errors: Sequence[Finding]) -> bool:
    """Tell whether the same was said of the last commit here within the hour, and remember it.

    Without a cache of the user's own it was not, nor of a file that is no commit of git's.
    """
    path = place_in_cache(writing.environ, SAID, str(writing.cwd))
    if path is None or _read_gits(writing) is None:
        return False
    said = ascii([(f.rule, f.field, f.message) for f in errors])
    now = int(time.time())
    try:
        at, _, known = (read_own(path) or b"").decode("ascii", "replace").partition(" ")
        write_own(path, f"{now} {said}".encode("ascii"))
    except (OSError, ValueError):
        return False
    if not at.isdigit() or len(at) > _LONGEST_TIME:
        return False
    return known == said and 0 <= now - int(at) <= _HOUR


def render_advice(writing: Writing, decision: Decision) -> str:
    """Return what an author is told whose commit passes only because nothing fails yet."""
    verdict = decision.verdict
    assert verdict is not None  # noqa: S101 - as above
    errors = [finding for finding in verdict.findings if finding.severity is Severity.ERROR]
    first = errors[0]
    missing = [f for f in errors if f.question and f.paste]
    names = list(dict.fromkeys(_title(finding, writing.policy) for finding in missing))
    said = f"no labelled answer for {', '.join(names)}" if names else first.message
    lines = [f"whygate: passed, but {clean_line(said)} (the preset adopt lets it pass)"]
    if first.question:
        lines.append(f"    {clean_line(first.question)}")
    lines.append(f"    `git commit --amend` adds it; `whygate rules {first.rule}` says how")
    return "\n".join(lines)


def _title(finding: Finding, policy: Policy) -> str:
    field = policy.schema.field(finding.field)
    return field.title if field is not None else finding.field


def _finding_lines(finding: Finding, *, color: bool = False) -> tuple[str, ...]:
    place = finding.location
    rule = f"{finding.rule} {finding.name}"
    if color:
        rule = f"\x1b[31m{rule}\x1b[0m"
    path = clean_line(place.path)
    head = f"{path}:{place.line}:{place.column}: {rule}: {clean_line(finding.message)}"
    if finding.edit is not None:
        return (head, f"    {clean_line(finding.edit.old)} -> {clean_line(finding.edit.new)}")
    return (head, f"    {clean_line(finding.paste)}") if finding.paste else (head,)


def _render_all(verdict: Verdict, policy: Policy, note: str, *, color: bool) -> str:
    """Return every finding with its question, and the text to paste, as `check` prints them."""
    from whygate.authoring.skeleton import render_skeleton  # noqa: PLC0415  (asked for)
    from whygate.reporters.text import Shown, render_text  # noqa: PLC0415

    shown = Shown(verdict, render_skeleton(verdict, policy))
    lines = [render_text([shown], color=color, verbose=True).rstrip("\n")]
    lines += [clean_line(f"judged: {note}")] if note else []
    lines += [line for advice in _advice_lines(verdict, policy) for line in advice]
    return "\n".join(lines)


def _advice_lines(verdict: Verdict, policy: Policy) -> Iterator[tuple[str, ...]]:
    """Yield what is known of lines that git took for no trailers, and the line to write."""
    missing = {f.field.partition(".")[0] for f in verdict.findings if f.field}
    known = {(f.location.path, f.location.line) for f in verdict.findings}
    for part in verdict.change.parts:
        if part.origin is not Origin.MESSAGE:
            continue
        for advice in advise(part, policy.schema, missing=missing):
            if (part.path, advice.line) in known and advice.paste:
                continue
            note = clean_line(f"{part.path}:{advice.line}: note: {advice.sentence}")
            yield (note, f"    {clean_line(advice.paste)}") if advice.paste else (note,)


# --- the lines to fill, in the message that is kept ------------------------------------------


def put_skeleton(writing: Writing, decision: Decision) -> bool:
    """Put the lines to fill into git's own message file; tell whether they stand there.

    What the author wrote stays as it is; an answer that was refused is replaced by its line.
    """
    verdict, facts = decision.verdict, decision.facts
    text = _read_gits(writing) if verdict is not None and facts is not None else None
    if verdict is None or facts is None or text is None:
        return False
    comment = cleanup_for(facts.config, writing.environ)[1]
    if comment == _AUTO:
        comment = detect_comment_char(text)
    from whygate.authoring.skeleton import render_skeleton  # noqa: PLC0415  (few commits fail)

    lines = render_skeleton(verdict, writing.policy).split("\n")
    slots = [line for line in lines if _is_slot(line, writing.policy)]
    return bool(slots) and _write_gits(writing, fill_message(text, slots, comment=comment))


def drop_slots(writing: Writing) -> bool:
    """Take the lines that nobody filled out of git's own message file; tell whether it had any."""
    text = _read_gits(writing)
    if text is None:
        return False
    lines = text.split("\n")
    kept = [line for line in lines if not _is_slot(line.removesuffix("\r"), writing.policy)]
    return len(kept) < len(lines) and _write_gits(writing, "\n".join(kept))


def _is_slot(line: str, policy: Policy) -> bool:
    """Tell whether a line is a known key with nothing but a slot behind it: `Problem: <who>`."""
    key, colon, value = line.partition(": ")
    if not colon or "://" in value or "@" in value or not _SLOT.fullmatch(value):
        return False
    return key.lower() in policy.schema.vocabulary.trailers


def _read_gits(writing: Writing) -> str | None:
    """Return the text of `COMMIT_EDITMSG`, which git made for this commit and nothing else reads.

    None where the message is another file, or cannot be read.
    """
    path, repository = writing.cwd / writing.path, writing.repository
    if repository is None or path.name != _GITS_MESSAGE:
        return None
    try:
        if path.parent.resolve() != repository.git_dir.resolve():
            return None
        return read_text(path)
    except (OSError, ValueError, WhygateError):
        return None


def _write_gits(writing: Writing, text: str) -> bool:
    try:
        replace_text(writing.cwd / writing.path, text)
    except OSError:
        return False
    return True


def fill_message(text: str, slots: Sequence[str], *, comment: str) -> str:
    """Return a message with the lines of a skeleton that are still to be filled.

    They stand where trailers belong. A line with the same key that stands among the trailers is
    replaced, the lines it is folded over with it.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    keys = {slot.partition(":")[0].casefold() for slot in slots}
    stop = next((n for n, line in enumerate(lines) if line == f"{comment}{_CUT}"), len(lines))
    at, before = find_place(lines[:stop], comment)
    kept: list[str] = []
    is_replaced = False
    for line in lines[at:stop]:
        is_replaced = (
            line[:1] in (" ", "\t") and bool(line.strip()) and is_replaced
        ) or line.partition(":")[0].rstrip().casefold() in keys
        if not is_replaced:
            kept.append(line)
    new = [*lines[:at], *[""] * before, *slots, *kept, *lines[stop:]]
    return end.join(new)


# --- the command that goes on ----------------------------------------------------------------


def explain_retry(
    path: str, environ: Mapping[str, str], cwd: Path, facts: CommitFacts | None = None
) -> str:
    """Return the sentence that says where the message is, and the command that goes on.

    `facts` are what git has said of the commit already; without them it is asked.
    """
    commit, is_exact = _describe_commit(path, environ, cwd, facts)
    hint = "" if is_exact else " (with the options and paths you gave)"
    command = retry_command(commit)
    return f"the message is kept; to go on, answer in the editor{hint}:\n    {command}"


class Rejected(Struct, frozen=True):
    """What is known of a rejected commit.

    `path` is the message file as git gave it, `prefix` the user's directory below the top
    (GIT_PREFIX), `options` those of git itself, such as another directory to run in. `only` are
    the paths of a commit of some paths, `included` those that came on top of what was staged,
    `everything` stands for `--all`. `cleanup` is the option that keeps the message as it is, see
    `find_cleanup`.
    """

    path: str
    prefix: str = ""
    options: tuple[str, ...] = ()
    amends: bool = False
    is_empty: bool = False
    everything: bool = False
    only: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    cleanup: str = ""


def _describe_commit(
    path: str, environ: Mapping[str, str], cwd: Path, facts: CommitFacts | None
) -> tuple[Rejected, bool]:
    """Return what the retry needs to know, and whether that is all of it.

    Whatever fails here has failed before and was said; the plain command helps all the same.
    """
    options = _options_of_git()
    prefix = environ.get("GIT_PREFIX", "")
    if options is None:
        elsewhere = _other_directory(environ, cwd)
        options, prefix = ("-C", elsewhere) if elsewhere else (), "" if elsewhere else prefix
    rejected = Rejected(path, prefix=prefix, options=options)
    if find_repository(cwd, environ=environ) is None:
        return rejected, True
    try:
        git = Git(environ=environ)
        return _add_details(rejected, git, cwd, facts or _ask(git))
    except (WhygateError, OSError):
        return rejected, False


def _ask(git: Git) -> CommitFacts:
    facts = ask_git(git, git.environ)
    return replace(facts, paths=read_staged(git, base=facts.base).paths)


def _add_details(
    rejected: Rejected, git: Git, cwd: Path, facts: CommitFacts
) -> tuple[Rejected, bool]:
    index = os.path.basename(git.environ.get("GIT_INDEX_FILE", ""))  # noqa: PTH119 - maybe foreign
    is_all = index == _ALL_INDEX and _matches_worktree(git)
    included = _find_included(git, facts) if index == _ALL_INDEX and not is_all else ()
    described = replace(
        rejected,
        amends=facts.amends,
        is_empty=not facts.paths,
        everything=is_all,
        only=facts.paths if index.startswith(_ONLY_INDEX) else (),
        included=included,
        cleanup=_cleanup(facts.config, cwd / rejected.path, git.environ),
    )
    return described, index != _ALL_INDEX or is_all or bool(included)


def _find_included(git: Git, facts: CommitFacts) -> tuple[str, ...]:
    """Return the paths that `git commit --include <path>` took from the worktree, if it was that.

    The index that is committed has them, the one that stays has not. Empty when a path was
    taken in part, as `--patch` does.
    """
    base = known_head(git, facts) or find_empty_tree(git)
    staying = git.environ["GIT_INDEX_FILE"].removesuffix(_LOCK)
    before = _staged_rows(Git(environ={**git.environ, "GIT_INDEX_FILE": staying}), base)
    now = _staged_rows(git, base)
    paths = tuple(path for path in {**before, **now} if before.get(path) != now.get(path))
    return paths if paths and _matches_worktree(git, *paths) else ()


def _staged_rows(git: Git, base: str) -> dict[str, bytes]:
    """Return what an index has of each path in which it differs from a commit."""
    options = ("--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=none")
    found = git.run("diff-index", *options, base, "--").split(b"\0")
    return {os.fsdecode(path): row for row, path in zip(found[::2], found[1::2], strict=False)}


def _matches_worktree(git: Git, *paths: str) -> bool:
    """Tell whether the index holds every change of tracked files (of some: those), as `--all`."""
    options = ("--name-only", "-z", "--ignore-submodules=none")
    return not git.run("diff-files", *options, "--", *paths)


def _cleanup(config: Mapping[str, str], path: Path, environ: Mapping[str, str]) -> str:
    cleanup, comment = cleanup_for(config, environ)
    if not path.is_file():  # a pipe could wait for ever
        return ""
    with path.open("rb") as stream:
        text = decode(stream.read(MESSAGE_LIMIT))
    if comment == _AUTO:
        comment = detect_comment_char(text)
    is_edited = environ.get("GIT_EDITOR", "") != NO_EDITOR
    return find_cleanup(text, comment=comment, cleanup=cleanup, is_edited=is_edited)


def _options_of_git() -> tuple[str, ...] | None:
    """Return git's own options (`-C x`, `--git-dir=x`, `-c a=b`) in the command that is running.

    What the user typed in front of `commit` runs again where he stands. None where no system
    tells what processes run (Linux does: proc(5)).
    """
    pid = os.getppid()
    try:
        for _ in range(_MOST_PARENTS):
            home = Path("/proc") / str(pid)
            words = [os.fsdecode(w) for w in (home / "cmdline").read_bytes().split(b"\0")[:-1]]
            if words and words[0].rpartition("/")[2] == "git":
                return tuple(_leading_options(words[1:]))
            pid = int((home / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        pass
    return None


def _leading_options(words: Sequence[str]) -> Iterator[str]:
    """Yield the options in front of git's command by which the commit would be another one.

    Of the settings only those that shape a commit: another one may hold a password.
    """
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            return
        name, equals, _ = word.partition("=")
        value = next(rest, "") if word in _WITH_VALUE else ""
        if word == "-c" and not value.lower().startswith(_SETTINGS_OF_A_COMMIT):
            continue
        if name in _WITH_VALUE:
            yield from (word,) if equals else (word, value)


def _other_directory(environ: Mapping[str, str], cwd: Path) -> str:
    """Return the top when the user is outside of it (`git -C <top> commit`), else nothing.

    The shell's PWD is the only trace of that, and a hook that is itself a shell script has
    none. With a relative GIT_DIR the user's own environment leads git here again.
    """
    where, git_dir = environ.get("PWD", ""), environ.get("GIT_DIR", "")
    if not where or (git_dir and not os.path.isabs(git_dir)):  # noqa: PTH117 - git's own text
        return ""
    return "" if Path(where).resolve().is_relative_to(cwd.resolve()) else str(cwd)


def retry_command(commit: Rejected) -> str:
    """Return the command, quoted for a POSIX shell, that opens the editor on the kept message."""
    path = commit.path
    if commit.prefix and not _ABSOLUTE.match(path):
        path = posixpath.relpath(path, commit.prefix)  # git counts --file from where the user is
    words = ["git", *commit.options, "commit"]
    words += ["--edit", f"--file={path}"]
    words += ["--amend"] * commit.amends
    words += ["--all"] * commit.everything
    words += ["--allow-empty"] * commit.is_empty
    words += [commit.cleanup] * bool(commit.cleanup)
    words += ["--include"] * bool(commit.included)
    if paths := commit.only or commit.included:
        words += ["--", *map(_from_top, paths)]
    return " ".join(_quote(word) for word in words)


def _from_top(path: str) -> str:
    """Return a path from the top, wherever the user is (gitglossary, pathspec)."""
    return f":(top,literal){path}" if _GLOB.search(path) else f":/{path}"


def find_cleanup(text: str, *, comment: str, cleanup: Cleanup, is_edited: bool) -> str:
    """Return the option of `git commit` without which the retry would change the message.

    `text` is the whole message file, `cleanup` the configured mode. An editor makes git delete
    comment lines, which `--message` kept; and only `--verbose` or `--cleanup=scissors` makes it
    cut off the diff that the file still holds.
    """
    if cleanup is Cleanup.SCISSORS:
        return ""
    lines = text.split("\n")
    if comment + _CUT in lines:
        below = lines[lines.index(comment + _CUT) :][: _LINES_ABOUT_CUT + 1]
        has_status = len(below) > _LINES_ABOUT_CUT and below[-1].startswith(comment)
        return "--cleanup=scissors" if has_status else "--verbose"
    if not is_edited and cleanup is Cleanup.WHITESPACE:
        return "--cleanup=scissors" if any(line.startswith(comment) for line in lines) else ""
    return ""


def _quote(word: str) -> str:
    option, equals, value = word.partition("=")
    return f"{option}={shlex.quote(value)}" if equals and option == "--file" else shlex.quote(word)


# --- lines that git takes for no trailers ----------------------------------------------------


class Advice(Struct, frozen=True):
    """A line of the message file (from 1), what is wrong with it, and the line to write."""

    line: int
    sentence: str
    paste: str = ""


class _Typed(Struct, frozen=True):
    """A line; `label` is its key as typed, `key` and `field` what that was meant to be."""

    number: int
    text: str
    label: str = ""
    key: str = ""
    field: str = ""
    indented: bool = False

    @property
    def is_trailer(self) -> bool:
        return bool(self.label) and not self.indented and " " not in self.label

    @property
    def is_spelled(self) -> bool:
        return not self.key or normalise_label(self.label) == normalise_label(self.key)


def advise(part: Part, schema: DocumentSchema, *, missing: Collection[str]) -> tuple[Advice, ...]:
    """Return what keeps the trailers of a message from being read, at most eight lines.

    git takes only the last paragraph for trailers, and only when each line of it is one
    (git-interpret-trailers). `missing` are the top-level fields that were found wanting: only
    paragraphs with a line that was meant to answer one of them are looked at.
    """
    block = parse_trailers(part.text.encode("utf-8", "replace"))
    seen = range(block.first, block.last + 1) if block.trailers else range(0)
    found: list[Advice] = []
    for paragraph in list(_paragraphs(part.text, schema))[1:]:
        unread = [line for line in paragraph if line.number not in seen]
        if any(line.field in missing for line in unread):
            found += _advise_on(unread, missing)
    return tuple(Advice(part.line_in_file(a.line), a.sentence, a.paste) for a in found[:_MOST])


def _paragraphs(text: str, schema: DocumentSchema) -> Iterator[list[_Typed]]:
    keys = _known_keys(schema)
    run: list[_Typed] = []
    for number, line in enumerate((text + "\n").split("\n"), 1):
        if line.strip(" \t\r"):
            run.append(_read_line(number, line.rstrip("\r"), keys))
        elif run:
            yield run
            run = []


def _known_keys(schema: DocumentSchema) -> dict[str, Field]:
    """Return every field by the words of its trailer, and by those of its title."""
    keys: dict[str, Field] = {}
    for field in schema.all_fields():
        for spelling in (field.trailer, field.title):
            keys.setdefault(normalise_label(spelling), field)
    return keys


def _read_line(number: int, text: str, keys: Mapping[str, Field]) -> _Typed:
    match = _KEYED.match(text)
    if match is None:
        return _Typed(number, text)
    label = match[2].strip()
    words = normalise_label(label)
    names = {spelling: field.name for spelling, field in keys.items()}
    field = keys.get(words) or keys.get(closest_label(words, names)[1])
    indented = bool(match[1])
    if field is None:
        return _Typed(number, text, label, indented=indented)
    return _Typed(
        number, text, label, field.trailer, field.name.partition(".")[0], indented=indented
    )


def _advise_on(lines: Sequence[_Typed], missing: Collection[str]) -> list[Advice]:
    """Return advice for a paragraph that was meant to be trailers."""
    misspelled = [_misspelled(line) for line in lines if line.is_trailer and not line.is_spelled]
    if all(line.is_trailer for line in lines):
        return misspelled or [_too_early(line) for line in lines if line.field in missing]
    if sum(bool(line.key) for line in lines) < min(2, len(lines)):
        return []
    broken = [_broken(line) for line in lines if not line.is_trailer and _breaks(line, lines)]
    return sorted((*broken, *misspelled), key=lambda advice: advice.line)


def _breaks(line: _Typed, lines: Sequence[_Typed]) -> bool:
    """Tell whether a line keeps its paragraph from being trailers; a folded one does not."""
    return line is lines[0] or bool(line.key) or line.text[:1] not in (" ", "\t")


def _broken(line: _Typed) -> Advice:
    if not line.key:
        sentence = "this line is no `Key: value`, so git takes none of the paragraph for trailers"
        return Advice(line.number, f"{sentence}; put an empty line between them")
    trouble = "white space in front of it" if line.indented else "a space in it"
    sentence = f"the key `{line.label}` has {trouble}, so git takes no such trailer"
    return Advice(line.number, f"{sentence}; write `{line.key}:`", _corrected(line))


def _misspelled(line: _Typed) -> Advice:
    sentence = f"`{line.label}` is not known; did you mean `{line.key}`?"
    return Advice(line.number, sentence, _corrected(line))


def _too_early(line: _Typed) -> Advice:
    sentence = "git reads trailers only from the last paragraph; move this one to the end"
    return Advice(line.number, sentence)


def _corrected(line: _Typed) -> str:
    return f"{line.key}: {line.text.partition(':')[2].strip()}"
