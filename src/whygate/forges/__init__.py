"""The forges that whygate talks to, each behind the same port and with its own `--format`."""

FORMATS = ("github", "gitlab", "azure")  # how a forge's jobs show findings
LOG_FORMATS = ("github", "azure")  # those that go into a job's log, before the report for people
