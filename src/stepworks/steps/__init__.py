"""Kinds of step: from declared work to what an agent executes."""
