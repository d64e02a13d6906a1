"""The parts of a plan in a Chinese, Japanese or Korean sentence, where no space parts the words.

What a number is, its particle tells: `60件から5件に`, `从60行降到5行`, `60건에서 5건으로`. So the
numbers are found with what stands right in front of them and right behind them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from whygate.text.patterns import compile_pattern
from whygate.values.dates import find_dates
from whygate.values.quantities import Quantity, parse_quantity

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

Spans = dict[str, tuple[int, int, str]]

_MOST_NUMBERS = 20
_NEAR = 24  # characters in front of a number that may say what it is
_SCRIPT = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_LIMIT = (
    r"不超过|不超過|不多于|不高于|最多|至多|最大|최대|至少|不少于|不低于"
    r"|最低|最少|少なくとも|최소|少于|低于|小于"
    r"|不到|不足|超过|超過|多于|高于|大于"
)
_FRAME = (
    r"(?:約|约|およそ|大约|大約|약|毎?週|毎?月|毎?日|每?周|每[周週月天日年人]|[周週月日年]に?"
    r"|[1一]日(?:に|あたり|当たり)?|매?[주월일](?:당|간|에)?|하루(?:에)?|一天|平均|평균)"
)
_UNIT = (
    r"%|パーセント|퍼센트|个?百分点|ポイント|毫秒|ミリ秒|秒|分钟|分鐘|分間?"
    r"|小时|小時|時間|시간|초|분"
    r"|천?만? ?원|万?円|元|[A-Za-z]{1,4}(?![A-Za-z])"
    r"|[个個件人次回行条條单單名社票通家本枚台店건명번회행개통장곳점권册冊]"
)
_SPELLINGS = {
    "script": _SCRIPT,
    "number": rf"(?P<limit>(?:{_LIMIT}) ?)?(?P<frame>(?:{_FRAME} ?){{0,2}})"
    r"(?<![A-Za-z\d.,])"
    rf"(?P<number>\d[\d,]*(?:\.\d+)?) ?(?P<scale>[万萬千億亿만천억])?(?P<unit> ?(?:{_UNIT}))?"
    r"(?P<after> ?(?:以下|以内|以內|之内|以上|未満|未满|未滿|超え|이하|이내|이상|미만|초과))?",
    "from": r"(?:从|從|由|自|現在|现在|目前|当前|當前|現状|今は|今日|今天|如今"
    r"|현재|지금|오늘|原来|原本|従来|これまで|지금까지)(?:は|の|が|为|為"
    r"|是|有|约|，|、|,|:|는|은|의)? ?$",
    "from_near": r"(?:現在|现在|目前|当前|當前|現状|如今|현재|지금)[^。，、,；;\d]{0,12}$",
    "from_after": r" ?(?:から|より|에서|부터|起(?=[降减減增]))",
    "to": r"(?:[降减減缩縮增升提][到至为為]|[降减減缩縮增提][少低短加高升長]{1,2}[到至为為]?"
    r"|达到|達到|达|变为|變為|控制在|保持在"
    r"|目标(?:是|为|:|值)?|目標(?:は|:|值|値)?|목표(?:는|:)?|维持在|到) ?$",
    "to_after": r" ?(?:(?:に|へ)(?!対|つ)|まで(?=[^に]|に?[減下上増縮])|으로|로(?![가-힣]))",
    "verb": r"[減减降下縮短增増上升提落]|줄|늘|낮|높|올|내려|감소|증가|단축|少な|減ら|なくす",
    "zero": r"(?:ゼロ|零|0건|영)(?=に|へ|。|$)|なく(?:す|なる)|없앤",
    "led": r"(?:到|在|于|截至|至|까지|は)? ?$",
    "led_after": r" ?(?:まで|迄|까지|之?前|以前|检查|檢查|确认|確認|评估"
    r"|評価|に確認|復盤|复盘|확인|점검|후|時点|底|末|，|、"
    r"|に)",
    "counted": r" ?(?:は|の|には|는|은|에는|时|時点|에|:|为|有)? ?$",
    "lead_in": r"^[ 、，,：:]*(?:までに?|迄に?|까지(?:는|에)?|之?前|以前"
    r"|に|には|후(?:에)?|後に?|后)?[ 、，,：:]*",
    "particles": r"(?:[ ]|从|從|由|自|を|は|が|の|를|을|은|는|이|가|목표|目标"
    r"|目標|現在|现在|目前|当前|현재|:|：|，|、|,|\(|（| )+$",
    "behind": r"(?:인 |の|的| )?(?P<noun>[^\d。，、,；;:：()（）]{1,30}?)(?=を"
    r"|が|は|를|을|은|는|이 |가 |[。，、,；;()（）]|$)",
}


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return compile_pattern(_SPELLINGS[name])


class _Number(NamedTuple):
    """A number with its place, that of its digits, and what it is: baseline, target or neither."""

    start: int
    digits: int
    end: int
    role: str


def is_east_asian(sentence: str) -> bool:
    """Tell whether a sentence has letters of Chinese, Japanese or Korean."""
    return not sentence.isascii() and _pattern("script").search(sentence) is not None


def read_sentence(sentence: str) -> Spans:
    """Return the places of metric, baseline, target and day in a sentence of folded text.

    Empty unless a number is told to be the line to cross, beside a number of today or a day.
    """
    dates = [(start, end) for start, end, _ in find_dates(sentence)]
    numbers = _paired(sentence, list(_numbers(sentence, dates)))
    baseline = next((n for n in numbers if n.role == "baseline"), None)
    target = next((n for n in numbers if n.role == "target"), None)
    due = _due(sentence, dates, baseline)
    if target is None or (baseline is None and due is None):
        return {}
    spans: Spans = {"target": (target.start, target.end, "")}
    if baseline is not None:
        spans["baseline"] = (baseline.start, baseline.end, "")
    if due is not None:
        spans["evaluate_by"] = (*due, "")
    metric = _metric(sentence, numbers, dates)
    if metric[1] > metric[0]:
        spans["metric"] = (*metric, "")
    return spans


def _numbers(sentence: str, dates: list[tuple[int, int]]) -> Iterator[_Number]:
    count = position = 0
    while count < _MOST_NUMBERS and (found := _pattern("number").search(sentence, position)):
        position = found.end()
        over = next((end for start, end in dates if start < found.end() and found.start() < end), 0)
        if over and over > found.start("number"):
            position = max(over, found.start() + 1)
            continue
        number = _read(sentence, found)
        if number is not None:
            count += 1
            yield number


def _read(sentence: str, found: re.Match[str]) -> _Number | None:
    start, end = found.start(), found.end()
    while start < end and sentence[start] == " ":
        start += 1
    quantity = parse_quantity(sentence[start:end])
    if not isinstance(quantity, Quantity):
        start = found.start("number")
        quantity = parse_quantity(sentence[start:end])
    if not isinstance(quantity, Quantity):
        return None
    before = sentence[max(0, start - _NEAR) : start]
    role = ""
    is_limit = quantity.comparator not in ("", "~")
    if _pattern("from_after").match(sentence, end) or _pattern("from").search(before):
        role = "baseline"
    elif is_limit or _pattern("to").search(before) or _pattern("to_after").match(sentence, end):
        role = "target"
    elif _pattern("from_near").search(before):
        role = "baseline"
    return _Number(start, found.start("number"), end, role)


def _paired(sentence: str, numbers: list[_Number]) -> list[_Number]:
    """Return numbers with the role that only the other one tells: `从60行减少5行` is none."""
    roles = [number.role for number in numbers]
    plain = [at for at, role in enumerate(roles) if not role]
    has_verb = _pattern("verb").search(sentence) is not None
    if "target" in roles and "baseline" not in roles and has_verb:
        first = roles.index("target")
        if plain and plain[0] < first:
            roles[plain[0]] = "baseline"
    elif "baseline" in roles and "target" not in roles and has_verb:
        behind = [at for at in plain if at > roles.index("baseline")]
        if behind:
            roles[behind[0]] = "target"
    return [number._replace(role=role) for number, role in zip(numbers, roles, strict=True)]


def _due(
    sentence: str, dates: list[tuple[int, int]], baseline: _Number | None
) -> tuple[int, int] | None:
    """Return the day somebody looks: one that is led, else the last that tells no number's day."""
    free = [
        (start, end)
        for start, end in dates
        if baseline is None or not _pattern("counted").fullmatch(sentence, end, baseline.start)
    ]
    led = [place for place in free if _pattern("led_after").match(sentence, place[1])]
    ranked = led or free
    return ranked[-1] if ranked else None


def _metric(sentence: str, numbers: list[_Number], dates: list[tuple[int, int]]) -> tuple[int, int]:
    """Return what is counted: it stands in front of the first number, or else behind it."""
    first = numbers[0]
    start = 0
    for _, end in (place for place in dates if place[1] <= first.start):
        lead = _pattern("lead_in").match(sentence[end : first.start])
        start = end + (lead.end() if lead else 0)
    end = first.start
    if (particles := _pattern("particles").search(sentence, start, end)) is not None:
        end = particles.start()
    if start < end and any(sign.isalpha() for sign in sentence[start:end]) and end - start > 1:
        return start, end
    noun = _pattern("behind").match(sentence, first.end)
    return noun.span("noun") if noun is not None else (0, 0)
