"""GitHub: its REST API, its events, and what is written there."""
