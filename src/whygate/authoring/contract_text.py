"""Turn a contract into Markdown: the whole of it, and the section for an AGENTS.md file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.authoring.contract import ADMONITION, EXIT_CODES, build_contract
from whygate.authoring.templates import Marks, insert_marked
from whygate.model import Severity
from whygate.schema.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.authoring.contract import Contract, Format, KindDemand, RuleWeight, WrittenForm
    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

AGENTS_MARKS = Marks(
    "<!-- whygate:begin (by `whygate show contract --format agents`; edit outside) -->",
    "<!-- whygate:end -->",
)
_SCOPES = {
    "branch": "The commits of a branch carry the context together: the first one asks why, and "
    "the later ones may be silent.",
    "each": "Every commit message carries its own context.",
    "off": "Commit messages are not judged here; the description of the pull request is.",
}
_ASKING = (Severity.ERROR, Severity.WARNING)
_FORMAT_NAMES = {
    "baseline": "a baseline",
    "target": "a target",
    "date": "a date",
    "owner": "an owner",
    "slug": "a slug",
}


def render_contract(contract: Contract) -> str:
    """Return the whole contract as Markdown, ending in a newline."""
    parts = (
        _opening(contract),
        _kinds(contract),
        _fields(contract.fields),
        _formats(contract.formats),
        _exemptions(contract),
        _forms(contract),
        _rules(contract),
        _checking(),
    )
    return "\n\n".join("\n".join(lines).strip("\n") for lines in parts if lines) + "\n"


def render_agents_section(policy: Policy) -> str:
    """Return the section that tells a coding agent what to write, between its markers.

    It is short, names no day, and changes only with the schema, the configuration or whygate.
    """
    contract = build_contract(policy)
    trailers = next(form for form in contract.forms if form.name == "trailers")
    lines = [
        "## Say why a change should exist",
        "",
        "Before you commit or open a pull request, say why. A check reads what you write, by the "
        "kind of change that its title names (`feat: ...` is a feature):",
        "",
        *_needs_list(contract.kinds),
        "",
        f"{ADMONITION} {_SCOPES[contract.commit_scope]}",
        "",
        "A commit message for example; its last paragraph holds nothing but such lines"
        f"{'' if contract.complete else ', and what stands in `<...>` is to be filled in'}:",
        "",
        *_fenced(trailers.text.rstrip("\n")),
        "",
        "In a pull request write the same answers under headings "
        f"({_listed(f'`## {title}`' for title in _titles(contract))}).",
        *_excuse_lines(contract),
        "",
        "Check it with `whygate check <message file>` or `whygate check --description <file> "
        "--title <title>`: exit status 0 passes; 1 asks questions and prints the text to paste. "
        "`whygate show contract` prints every field, format and rule.",
    ]
    return AGENTS_MARKS.wrap("\n".join(lines))


def insert_agents_section(text: str, section: str) -> str:
    """Return an AGENTS.md with the section in the place of an older one, else at its end."""
    return insert_marked(text, section, AGENTS_MARKS)


def _opening(contract: Contract) -> list[str]:
    return [
        "# What a change must say here",
        "",
        "Every change says why it should exist: the problem it solves, the outcome it aims at, and "
        "how anyone will know that it worked. Write it in the description of the pull request or "
        "in the commit message, and let `whygate check` read it before you push.",
        "",
        f"- **{ADMONITION.partition('. ')[0]}.** {ADMONITION.partition('. ')[2]}",
        '- An unedited template, a bare "N/A" and a slot such as `<the number>` answer nothing.',
        f"- {_SCOPES[contract.commit_scope]}",
        f"- In effect: preset `{contract.preset}`, schema `{contract.schema}`.",
    ]


def _kinds(contract: Contract) -> list[str]:
    lines = [
        "## What each kind must say",
        "",
        "The type in front of the title (`feat: ...`) names the kind; a change of which nothing "
        f"tells the kind is `{contract.default_kind}`. A change fails without the fields of the "
        "third column, and is asked for those of the fourth.",
        "",
        "| kind | title begins with | fails without | is asked for | may be excused as |",
        "| --- | --- | --- | --- | --- |",
    ]
    for kind in contract.kinds:
        types = _listed(f"`{word}`" for word in kind.types)
        if kind.skipped:
            lines.append(f"| {kind.name} | {types} | nothing: it is counted, not judged | | |")
            continue
        errors, warnings = (_demand(kind, severity) for severity in _ASKING)
        excuses = ", ".join(kind.exemptions)
        lines.append(f"| {kind.name} | {types} | {errors} | {warnings} | {excuses} |")
    return lines


def _demand(kind: KindDemand, severity: Severity) -> str:
    """Return the fields of one weight, the parts of a plan in brackets behind it."""
    names = [name for name, weight in kind.needs.items() if weight is severity]
    whole = [name for name in names if name.partition(".")[0] not in names or "." not in name]
    shown = []
    for name in whole:
        parts = [f"`{part.partition('.')[2]}`" for part in names if part.startswith(f"{name}.")]
        shown.append(f"`{name}` ({', '.join(parts)})" if parts else f"`{name}`")
    return ", ".join(shown)


def _fields(fields: Iterable[Field]) -> list[str]:
    lines = ["## Fields", ""]
    for field in fields:
        if field.kind is FieldKind.CONSTANT:
            continue
        lines += [
            *_field(field, ""),
            *(line for part in field.parts for line in _field(part, "  ")),
        ]
    return lines


def _field(field: Field, indent: str) -> Iterator[str]:
    names = f"`{field.name}`, trailer `{field.trailer}`"
    yield f"{indent}- **{field.title}** ({names}): {field.question} {field.description}".rstrip()
    details = list(_details(field))
    if details:
        yield f"{indent}  {_sentence('; '.join(details))}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _details(field: Field) -> Iterator[str]:
    if field.choices:
        yield f"one of {_listed(f'`{choice}`' for choice in field.choices)}"
    if form := _FORMAT_NAMES.get(field.format):
        yield f"written as {form}"
    if field.min_words or field.max_words:
        yield _word_bounds(field)
    if field.kind is FieldKind.LIST:
        yield "may stand more than once"
    if field.max_items:
        yield f"at most {field.max_items} of them"
    if field.example:
        yield f"for example: `{field.example}`"


def _word_bounds(field: Field) -> str:
    if field.min_words and field.max_words:
        return f"{field.min_words} to {field.max_words} words"
    if field.max_words:
        return f"at most {field.max_words} words"
    return f"at least {field.min_words} word{'s' if field.min_words > 1 else ''}"


def _formats(formats: Iterable[Format]) -> list[str]:
    known = [
        f"- **{found.name}**: {found.says}. {_listed(f'`{text}`' for text in found.examples)}"
        for found in formats
    ]
    return ["## Formats", "", *known] if known else []


def _exemptions(contract: Contract) -> list[str]:
    if not contract.exemptions:
        return []
    lines = [
        "## Honest exemptions",
        "",
        "A change that need not or cannot answer says so, with a class and a reason of at least "
        "four words. Which kind may claim which class stands above.",
        "",
    ]
    for found in contract.exemptions:
        excuses = "everything" if found.excuses == ("*",) else ", ".join(found.excuses)
        lines += [
            f"- **{found.name}** excuses {excuses}. In the section it excuses: "
            f"`{found.sentence}`. As a trailer: `{found.trailer}`"
        ]
    return lines


def _forms(contract: Contract) -> list[str]:
    lines = ["## Three written forms", ""]
    if contract.complete:
        lines.append(f"Each of these is a whole {contract.example_kind} that passes.")
    else:
        lines.append(
            f"Each of these is a whole {contract.example_kind}; the schema has no example for what "
            "stands in `<...>`, and the check refuses it until it is filled in."
        )
    for form in contract.forms:
        lines += ["", f"### {form.name.capitalize()}", "", *_form(form)]
    return lines


def _form(form: WrittenForm) -> list[str]:
    sentence = (
        f"In {form.place}" if not form.place.startswith("anywhere") else form.place.capitalize()
    )
    if form.name == "trailers":
        return [f"{sentence}.", "", *_fenced(form.text.rstrip("\n"))]
    return [f"{sentence}, under the title `{form.title}`.", "", *_fenced(form.body, "markdown")]


def _rules(contract: Contract) -> list[str]:
    lines = [
        "## Rules",
        "",
        "What is asked of a kind decides over the severity here; `whygate rules WG103` says why "
        "a rule exists, with a bad and a good example.",
        "",
        "| rule | name | severity | finds |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {rule.id} | {rule.name} | {_severity(rule)} | {rule.finds} |" for rule in contract.rules
    ]
    if contract.has_path_overrides:
        lines += ["", "Some rules weigh more or less under some paths: see `whygate show config`."]
    return lines


def _severity(rule: RuleWeight) -> str:
    others = ", ".join(f"{kind}: {weight}" for kind, weight in rule.by_kind.items())
    return f"{rule.severity} ({others})" if others else str(rule.severity)


def _checking() -> list[str]:
    return [
        "## Checking",
        "",
        "```console",
        "whygate check <file with the commit message>",
        "whygate check --description <file> --title <title>",
        "whygate check --range origin/main..HEAD",
        "```",
        "",
        "| exit status | means |",
        "| --- | --- |",
        *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES),
    ]


def _needs_list(kinds: Iterable[KindDemand]) -> Iterator[str]:
    """Yield a line for each set of fields that fails a change, with the kinds it is asked of."""
    groups: dict[tuple[str, str], list[str]] = {}
    for kind in kinds:
        errors, warnings = (_demand(kind, severity) for severity in _ASKING)
        if errors or warnings:
            groups.setdefault((errors, warnings), []).append(kind.name)
    for (errors, warnings), names in groups.items():
        demands = [f"fails without {errors}"] if errors else []
        demands += [f"is asked for {warnings}"] if warnings else []
        yield f"- {', '.join(names)}: {'; '.join(demands)}."


def _excuse_lines(contract: Contract) -> Iterator[str]:
    if contract.exemptions:
        yield ""
        yield "A change that honestly has nothing to measure says so in one sentence, for example:"
        yield ""
        yield from (f"- `{found.sentence}`" for found in contract.exemptions)


def _titles(contract: Contract) -> Iterator[str]:
    asked = {name.partition(".")[0] for kind in contract.kinds for name in kind.needs}
    return (field.title for field in contract.fields if field.name in asked)


def _fenced(text: str, info: str = "") -> list[str]:
    longest = max((len(line) - len(line.lstrip("`")) for line in text.split("\n")), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{info}", text, fence]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
