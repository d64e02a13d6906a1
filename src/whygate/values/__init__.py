"""Numbers, units, days and owners, as people write them."""
