"""Outcomes: from the plans of changes and the results people record to what came of them."""
