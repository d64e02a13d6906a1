"""The version and the home of whygate, and how this copy of it is to be installed again.

The version is a constant because reading package metadata costs 34 ms at start.
"""

from __future__ import annotations

import sys

__version__ = "0.1.0"
HOME = "https://github.com/whygate/whygate"

# Where the programs that give a tool an environment of its own put it (pipx, "How pipx works"; uv,
# "Tools"), and their call that installs with an extra. pip is for every other environment.
_BY_PLACE = (
    ("/pipx/venvs/", "pipx install --force '{}'"),
    ("/uv/tools/", "uv tool install --force '{}'"),
    ("/uv/archive-v", "uvx --from '{}' whygate"),
    ("/uv/environments-v", "uvx --from '{}' whygate"),
)


def read_record() -> str:
    """Return what the installer recorded of the origin (PEP 610), "" when that is nothing."""
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415  (34 ms)

    try:
        return distribution("whygate").read_text("direct_url.json") or ""
    except (PackageNotFoundError, OSError):
        return ""


def how_to_add(extra: str, *, prefix: str = sys.prefix, record: str | None = None) -> str:
    """Return the command that installs this copy of whygate once more, with an extra.

    `prefix` is the environment it runs in, `record` what its installer wrote (PEP 610).
    """
    place = f"{prefix}/".replace("\\", "/")
    call = next((call for part, call in _BY_PLACE if part in place), "pip install '{}'")
    return call.format(f"whygate[{extra}]{_origin(read_record() if record is None else record)}")


def _origin(record: str) -> str:
    """Return ` @ URL` of a direct reference (PEP 508), "" for a release of an index."""
    import json  # noqa: PLC0415  (only who lacks something asks)

    try:
        found = json.loads(record)
        url = without_password(str(found["url"]))
    except (ValueError, KeyError, TypeError):
        return ""
    vcs = found.get("vcs_info")
    if isinstance(vcs, dict):
        return f" @ {vcs.get('vcs')}+{url}@{vcs.get('commit_id')}"
    return f" @ {url}"


def without_password(url: str) -> str:
    """Return an address without the user and the password in it; `git@` of ssh stays."""
    from urllib.parse import urlsplit, urlunsplit  # noqa: PLC0415  (only who lacks something asks)

    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if "@" not in parts.netloc:
        return url
    user, _, host = parts.netloc.rpartition("@")
    kept = "git@" if parts.scheme == "ssh" and user.partition(":")[0] == "git" else ""
    return urlunsplit(parts._replace(netloc=f"{kept}{host}"))
