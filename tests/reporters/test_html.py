from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from datetime import date
from typing import TYPE_CHECKING

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reporters.conftest import make_basis, make_record

from whygate.audit.coverage import count_coverage
from whygate.reporters import html_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from whygate.audit.record import Basis, Record

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "</style><svg onload=alert(1)>",
    "</title></textarea></noscript><iframe src=//x>",
    "\" onmouseover=alert(1) x='",
    "{{ 7*7 }}{% raw %}${7*7}",
    "&lt;b&gt; &#60;i&#62; &amp",
    "javascript:alert(1)",
    "]]>--><p>",
    "\u2028\u2029\u202e\u2066\x00\x07\x1b[31m\x9b\ud800\ufffe",
    "\\u003c/script\\u003e",
    "<base href=https://x/><meta http-equiv=refresh>",
)


def basis(**more: object) -> Basis:
    return make_basis(**({"branch": "main"} | more))


def record(number: int = 1, state: str = "missing", **more: object) -> Record:
    return make_record(number, state, **({"author": "Ada Secret", "kind": "fix"} | more))


def render_html(known: Basis, records: list[Record]) -> str:
    by_area = any(known.area for known in records)
    return html_.render_html(known, count_coverage(records, by_area=by_area), records)


def parse(page: str) -> Element:
    root: Element = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    return root


def text_of(page: str) -> str:
    """Return what a reader sees, white space folded."""
    body = parse(page).find("body")
    assert body is not None
    return " ".join("".join(_visible(body)).split())


def _visible(element: Element) -> Iterator[str]:
    if element.tag not in {"script", "style", "noscript"}:
        yield element.text or ""
        for child in element:
            yield from _visible(child)
    yield f" {element.tail or ''}"


def data_of(page: str) -> list[list[object]]:
    script = parse(page).find(".//script[@id='data']")
    assert script is not None
    rows: list[list[object]] = json.loads(script.text or "")["rows"]
    return rows


def test_render_html_same_input_same_bytes() -> None:
    records = [record(n, kind=f"kind{n % 7}", area=f"area{n % 5}") for n in range(60)]

    assert render_html(basis(), records) == render_html(basis(), list(records))


def test_render_html_says_what_it_rests_on() -> None:
    shown = text_of(
        render_html(
            basis(
                templates=(".github/pull_request_template.md",),
                filters=("since 2026-01-01", "path src"),
                notes=("One object could not be read.",),
            ),
            [record()],
        )
    )

    for part in (
        "acme/shop",
        "Range v1..main",
        "Branch main",
        "Head 0123456789abcdef0123456789abcdef01234567",
        "Unit first-parent changes",
        "Only since 2026-01-01, path src",
        "Today 2026-03-09 (UTC)",
        "Configuration .whygate.yml, preset adopt",
        "Schema product-context 1",
        "Template .github/pull_request_template.md",
        "One object could not be read.",
    ):
        assert part in shown


def test_render_html_every_rate_has_its_number() -> None:
    records = [record(n, "complete" if n < 3 else "missing") for n in range(8)]
    records += [record(9, "skipped", reason="bot")]

    shown = text_of(render_html(basis(), records))

    assert "Not asked 1 11.1 % (1 of 9)" in shown
    assert "bot (by the author's name, unverified) 1 11.1 % (1 of 9)" in shown
    assert "complete 3 37.5 % (3 of 8)" in shown
    for rate in re.finditer(r"[0-9] %", shown):
        assert re.match(r" \(?[0-9,]+ of [0-9,]+", shown[rate.end() :]), shown[rate.start() - 40 :]


def test_render_html_no_percentage_of_fewer_than_five() -> None:
    shown = text_of(render_html(basis(), [record(n) for n in range(4)]))

    assert " %" not in shown
    assert "missing 4 (4 of 4)" in shown


def test_render_html_nothing_to_judge() -> None:
    page = render_html(basis(branch=""), [])

    assert "There is no change to judge in this range." in text_of(page)
    assert "Trend" not in text_of(page)
    assert data_of(page) == []


def test_render_html_without_any_date_has_no_chart() -> None:
    page = parse(render_html(basis(), [record(day=None)]))

    assert page.find(".//{*}svg[@class='chart']") is None
    assert page.find(".//section[@aria-labelledby='trend']//table") is not None


def test_render_html_chart_says_the_numbers_in_words() -> None:
    page = parse(render_html(basis(), [record(1), record(2, "complete"), record(3, "skipped")]))

    titles = [title.text for title in page.findall(".//{*}svg[@class='chart']//{*}g/{*}title")]

    assert titles == ["2026-03: 2 judged, 1 complete, 0 partial, 1 missing, 0 exempt"]
    assert page.find(".//{*}desc[@id='chart-description']") is not None


def test_render_html_labels_a_field_was_read_from() -> None:
    records = [record(1, answers=(("problem", "Motivation"),)), record(2, answers=(("risk", ""),))]

    page = parse(render_html(basis(), records))
    rows = [
        "".join(row.itertext()) for row in page.findall(".//section[@aria-labelledby='fields']//tr")
    ]

    assert any("problem" in row and "Motivation" in row for row in rows)
    assert any("risk" in row and "no label" in row for row in rows)
    assert any("audience" in row and "nowhere" in row for row in rows)


