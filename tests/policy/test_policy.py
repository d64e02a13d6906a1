"""A policy: what it asks, also as a copy of another one."""

from __future__ import annotations

from msgspec.structs import replace

from whygate.model import Severity
from whygate.policy.config import Config, PartialConfig, Preset
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets


def _config(preset: Preset) -> Config:
    return resolve_config(read_presets(), PartialConfig(preset=preset, origin="a test"))


def test_copy_with_another_configuration_asks_what_that_one_asks() -> None:
    standard = Policy(_config(Preset.STANDARD), bundled_schema())
    assert standard.needs("fix")["measurement"] is Severity.WARNING

    strict = replace(standard, config=_config(Preset.STRICT))

    assert strict.needs("fix")["measurement"] is Severity.ERROR
    assert standard.needs("fix")["measurement"] is Severity.WARNING
