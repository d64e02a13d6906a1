"""GitHub: its API, its events, its jobs, and what is written there."""
