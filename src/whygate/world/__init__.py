"""What decides a verdict, assembled: configuration, schema, templates, bets, and the day."""
