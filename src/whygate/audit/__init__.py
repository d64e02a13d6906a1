"""Turn the verdicts on a history into what it says as a whole."""
