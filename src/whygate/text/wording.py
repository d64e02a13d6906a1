"""Tell what English prose only states: a change, a delivery, a good word, a run of the tests."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = later(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
_LONGEST = 60  # words; whoever writes more than that has given a reason
_SHORTEST = 4
_DETERMINERS = ("the", "these")

# What one does to code. Verbs of benefit (avoid, simplify, allow) are left out, and so is "fix".
_CHANGE_VERBS = """
add adopt adjust apply bump change convert copy create deprecate drop expose extend extract
factor generate hide implement include initialize inline integrate introduce merge migrate
modify move port print provide refactor register remove rename reorder reorganize replace
restructure revise rework rewrite separate set show skip split standardize store support switch
sync turn update upgrade use wire wrap
"""
# Forms that are nouns as well, and what shows it.
_NOUNS = """
changes copies drops moves ports prints sets shows splits stores turns updates uses wires wraps
releases builds launches ships
"""
_NOUN_VERBS = """
change copy move port print set show store support update use build launch release ship drop
turn split
"""
_AFTER_NOUN = """
agents answers are asks calls can cases counts desk engineers gets handles has have hears is
must of owners receives says sees spends staff takes team teams tells was were will writes
"""
_DELIVERY_VERBS = """
build deliver deploy launch publish release ship
"""
_IRREGULAR = """
adding bumped bumping built building cut dropped dropping rewrites rewriting rewritten rewrote
set setting splitting shipped shipping swapped wrapped wrapping written wrote
"""
_OPENERS = """
also change commit it just like mr only patch please pr pull request simply the these this to will
"""
# What a subject is followed by: "Migrating a depot takes nine hours", "Dropped calls are billed".
_PREDICATES = """
are aren't becomes breaks causes comes costs did didn't does doesn't ends fails forces gets
gives goes had hangs has have is isn't keeps lasts leads leaves loses makes means needs
overwrites remains requires results runs shows stays stops takes triggers was wasn't were
weren't will won't yields
"""
_PLURAL_VERBS = """
appear arrive become block break cause come cost count disappear double end fail fill force get
go grow hang have keep lack land last lead leave lose make mean miss need overwrite pile remain
reach reappear require return run show sit stay stop take trigger vanish wait
"""
_RELATIVES = "that which who whose where so because"
_OBJECT_STARTS = """
a all an another any both each every five four half his its it more most no nobody nothing one
only our some ten the their them these this those three too twice two up us
"""
_PREPOSITIONS = """
across against and as at away back behind between by down for from in inside into of off on onto
or out over through to under upon via with within without
"""
# Who is hurt, how, or what it is good for: any of these, and the text says more than the change.
_REASONS = """
ability able accident accidentally accurate actual actually again align aligned aligns allow
allowing allows already although always annoy annoyed annoying annoys anymore anyone appear
appears arrival ask asked asking avoid avoiding avoids bad because before benefit benefits
better block blocked blocking blocks boilerplate break breaking breaks broke broken bug bugs
busy but can cannot careful cheap cheaper clean cleaner clear clearer clutter collide compat
compatibility compatible complain complained complains complex complexity compliance conflict
conflicts confuse confused confuses confusing confusion consistency consistent convenience
convenient correct correctly correctness cost costs could crash crashed crashes currently
customer customers cve cves danger dangerous dead deadlock debug debugging delay delayed depend
depended depends deprecated despite detect developer developers diagnose did differ different
differs difficult difficulty disappear disappeared discover discovered does drift drifted due
duplicate duplicated duplicates duplication easier easily easy effort enable enabled enables
enabling ensure ensures equivalent ergonomic ergonomics error errors everyone except exception
exceptions expect expected expects expensive experience fail failed failing fails failure
failures fallback fast faster faulty feedback few fewer flake flakes flakiness flaky flexibility
flexible forced forget forgets forgot forgotten found frequently frustrating gain gains gap gaps
goal hang hangs happen happened happening happens hard harder hardly help helpful helps hides
hurt ignored impossible improve improved improvement improves improving inaccurate incident
inconsistency inconsistent inconvenient incorrect incorrectly inefficient insecure insight
insights instead intended intuitive invalid issue issues lack lacking lacks latency leak leaking
leaks legacy less let lets limit limitation limited limits lose loses losing loss lost maintain
maintainability maintainable maintained maintaining maintenance manual manually many match may
meaningless memory mess messy might misleading mismatch misnamed missed misses missing mistake
mistakes misuse more most motivation much must need needed needing needless needs never nice
nicer nobody noise noisy none nor not noticed now observability observed obsolete occasionally
occur occurred occurs officially often old once only operator operators order otherwise outage
outdated overhead overlooked panic panics people performance poor possible precise prevent
prevented preventing prevents previously problem problematic problems productivity proper
properly purpose race racy rarely readability readable reason reasons redundancy redundant
regress regressed regression relevant reliability reliable repeat repeated repeatedly report
reported reports request requested require required requirement requires requiring risk risks
risky robust rotten safe safer safety save saves saw scan secure security seldom should simple
simpler simplicity simplifies simplify simplifying since slow slower slowly slowness so
sometimes speed sporadic spurious stale still stop stopped stops stuck stumble suffer suffers
suggested suppose supposed surprise surprising tedious testability than ticket tickets timeout
timeouts today too tooling trouble troubleshoot troubleshooting ugly unable unblock unblocks
unclear understand unexpected unexpectedly unintended unintentional unintentionally unintuitive
unless unmaintained unnecessary unneeded unreachable unreadable unreliable unsafe unsound
unstable unsupported until unused unwanted upstream usability usable used useful useless user
users verbose verbosity violate violates visibility vulnerabilities vulnerability vulnerable
want wanted wants warn warning warnings waste wasted wasteful wastes wasting when whenever while
why without workaround worse worst would wrong wrongly yet
"""
# What is different afterwards, for whoever it is.
_DIFFERENCES = """
able accurate again avoid avoids become becomes before can cannot choose clearer consistently
correctly could customer customers cut cuts decide decreases directly drop drops each easier
easily every everyone fall falls faster few fewer find finds finish finishes finishing first
from get gets grow grows half increase increases instantly instead keep keeps know knows learn
learns less longer lower more need needs never no nobody notice once one only people reach
reaches receive receives reduce reduces rise rises safer same save saves see sees shorter so
soon sooner stop stops than that their them they twice understand understands until user users
when whenever where which while who within without
"""
_ARTEFACTS = """
api app banner button class code column command component dashboard dialog documentation docs
endpoint everything export feature features field flag form function icon implementation
integration it job library link menu method migration module option page pages pipeline plugin
pr refactoring report schema screen script service setting support table tests version view
widget work
"""
_DELIVERED = """
added available completed created deployed done enabled finished implemented introduced launched
live merged migrated refactored released shipped updated upgraded
"""
# What an artefact does by being there: "The form supports bar codes."
_PROVIDES = """
contains exists exposes implements includes provides supports
"""
_BE = """
is are was were be been gets get
"""
_VAGUE = """
accessibility adoption app application architecture awesome best better business capabilities
capability clean cleaner code codebase collaboration confidence considerably consistency
consistent convenience customer customers cutting delight delightful delightfully developer
developers dramatically dx ease easier edge effective effectiveness efficiency efficient
efficiently engagement engaging excellent experience experiences fast faster feature features
feel feels flexibility flexible flow flows frictionless friendly function functionality general
good great greater greatly happier happiness happy higher improvement improvements interface
interfaces intuitive journey look looks maintainability maintainable modern more much nice nicer
noticeably operation operations optimal optimally optimization optimizations overall perceived
performance performant platform polished practices process processes product productive
productivity professional quality readability readable reliability reliable resilience responsive
responsiveness rich robust robustness satisfaction scalability scalable seamless seamlessly
security service services significant significantly simple simpler simplicity site smooth
smoother smoothly software solution solutions speed stability stable state-of-the-art
substantially system systems team teams thing things tool tools trust ui usability usable use
user user-friendly users ux value vastly website workflow workflows world-class
"""
# What praise is made with: "improves", "enhancing", "optimized".
_PRAISING = """
boost elevate empower enhance ensure enrich facilitate foster improve increase maximize
modernize optimise optimize polish refine simplify strengthen streamline upgrade
"""
_FILLERS = """
a aim aims all allow allowing allows an and any are as at be become becomes been benefit benefits
by can change changes commit contribute contributes deliver delivering delivers enable enables
enabling everyone everything for from get gets give gives giving goal has have having help
helping helps hence impact in intended is it its lead leading leads lot maintain maintained make
makes making much new of offer offering offers on our outcome overall patch people pr provide
provides providing pull purpose read release request result resulting results should so that the
their them thereby these they this through thus to towards understood update updates us very via
we which while will with work would you your
"""
_TESTS = """
ci cypress e2e jest junit playwright pytest qa test tested testing tests testsuite unittest
unittests
"""
_RUNS = """
added all automated case cases cover covered coverage covers existing green integration locally
manual manually new pass passed passes passing ran regression run runs smoke staging suite
suites unit verified verify
"""
# With one of these a text about tests may still measure something.
_MEASURES = """
alert alerts ask baseline beta compare count customer customers daily dashboard day days
experiment fewer hour hours interview latency less log logs metric metrics minute minutes
monitor monitored monitoring month monthly months number participants people per percent
percentage production quarter rate ratio seconds share survey target telemetry ticket tickets
time track tracked usability usage user users watch week weekly weeks
"""
_LETTERS = later(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_MOST_WORDS = 400
_LAST_LATIN = 0x24F
_ENGLISH = """
a about after all also an and any are as at be been before but by can does each every for from has
have how if into is it its more new not now of on only or our out over that the their them then
there these they this those to too under up use used using via we were what when where which
while who will with you your
"""
# Words that English has not, or hardly ever in a description; one of them is enough.
_FOREIGN = """
aan aber aby adiciona adicionar af aggiunge aggiunto agrega agregar ajout ajoute ajouter al ale
algunos alla alle anche ante ao aos att au auch auf aus aussi aux av avant avec añade añadir bei
bij cela ces cette che como con cuando cuya cómo da dal dalla dans das dass dat dei del della
delle dem den der des desde det dette deze dich diese dieser dla donde durch een ein eine einem
einen einer el ela ele ella ellos em en entre essa esse est esta este esto está et ett foi fuer
för für gli hanno har hasta het hij hinzu ik ikke il ils inte isso ist je jeg jest kann keine
können la las le les leur loro lorsque los maar mais mas med met mit muy más naar nach nas ne
nel nella nicht nie niet noch nos nous nuestra nur não och oder og ont onze ook oraz ou par para
pas pela pelo pero più por porque pour przez på quando que questa questo qui sem ser seu sich
sie sin sind się sobre som sono sont sua sur sus são tem til till très ueber uma una und une
vers vom von voor vous være werden wird wordt wurde ya zijn zu zum zur är é être über że
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _forms(verbs: str) -> frozenset[str]:
    """Return the forms of regular English verbs: add adds added adding."""
    found: set[str] = set()
    for verb in verbs.split():
        stem = verb.removesuffix("e")
        if verb.endswith(("y",)) and verb[-2] not in "aeiou":
            found |= {verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"}
        else:
            plural = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x")) else f"{verb}s"
            found |= {verb, plural, f"{stem}ed", f"{stem}ing"}
    return frozenset(found)


CHANGES = (_forms(_CHANGE_VERBS) | _set(_IRREGULAR)) - {"used", "using"}
DELIVERIES = CHANGES | _forms(_DELIVERY_VERBS)
DELIVERED = _set(_DELIVERED)
_PROVIDING = frozenset((word,) for word in _PROVIDES.split())
_WANTS = frozenset(("should", "want", "need", "must", "will", "would", "plan"))
_OPENING, _REASON, _DIFFERENCE = _set(_OPENERS), _set(_REASONS), _set(_DIFFERENCES)
_ARTEFACT, _IS = _set(_ARTEFACTS), _set(_BE)
_GOOD = _set(_VAGUE) | _forms(_PRAISING)
_TEST, _BY_HAND = _set(_TESTS), frozenset(("manual", "manually", "locally"))
TESTS = _TEST | _BY_HAND
_CHECKED = frozenset(("check", "checked", "checking", "checks", "tried", "verified", "verify"))
_NOUN, _NOUN_OR_VERB, _FINITE = _set(_NOUNS), _set(_NOUN_VERBS), _set(_AFTER_NOUN)
_PREDICATE, _PLURAL, _GLUE = _set(_PREDICATES), _set(_PLURAL_VERBS), _set(_RELATIVES)
_OBJECT, _NO_NOUN = _set(_OBJECT_STARTS), _set(_OBJECT_STARTS) | _set(_PREPOSITIONS)
_FILLER, _RUN, _MEASURE = _set(_FILLERS), _set(_RUNS), _set(_MEASURES)
OPENING_WORDS = 6  # within which the verb of a sentence is looked for


def states_change(text: str) -> bool:
    """Tell whether a text says what is done to the code, and neither to whom nor why."""
    words = _words(text) if _opens_with_letter(text) else []
    verb = _first(words)
    if verb not in CHANGES or _is_subject(words, words.index(verb)):
        return False
    if not _SHORTEST <= len(words) <= _LONGEST or _counts(text):
        return False
    return not any(w in _REASON or w.endswith("n't") for w in words[words.index(verb) + 1 :])


def states_delivery(text: str) -> bool:
    """Tell whether a text says that something is built or shipped, and no difference it makes."""
    words = _words(text)
    if len(words) > _LONGEST or _counts(text) or any(w in _DIFFERENCE for w in words):
        return False
    verb = _first(words)
    if verb in DELIVERIES:
        return not _is_subject(words, words.index(verb))
    return _is_finished(words) or any(
        w in _ARTEFACT
        and (_is_delivered(words[at + 1 : at + 6]) or words[at + 1 : at + 2] in _PROVIDING)
        for at, w in enumerate(words)
    )


def is_vague(text: str) -> bool:
    """Tell whether a text is praise only, and cannot come true or false: "Better UX"."""
    words = _words(text)
    if not 0 < len(words) <= _LONGEST or any(char.isdigit() for char in text):
        return False
    said = [word for word in words if word not in _FILLER]
    return bool(said) and all(word in _GOOD for word in said)


def describes_tests(text: str) -> bool:
    """Tell whether a text says how the code was tried, and measures nothing."""
    words = _words(text)
    if not 0 < len(words) <= _LONGEST or _counts(text) or not _MEASURE.isdisjoint(words):
        return False
    if not _BY_HAND.isdisjoint(words) and not _CHECKED.isdisjoint(words):
        return True
    return not _TEST.isdisjoint(words) and (len(words) <= _SHORTEST or not _RUN.isdisjoint(words))


def names_tests_only(text: str) -> bool:
    """Tell whether each word of a text is one of tests, and none of another language."""
    return all(w in _TEST or w in _RUN or w in TESTS or w in _CHECKED for w in _words(text))


def _is_subject(words: Sequence[str], at: int) -> bool:
    """Tell whether a word of change begins the subject of the sentence and is not its verb.

    "Updates are late", "Migrating a depot takes nine hours", "Dropped calls are billed": what
    follows says something of it, before any word such as `that` begins another sentence.
    """
    word, rest = words[at], words[at + 1 :]
    if _is_noun(words, at):
        return True
    rest = rest[: next((n for n, other in enumerate(rest) if other in _GLUE), len(rest))]
    if word.endswith("ing"):
        return any(_is_predicate(rest, n) for n in range(len(rest)))
    if word.endswith("ed") and rest and rest[0] in ("in", "by", "with", "at", "during"):
        return any(w in _PREDICATE for w in rest[1:])  # "Introduced in 4.2: carts are emptied"
    if word.endswith(("ed", "ten", "ped")) and rest and rest[0] not in _NO_NOUN:
        end = next((n for n, other in enumerate(rest) if other in _NO_NOUN), len(rest))
        return any(w in _PREDICATE or w in _PLURAL for w in rest[1 : end + 1])
    return False


def _is_predicate(rest: Sequence[str], at: int) -> bool:
    """Tell a verb such as `takes`, or `opens` before an object, from a plural such as `labels`."""
    if rest[at] in _PREDICATE:
        return True
    word = rest[at]
    is_finite = (word.endswith("s") and not word.endswith("ss")) or word.endswith("ed")
    return is_finite and at + 1 < len(rest) and rest[at + 1] in _OBJECT


def _is_noun(words: Sequence[str], at: int) -> bool:
    """Tell whether a word that is a noun as well is one: "Support hears ...", "Updates are ..."."""
    word, before = words[at], words[at - 1] if at else ""
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _NOUN:
        return not before
    return word in _NOUN_OR_VERB and (following in _FINITE or before == "this")


@lru_cache(maxsize=64)  # one check asks of the same few texts, in several ways
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.replace("\u2019", "'").casefold()))


