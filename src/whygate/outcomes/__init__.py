"""What came of the plans: promises, results, and the state of each on a day."""
