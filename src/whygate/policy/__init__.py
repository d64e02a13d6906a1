"""The rules of the house: configuration, kinds of change, and exemptions."""
