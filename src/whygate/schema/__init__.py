"""The JSON Schema of the document: loading it, reading its annotations, validating against it."""
