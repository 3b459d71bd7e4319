"""Rows of the records as messages of the wire."""

import msgspec

from stepworks.records import rows
from stepworks.wire.assets import EnvironmentRecord, ModelRecord
from stepworks.wire.runs import ArtifactRecord, MetricRecord, RunRecord
from stepworks.wire.workspaces import ExperimentRecord, WorkspaceRecord


def run_record(row: rows.Run) -> RunRecord:
    """A run as clients see it."""
    return msgspec.convert(row, RunRecord, from_attributes=True)


def workspace_record(row: rows.Workspace) -> WorkspaceRecord:
    """A workspace as clients see it."""
    return msgspec.convert(row, WorkspaceRecord, from_attributes=True)


def experiment_record(row: rows.Experiment) -> ExperimentRecord:
    """An experiment as clients see it."""
    return msgspec.convert(row, ExperimentRecord, from_attributes=True)


def artifact_record(row: rows.Artifact) -> ArtifactRecord:
    """A file of a run as clients see it."""
    return msgspec.convert(row, ArtifactRecord, from_attributes=True)


def model_record(row: rows.Model) -> ModelRecord:
    """A model version as clients see it."""
    return msgspec.convert(row, ModelRecord, from_attributes=True)


def environment_record(row: rows.Environment) -> EnvironmentRecord:
    """An environment version as clients see it."""
    return msgspec.convert(row, EnvironmentRecord, from_attributes=True)


def metric_record(row: rows.Metric) -> MetricRecord:
    """A logged value as clients see it."""
    return MetricRecord(
        run=row.run,
        seq=row.seq,
        name=row.name,
        kind=row.kind,
        value=row.value,
        data=msgspec.Raw(b"null" if row.data is None else row.data),
        step=row.step,
        time=row.time,
    )
