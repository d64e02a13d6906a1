"""Tell whether prose is English, so that no other language is judged by English words."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_MOST_WORDS = 400
_LAST_LATIN = 0x24F
_ENGLISH = """
a about after all also and any are as at be been before but by can does each every for from has
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


def is_english(text: str) -> bool:
    """Tell whether a text is certainly English prose: its common words, and no other's.

    Letters of other scripts, and words that only another language has, decide against it.
    Cautious: a text without any of the common English words is not English.
    """
    words = _WORD.findall(text.casefold())[:_MOST_WORDS]
    if not text.isascii() and any(map(_is_foreign_script, words)):
        return False
    return not _words("english").isdisjoint(words) and _words("foreign").isdisjoint(words)


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset((_ENGLISH if language == "english" else _FOREIGN).split())


def _is_foreign_script(word: str) -> bool:
    """Tell whether a word has a letter beyond the Latin ones and their accents."""
    return any(ord(char) > _LAST_LATIN and char not in "\u2018\u2019" for char in word)
