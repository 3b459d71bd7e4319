"""Environments of steps: what was asked for (`spec`), what it means (`requirements`), who makes it (`base`)."""
