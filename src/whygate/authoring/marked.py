"""Put a generated text between its markers into a file, and find it again; the rest stays."""

from __future__ import annotations

from msgspec import Struct


class Marks(Struct, frozen=True):
    """The lines in front of and behind a generated text, comments in the file's language."""

    begin: str
    end: str

    def wrap(self, body: str) -> str:
        """Return a text between the markers, ending in a newline."""
        return f"{self.begin}\n{body.strip()}\n{self.end}\n"

    def find(self, text: str) -> tuple[int, int] | None:
        """Return where the marked text starts and ends, markers included; None when incomplete.

        The opening marker is known by its words up to the first bracket, so that what explains
        it may change.
        """
        opening = self.begin.partition(" (")[0]
        start = text.find(opening)
        end = text.find(self.end, start + 1) if start >= 0 else -1
        if end < 0:
            return None
        stop = end + len(self.end)
        return start, stop + (text[stop : stop + 1] == "\n")


def insert_marked(text: str, section: str, marks: Marks) -> str:
    """Return a text with `section`, markers included, for the one it has, else at its end.

    Everything around it stays as it is, line ends included.
    """
    crlf = "\r\n" in text
    written = section.replace("\n", "\r\n") if crlf else section
    if (found := marks.find(text)) is not None:
        start, stop = found
        has_end = text[stop - 1 : stop] == "\n"
        return text[:start] + (written if has_end else written.rstrip("\r\n")) + text[stop:]
    if not text.strip():
        return written
    end = "\r\n" if crlf else "\n"
    return f"{text.rstrip()}{end}{end}{written}"
