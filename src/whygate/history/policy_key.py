"""Turn everything a verdict depends on, but for the commit, into one short key."""

from __future__ import annotations

import json
import sys
import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.version import __version__

if TYPE_CHECKING:
    from whygate.policy.policy import Policy

_FORMAT = "2"  # of a record; another one makes all keys new


def policy_key(policy: Policy, *, code: str = "") -> str:
    """Return a hexadecimal key that two policies share only when they judge alike.

    `code` stands for the program itself, which in a checkout changes without its version. The
    reference day is no part of it: a commit brings its own.
    """
    parts = (
        _FORMAT,
        __version__,
        code,
        sys.version,
        unicodedata.unidata_version,
        repr(replace(policy.config, layers=())),
        policy.schema.name,
        json.dumps(policy.schema.source),
        json.dumps(policy.schema.bundled, sort_keys=True),
        json.dumps(sorted(policy.template)),
        json.dumps(sorted((policy.bets or {}).items())),
        str(policy.bets is None),
    )
    digest = sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()
