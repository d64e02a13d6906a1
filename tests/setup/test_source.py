"""What init tells other tools to fetch: as asked, as installed, or the usual release."""

from __future__ import annotations

import json

import pytest

from whygate.setup.source import Source, find_source
from whygate.version import HOME, __version__

COMMIT = "1a2b3c4d" * 5
USUAL = f"v{__version__}"


def record(url: str, **vcs: str) -> str:
    return json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, **vcs}})


@pytest.mark.parametrize(
    ("url", "rev", "recorded", "expected"),
    [
        (None, None, "", Source(HOME, USUAL, is_guess=True)),
        (None, "v9", "", Source(HOME, "v9")),
        (None, None, record("https://h.example/w.git"), Source("https://h.example/w.git", COMMIT)),
        (None, "v9", record("https://h.example/w.git"), Source("https://h.example/w.git", "v9")),
        ("https://h.example/x", None, record("https://h.example/w.git"), None),
        (
            "https://h.example/w",
            None,
            record("https://h.example/w"),
            Source("https://h.example/w", COMMIT),
        ),
        (
            None,
            None,
            '{"url": "file:///src", "dir_info": {"editable": true}}',
            Source(HOME, USUAL, is_guess=True),
        ),
        (None, None, record("https://h.example/w", vcs="hg"), Source(HOME, USUAL, is_guess=True)),
        (None, None, "[]", Source(HOME, USUAL, is_guess=True)),
        (None, None, "{", Source(HOME, USUAL, is_guess=True)),
    ],
    ids=[
        "nothing",
        "rev",
        "installed",
        "installed-rev",
        "other",
        "same",
        "editable",
        "not-git",
        "list",
        "broken",
    ],
)
def test_source_is_what_was_asked_for_or_installed(
    url: str | None, rev: str | None, recorded: str, expected: Source | None
) -> None:
    found = find_source(url, rev, lambda: recorded)

    assert found == (expected or Source("https://h.example/x", USUAL, is_guess=True))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://lena:s3cret@h.example/w.git", "https://h.example/w.git"),
        ("https://s3cret@github.com/acme/w.git", "https://github.com/acme/w.git"),
        ("ssh://git@github.com/acme/w.git", "ssh://git@github.com/acme/w.git"),
        ("ssh://git:s3cret@h.example:22/w", "ssh://git@h.example:22/w"),
        ("git@github.com:acme/w.git", "git@github.com:acme/w.git"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_password_of_an_address_is_written_nowhere(url: str, shown: str) -> None:
    assert find_source(url, None, str).url == shown
    assert find_source(None, None, lambda: record(url)).url == shown


@pytest.mark.parametrize(
    ("url", "action"),
    [
        ("https://github.com/acme/why.gate.git", "acme/why.gate"),
        ("https://github.com/acme/whygate/", "acme/whygate"),
        ("git@github.com:acme/whygate.git", "acme/whygate"),
        ("ssh://git@github.com/acme/whygate", "acme/whygate"),
        ("https://gitlab.com/acme/whygate", ""),
        ("https://github.com.evil.example/acme/whygate", ""),
        ("https://github.com/acme/whygate\nrun: x", ""),
    ],
)
def test_action_is_named_only_where_github_has_it(url: str, action: str) -> None:
    assert Source(url, "v1").action == action
