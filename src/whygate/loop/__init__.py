"""What changes the ledger: results and notes, one writer at a time."""
