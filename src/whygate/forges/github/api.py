"""Ask GitHub's API, by REST and by GraphQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.rest import DEADLINE, PAGE, Answer, ApiError, Rest, read_said, tell_reset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from whygate.forges.answers import Shape

__all__ = ["API_URL", "DEADLINE", "GRANT_HINT", "PAGE", "Api", "ApiError"]

API_URL = "https://api.github.com"
GRANT_HINT = "grant the job `permissions:` with `contents: read` and `pull-requests: read`"
_GRAPHQL = "/graphql"


class Api(Rest):
    """GitHub's API; `url` is GITHUB_API_URL. Every method raises ApiError without an answer."""

    name = "GitHub"
    url_variable = "GITHUB_API_URL"

    def headers(self) -> Mapping[str, str]:
        """Return the token, if there is one, and the version of the API.

        https://docs.github.com/en/rest/about-the-rest-api/api-versions
        """
        bearer = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {**bearer, "X-GitHub-Api-Version": "2022-11-28"}

    def address(self, path: str) -> str:
        """Return the address of a path; an Enterprise Server takes GraphQL beside `/v3`."""
        base = self._url.removesuffix("/v3") if path == _GRAPHQL else self._url
        return f"{base}{path}"

    def may_resend(self, url: str) -> bool:
        """Tell whether a question is GraphQL's, which changes nothing."""
        return url.endswith(_GRAPHQL)

    def is_limited(self, answer: Answer) -> bool:
        """Tell whether GitHub refuses because too much was asked, which may be 403 as well as 429.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        if answer.status == 429:
            return True
        spent = answer.headers.get("x-ratelimit-remaining") == "0"
        is_told = "retry-after" in answer.headers or "rate limit" in read_said(answer).lower()
        return answer.status == 403 and (spent or is_told)

    def explain(self, answer: Answer, said: str) -> tuple[str, str]:
        """Return what a refusal of GitHub's means and what to do about it."""
        if self.is_limited(answer):
            used = f"the rate limit of the GitHub API is used up{tell_reset(answer)}"
            return used, "run the job again"
        if answer.status == 401:
            return "GitHub does not accept the token", "pass `token`; the default is the job's own"
        if answer.status in (403, 404):
            also = ": GitHub answers 404 as well when a permission lacks" if not said else ""
            return f"the token may not read this, or it does not exist{also}", GRANT_HINT
        if 300 <= answer.status < 400:
            led = "the GitHub API leads to another host, where no token is sent"
            return led, "see GITHUB_API_URL"
        if answer.status >= 500:
            return "the GitHub API is out of order", "run the job again"
        return "the GitHub API refuses", ""

    def graphql(self, query: str, wanted: type[Shape]) -> Shape:
        """Return the answer to a GraphQL query."""
        answer = self._ask("POST", _GRAPHQL, body={"query": query}, again=False)
        return self._shaped("POST", _GRAPHQL, answer.value, wanted)

    def query(
        self, query: str, variables: Mapping[str, object], wanted: type[Shape], *, seconds: float
    ) -> Shape:
        """Return the answer to one GraphQL query that has `seconds` of its own; asked once."""
        body = {"query": query, "variables": variables}
        return self.ask_once("POST", _GRAPHQL, wanted, seconds=seconds, body=body)[0]
