"""Which metrics a machine can read, and by which names a change may call them."""

from __future__ import annotations

CATALOGUE_PATH = ".whygate/metrics.yml"
PREFIX = "metric:"  # of a data source that names a metric
CATALOGUE_LIMIT = 1 << 20  # bytes
