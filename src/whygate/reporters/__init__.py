"""What people and programs read: verdicts, audits and outcomes as text."""
