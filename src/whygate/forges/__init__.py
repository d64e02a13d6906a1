"""The forges that whygate talks to, each behind the same port."""
