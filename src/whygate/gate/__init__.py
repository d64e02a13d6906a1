"""Decisions in CI: an event of a forge, the base's policy, a verdict, and who hears of it."""
