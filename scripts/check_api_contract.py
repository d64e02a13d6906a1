"""Let the API client talk to Prism, a server made of GitHub's own description of its API.

Needs npm, which fetches Prism (70 MB), and the description that ./run-tests unpacks. The tests
hold requests and answers against the same description; this is the same with a server.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from whygate.forges.github.api import Api, ApiError
from whygate.forges.github.posts import RequestComments
from whygate.forges.github.pull_request import read_request
from whygate.forges.github.repository import ApiTree
from whygate.forges.github.shapes import (
    Blob,
    Comment,
    Comparison,
    File,
    ListedCommit,
    ListedPull,
    Ref,
)

DESCRIPTION = Path(__file__).resolve().parents[1] / "node_modules/.whygate/api.github.com.json"
PRISM = "@stoplight/prism-cli@5.16.0"
SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
NUMBER = 1347  # the pull request of GitHub's examples
REPO = "octocat/Hello-World"
PREFIXES = ("pulls/{pull_number}", "issues/{issue_number}/comments", "issues/comments/")
PATHS = (
    *("compare/{basehead}", "git/trees/{tree_sha}", "git/blobs/{file_sha}", "git/ref/{ref}"),
    "commits/{commit_sha}/pulls",
)


def main() -> int:
    """Return 0 when every request of the client is accepted, and a broken one is not."""
    with tempfile.TemporaryDirectory() as scratch:
        description = Path(scratch) / "api.json"
        description.write_text(json.dumps(cut(json.loads(DESCRIPTION.read_text()))))
        prism = ("npm", "exec", "--yes", f"--package={PRISM}", "--", "prism")
        # The first call installs it, which may take as long as it takes.
        subprocess.run([*prism, "--version"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        port = free_port()
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            [*prism, "mock", "--port", str(port), str(description)],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait(f"http://127.0.0.1:{port}/user")
            talk(Api(f"http://127.0.0.1:{port}", "t"))
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    print("every request keeps to the description")
    return 0


def cut(whole: dict[str, Any]) -> dict[str, object]:
    """Return the description of our paths alone, with all they refer to: Prism starts at once."""
    paths, parts = whole["paths"], whole["components"]
    kept = {path: paths[path] for path in paths if is_ours(path)}
    components: dict[str, dict[str, object]] = {}
    waiting: list[object] = [kept]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            if isinstance(value.get("$ref"), str):
                _, _, kind, name = value["$ref"].split("/")
                if name not in components.setdefault(kind, {}):
                    components[kind][name] = parts[kind][name]
                    waiting.append(components[kind][name])
    head = {key: whole[key] for key in ("openapi", "info", "servers")}
    return {**head, "paths": kept, "components": components}


def is_ours(path: str) -> bool:
    """Tell whether the client asks a path."""
    inner = path.removeprefix("/repos/{owner}/{repo}/")
    return path == "/user" or inner in PATHS or inner.startswith(PREFIXES)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait(url: str) -> None:
    """Wait until the server answers, at most two minutes."""
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("Prism does not answer")


def talk(api: Api) -> None:
    """Ask everything that the action asks; the client raises ApiError for what is refused."""
    marker = "<!-- whygate:default -->"
    repo, edited = f"/repos/{REPO}", f"/repos/{REPO}/issues/comments/1"
    found: dict[str, object] = {
        "title": read_request(api, REPO, NUMBER).title,
        "commits": api.pages(f"{repo}/pulls/{NUMBER}/commits", ListedCommit, most=1),
        "files": api.pages(f"{repo}/pulls/{NUMBER}/files", File, most=1),
        "tip": api.get(f"{repo}/git/ref/heads%2Fmain", Ref).object.sha,
        "tree": ApiTree(api, REPO, SHA).list_files(""),
        "blob": api.get(f"{repo}/git/blobs/{SHA}", Blob).content,
        "compared": api.get(f"{repo}/compare/{SHA}...{SHA}", Comparison, page=1).commits,
        "requests": api.pages(f"{repo}/commits/{SHA}/pulls", ListedPull, most=1),
        "comment": RequestComments(api, REPO, NUMBER).keep(marker, "x", done=False),
        "edit": api.send("PATCH", edited, {"body": "x"}, Comment).id,
        "refusal": refusal(api),
    }
    missing = [name for name, value in found.items() if not value]
    if missing:
        raise SystemExit(f"nothing came for: {', '.join(missing)}")


def refusal(api: Api) -> bool:
    """Tell whether Prism refuses a comment without a body, as it should."""
    try:
        api.send("PATCH", f"/repos/{REPO}/issues/comments/1", {"text": "x"}, Comment)
    except ApiError as error:
        return error.status == 422
    return False


if __name__ == "__main__":
    sys.exit(main())
