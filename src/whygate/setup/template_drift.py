"""Turn a repository's template into what it should be by now, every line of the team's kept."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.commit_template import commit_marks, render_commit_template
from whygate.authoring.issue_form import FORM_MARKS, render_issue_form
from whygate.authoring.marked import insert_marked
from whygate.authoring.template import render_pr_template
from whygate.setup.template_edit import complete_template, find_gaps

if TYPE_CHECKING:
    from whygate.policy.policy import Policy
    from whygate.setup.advice import SourceFile


class Kind(StrEnum):
    """What a template is for."""

    PR = "pr"
    COMMIT = "commit"
    ISSUE_FORM = "issue-form"


class Drift(Struct, frozen=True):
    """What is wrong with a template: a sentence, and the text it should have (None: unknown)."""

    message: str
    text: str | None


def render_template(kind: Kind, policy: Policy, *, comment: str = "#") -> str:
    """Return a template of a kind; empty when the policy asks nothing."""
    if kind is Kind.COMMIT:
        return render_commit_template(policy, comment=comment)
    return (render_issue_form if kind is Kind.ISSUE_FORM else render_pr_template)(policy)


def find_drift(
    kind: Kind, template: SourceFile, policy: Policy, *, comment: str = "#"
) -> Drift | None:
    """Return how a template differs from what the policy asks, None when it asks all of it.

    A pull request template may have any shape: it lacks a question or it does not. Of a commit
    template and an issue form the part between the markers is compared, and the rest is the
    team's; without markers there is nothing to compare.
    """
    if kind is Kind.PR:
        gaps = find_gaps(template, policy)
        names = ", ".join(field.title for field in gaps)
        message = f"it does not ask for {names}"
        return Drift(message, complete_template(template, policy)) if gaps else None
    marks = commit_marks(comment) if kind is Kind.COMMIT else FORM_MARKS
    if marks.find(template.text) is None:
        return None
    wanted = render_template(kind, policy, comment=comment).lstrip("\n")
    fresh = insert_marked(template.text, wanted, marks)
    return None if fresh == template.text else Drift("the generated part is out of date", fresh)
