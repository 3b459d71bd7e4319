"""Fakes, clocks and port suites, shipped for those who write adapters."""
