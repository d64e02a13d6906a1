"""GitLab: a merge request, its pipeline's job, and the reports that its widgets show."""