def _first(words: Sequence[str]) -> str:
    """Return the first word that is no "This PR ..." or "To ...", or an empty string."""
    begin = 0
    if words[:2] and words[0] in ("we", "i") and len(words) > 2 and words[1] in _WANTS:
        begin = 2  # "We should add ..."; "We store ..." tells what is
    elif words[:1] in (("let's",), ("lets",)) or words[:2] == ("let", "us"):
        begin = 1 + (words[0] == "let")
    rest = enumerate(words[begin : begin + OPENING_WORDS], begin)
    found = next((at for at, w in rest if w not in _OPENING), None)
    if found is None or (found and words[found - 1] in _DETERMINERS):
        return ""
    return words[found]


def _is_finished(words: Sequence[str]) -> bool:
    """Tell whether anything is said to be implemented, or deployed: only software is."""
    ends = [at for at, word in enumerate(words) if word in ("implemented", "deployed")]
    return any(not _IS.isdisjoint(words[max(0, at - 2) : at]) for at in ends)


def _is_delivered(following: Sequence[str]) -> bool:
    """Tell whether a noun is followed by "is live", "will be shipped", "has been added"."""
    ends = [at for at, word in enumerate(following) if word in DELIVERED]
    return bool(ends) and any(word in _IS for word in following[: ends[0]])


