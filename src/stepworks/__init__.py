"""Runs machine-learning pipelines written for the Azure ML SDK v1, unchanged, anywhere."""

__version__ = "0.1.0"
