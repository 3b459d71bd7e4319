"""Pipelines, their data and their runs. Names are found where they live when they are asked for: import stays light."""

from typing import TYPE_CHECKING, Any

from azureml._version import VERSION as VERSION

if TYPE_CHECKING:
    from azureml.pipeline.core.builder import PipelineData as PipelineData
    from azureml.pipeline.core.builder import PipelineStep as PipelineStep
    from azureml.pipeline.core.builder import StepSequence as StepSequence
    from azureml.pipeline.core.graph import InputPortBinding as InputPortBinding
    from azureml.pipeline.core.graph import OutputPortBinding as OutputPortBinding
    from azureml.pipeline.core.graph import PipelineDataset as PipelineDataset
    from azureml.pipeline.core.graph import PipelineParameter as PipelineParameter
    from azureml.pipeline.core.graph import PortDataReference as PortDataReference
    from azureml.pipeline.core.graph import PublishedPipeline as PublishedPipeline
    from azureml.pipeline.core.graph import TrainingOutput as TrainingOutput
    from azureml.pipeline.core.module import Module as Module
    from azureml.pipeline.core.module import ModuleVersion as ModuleVersion
    from azureml.pipeline.core.module import ModuleVersionDescriptor as ModuleVersionDescriptor
    from azureml.pipeline.core.pipeline import Pipeline as Pipeline
    from azureml.pipeline.core.pipeline_draft import PipelineDraft as PipelineDraft
    from azureml.pipeline.core.pipeline_endpoint import PipelineEndpoint as PipelineEndpoint
    from azureml.pipeline.core.run import PipelineRun as PipelineRun
    from azureml.pipeline.core.run import StepRun as StepRun
    from azureml.pipeline.core.run import StepRunOutput as StepRunOutput
    from azureml.pipeline.core.schedule import Schedule as Schedule
    from azureml.pipeline.core.schedule import ScheduleRecurrence as ScheduleRecurrence
    from azureml.pipeline.core.schedule import TimeZone as TimeZone

__version__ = VERSION

__all__ = [
    "InputPortBinding",
    "Module",
    "ModuleVersion",
    "ModuleVersionDescriptor",
    "OutputPortBinding",
    "Pipeline",
    "PipelineData",
    "PipelineDataset",
    "PipelineDraft",
    "PipelineEndpoint",
    "PipelineParameter",
    "PipelineRun",
    "PipelineStep",
    "PortDataReference",
    "PublishedPipeline",
    "Schedule",
    "ScheduleRecurrence",
    "StepRun",
    "StepRunOutput",
    "StepSequence",
    "TimeZone",
    "TrainingOutput",
]

_HOME = {
    "InputPortBinding": "graph",
    "Module": "module",
    "ModuleVersion": "module",
    "ModuleVersionDescriptor": "module",
    "OutputPortBinding": "graph",
    "Pipeline": "pipeline",
    "PipelineData": "builder",
    "PipelineDataset": "graph",
    "PipelineDraft": "pipeline_draft",
    "PipelineEndpoint": "pipeline_endpoint",
    "PipelineParameter": "graph",
    "PipelineRun": "run",
    "PipelineStep": "builder",
    "PortDataReference": "graph",
    "PublishedPipeline": "graph",
    "Schedule": "schedule",
    "ScheduleRecurrence": "schedule",
    "StepRun": "run",
    "StepRunOutput": "run",
    "StepSequence": "builder",
    "TimeZone": "schedule",
    "TrainingOutput": "graph",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'azureml.pipeline.core' has no attribute {name!r}")
    found = getattr(import_module(f"azureml.pipeline.core.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