def _opens_with_letter(text: str) -> bool:
    """Tell whether no reference is the subject of the sentence: "#12 adds ..."."""
    return text.lstrip(" \t\n-*+>`'\"([")[:1].isalpha()


def _counts(text: str) -> bool:
    """Tell whether a text gives a number with a unit, which is evidence of something."""
    return (
        re.search(r"\d[.,]{0,9}\s?(?:%|x\b|[mu\u00b5n]?s\b|min\b|h\b|[kKMG]i?B\b)", text)
        is not None
    )


def is_english(text: str) -> bool:
    """Tell whether a text is certainly English prose: its common words, and no other's.

    Letters of other scripts, and words that only another language has, decide against it.
    Cautious: a text without any of the common English words is not English.
    """
    words = _LETTERS.findall(text.casefold())[:_MOST_WORDS]
    if not text.isascii() and any(map(_is_foreign_script, words)):
        return False
    return not _lexicon("english").isdisjoint(words) and _lexicon("foreign").isdisjoint(words)


@cache
def _lexicon(language: str) -> frozenset[str]:
    return frozenset((_ENGLISH if language == "english" else _FOREIGN).split())


def _is_foreign_script(word: str) -> bool:
    """Tell whether a word has a letter beyond the Latin ones and their accents."""
    return any(ord(char) > _LAST_LATIN and char not in "\u2018\u2019" for char in word)