def test_render_html_many_labels_are_cut_and_counted() -> None:
    answers = tuple(("problem", f"Label {n}") for n in range(11))

    assert "and 3 more" in text_of(render_html(basis(), [record(answers=answers)]))


def test_render_html_rule_leads_to_its_meaning() -> None:
    records = [record(rules=(("WG103", "error"), ("X999", "warning")))]

    page = parse(render_html(basis(), records))
    addresses = {a.get("href") for a in page.iter("a")}
    meaning = page.find(".//details[@id='rule-WG103']")

    assert "#rule-WG103" in addresses
    assert "#rule-X999" not in addresses
    assert meaning is not None
    assert "Nothing says how anyone will know" in "".join(meaning.itertext())


def test_render_html_rule_outside_the_catalogue_is_named() -> None:
    shown = text_of(render_html(basis(), [record(rules=(("X999", "warning"),))]))

    assert "is X999 , in (1 of 1)" in shown


def test_render_html_exempt_features_by_name() -> None:
    records = [
        record(1, "exempt", kind="feature", reason="trivial", title="Add the thing"),
        record(2, "exempt", reason=""),
    ]

    shown = text_of(render_html(basis(), records))

    assert "#1 Add the thing (trivial)" in shown
    assert "1 exempt feature by name" in shown
    assert "no class (1 of 2)" in shown


def test_render_html_no_exempt_feature() -> None:
    shown = text_of(render_html(basis(), [record(1, "exempt", reason="internal")]))

    assert "No feature is among them." in shown


def test_render_html_areas_only_when_they_are_known() -> None:
    with_areas = render_html(basis(), [record(area="api"), record(2)])
    without = render_html(basis(), [record()])

    assert "api" in text_of(with_areas)
    assert parse(with_areas).find(".//section[@aria-labelledby='areas']") is not None
    assert parse(without).find(".//section[@aria-labelledby='areas']") is None


def test_render_html_names_no_author() -> None:
    assert "Secret" not in render_html(basis(), [record()])


def test_render_html_names_authors_when_somebody_asked() -> None:
    records = [record(n) for n in range(5)]

    page = html_.render_html(basis(), count_coverage(records, by_author=True), records)

    assert "Ada Secret 5 5 0 0 5 0 0 0.0 % (0 of 5)" in text_of(page)
    assert "names no authors" not in page


def test_render_html_before_and_since_adoption() -> None:
    records = [record(1), record(2, "complete", day=date(2026, 3, 5))]

    page = html_.render_html(basis(), count_coverage(records, adopted=date(2026, 3, 2)), records)

    assert "before 1 1 0 0 1 0 0 (0 of 1) since 1 1 1 0 0 0 0 (1 of 1)" in text_of(page)


def test_render_html_links_only_to_https() -> None:
    urls = ("https://example.org/pull/1", "javascript:alert(1)", "http://example.org/", "//x", "")
    records = [
        record(n, "exempt", kind="feature", url=url, rules=((f"X{n}", "error"),))
        for n, url in enumerate(urls)
    ]

    page = render_html(basis(), records)
    addresses = {a.get("href", "") for a in parse(page).iter("a")}

    assert {a for a in addresses if not a.startswith("#")} == {urls[0]}
    assert [row[2] for row in data_of(page)] == ["1", "", "", "", ""]


def test_render_html_first_rows_stand_in_the_page_and_all_in_the_data() -> None:
    page = render_html(basis(), [record(n) for n in range(450)])

    table = parse(page).find(".//table[@id='table']/tbody")
    assert table is not None
    assert len(list(table)) == 100
    assert "ends after the first 100 of 450 changes" in page
    assert [row[0] for row in data_of(page)] == [f"#{n}" for n in range(450)]


def test_render_html_counts_blind_changes_apart() -> None:
    page = render_html(basis(), [record(1, "blind"), record(2, "missing")])

    assert [row[6] for row in data_of(page)] == ["blind", "missing"]
    assert "the description is on the forge" in page
    assert "One change had to answer, and it answers nothing; the description of 1 " in page


def test_render_html_without_anything_that_could_be_read_says_why() -> None:
    assert "Nothing could be read" in render_html(basis(), [record(1, "blind")])


def test_render_html_is_one_page_that_loads_nothing() -> None:
    page = render_html(basis(), [record(url="https://example.org/1")])
    root = parse(page)

    assert {e.tag for e in root.iter()}.isdisjoint(
        {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "source"}
    )
    assert not [e for e in root.iter() if e.get("src") or e.get("style") or e.get("srcset")]
    for style in root.iter("style"):
        assert not re.search(r"@import|url\(", style.text or "")


