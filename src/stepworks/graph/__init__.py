"""What to run: the frozen, serialisable description of a pipeline."""
