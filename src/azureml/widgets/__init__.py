"""Following runs in notebooks and terminals."""

from azureml.widgets.parallel_run_step_details import ParallelRunStepDetails as ParallelRunStepDetails
from azureml.widgets.run_details import RunDetails as RunDetails
