"""Which addresses are safe to link to, and where a rule is explained."""

from __future__ import annotations

import re

from whygate.version import HOME

# An https address of ASCII that no white space, quote, bracket or control character can leave
# (RFC 3986, section 2): a host, then path, query and fragment.
_HTTPS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.:-]*(?:[/?#][!#-;=?-\[\]_a-z~]*)?\Z")


def safe_link(address: str) -> str:
    """Return the address when it is https and nothing but an address, else ""."""
    return address if _HTTPS.match(address) else ""


def rule_link(rule: str) -> str:
    """Return the address that says what a rule finds and how to answer it.

    It is the same in every release, as the id is: docs/rules.md has an anchor for each rule.
    """
    return f"{HOME}/blob/main/docs/rules.md#{rule.lower()}"
