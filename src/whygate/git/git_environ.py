"""Turn the caller's environment into the program, options and environment of a safe git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A repository's own .git/config is written by strangers: no key of it may start a program.
HARDENED_OPTIONS = (
    "--no-pager",
    *("-c", "log.showSignature=false"),
    *("-c", "log.showRoot=true"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "diff.external="),
    *("-c", "protocol.allow=never"),
)
# https://git-scm.com/docs/git#_environment_variables
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_FLUSH": "0",  # git would write each commit by itself into a pipe
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
# LANGUAGE would translate git's messages even under C.UTF-8.
_NEVER_PASSED = frozenset(
    {
        *("LANGUAGE", "GIT_EXTERNAL_DIFF"),
        *("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
    }
)
_KEPT_ELSEWHERE = (
    *("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
    *("GIT_EXEC_PATH", "GIT_SSL"),
    # Who writes, wherever it is.
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
)


def find_program(environ: Mapping[str, str]) -> str | None:
    """Return the path of the git program on PATH, None when there is none.

    Only absolute entries of PATH count: a file named git in the directory being read must
    never run (CVE-2023-40590).
    """
    name = "git.exe" if os.name == "nt" else "git"
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(directory, name)  # noqa: PTH118 - on the way of every hook
        if os.path.isabs(directory) and os.access(candidate, os.X_OK):  # noqa: PTH117
            return candidate
    return None


def child_environ(environ: Mapping[str, str], *, elsewhere: bool) -> dict[str, str]:
    """Return the environment for a git process.

    git sets GIT_DIR, GIT_INDEX_FILE and others for its hooks; a process that reads another
    repository (`elsewhere`) must not inherit them.
    """
    kept = {
        key: value
        for key, value in environ.items()
        if key not in _NEVER_PASSED
        and not (elsewhere and key.startswith("GIT_") and not key.startswith(_KEPT_ELSEWHERE))
    }
    return kept | _FIXED
