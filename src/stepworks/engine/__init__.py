"""Decides what runs next: a pure machine, and the driver that obeys it."""
