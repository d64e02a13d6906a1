"""Name the words by which a heading tells what it asks for."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that carry no meaning of their own in a heading.
EMPTY = _words(
    "a about all an and any applicable are as at be been being brief briefly by can could "
    "describe did do does doing explain for from had has have how i if in is it its list made "
    "me my needed of on or our please pr pull request s short should such that the their them "
    "there these they this those to us was we were what when which will with would you your"
)
# With one of them in it, a heading asks for something else than its other words say.
CONTRARY = _words(
    "breaking checklist docs documentation migration no non not release review reviewer reviewers "
    "screenshot screenshots test tested testing tests without"
)
TICKED = "a list to tick off is no answer"
# What a heading asks for by its words, and why that is no answer to a question of ours.
ELSEWHERE: tuple[tuple[frozenset[str], str], ...] = (
    (
        _words(
            "qa reproduce test tested testing tests tophat tophatting validated validation "
            "verification verified verify"
        ),
        "tests show that the code works, not that it helps",
    ),
    (_words("checklist checklists tasks todo todos"), TICKED),
    (
        _words(
            "demo demos image images preview recording recordings screencast screencasts "
            "screenshot screenshots showcase video videos"
        ),
        "pictures are shown and not read",
    ),
    (_words("review reviewer reviewers reviewing"), "it speaks to the reviewer"),
    (_words("delete submitting"), "it says how to use the template"),
)
# Headings made of nothing but these tell what was done, and not what for.
NARRATION = _words(
    "approach change changed changes code description detail details explanation feature files "
    "fix implementation important main overview proposal proposed scope solution summary "
    "technical type update updates work"
)
MISCELLANY = _words(
    "additional anything comment comments context discussion else extra further info information "
    "misc miscellaneous note notes other point points remark remarks special"
)
# Headings made of nothing but the second, with one of the first, name issues and pages.
REFERENCES = _words("also issue issues jira link links reference references see ticket tickets")
REFERRING = REFERENCES | _words(
    "close closed closes external fix fixed fixes fixing github linked number related resolve "
    "resolved resolves"
)
