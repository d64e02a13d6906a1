"""The contract as Markdown: for whoever writes a change, and as the section of an AGENTS.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.authoring.contract import ADMONITION, EXIT_CODES, build_contract
from whygate.authoring.templates import Marks, insert_marked
from whygate.model import Severity
from whygate.schema.fields import FieldKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from whygate.authoring.contract import Contract, Format, KindDemand
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


def render_contract(contract: Contract) -> str:
    """Return the contract as Markdown, ending in a newline: what a writer needs and no more.

    What a rule finds is said by the check that finds it, so no rule is listed here.
    """
    parts = (
        _opening(contract),
        _kinds(contract),
        _fields(contract),
        _exemptions(contract),
        _forms(contract),
        _checking(contract),
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
        f"**{ADMONITION.partition('. ')[0]}.** {ADMONITION.partition('. ')[2]} An unedited "
        'template, a bare "N/A" and a slot such as `<the number>` answer nothing.',
        "",
        f"{_SCOPES[contract.commit_scope]} Preset `{contract.preset}`, schema `{contract.schema}`.",
    ]


def _kinds(contract: Contract) -> list[str]:
    """Return a line for each set of demands, with the title types that name its kinds."""
    skipped = [kind.name for kind in contract.kinds if kind.skipped]
    free = [kind.name for kind in contract.kinds if not kind.skipped and not any(_demands(kind))]
    lines = [
        "## What each kind must say",
        "",
        "The type in front of the title (`feat: ...`) names the kind; a change of which nothing "
        f"tells the kind is `{contract.default_kind}`.",
        "",
        *_needs_list(contract.kinds),
    ]
    if free:
        lines.append(f"- {_listed(free)}: may be silent.")
    if skipped:
        lines.append(f"- {_listed(skipped)}: counted, not judged.")
    return lines


def _demands(kind: KindDemand) -> tuple[str, str]:
    """Return what fails a change of the kind without it, and what it is asked for."""
    errors, warnings = (_demand(kind, severity) for severity in _ASKING)
    return errors, warnings


def _demand(kind: KindDemand, severity: Severity) -> str:
    """Return the fields of one weight, the parts of a plan in brackets behind it."""
    names = [name for name, weight in kind.needs.items() if weight is severity]
    whole = [name for name in names if name.partition(".")[0] not in names or "." not in name]
    shown = []
    for name in whole:
        parts = [f"`{part.partition('.')[2]}`" for part in names if part.startswith(f"{name}.")]
        shown.append(f"`{name}` ({', '.join(parts)})" if parts else f"`{name}`")
    return ", ".join(shown)


def _fields(contract: Contract) -> list[str]:
    """Return the fields: heading, key of a block, trailer; what to write in those asked for."""
    asked = {name.partition(".")[0] for kind in contract.kinds for name in kind.needs}
    formats = {found.name: found for found in contract.formats}
    lines = ["## Fields", "", "Heading (`key of the block`, `Trailer`): what to write.", ""]
    others = []
    for field in contract.fields:
        if field.kind is FieldKind.CONSTANT:
            continue
        if field.name not in asked:
            others.append(_names(field))
            continue
        lines.append(_field(field, formats))
        lines += [f"  {_field(part, formats)}" for part in field.parts]
    if others:
        lines += ["", f"Read as well, where you have it: {_listed(others)}."]
    if "quantity" in formats:
        lines += ["", f"A quantity is {_format(formats['quantity'])}."]
    return lines


def _names(field: Field) -> str:
    return f"{field.title} (`{field.key}`, `{field.trailer}`)"


def _field(field: Field, formats: Mapping[str, Format]) -> str:
    known = formats.get(field.format)
    says = _format(known) if known else (field.description or field.question).rstrip(".?")
    details = "".join(f"; {detail}" for detail in _details(field))
    return f"- {_names(field)}: {says}{details}."


def _details(field: Field) -> Iterator[str]:
    if field.choices:
        yield _listed(f"`{choice}`" for choice in field.choices)
    if field.min_words or field.max_words:
        yield _word_bounds(field)


def _format(found: Format) -> str:
    return f"{found.says}: {_listed(f'`{text}`' for text in found.examples)}"


def _word_bounds(field: Field) -> str:
    if field.min_words and field.max_words:
        return f"{field.min_words} to {field.max_words} words"
    if field.max_words:
        return f"at most {field.max_words} words"
    return f"at least {field.min_words} word{'s' if field.min_words > 1 else ''}"


def _exemptions(contract: Contract) -> list[str]:
    if not contract.exemptions:
        return []
    lines = [
        "## Honest exemptions",
        "",
        "A class and a reason of at least four words, in the section it excuses:",
        "",
    ]
    for found in contract.exemptions:
        judged = (kind for kind in contract.kinds if any(_demands(kind)))
        refused = [kind.name for kind in judged if found.name not in kind.exemptions]
        lines.append(f"- `{found.sentence}`{f' (not {_listed(refused)})' if refused else ''}")
    trailer = contract.exemptions[0].trailer
    return [*lines, "", f"Or as a trailer: `{trailer}`"]


def _forms(contract: Contract) -> list[str]:
    """Return one whole change as trailers, and how the other forms are made of it."""
    forms = {form.name: form for form in contract.forms}
    slots = "" if contract.complete else "; fill in what stands in `<...>`"
    return [
        "## A whole change",
        "",
        f"A {contract.example_kind} as a commit message; its last paragraph holds nothing but "
        f"such lines{slots}:",
        "",
        *_fenced(forms["trailers"].text.rstrip("\n")),
        "",
        "In a pull request the same stands under headings "
        f"({_listed(f'`## {title}`' for title in _titles(contract))}; the parts of a plan as "
        "`- Metric: ...`), or under their keys as YAML, after `version: 1`, in a fence that opens "
        "with `yaml product-context`.",
    ]


def _checking(contract: Contract) -> list[str]:
    lines = [
        "## Checking",
        "",
        "`whygate check <message file>` or `whygate check --description <file> --title <title>`; "
        "with `--format json` for programs. `whygate rules WG103` explains a finding.",
        "",
        f"Exit status: {'; '.join(f'{code} {meaning}' for code, meaning in EXIT_CODES)}.",
    ]
    if contract.has_path_overrides:
        lines += ["", "Some rules weigh more or less under some paths: see `whygate show config`."]
    return lines


def _needs_list(kinds: Iterable[KindDemand]) -> Iterator[str]:
    """Yield a line for each set of fields that fails a change, with the kinds it is asked of."""
    groups: dict[tuple[str, str], list[str]] = {}
    for kind in kinds:
        demands = _demands(kind)
        if any(demands):
            types = _listed(f"`{word}`" for word in kind.types if word != kind.name)
            groups.setdefault(demands, []).append(f"{kind.name} ({types})" if types else kind.name)
    for (errors, warnings), names in groups.items():
        says = [f"fails without {errors}"] if errors else []
        says += [f"is asked for {warnings}"] if warnings else []
        yield f"- {_listed(names)}: {'; '.join(says)}."


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
