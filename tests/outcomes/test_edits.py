"""What a change does to the ledger: appending is fine, everything else is told."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.outcomes.edits import compare_ledgers

MET = '{"v":1,"for":"#12","at":"2027-02-15","state":"met","value":"1 ticket"}'
MISSED = '{"v":1,"for":"#12","at":"2027-02-15","state":"missed","value":"3 tickets"}'
OTHER = '{"v":1,"for":"#14","at":"2027-02-16","state":"met"}'
KEPT = f'{{"v":1,"for":"#3","sha":"{"a" * 40}","at":"2027-01-01","context":{{"kind":"feature"}}}}'

# before, after, lines added, plain, what is said of the first problem
CASES: dict[str, tuple[str | None, str | None, int, bool, str]] = {
    "first line": (None, f"{MET}\n", 1, True, ""),
    "two lines": (f"{MET}\n", f"{MET}\n{OTHER}\n{KEPT}\n", 2, True, ""),
    "no end before": (MET, f"{MET}\n{OTHER}\n", 1, True, ""),
    "no end behind": (f"{MET}\n", f"{MET}\n{OTHER}", 1, True, ""),
    "line end of Windows": (f"{MET}\r\n", f"{MET}\r\n{OTHER}\r\n", 1, True, ""),
    "a damaged line stays": (f"nonsense\n{MET}\n", f"nonsense\n{MET}\n{OTHER}\n", 1, True, ""),
    "only an empty line": (f"{MET}\n", f"{MET}\n\n", 0, False, ""),
    "set between": (f"{MET}\n{KEPT}\n", f"{MET}\n{OTHER}\n{KEPT}\n", 1, False, ""),
    "edited": (f"{MISSED}\n", f"{MET}\n", 1, False, "line 1 of the ledger is changed or deleted"),
    "spelled anew": (
        f"{MET}\n",
        f"{MET.replace(':', ': ')}\n",
        1,
        False,
        "line 1 of the ledger is changed or deleted",
    ),
    "line ends changed": (f"{MET}\n", f"{MET}\r\n", 1, False, "line 1 of the ledger is changed"),
    "deleted line": (
        f"{MET}\n{OTHER}\n",
        f"{OTHER}\n",
        0,
        False,
        "line 1 of the ledger is changed",
    ),
    "cut off": (f"{MET}\n{OTHER}\n", f"{MET}\n", 0, False, "line 2 of the ledger is changed"),
    "reordered": (
        f"{MET}\n{OTHER}\n",
        f"{OTHER}\n{MET}\n",
        0,
        False,
        "line 2 of the ledger stands in another place",
    ),
    "deleted": (f"{MET}\n", None, 0, False, "the ledger is deleted"),
    "emptied": (f"{MET}\n", "", 0, False, "line 1 of the ledger is changed or deleted"),
    "no JSON": (f"{MET}\n", f"{MET}\nmet, promised\n", 1, False, "line 2 cannot be read: this is"),
    "no state": (None, '{"v":1,"for":"#1","at":"2027-01-01"}\n', 1, False, "line 1 cannot be read"),
    "no UTF-8": (None, "\udcff\n", 1, False, "line 1 cannot be read: this is not UTF-8"),
    "conflict": (f"{MET}\n", f"{MET}\n<<<<<<< ours\n", 1, False, "line 2 cannot be read"),
    "not valid": (
        None,
        MET.replace('"v":1', '"v":1,"context":[1]') + "\n",
        1,
        False,
        "line 1 is not valid: ",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_change_of_the_ledger_is_told(name: str) -> None:
    before, after, added, plain, said = CASES[name]

    edit = compare_ledgers(
        *(t.encode("utf-8", "surrogateescape") if t is not None else None for t in (before, after))
    )

    assert (edit.added, edit.is_plain) == (added, plain)
    assert (edit.problems[0].message if edit.problems else "").startswith(said)
    assert bool(edit.problems) is bool(said)


@given(st.lists(st.sampled_from([MET, MISSED, OTHER, KEPT, "nonsense"]), max_size=8), st.data())
def test_ledger_that_loses_or_moves_a_line_is_never_plain(
    lines: list[str], data: st.DataObject
) -> None:
    numbered = [f"{line} {n}" if line == "nonsense" else line for n, line in enumerate(lines)]
    grown = [*numbered, OTHER]
    old = "".join(f"{line}\n" for line in numbered).encode()
    shuffled = [*grown]
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    new = "".join(f"{line}\n" for line in shuffled).encode()

    assert compare_ledgers(old, new).is_plain is (shuffled[: len(numbered)] == numbered)


def test_a_few_of_many_problems_are_told() -> None:
    assert len(compare_ledgers(None, b"nonsense\n" * 5_000).problems) == 10
