"""What a change says, field by field."""
