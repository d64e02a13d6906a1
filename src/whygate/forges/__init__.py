"""One folder a forge: how a change is read there and a verdict published."""
