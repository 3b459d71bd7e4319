"""Runs attempts on a node: prepare, run, finish."""
