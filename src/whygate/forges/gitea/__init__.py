"""Gitea and Forgejo: a pull request, a job of their Actions, and a commit status as gate."""
