"""Where attempts run, behind a port."""
