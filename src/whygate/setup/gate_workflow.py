"""Turn a release of whygate into the GitHub workflow that judges pull requests with it."""

from __future__ import annotations

from whygate.setup.gate_advice import CHECK_NAME, DIRECTORY, TYPES_LINE

USUAL_PATH = f"{DIRECTORY}/whygate.yml"
OTHER_PATH = f"{DIRECTORY}/{CHECK_NAME}.yml"
ACTION = "whygate/whygate"

# docs/action.md gives the reason of every line.
_WORKFLOW = """\
name: whygate
on:
  pull_request:
    {types}
  merge_group:
permissions: {{}}
concurrency:
  group: product-context-${{{{ github.event.pull_request.number || github.ref }}}}
  cancel-in-progress: true
jobs:
  product-context:
    name: {check}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read # the configuration of the base branch
      pull-requests: read # the description as it is now
    steps:
      - uses: {uses}
"""


def render_workflow(uses: str) -> str:
    """Return the workflow; `uses` is the action with its version, such as `o/whygate@v1`."""
    return _WORKFLOW.format(types=TYPES_LINE, check=CHECK_NAME, uses=uses)
