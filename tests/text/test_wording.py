from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whygate.text.wording import (
    describes_tests,
    is_english,
    is_vague,
    states_change,
    states_delivery,
)


@pytest.mark.parametrize(
    "text",
    [
        "Move the message to the shared library.",
        "This PR adds a page for the settings of a shop.",
        "To support the second kind of file.",
        "Renames the field of the response and updates its tests.",
        "Support for the new fields of an export.",
        "Bumped the library to the latest release of it.",
        "- Adds a page for the settings of a shop.",
        "Move it over there.",
        "Applies the rows of a shop.",
        "Applied the rows of a shop.",
        "Applying the rows of a shop.",
        "Switches the rows of a shop.",
        "Exposed the rows of a shop.",
        "Exposing the rows of a shop.",
        "Add " + "a row and " * 19 + "a row",
    ],
)
def test_change_is_only_stated(text: str) -> None:
    assert states_change(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Move it there.", id="three words"),
        pytest.param("Add a row limit because exports time out.", id="because"),
        pytest.param("Adds the missing rows to the export.", id="missing"),
        pytest.param("Move the check so that accountants see it.", id="so that"),
        pytest.param("Replace the parser, which doesn't read dates.", id="negation"),
        pytest.param("Replace the parser: it doesn\u2019t read dates.", id="curly apostrophe"),
        pytest.param("Add missing rows to the export.", id="a reason right behind the verb"),
        pytest.param("Use a set: the file takes 300 MB.", id="a number of bytes"),
        pytest.param("Support", id="one word"),
        pytest.param("Use a set: looking a row up takes 300 ms.", id="a number with a unit"),
        pytest.param("Remove the long-deprecated option of the exporter.", id="hyphen"),
        pytest.param("Fix the order of rows in the export.", id="a fix"),
        pytest.param("Each exporter repeats the message of the others.", id="a fact"),
        pytest.param("We have moved the shop to the other cloud.", id="what happened before"),
        pytest.param("Make the page match the one of the shop.", id="a comparison"),
        pytest.param("Support counts nine tickets from users a week.", id="support as a team"),
        pytest.param("Support hears about it nine times in a week.", id="support hears"),
        pytest.param("We removed the second export of the shop.", id="what we did before"),
        pytest.param("#12 adds a second export to the shop.", id="what another change did"),
        pytest.param("This update took the shop of Lena down.", id="a noun behind this"),
        pytest.param("The rewritten exporter has two files.", id="a participle"),
        pytest.param("Updates of a shop arrive in the night.", id="a noun"),
        pytest.param("The changes of a shop arrive in the night.", id="a noun behind the"),
        pytest.param("Add " + "a row and " * 40, id="long"),
        pytest.param("", id="nothing"),
    ],
)
def test_change_with_a_reason_is_none(text: str) -> None:
    assert not states_change(text)


@pytest.mark.parametrize(
    "text",
    [
        "The new page is live.",
        "Digital cards are implemented and deployed to production.",
        "Adds a dark mode to the settings page.",
        "Shipping the exporter to the shop.",
        "The feature will be fully shipped in spring.",
        "Support for the second format of files is added.",
        "Digital cards are deployed to production.",
        "Are deployed to all of the shops.",
    ],
)
def test_delivery_is_only_stated(text: str) -> None:
    assert states_delivery(text)


@pytest.mark.parametrize(
    "text",
    [
        "Adds a dark mode, so fewer people complain.",
        "Users can export every row.",
        "Orders are shipped the same day.",
        "Locks are released after the write.",
        "Accountants close the month from one file.",
        "The page is live within 300 ms.",
        "Duplicate accounts are merged.",
        "Support hears",
        "Cards Lena implemented in spring.",
        "The page Lena added last.",
        "The new page is live in 300 ms.",
        "The new page is live " + "and a row " * 20,
    ],
)
def test_difference_is_no_delivery(text: str) -> None:
    assert not states_delivery(text)


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("A better and more robust user experience.", True),
        ("Improved performance of the system.", True),
        ("Better search for people in a hurry.", False),
        ("Improves p95 by 20 %.", False),
        ("Better quality in 2027.", False),
        ("Better.", True),
        ("The and of.", False),
        ("", False),
    ],
)
def test_praise_is_vague(text: str, *, vague: bool) -> None:
    assert is_vague(text) is vague


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        ("Unit tests added, CI is green.", True),
        ("Tested manually in staging", True),
        ("Existing tests", True),
        ("Tests", True),
        ("Tests for the page", True),
        ("Tests of the page here", False),
        ("Tests pass in 300 ms", False),
        ("Manually checked with the rows of June.", True),
        ("A manual for accountants", False),
        ("All the tests pass on my machine", True),
        ("A usability test with five accountants", False),
        ("Share of CI runs that are green, weekly", False),
        ("Tickets about failed tests per week", False),
        ("People find the page", False),
        ("", False),
    ],
)
def test_tests_are_no_measurement(text: str, *, tests: bool) -> None:
    assert describes_tests(text) is tests


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Move the message to the spec", True),
        ("Rename caf\u00e9 to bistro in the docs", True),
        ("The AI of our CI and OS", True),
        ("Update der Bibliothek und Support f\u00fcr Windows", False),
        ("Support de la nouvelle version dans le menu", False),
        ("A\u00f1ade una p\u00e1gina para los ajustes", False),
        ("Adiciona uma op\u00e7\u00e3o para exportar", False),
        ("Aggiunge una pagina per le impostazioni della app", False),
        ("Update van de bibliotheek voor het menu", False),
        ("add \u6dfb\u52a0\u529f\u80fd to the page", False),
        ("Add the \u8a2d\u5b9a page", False),
        ("\u0414\u043e\u0431\u0430\u0432\u0438\u0442\u044c the page", False),
        ("Zeilen exportieren", False),
        ("Add the page der Kunden und Firmen", False),
        ("", False),
    ],
)
def test_english_is_told_from_other_languages(text: str, *, english: bool) -> None:
    assert is_english(text) is english


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    for judged in (states_change, states_delivery, is_vague, describes_tests, is_english):
        assert judged(text) in {True, False}


