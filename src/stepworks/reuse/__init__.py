"""Reuse keys and the decisions made with them."""
