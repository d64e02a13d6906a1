"""Ask GitLab's API: with the job's token, with one of the project's, or as anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.answers import to_utc
from whygate.forges.port import ForgeError
from whygate.forges.questions import SECONDS, Questions
from whygate.forges.rest import (
    DEADLINE,
    Answer,
    ApiError,
    Rest,
    seconds_until_reset,
    tell_reset,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.answers import Shape
    from whygate.forges.questions import Token
    from whygate.forges.rest import Params

GRANT_HINT = (
    "keep a project access token (scope `read_api`, role Reporter) as the masked variable "
    "WHYGATE_TOKEN of the project; a job token may read merge requests only where GitLab allows it"
)
REFUSED = (401, 403, 404)  # GitLab says 404 of what a token may not see


class TokenApi(Rest):
    """GitLab's API with one token, sent in the header of its kind.

    https://docs.gitlab.com/api/rest/authentication/
    """

    name = "GitLab"
    url_variable = "CI_API_V4_URL"
    may_be_anonymous = True
    header = "PRIVATE-TOKEN"

    def headers(self) -> Mapping[str, str]:
        """Return the token, if there is one."""
        return {self.header: self._token} if self._token else {}

    def explain(self, answer: Answer, said: str) -> tuple[str, str]:  # noqa: ARG002
        """Return what a refusal of GitLab's means and what to do about it."""
        if answer.status == 401:
            return "GitLab does not accept the token", GRANT_HINT
        if answer.status in REFUSED:
            return "the token may not read this, or it does not exist", GRANT_HINT
        if answer.status == 429:
            used = f"the rate limit of GitLab is used up{tell_reset(answer)}"
            return used, "run the job again"
        if 300 <= answer.status < 400:
            return "the GitLab API leads to another host, where no token is sent", (
                "CI_API_V4_URL must name the final address"
            )
        if answer.status >= 500:
            return "the GitLab API is out of order", "run the job again"
        return "the GitLab API refuses", ""


class _JobApi(TokenApi):
    """The same, with the token of the job."""

    header = "JOB-TOKEN"


class Api:
    """Asks with each token in turn until one may read; raises ApiError when none may.

    What a job token may read differs with the version and the settings, by address: so each
    question begins with it. `token` is the only one that writes.
    """

    def __init__(
        self, url: str, *, job_token: str, token: str, authority: str, seconds: float = DEADLINE
    ) -> None:
        self.can_write = bool(token)
        self.has_token = bool(token or job_token)
        own = TokenApi(url, token, authority=authority, seconds=seconds)
        job = _JobApi(url, job_token, authority=authority, seconds=seconds) if job_token else None
        self._all: Sequence[TokenApi] = (own,) if job is None else (job, own)

    def get(self, path: str, wanted: type[Shape], /, **params: str | int) -> Shape:
        """Return what stands at a path such as `/projects/7/merge_requests/12`."""
        return self._first(lambda api: api.get(path, wanted, **params))

    def pages(
        self, path: str, wanted: type[Shape], /, *, most: int, **params: str | int
    ) -> tuple[Shape, ...]:
        """Return the entries of a list, all pages, at most `most` of them."""
        return self._first(lambda api: api.pages(path, wanted, most=most, **params))

    def send(
        self, method: str, path: str, body: Mapping[str, object], wanted: type[Shape]
    ) -> Shape:
        """Send an object with the project's token and return what GitLab made of it."""
        return self._all[-1].send(method, path, body, wanted)

    def ask_as_writer(self, path: str, wanted: type[Shape]) -> Shape:
        """Return what the project's own token reads, as `/user`: who it is."""
        return self._all[-1].get(path, wanted)

    def _first(self, ask: Callable[[TokenApi], Shape]) -> Shape:
        for api in self._all[:-1]:
            try:
                return ask(api)
            except ApiError as error:
                if error.status not in REFUSED:
                    raise
        return ask(self._all[-1])


class ApiQuestions(Questions[TokenApi]):
    """What all that a shell asks GitLab page by page shares; without a token it asks as anybody."""

    forge = "GitLab"
    variables = ("WHYGATE_TOKEN", "GITLAB_TOKEN")

    def _connect(self, token: str, *, authority: str, sleep: Callable[[float], None]) -> TokenApi:
        return TokenApi(self._url, token, authority=authority, sleep=sleep)

    def _get(
        self, token: Token[TokenApi], path: str, wanted: type[Shape], params: Params
    ) -> tuple[Shape, Mapping[str, str]]:
        """Return an answer and its headers; a token that is used up rests until its limit is over.

        https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
        """
        found, headers = token.api.ask_once("GET", path, wanted, seconds=SECONDS, params=params)
        pause = seconds_until_reset(headers)
        if headers.get("ratelimit-remaining") == "0" and pause is not None:
            token.free_at = self._clock() + pause
        return found, headers


def read_time(text: str) -> str:
    """Return a time that GitLab tells as `to_utc` does; raises ForgeError for what is none."""
    try:
        return to_utc(text)
    except (ValueError, OverflowError):
        raise ForgeError(f"GitLab names `{text[:40]}` as a time") from None
