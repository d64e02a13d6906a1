"""Gerrit: a change, the message of its commit, and a vote on a label as gate."""
