"""Accept a plain commit message at once, from a compiled plan; everything else takes the long way.

A hook runs at each commit, and most messages that pass are a subject, some prose and trailers in
plain ASCII. `accepts` says yes only to those that `whygate.judge.check.check` certainly lets pass,
and imports nothing; no means "look properly". The tests hold it against the check.
"""

from __future__ import annotations

Plan = dict[str, object]

VERSION = 2
_LONGEST = 16_384
_SCISSORS = "# ------------------------ >8 ------------------------"
# Signs that could make Markdown, a label, a link or a reference of a line of prose.
_PROSE_SIGNS = frozenset("`~<*_#=:&[]\\|@\t")
_VALUE_SIGNS = frozenset("`~<>*_#&[]{}\\|@!\t")
_SEPARATORS = ",;:/|."
_EXEMPT_STARTS = ("internal", "purely", "not", "this", "it", "cannot", "n/a", "na", "covered")
_MORE_EXEMPT_STARTS = ("deferred", "trivial", "exempt", "exempted", "exemption", "we", "i")
_UNITS = frozenset(("", "%", "ms", "s", "min", "h", "kb", "mb", "gb"))
_ODD_NOUNS = frozenset(("times", "percent", "percentage", "points", "fold", "point", "dozen"))
_OPENING = 6
_WORDED = ("problem", "outcome")
_COUNTED = ("issue", "ticket", "bug", "pr", "mr", "task", "story", "epic", "defect")
_DEPENDENCY_SCOPES = ("deps", "deps-dev")


def accepts(data: bytes, plan: Plan, *, today: str, is_edited: bool) -> bool:
    """Tell whether a commit message certainly passes.

    `data` is the message file as git gives it to its commit-msg hook, `today` the UTC day as
    2027-02-15, `is_edited` whether an editor was open (then git deletes `#` lines).
    """
    paragraphs = _paragraphs(data, is_edited=is_edited)
    if len(paragraphs) < 2 or len(paragraphs[0]) != 1:
        return False
    kind = _kind(paragraphs[0][0], plan)
    if kind is None:
        return False
    labels = _strings(plan, "labels")
    if not all(_is_prose(line, labels) for lines in paragraphs[1:-1] for line in lines):
        return False
    answers = _answers(paragraphs[-1], plan)
    required = kind.get("required")
    if answers is None or not isinstance(required, list):
        return False
    return set(required) <= set(answers) and _are_sound(answers, plan, today)


