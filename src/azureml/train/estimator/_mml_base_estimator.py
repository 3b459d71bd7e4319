"""What all estimators are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import TrainingException
from azureml.train.estimator import _parts

if TYPE_CHECKING:
    from azureml.core.script_run_config import ScriptRunConfig


class MMLBaseEstimator:
    """A source directory and the run configuration of a script in it. Submitting it runs that script."""

    def __init__(
        self, source_directory: str, *, compute_target: Any, estimator_config: RunConfiguration | None = None
    ) -> None:
        self._source_directory = source_directory
        self._run_config = estimator_config or RunConfiguration()
        if compute_target is not None:
            self._run_config.target = compute_target

    @property
    def source_directory(self) -> str:
        """The directory that the script lies in."""
        return self._source_directory

    @property
    def run_config(self) -> RunConfiguration:
        """How the script is run."""
        return self._run_config

    @property
    def conda_dependencies(self) -> CondaDependencies | None:
        """The packages the script is run with."""
        return self._run_config.environment.python.conda_dependencies

    def _as_script_run_config(self) -> "ScriptRunConfig":
        """The same as a ScriptRunConfig. Raises TrainingException without a script."""
        from azureml.core.script_run_config import ScriptRunConfig

        if not self._run_config.script:
            raise TrainingException(f"{type(self).__name__} has no entry_script to run.")
        return ScriptRunConfig(
            self._source_directory,
            self._run_config.script,
            list(self._run_config.arguments),
            run_config=self._run_config,
        )


class MMLBaseEstimatorRunConfig(RunConfiguration):
    """The run configuration of an estimator. Raises TrainingException for parts that contradict each other."""

    def __init__(
        self,
        compute_target: Any,
        vm_size: str | None = None,
        vm_priority: str | None = None,
        entry_script: str | None = None,
        script_params: Mapping[str, Any] | None = None,
        node_count: int | None = None,
        process_count_per_node: int | None = None,
        distributed_backend: str | None = None,
        use_gpu: bool | None = None,
        use_docker: bool | None = None,
        custom_docker_base_image: str | None = None,
        custom_docker_image: str | None = None,
        image_registry_details: Any = None,
        user_managed: bool = False,
        conda_packages: Sequence[str] | None = None,
        pip_packages: Sequence[str] | None = None,
        environment_definition: Any = None,
        inputs: Sequence[Any] | None = None,
        source_directory_data_store: Any = None,
        shm_size: str | None = None,
    ) -> None:
        super().__init__(script=entry_script, arguments=_parts.arguments_of(script_params))
        _parts.check_inputs(inputs)
        if compute_target is not None:
            self.target = compute_target
        _parts.set_environment(
            self,
            definition=environment_definition,
            packages=_parts.packages_of(
                conda_packages=conda_packages,
                pip_packages=pip_packages,
                conda_file=None,
                pip_file=None,
                source_directory=".",
            ),
            user_managed=user_managed,
            use_docker=use_docker,
            image=custom_docker_image or custom_docker_base_image,
            registry=image_registry_details,
            shm_size=shm_size,
            variables=None,
        )
        _parts.set_distribution(
            self,
            "Estimator",
            training=None,
            backend=distributed_backend,
            node_count=node_count or 1,
            processes=process_count_per_node or 1,
        )
