"""Which steps a pipeline has, and which waits for which beyond data (contracts §4).

A list means no order, at any depth; order comes from data, `StepSequence` and `run_after`.
"""

from collections.abc import Iterator
from typing import Any

from azureml.data.output_dataset_config import OutputDatasetConfig
from azureml.pipeline.core._bindings import OutputPortBinding
from azureml.pipeline.core._pipeline_data import PipelineData
from azureml.pipeline.core.builder import PipelineStep, StepSequence
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputAbstractDataset


class Ordered:
    """Steps, each once: those that were listed, then those that they need. `after` has the steps each waits for."""

    def __init__(self) -> None:
        self.steps: list[PipelineStep] = []
        self.listed = 0
        self.after: dict[PipelineStep, list[PipelineStep]] = {}
        # steps that were reached but not listed, and who reached them
        self.reached: list[tuple[PipelineStep, PipelineStep]] = []


def ordered(given: Any) -> Ordered:
    """The steps of what a pipeline is made of, and the closure over data and `run_after`.

    Raises NotImplementedError for what is neither a step, a PipelineData, a list nor a StepSequence.
    """
    found = Ordered()
    seen: set[PipelineStep] = set()
    for step in _walk(given, found.after):
        if step not in seen:
            seen.add(step)
            found.steps.append(step)
    found.listed = len(found.steps)
    for step in found.steps:  # grows while it is walked
        for before in step.run_after_steps:
            found.after.setdefault(step, []).append(before)
            if before not in seen:
                seen.add(before)
                found.steps.append(before)
                found.reached.append((before, step))
        for port in step._declared.inputs:
            producer = port.origin._producer if port.origin is not None else None
            if producer is not None and producer not in seen:
                seen.add(producer)
                found.steps.append(producer)
                found.reached.append((producer, step))
    return found


def _walk(given: Any, after: dict[PipelineStep, list[PipelineStep]]) -> Iterator[PipelineStep]:
    if isinstance(given, PipelineStep):
        yield given
    elif isinstance(given, list):
        for item in given:  # pyright: ignore[reportUnknownVariableType]
            yield from _walk(item, after)
    elif isinstance(given, StepSequence):
        before: list[PipelineStep] = []
        for item in given:
            here = list(dict.fromkeys(_walk(item, after)))
            for step in here:
                if before:
                    after.setdefault(step, []).extend(before)
            before = here or before
            yield from here
    else:
        yield _producer(given)


def _producer(given: Any) -> PipelineStep:
    """The step that makes an output. Raises NotImplementedError for anything else, ValueError for one nobody makes."""
    if isinstance(given, PipelineOutputAbstractDataset):
        given = given._pipeline_data
    if isinstance(given, OutputDatasetConfig):
        given = given._origin
    if not isinstance(given, PipelineData | OutputPortBinding | OutputDatasetConfig):
        raise NotImplementedError(
            f"A pipeline is made of steps, lists of them and StepSequences, not of a {type(given).__name__}: {given!r}."
        )
    if given._producer is None:
        raise ValueError(f"No step makes '{given.name}'. Give it in outputs=[…] of the step that writes it.")
    return given._producer
