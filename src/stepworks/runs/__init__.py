"""The values of a run: states, outcomes, events."""
