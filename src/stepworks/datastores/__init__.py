"""A user's storage, behind a port."""
