"""Decisions in CI: an event, the base's policy, a verdict."""