def test_render_html_policy_allows_only_its_own_style_and_script() -> None:
    root = parse(render_html(basis(), [record()]))
    metas = root.findall(".//meta[@http-equiv='Content-Security-Policy']")
    style = root.find(".//style")
    script = root.find("body/script[2]")

    assert len(metas) == 1
    assert style is not None
    assert script is not None
    assert metas[0].get("content") == (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(element: Element) -> str:
    digest = hashlib.sha256((element.text or "").encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def test_render_html_references_lead_somewhere() -> None:
    records = [record(1, "exempt", kind="feature", rules=(("WG101", "error"),), area="x")]
    root = parse(render_html(basis(notes=("A note.",)), records))
    ids = [e.get("id", "") for e in root.iter() if e.get("id")]

    assert len(ids) == len(set(ids))
    for element in root.iter():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((element.get(name) or "").split()) <= set(ids)
        address = element.get("href", "")
        assert not address.startswith("#") or address[1:] in ids


def test_render_html_tables_have_captions_and_scopes() -> None:
    records = [record(n, area="x", rules=(("WG101", "error"),)) for n in range(6)]
    root = parse(render_html(basis(), records))

    tables = list(root.iter("table"))

    assert len(tables) >= 6
    assert all(table.find("caption") is not None for table in tables)
    assert all(cell.get("scope") for cell in root.iter("th"))


def shape(page: str) -> list[tuple[object, tuple[str, ...]]]:
    return [(e.tag, tuple(sorted(map(str, e.attrib)))) for e in parse(page).iter()]


def filled(text: str) -> str:
    """Return a page with a text in every place that comes from outside."""
    place = f"x{text}"
    rows = [
        record(
            identity=place,
            sha=place,
            title=place,
            author=place,
            kind=place,
            state=state,
            reason=place,
            answers=((place, place),),
            forms=(place,),
            rules=((place, "error"), (place, place)),
            area=place,
            url=place,
        )
        for state in ("missing", "exempt", "skipped")
    ]
    names = ("repository", "revisions", "branch", "head", "unit", "timezone", "config", "preset")
    lists = ("templates", "filters", "notes")
    values: dict[str, object] = dict.fromkeys((*names, "schema"), place)
    return render_html(basis(**values, **dict.fromkeys(lists, (place,))), rows)


PLAIN = shape(filled("plain"))


@pytest.mark.parametrize("text", HOSTILE)
def test_render_html_hostile_text_makes_no_element(text: str) -> None:
    page = filled(text)

    assert shape(page) == PLAIN
    page.encode("utf-8")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(("<", ">", "&", '"', "'", "/", "script", "!--", "--", " ", "=", "on", "\n"))
        | st.sampled_from(HOSTILE)
        | st.text(max_size=5),
        max_size=8,
    )
)
def test_render_html_any_text_makes_no_element(parts: list[str]) -> None:
    page = filled("".join(parts))

    assert shape(page) == PLAIN


@pytest.mark.parametrize("text", HOSTILE)
def test_render_html_data_survives_as_written(text: str) -> None:
    page = render_html(basis(), [record(title=text)])
    title = data_of(page)[0][4]

    assert isinstance(title, str)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", title)
    assert html.escape(title).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page


def test_render_html_data_has_no_character_that_ends_a_script() -> None:
    page = render_html(basis(), [record(title=text) for text in HOSTILE])

    start = page.index('id="data">') + len('id="data">')
    data = page[start : page.index("</script>", start)]
    assert data.isascii()
    assert not re.search("[<>&]", data)
    assert len(json.loads(data)["rows"]) == len(HOSTILE)


def test_render_html_holds_the_answers_in_the_authors_words() -> None:
    said = (("Problem", "Shoppers lose </script> the cart."), ("Who it helps", "All of them."))

    page = render_html(basis(), [record(1, "complete", said=said), record(2)])
    script = parse(page).find(".//script[@id='data']")
    assert script is not None
    data = json.loads(script.text or "")

    assert data["fields"] == ["Problem", "Who it helps"]
    assert data["rows"][0][12] == [[0, "Shoppers lose </script> the cart."], [1, "All of them."]]
    assert data["rows"][1][12] == []
    assert "are cut here" not in page


def test_render_html_changes_of_one_name_are_opened_by_two_addresses() -> None:
    records = [record(n, identity=name) for n, name in enumerate(("#7", "!7", "1a2b/ü", "#7"))]

    assert [row[11] for row in data_of(render_html(basis(), records))] == [
        *("c-7", "c-7_2", "c-1a2b-", "c-7_3"),
    ]


def words(number: int) -> str:
    """Return a sentence that no other change says."""
    return " ".join(hashlib.sha256(f"{number} {n}".encode()).hexdigest()[:9] for n in range(30))


def test_render_html_two_thousand_talkative_changes_fit_a_mail() -> None:
    records = [
        record(
            n,
            "complete",
            title=words(n)[:70],
            url=f"https://github.com/acme/shop/pull/{n}",
            said=tuple((title, words(n)) for title in ("Problem", "Who it helps", "Outcome")),
        )
        for n in range(2_000)
    ]

    page = render_html(basis(), records)

    assert len(page.encode()) <= 1_500_000
    assert page.count("</tr>") < 400
    assert re.search(r"Answers longer than \d+ characters are cut here", page)
