"""Turn parts of a change into a context: fields, quantities, dates, owners."""
