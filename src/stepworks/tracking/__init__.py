"""Metrics, logs and artifacts as values."""
