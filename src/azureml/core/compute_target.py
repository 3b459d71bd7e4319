"""The compute targets of run configurations before there were workspaces' targets; and preparing them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.exceptions import ComputeTargetException as ComputeTargetException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment

_LOCAL = "local"


class AbstractComputeTarget:
    """A compute target as a name and a type."""

    def __init__(self, compute_target_type: str, name: str) -> None:
        self._type = compute_target_type
        self._name = name

    @property
    def type(self) -> str:
        """The type, such as "local"."""
        return self._type

    @property
    def name(self) -> str:
        """The name run configurations use."""
        return self._name

    @staticmethod
    def deserialize_from_dict(
        compute_target_name: str, compute_target_dict: Mapping[str, Any]
    ) -> "AbstractComputeTarget":
        """The target that a dictionary with a `type` describes. NotImplementedError for another than "local"."""
        if compute_target_dict.get("type") != _LOCAL:
            raise unsupported(
                f"A compute target of type {compute_target_dict.get('type')!r} in a file",
                "ComputeTarget(workspace, name)",
            )
        return LocalTarget()


class LocalTarget(AbstractComputeTarget):
    """This machine."""

    def __init__(self) -> None:
        super().__init__(_LOCAL, _LOCAL)

    @staticmethod
    def deserialize_from_dict(compute_target_name: str, compute_target_dict: Mapping[str, Any]) -> "LocalTarget":
        """This machine, whatever the dictionary says besides."""
        return LocalTarget()


def attach_legacy_compute_target(experiment: "Experiment", source_directory: str, compute_target: object) -> None:
    """Not there. Raises NotImplementedError."""
    raise unsupported("A compute target of a source directory", "ComputeTarget.attach")


def prepare_compute_target(experiment: "Experiment", source_directory: str, run_config: object) -> None:
    """Not there. Raises NotImplementedError."""
    raise unsupported(
        "Preparing a compute target", "Experiment.submit; environments are made when they are first needed"
    )


def is_compute_target_prepared(experiment: "Experiment", source_directory: str, run_config: object) -> bool:
    """Not there. Raises NotImplementedError."""
    raise unsupported(
        "Preparing a compute target", "Experiment.submit; environments are made when they are first needed"
    )


def remove_legacy_compute_target(experiment: "Experiment", source_directory: str, compute_target_name: str) -> None:
    """Not there: there are no targets of that kind. Raises NotImplementedError."""
    raise unsupported("Removing a target of a run configuration", "ComputeTarget.delete or ComputeTarget.detach")
