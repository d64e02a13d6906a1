"""Turn the worst texts we can think of into figures: the seconds one check takes for each.

Every text is 64 KiB long, which is what a forge allows for a description. Each is judged as a
whole description, as a whole message, and as the answer in every place an answer can stand. Then as
250 commits of one pull request, 4 KiB each, of which the gate reads as much as it has time for, and
six such requests of a merge queue together. Then what is larger than anybody writes: messages of
1 MiB, and a ledger as large as one may be.

With `--drawn 1000` it judges texts put together at random instead: what nobody thought of.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.policy import TODAY, description_change, message_change, standard_policy
from benchmarks.table import judge_ratio, render_table
from benchmarks.texts import FEATURE_TITLE
from msgspec.structs import replace

from whygate.errors import ConfigError, InputError
from whygate.forges.github.pull_request import COMMITS_LIMIT
from whygate.history.outcomes import LEDGER_LIMIT
from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.outcomes.ledger import parse_ledger
from whygate.policy.codeowners import CodeOwners
from whygate.policy.config_toml import load_toml
from whygate.policy.globs import matches_any
from whygate.policy.presets import resolve_config
from whygate.schema.files import read_presets
from whygate.text.commit import require_small, within_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from whygate.policy.policy import Policy

SIZE = 65_536
BUDGET = 0.5
REQUEST_BUDGET = 2.0
GROUP_BUDGET = 3.0  # of six requests, one after another
LARGE_BUDGET = 2.0
_GROUP = 6
_LARGE = 1 << 20
MEMORY_BUDGET = 150.0  # MB, of this process
_MESSAGE = 4_096
SHOWN = 12

# Each is repeated up to the size.
_REPEATED = {
    "quotes on one line": ">",
    "quotes, spaced": "> ",
    "opening brackets": "[",
    "links in links": "[a](",
    "images in images": "![a](",
    "references": "[a][b]",
    "brackets, escaped": "\\[",
    "stars": "*",
    "stars and letters": "*a ",
    "double stars and letters": "**a",
    "underscores and letters": "_a ",
    "comment openers": "<!--",
    "comment openers behind a label": "**Problem** <!-- ",
    "comment openers, lines": "<!--\n",
    "comment closers": "-->",
    "declarations": "<!a",
    "instructions": "<?",
    "character data": "<![CDATA[",
    "backticks": "`",
    "backticks, spaced": "` `` ",
    "fences": "```\n",
    "fences of waves": "~~~\n",
    "fences, then text": "```\na\n",
    "list on one line": "- ",
    "numbers on one line": "1. ",
    "list items": "- a\n",
    "task boxes": "- [ ] a\n",
    "ampersands": "&",
    "entities": "&amp;",
    "entities, open": "&#x",
    "less-than signs": "<",
    "tags": "<a>",
    "tags, open": "<a href='",
    "details": "<details>\n",
    "details, closed": "<details></details>",
    "table cells": "|",
    "table rows": "|a|b|\n",
    "headings": "# a\n",
    "headings, known": "## Problem\n",
    "headings, underlined": "a\n-\n",
    "labels, known": "**Target:** ",
    "label lines, known": "Outcome: a\n",
    "label lines, unknown": "Word: a\n",
    "colons": ":",
    "shortcodes": ":a:",
    "spaces": " ",
    "tabs": "\t",
    "line ends": "\n",
    "carriage returns": "\r",
    "spaces and line ends": " \n",
    "backslashes": "\\",
    "link definitions": "[a]: b\n",
    "addresses": "http://a.b ",
    "address, long": "http://a.b/",
    "one word": "a",
    "words": "word ",
    "sentences": "It goes from 1 to 2. ",
    "digits": "1",
    "digits and commas": "1,",
    "digits and dots": "1.",
    "numbers": "12 ",
    "per cent": "5 % ",
    "arrows": "1 -> 2 -> ",
    "ranges": "1-2-",
    "from to": "from 1 to 2 by ",
    "dates": "2027-02-15 ",
    "dates in words": "15 February 2027, ",
    "by a day": "by Friday, ",
    "hypotheses": "we believe that a will result in b ",
    "commas": ", ",
    "semicolons": "a; ",
    "placeholders": "TBD, ",
    "slots": "<a> ",
    "slots in brackets": "[insert a] ",
    "dashes": "-",
    "ticket numbers": "#1 ",
    "fixes": "fixes #1, ",
    "combining marks": "a\u0301",
    "combining marks only": "\u0301",
    "invisible characters": "\u200b",
    "wide colons": "\uff1a",
    "Chinese": "\u95ee\u9898",
    "emoji": "\U0001f4a5",
    "line separators": "\u2028",
    "ligatures": "\ufdfa",
    "key and folded lines": "Key: a\n b\n",
}
_BLOCK = "```yaml product-context\n"


def main() -> None:
    """Print the slowest texts, and the worst of them against the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shown", type=int, default=SHOWN, help="how many of the slowest")
    parser.add_argument("--drawn", type=int, default=0, help="judge so many drawn texts instead")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn")
    options = parser.parse_args()
    shown: int = options.shown
    policy = standard_policy()
    if options.drawn:
        drawn = draw_changes(options.drawn, options.seed)
        print(render_result({name: time_check(change, policy) for name, change in drawn}, shown))
        return
    seconds = {name: time_check(change, policy) for name, change in hostile_changes()}
    print(render_result(seconds, shown))
    requests = {name: time_check(change, policy) for name, change in hostile_requests()}
    print(f"\n{render_result(requests, shown, REQUEST_BUDGET)}")
    patterns = {name: time_call(run) for name, run in hostile_patterns()}
    print(f"\n{render_result(patterns, shown)}")
    group = sum(sorted(requests.values())[-_GROUP:])
    print(f"\n{judge_ratio('seconds of the six worst requests', group, GROUP_BUDGET)}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(judge_ratio("MB of memory at most", memory, MEMORY_BUDGET))
    large = {name: time_call(run) for name, run in hostile_files()}
    print(f"\n{render_result(large, shown, LARGE_BUDGET)}")


def time_check(change: Change, policy: Policy) -> float:
    """Return the seconds of the processor for one check, which waits for nothing."""
    start = time.process_time()
    check(change, policy, TODAY)
    return time.process_time() - start


def time_call(run: Callable[[], object]) -> float:
    """Return the seconds of the processor for one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def hostile_patterns() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield patterns of configurations and CODEOWNERS files on the names that try them most.

    Every one of them kept a matcher of regular expressions busy for 5 to 40 seconds.
    """
    long = "a" * 4_000
    globs = {
        "stars, then a letter": ("*a" * 300 + "*b", long),
        "twelve stars": ("*a" * 12 + "*b", long),
        "a long run": ("*" + "a" * 900 + "b", long),
        "classes": ("*[ab]" * 180 + "c", "ab" * 2_000),
        "two versions of a document": ("*-v*-*.md", "-v" * 2_000 + ".txt"),
        "folders of any depth": ("**/a/" * 180 + "b", "a/" * 2_000 + "a"),
    }
    for name, (pattern, path) in globs.items():
        yield f"glob: {name}", partial(matches_any, path, (pattern,))
        yield f"owners: {name}", partial(_own, f"{pattern} @a\n", path)
        config = replace(resolve_config(read_presets()), exempt_branches=(pattern,))
        change = replace(description_change("", "x"), branch=path)
        policy = replace(standard_policy(), config=config)
        yield f"branch: {name}", partial(check, change, policy, TODAY)
    rules = "".join(f"/src/area{n}/ @a{n}\n" for n in range(100_000))
    yield "owners: 100,000 rules", partial(_own, rules, "src/area5/x")
    endings = "".join(f"*.e{n} @a{n}\n" for n in range(100_000))
    yield "owners: 100,000 endings", partial(_own, endings, "src/x.e5")
    dotted = "[tool.whygate]\na" + ".a" * 20_000 + " = 1\n"
    yield "TOML: a key of 20,000 parts", partial(_refuse, dotted)


def _own(text: str, path: str) -> None:
    CodeOwners(text).of(path)


def _refuse(text: str) -> None:
    with suppress(ConfigError):
        load_toml(text, "pyproject.toml")


def hostile_files() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield messages of 1 MiB, which are refused unread, and ledgers as large as one may be."""
    for name in ("quotes on one line", "stars and letters", "key and folded lines"):
        unit = _REPEATED[name]
        message = f"{FEATURE_TITLE}\n\n{unit * (_LARGE // len(unit))}"
        yield f"message of 1 MiB: {name}", partial(_refuse_message, message)
    line = (
        '{"v":1,"for":"#%d","sha":"1a2b3c4","at":"2027-02-14","state":"met","metric":1,'
        '"value":"46 %%","target":"45 %%","evidence":"https://bi.example.com/412","by":"@lena"}\n'
    )
    results = "".join(line % number for number in range(LEDGER_LIMIT // (len(line) + 4)))
    yield "ledger: results", partial(parse_ledger, results)
    yield "ledger: lines that are no JSON", partial(parse_ledger, "{\n" * (LEDGER_LIMIT // 2))
    yield "ledger: one line", partial(parse_ledger, "{" * LEDGER_LIMIT)


def _refuse_message(message: str) -> None:
    with suppress(InputError):
        require_small(message_change(message))
        raise AssertionError(f"a message of {len(message)} characters is read")


def hostile_changes() -> Iterator[tuple[str, Change]]:
    """Yield every hostile change with its name."""
    for name, text in hostile_texts():
        for place, build in _PLACES.items():
            yield f"{name}, {place}", build(text)
    for name, body in hostile_blocks():
        yield name, description_change(body[:SIZE], FEATURE_TITLE)
    for name, text in hostile_messages():
        yield name, message_change(text[:SIZE])


def draw_changes(count: int, seed: int) -> Iterator[tuple[str, Change]]:
    """Yield drawn changes with their names: one to three units, repeated, in a row or mixed."""
    draw = random.Random(seed)
    for number in range(count):
        names = draw.choices(list(_REPEATED), k=draw.randint(1, 3))
        units = [_REPEATED[name] for name in names]
        way = draw.choice(("repeated", "in a row", "mixed", "in lines"))
        if way == "in a row":
            text = "".join(unit * (SIZE // len(units) // len(unit)) for unit in units)
        elif way == "mixed":
            text = "".join(draw.choices(units, k=SIZE // min(map(len, units))))
        else:
            unit = "".join(units) * (draw.randint(1, 20) if way == "in lines" else 1)
            unit += "\n" * (way == "in lines")
            text = unit * (SIZE // len(unit) + 1)
        place = draw.choice(list(_PLACES))
        yield f"{number}: {' + '.join(names)}, {way}, {place}", _PLACES[place](text[:SIZE])


def hostile_requests() -> Iterator[tuple[str, Change]]:
    """Yield pull requests of 250 commits, as the gate reads them."""
    texts = {name: unit * (_MESSAGE // len(unit)) for name, unit in _REPEATED.items()}
    section = "## Problem\na\n## Measurement\n- Metric: a\n- Baseline: 9\n- Target: 1\n"
    texts["sections"] = section * (_MESSAGE // len(section))
    texts["trailers"] = "Problem: a\nMetric: b\nBaseline: 9\nTarget: 1\n"
    for name, text in texts.items():
        for place, start in (("commits", ""), ("measurements of commits", "Measurement: ")):
            messages = [
                Part(Origin.COMMIT, f"{n:012x}", f"Step {n}\n\n{start}{text}")
                for n in range(COMMITS_LIMIT)
            ]
            description = Part(Origin.DESCRIPTION, "description", "## Problem\na\n")
            parts = (description, *within_limit(messages))
            yield f"{name}, {place}", Change("#7", FEATURE_TITLE, parts)


def hostile_texts() -> Iterator[tuple[str, str]]:
    """Yield the names and texts that may stand anywhere."""
    for name, unit in _REPEATED.items():
        yield name, (unit * (SIZE // len(unit) + 1))[:SIZE]
    yield "nested list", "".join(f"{'  ' * depth}- a\n" for depth in range(250))
    yield "nested quotes", "".join(f"{'> ' * depth}a\n" for depth in range(250))
    yield "nested brackets", "[" * (SIZE // 2) + "]" * (SIZE // 2)
    yield "nested emphasis", "*a " * (SIZE // 6) + "a* " * (SIZE // 6)
    yield "backticks of growing length", " ".join("`" * length for length in range(360))
    yield "wide table", f"{'|a' * 8000}|\n{'|-' * 8000}|\n{'|b' * 8000}|\n"
    yield "short rows of a wide table", f"{'|a' * 500}|\n{'|-' * 500}|\n" + "|b|\n" * 15_000
    for width in (8, 60):
        head = f"{'|a' * width}|\n{'|-' * width}|\n"
        yield f"lines below a head of {width} cells", f"## Problem\n\n{head}" + "b\n" * 32_000
    yield "labels without end", "".join(f"Label {number}: a\n" for number in range(5000))
    yield "sections of one line", "## Problem\na\n" * 5000
    yield "headings without end", "".join(f"## Label {number}\n" for number in range(5000))
    yield "headings of parts", "".join(f"## Target\n## Label {n}\n" for n in range(3000))
    yield "fences in a comment", "<div><!--\n\n" + "```\n```\n" * 8_000
    yield "quotes in details", "## Problem\n<details>\n\n" + "> a\n\n" * 13_000
    yield "fences open in items", "- ```\n" * 10_900
    yield "lines below a deep quote", f"{'>' * 90}a\n" + "b\n" * 32_000
    yield "references in one paragraph", "Fixes: #1\n" * 6_500
    yield "trailers and a heading", "Problem: a\nOutcome: b\n\n" * 2_800 + "# a\n"


def hostile_blocks() -> Iterator[tuple[str, str]]:
    """Yield machine blocks: aliases that multiply, depth, repeated keys, long scalars."""
    aliases = "".join(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 60)
    )
    yield "block: aliases", f"{_BLOCK}a0: &a0 [x]\n{aliases}```\n"
    yield "block: flow lists", f"{_BLOCK}problem: {'[' * 60_000}\n```\n"
    yield "block: flow mappings", f"{_BLOCK}{'{a: ' * 16_000}\n```\n"
    yield "block: list on one line", f"{_BLOCK}{'- ' * 30_000}\n```\n"
    yield "block: one key", _BLOCK + "problem: a\n" * 5_900 + "```\n"
    yield "block: many keys", _BLOCK + "".join(f"k{n}: a\n" for n in range(6_000)) + "```\n"
    yield "block: measurements", _BLOCK + "measurement:\n" + "- metric: a\n" * 5_000 + "```\n"
    yield "block: question marks", f"{_BLOCK}{'? ' * 30_000}\n```\n"
    yield "block: quotes", f'{_BLOCK}problem: "{"a " * 30_000}"\n```\n'
    yield "blocks", f"{_BLOCK}problem: a\n```\n" * 1_500


def hostile_messages() -> Iterator[tuple[str, str]]:
    """Yield messages that try the reader of trailers."""
    subject = f"{FEATURE_TITLE}\n\n"
    yield "5,000 trailers", subject + "".join(f"Key-{n}: v\n" for n in range(5000))
    yield "5,000 problems", subject + "Problem: a\n" * 5000
    yield "5,000 metrics", subject + "Metric: a\n" * 5000
    yield "trailers in paragraphs", subject + "Problem: a\nOutcome: b\n\n" * 2500
    yield "a folded trailer", subject + "Problem: a\n" + " b\n" * 20_000
    yield "trailers and prose", subject + "Problem: a\nb\n" * 4_000
    yield "comment lines", subject + "# a\n" * 16_000 + "Problem: a\n"
    yield "a long subject", "a" * SIZE
    yield "a subject of types", "feat(" * 13_000


_PLACES: Mapping[str, Callable[[str], Change]] = {
    "description": lambda text: description_change(text[:SIZE], FEATURE_TITLE),
    "message": lambda text: message_change(f"{FEATURE_TITLE}\n\n{text}"[:SIZE]),
    "problem": lambda text: _section("Problem", text),
    "outcome": lambda text: _section("Outcome", text),
    "measurement": lambda text: _section("Measurement", text),
    "target": lambda text: _section("Measurement", f"- Metric: a\n- Target: {text}"),
    "date": lambda text: _section("Measurement", f"- Metric: a\n- Evaluate by: {text}"),
    "exemption": lambda text: _section("Product context", f"Exempt: {text}"),
    "title": lambda text: description_change("## Problem\n\na\n", text[:SIZE]),
}


def _section(heading: str, text: str) -> Change:
    return description_change(f"## {heading}\n\n{text}"[:SIZE], FEATURE_TITLE)


def render_result(seconds: Mapping[str, float], shown: int, budget: float = BUDGET) -> str:
    """Return the slowest texts, the slowest first, and the worst against the budget."""
    slowest = sorted(seconds.items(), key=lambda entry: -entry[1])
    rows = [(name, f"{spent:.3f}") for name, spent in slowest[:shown]]
    name, worst = slowest[0]
    return "\n".join(
        (
            render_table((f"the slowest of {len(seconds)} texts", "seconds"), rows),
            "",
            judge_ratio(f"seconds of the worst, {name}", worst, budget),
        )
    )


if __name__ == "__main__":
    main()
