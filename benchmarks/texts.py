"""Turn the ways people write a change into the texts that the benchmarks judge."""

from __future__ import annotations

from typing import NamedTuple

FEATURE_TITLE = "feat(cart): keep the cart when the session ends"

SUBJECT_ONLY = "Read the port from the settings file\n"

PROSE_MESSAGE = """\
Retry the upload when the storage answers 503

The storage answers 503 for some seconds while a node is replaced, and the
uploader took the first refusal for the last word. Photographers then found
half of an album missing and sent the whole album again by hand.

It waits now for as long as the answer asks it to, three times at most, and
reports the file it gave up on.

Signed-off-by: Mara Lind <mara@example.org>
"""

TRAILERS_MESSAGE = f"""\
{FEATURE_TITLE}

The session store now hands the cart over to a cookie that lives for a week.

Problem: Shoppers who come back after the session ended find an empty cart and leave
Audience: shoppers without an account who return the same week
Outcome: A returning shopper finds the cart as it was left
Metric: share of returning sessions that reach the payment page
Baseline: 38 %
Target: 45 %
Evaluate-By: 2027-02-15
Signed-off-by: Mara Lind <mara@example.org>
"""

DESCRIPTION = """\
## Problem

Shoppers who come back after their session ended find an empty cart. Support reads about it
[every day](https://support.example.org/tags/cart), and *two of three* of them never fill it
again: `cart_restored` is 0 for every session older than 30 minutes.

## Audience

Shoppers without an account who return within the same week, most of them on a phone.

## Outcome

A returning shopper finds the cart as it was left and can go on to the payment page at once.

## Measurement

- **Metric:** share of returning sessions that reach the payment page
- **Baseline:** 38 %
- **Target:** 45 %
- **Evaluate by:** 2027-02-15
- **Guardrail:** the median load time of the cart page stays below 800 ms
- **Source:** the dashboard "Checkout funnel"

## How

1. The session store writes the cart into a signed cookie that lives for a week.
2. The cart page merges it with whatever the shopper added in the meantime.

| case | before | now |
|---|---|---|
| cookie is older than a week | empty cart | empty cart |
| an article is sold out | an error | the article is greyed out |

```python
def restore(cookie: str) -> Cart:
    return merge(Cart.parse(cookie), current_cart())
```

- [x] the change is covered by tests
- [ ] the help page is updated
"""

BLOCK_DESCRIPTION = """\
The session store hands the cart over to a cookie that lives for a week.

```yaml product-context
problem: Shoppers who come back after the session ended find an empty cart and leave
audience: shoppers without an account who return the same week
outcome: A returning shopper finds the cart as it was left
measurement:
  - metric: share of returning sessions that reach the payment page
    baseline: 38 %
    target: 45 %
    evaluate_by: 2027-02-15
    guardrail:
      - the median load time of the cart page stays below 800 ms
```
"""

FAILING_DESCRIPTION = """\
## Problem

TBD

## Outcome

Users are **happier** with the [cart](https://shop.example.org/cart).

## Measurement

- Metric: conversion
- Target: better
- Evaluate by: soon

## Notes

The cookie is signed with the key of the session store. Old keys are read for a week, see
`settings/keys.py`, so nobody loses the cart when a key is replaced.
"""

FAILING_MESSAGE = f"{FEATURE_TITLE}\n\n{FAILING_DESCRIPTION}"


class Everyday(NamedTuple):
    """A message as people write it for a changed document, and how `standard` judges it."""

    text: str
    fails: bool = False
    asks_git: bool = False


EVERYDAY_MESSAGES = {
    "docs": Everyday("docs: fix a typo\n"),
    "chore": Everyday("chore: bump the year\n"),
    "docs with a body": Everyday(
        "docs(readme): name the tool that installs\n\n"
        "The old text named a tool that is gone,\nso `make install` failed.\n"
    ),
    "full trailers": Everyday(TRAILERS_MESSAGE.replace("2027-02-15", "+30d")),
    "merge": Everyday("Merge branch 'main' into cart\n"),
    "fixup": Everyday("fixup! feat(cart): keep the cart\n"),
    "bare subject": Everyday(SUBJECT_ONLY, asks_git=True),
    "feat (#12)": Everyday("feat: keep the cart (#12)\n", fails=True),
    "fix with a body": Everyday(
        "fix: wait for the storage\n\n"
        "The uploader took the first refusal for the last word.\nIt waits now.\n",
        fails=True,
    ),
    "trailers, one of them empty": Everyday(
        TRAILERS_MESSAGE.replace("38 %", "TBD").replace("45 %", "TBD"), fails=True
    ),
}
