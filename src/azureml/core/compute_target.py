"""The oldest form of compute targets: the kinds that a run configuration once held."""

from collections.abc import Mapping
from typing import Any

from azureml._unsupported import unavailable
from azureml.exceptions import ComputeTargetException as ComputeTargetException
from azureml.exceptions import UserErrorException


class AbstractComputeTarget:
    """A kind of compute target and a name."""

    def __init__(self, compute_target_type: str, name: str) -> None:
        self._type = compute_target_type
        self._name = name

    @property
    def type(self) -> str:
        """The kind."""
        return self._type

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @staticmethod
    def deserialize_from_dict(
        compute_target_name: str, compute_target_dict: Mapping[str, Any]
    ) -> "AbstractComputeTarget":
        """The compute target that a dictionary with "type" tells of. UserErrorException without one."""
        kind = compute_target_dict.get("type")
        if kind is None:
            raise UserErrorException(f"Compute target '{compute_target_name}' has no type.")
        return LocalTarget() if kind == "local" else AbstractComputeTarget(kind, compute_target_name)


class LocalTarget(AbstractComputeTarget):
    """This machine."""

    def __init__(self) -> None:
        super().__init__("local", "local")


@unavailable("ComputeTarget.attach")
def attach_legacy_compute_target(experiment: Any, source_directory: str, compute_target: Any): ...


@unavailable("compute_target.delete()")
def remove_legacy_compute_target(experiment: Any, source_directory: str, compute_target_name: str): ...


def is_compute_target_prepared(experiment: Any, source_directory: str, run_config: Any) -> bool:
    """True: environments are made where a step first needs them."""
    return True


def prepare_compute_target(experiment: Any, source_directory: str, run_config: Any) -> None:
    """Nothing to do: environments are made where a step first needs them."""
