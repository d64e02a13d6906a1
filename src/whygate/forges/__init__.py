"""The forges that whygate talks to, each behind the same port and with its own `--format`."""

FORMATS = ("github",)  # how a forge's jobs show findings beside the lines of a change
