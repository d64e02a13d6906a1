"""Judge what a change says: the rules, and the check that runs them."""
