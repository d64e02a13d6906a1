"""Bitbucket Cloud: a pull request, a step of Pipelines, and a Code Insights report."""
