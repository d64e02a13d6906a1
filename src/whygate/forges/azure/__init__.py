"""Azure DevOps: a pull request, a job of Azure Pipelines, and a pull-request status as gate."""