def compact(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return "".join(filter(str.isalnum, text)).lower()


def _paragraphs(data: bytes, *, is_edited: bool) -> list[list[str]]:
    """Return the paragraphs git will record; none when the message is not plain enough."""
    if len(data) > _LONGEST or not data.isascii():
        return []
    lines = [line.rstrip(" ") for line in data.decode("ascii").split("\n")]
    comment = next((at for at, line in enumerate(lines) if line.startswith("#")), len(lines))
    if comment < len(lines) and not _is_only_comment(lines[comment:], is_edited=is_edited):
        return []
    kept = lines[:comment]
    if not all(not line or (line[0].isalnum() and line.isprintable()) for line in kept):
        return []
    paragraphs: list[list[str]] = [[]]
    for line in kept:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return [lines for lines in paragraphs if lines]


def _is_only_comment(lines: list[str], *, is_edited: bool) -> bool:
    """Tell whether all that follows is git's: comments to the end, or a scissors line."""
    for line in lines:
        if is_edited and line == _SCISSORS:
            return True
        if line and not line.startswith("#"):
            return False
    return is_edited


def _kind(subject: str, plan: Plan) -> Plan | None:
    """Return what the plan says of the kind that a conventional subject names."""
    head, colon, rest = subject.partition(":")
    name, bracket, scope = head.removesuffix("!").partition("(")
    if not colon or not rest.strip() or not name.isalpha():
        return None
    if bracket and (not scope.endswith(")") or scope.count(")") != 1 or len(scope) > 80):
        return None
    if scope.removesuffix(")") in _DEPENDENCY_SCOPES:
        return None
    types, kinds = plan.get("types"), plan.get("kinds")
    if not isinstance(types, dict) or not isinstance(kinds, dict):
        return None
    found = kinds.get(types.get(name.lower()))
    return found if isinstance(found, dict) else None


def _is_prose(line: str, labels: frozenset[str]) -> bool:
    """Tell whether a line of the body is nothing but prose."""
    if not _PROSE_SIGNS.isdisjoint(line) or line.startswith("This reverts"):
        return False
    if "(" in line and len(line.split()) <= 6:
        return False
    return compact(line.lstrip("0123456789.) ")) not in labels and compact(line) not in labels


def _answers(lines: list[str], plan: Plan) -> dict[str, str] | None:
    """Return the product trailers of the last paragraph, None when it is not plain trailers."""
    trailers = plan.get("trailers")
    if not isinstance(trailers, dict):
        return None
    answers: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon or not key.replace("-", "").isalnum() or not value.startswith(" "):
            return None
        field = trailers.get(key.lower())
        if field is None:
            continue
        if not isinstance(field, str) or field in answers or not value.strip():
            return None
        answers[field] = value.strip()
    return answers


def _are_sound(answers: dict[str, str], plan: Plan, today: str) -> bool:
    formats, lexicon = plan.get("formats"), _strings(plan, "lexicon")
    prompts = _strings(plan, "prompts")
    verbs, signals = _strings(plan, "verbs"), _strings(plan, "signals")
    if not isinstance(formats, dict):
        return False
    for field, value in answers.items():
        form = formats.get(field)
        if isinstance(form, int):
            if not _is_answer(value, form, lexicon, prompts):
                return False
            if _may_say_output(value, verbs if field in _WORDED else signals, signals):
                return False
        elif form == "date":
            if not _is_day(value, today):
                return False
        elif form not in ("baseline", "target"):
            return False
    values = {str(formats.get(field)): value for field, value in answers.items()}
    return _is_step(values.get("baseline"), values.get("target"))


def _is_answer(value: str, least: int, lexicon: frozenset[str], prompts: frozenset[str]) -> bool:
    """Tell whether a text is certainly words of the author, and enough of them."""
    if not _VALUE_SIGNS.isdisjoint(value) or "://" in value or "www." in value.lower():
        return False
    words = [word for word in value.split() if compact(word)]
    if not all(map(_is_plain, ("", *words), words)):
        return False
    if len(words) < max(least, 2) or not value[0].isalpha():
        return False
    first = words[0].lower().rstrip(",;:.")
    if first in _EXEMPT_STARTS or first in _MORE_EXEMPT_STARTS:
        return False
    whole = compact(value)
    if whole in lexicon or whole in prompts or _is_repetition(whole):
        return False
    start = value
    for separator in _SEPARATORS:
        start = start.partition(separator)[0]
    form = compact(start)
    return len(start.split()) >= 2 and form not in lexicon and not _is_repetition(form)


def _may_say_output(value: str, verbs: frozenset[str], signals: frozenset[str]) -> bool:
    """Tell whether an answer may state a change, a delivery or tests, which is worth a warning."""
    words = [word.strip(".,;:!?()\"'-").lower() for word in value.replace("-", " ").split()]
    return not (verbs.isdisjoint(words[:_OPENING]) and signals.isdisjoint(words))


def _is_plain(before: str, word: str) -> bool:
    """Tell whether a word refers to nothing: no `SHOP-12`, no commit, and no "issue 12"."""
    digits = word.strip(".,;:!?()%\"'")
    if not any(map(str.isdigit, word)):
        return True
    return digits.isdecimal() and len(digits) <= 9 and compact(before) not in _COUNTED


def _is_repetition(form: str) -> bool:
    return (form + form).find(form, 1) < len(form)


def _is_day(value: str, today: str) -> bool:
    """Tell whether a date certainly can be read and lies ahead: `+30d`, `+6w`, 2027-02-15."""
    if value.startswith("+"):
        amount, unit = value[1:-1], value[-1]
        return unit in "dw" and amount.isdecimal() and len(amount) <= 3 and int(amount) > 0
    year, _, rest = value.partition("-")
    month, _, day = rest.partition("-")
    if [len(year), len(month), len(day)] != [4, 2, 2] or not (year + month + day).isdecimal():
        return False
    # Days that every month has; and one day of difference for the time zone of the check.
    known = "01" <= month <= "12" and "01" <= day <= "28" and "1970" <= year <= "9000"
    return known and value > _next_month(today)


def _next_month(today: str) -> str:
    """Return a day that is at most one month after today, to be later than in every time zone."""
    year, month = int(today[:4]), int(today[5:7])
    if month == 12:
        return f"{year + 1:04}-01-{today[8:]}"
    return f"{year:04}-{month + 1:02}-{today[8:]}"


def _is_step(baseline: str | None, target: str | None) -> bool:
    """Tell whether a target certainly can be compared with its baseline and goes somewhere."""
    if baseline is None and target is None:
        return True
    goal = _number(target or "")
    if goal is None:
        return False
    sign, aim, unit = goal
    if baseline is None or baseline == "new":
        return True
    start = _number(baseline)
    if start is None or start[0] or start[2] != unit:
        return False
    if sign.startswith("<"):
        return start[1] > aim
    return start[1] < aim if sign.startswith(">") else start[1] != aim


def _number(text: str) -> tuple[str, float, str] | None:
    """Return the comparator, the number and the unit of a plain quantity."""
    sign = next((s for s in ("<=", ">=", "<", ">") if text.startswith(s)), "")
    rest = text[len(sign) :].strip()
    end = next((at for at, char in enumerate(rest) if char not in "0123456789."), len(rest))
    digits, unit = rest[:end], rest[end:].strip()
    whole, _, part = digits.partition(".")
    if not whole.isdecimal() or len(digits) > 9 or (digits != whole and not part.isdecimal()):
        return None
    if unit.lower() in _UNITS:
        return sign, float(digits), unit
    if len(unit) < 4 or not unit.isalpha() or not unit.islower() or unit in _ODD_NOUNS:
        return None
    return sign, float(digits), unit.removesuffix("s")


def _strings(plan: Plan, key: str) -> frozenset[str]:
    value = plan.get(key)
    return frozenset(value) if isinstance(value, list) else frozenset()
