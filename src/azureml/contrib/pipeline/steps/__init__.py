"""The parallel run step as it was before it moved to `azureml.pipeline.steps`."""

from azureml.contrib.pipeline.steps.parallel_run_config import ParallelRunConfig as ParallelRunConfig
from azureml.contrib.pipeline.steps.parallel_run_step import ParallelRunStep as ParallelRunStep
