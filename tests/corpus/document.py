"""Turn the files of the corpus into documents, each with what a human reader found in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct, field

CORPUS = Path(__file__).parent
DOCUMENTS = CORPUS / "documents"
# The day on which every document is read, by people and by whygate.
TODAY = date(2026, 11, 23)
VERDICTS = ("ok", "failed", "exempt", "skipped")


class AuthorFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote a document, as the forge knows it."""

    login: str = ""
    bot: bool = False


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """One whole change and its labels; tests/corpus/README.md says what each key means.

    The text is one of `body` (a description, under `title`), `message` (a commit message as it
    stands in a history) or `edited` (a message file as the editor left it).
    """

    name: str
    kind: str
    verdict: str
    says: tuple[str, ...]
    finds: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    why: str = ""
    title: str = ""
    body: str = ""
    message: str = ""
    edited: str = ""
    commits: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    branch: str = ""
    author: AuthorFacts = AuthorFacts()
    paths: tuple[str, ...] | None = None
    lines_changed: int | None = None
    parents: int | None = None
    draft: bool = False
    config: str = ""
    template: str = ""
    schema: str = ""
    metrics: str = ""
    language: str = "en"
    newline: str = "lf"
    theme: str = ""


def load_documents(directory: Path = DOCUMENTS) -> tuple[Document, ...]:
    """Return every document, file by file in the order of their names.

    Raises ValueError for a label that contradicts itself, msgspec.ValidationError for a key
    nobody knows, yaml.YAMLError for a file that is no YAML.
    """
    paths = sorted(directory.glob("*.yml"))
    documents = tuple(document for path in paths for document in load_file(path))
    names = [document.name for document in documents]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two documents are named {name}")
    return documents


def load_file(path: Path) -> tuple[Document, ...]:
    """Return the documents of one file; its name is their theme."""
    # Every scalar is text here: YAML 1.1 takes `no` for false and 1:30 for ninety.
    written = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    documents = []
    for entry in written:
        try:
            document = msgspec.convert({"theme": path.stem, **entry}, Document, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"{path.name}: {entry.get('name')}: {error}") from None
        _check_labels(document)
        documents.append(document)
    return tuple(documents)


def _check_labels(document: Document) -> None:
    texts = [bool(document.body or document.title), bool(document.message), bool(document.edited)]
    if sum(texts) != 1:
        raise ValueError(f"{document.name} is not one of a description, a message, an edited file")
    if document.verdict not in VERDICTS:
        raise ValueError(f"{document.name}: no verdict is called {document.verdict}")
    if torn := {*document.finds} & {*document.near, *document.undecided}:
        raise ValueError(f"{document.name} finds and does not find {', '.join(sorted(torn))}")
    if unsaid := [name for name in document.values if name not in document.says]:
        raise ValueError(
            f"{document.name} has a value for {', '.join(unsaid)}, which it never says"
        )
