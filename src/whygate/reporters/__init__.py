"""Turn verdicts into text: terminal, JSON."""