@pytest.mark.parametrize(
    "text",
    [
        "Migrating a depot takes nine hours and one engineer.",
        "Dropped calls are billed like finished ones.",
        "Adding a driver means three phone calls and a fax.",
        "Printing a label opens three windows.",
        "Moving a shelf costs the night shift forty minutes.",
        "Merging two accounts loses the points of the older one.",
        "Copied orders keep the old price.",
        "Merged parcels lose their tracking number.",
        "Renaming a depot is a job for two people.",
        "Exporting the list hangs at row 900.",
        "Splitting a parcel prints two labels, and one is wrong.",
        "Archived tours stay in the driver's list.",
        "Removed drivers keep access to the depot.",
        "Uploading photos over a phone link takes four minutes.",
        "Setting up a new scanner takes half a day.",
        "Converted prices are rounded twice.",
        "Switching depots logs every driver out.",
        "Storing a photo needs four taps.",
        "Imported addresses lack the house number.",
        "Replaced parts remain on the bill.",
        "Updating the firmware bricks one of forty scanners.",
        "Renamed folders disappear from the index.",
        "Sorting by date puts the newest tour last.",
        "Showing all tours at once overwhelms new drivers.",
    ],
)
def test_work_as_the_subject_of_a_sentence_is_a_problem(text: str) -> None:
    assert not states_change(text)


@pytest.mark.parametrize(
    "text",
    [
        "Adding a button that opens the list of tours.",
        "Added a page for the settings of a shop.",
        "Moving the parser to the text room.",
        "Renaming the column of the table.",
        "Merged the two loaders into one.",
        "Adding labels to the export of a shop.",
        "Updated docs and tests of the loader.",
        "Introducing a new class for tours.",
        "Replaced the list with a table which is sorted.",
        "Moved config parser to its own module.",
    ],
)
def test_work_without_a_predicate_is_only_a_change(text: str) -> None:
    assert states_change(text)


@pytest.mark.parametrize(
    "text",
    [
        "This PR improves the user experience by enhancing performance.",
        "Better performance, better UX.",
        "Improved usability.",
        "Enhances overall system performance and reliability.",
        "A seamless, modern and intuitive experience for all users.",
        "Users will have a better experience.",
        "Optimized performance and streamlined workflows.",
        "It makes the app faster and more reliable.",
        "Increase user satisfaction.",
        "Boosts productivity and quality.",
        "This change aims to improve code quality and maintainability.",
        "Enhanced user engagement through a better interface.",
        "Happier users.",
        "Higher quality.",
        "Our customers get a smoother and more efficient workflow.",
        "Everything feels faster and nicer.",
        "Improving stability, scalability and security of the platform.",
        "We deliver more value to our customers.",
        "The goal is to provide a great developer experience.",
    ],
)
def test_boilerplate_is_vague(text: str) -> None:
    assert is_vague(text)


@pytest.mark.parametrize(
    "text",
    [
        "Fewer people retype the query.",
        "Drivers find the tour without calling the depot.",
        "Accountants close the month in one sitting.",
        "Users stop asking support for the invoice.",
        "People see results before they retype the query.",
        "Teams ship the report on Friday.",
        "The app starts on old phones.",
    ],
)
def test_difference_that_somebody_notices_is_not_vague(text: str) -> None:
    assert not is_vague(text)


@pytest.mark.parametrize("outcome", ["Adds 1.200,50 ms", "Adds 12 %", "Adds 1,5. s", "Adds 0x"])
def test_delivery_with_a_number_and_its_unit_is_none(outcome: str) -> None:
    assert not states_delivery(outcome)
