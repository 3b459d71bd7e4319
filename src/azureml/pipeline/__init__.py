"""Pipelines, as the Azure ML SDK v1 has them."""
