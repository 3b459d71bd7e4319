"""Snapshots: the content-addressed image of a source directory."""
