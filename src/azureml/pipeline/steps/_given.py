"""Checks that several kinds of steps share."""

from collections.abc import Mapping
from typing import Any


def check_params(step: str, params: Mapping[str, Any], runconfig_params: Mapping[str, Any]) -> None:
    """Raise ValueError for a key that is in both `params` and `runconfig_pipeline_params`."""
    both = sorted(params.keys() & runconfig_params.keys())
    if both:
        raise ValueError(
            f"Step '{step}': {', '.join(both)} is in params and in runconfig_pipeline_params. Take it out of one."
        )


def told_of_hash_paths(step: str) -> None:
    """Say that `hash_paths` has no effect."""
    import logging

    logging.getLogger("azureml.pipeline").warning(
        "Step '%s': hash_paths is deprecated and has no effect; every file of the source directory counts.", step
    )


def told_of_deprecation(kind: str, instead: str) -> None:
    """Say that a kind of step is the old way."""
    import logging

    logging.getLogger("azureml.pipeline").warning("%s is deprecated; use %s.", kind, instead)
