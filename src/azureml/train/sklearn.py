"""`SKLearn`: an estimator whose environment has scikit-learn."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from azureml.core.runconfig import RunConfiguration
from azureml.train.estimator import _parts
from azureml.train.estimator._mml_base_estimator import MMLBaseEstimator


class SKLearn(MMLBaseEstimator):
    """An estimator whose environment has scikit-learn.

    Parameters of virtual machines and GPUs are taken and choose nothing. Raises TrainingException for parts that
    contradict each other, NotImplementedError for `inputs`.
    """

    FRAMEWORK_NAME: ClassVar[str] = "SKLearn"
    DEFAULT_VERSION: ClassVar[str] = "0.20.3"

    def __init__(
        self,
        source_directory: str,
        *,
        compute_target: Any = None,
        vm_size: str | None = None,
        vm_priority: str | None = None,
        entry_script: str | None = None,
        script_params: Mapping[str, Any] | None = None,
        use_docker: bool = True,
        custom_docker_image: str | None = None,
        image_registry_details: Any = None,
        user_managed: bool = False,
        conda_packages: Sequence[str] | None = None,
        pip_packages: Sequence[str] | None = None,
        conda_dependencies_file_path: str | None = None,
        pip_requirements_file_path: str | None = None,
        conda_dependencies_file: str | None = None,
        pip_requirements_file: str | None = None,
        environment_variables: Mapping[str, str] | None = None,
        environment_definition: Any = None,
        inputs: Sequence[Any] | None = None,
        shm_size: str | None = None,
        resume_from: Any = None,
        max_run_duration_seconds: int | None = None,
        framework_version: str | None = None,
        _enable_optimized_mode: bool = False,
        _disable_validation: bool = True,
        _show_lint_warnings: bool = False,
        _show_package_warnings: bool = False,
    ) -> None:
        _parts.check_inputs(inputs)
        self._framework_version = framework_version
        package = "scikit-learn" if framework_version is None else f"scikit-learn=={framework_version}"
        run_config = RunConfiguration(script=entry_script, arguments=_parts.arguments_of(script_params))
        _parts.set_environment(
            run_config,
            definition=environment_definition,
            packages=_parts.packages_of(
                conda_packages=conda_packages,
                pip_packages=[package, *(pip_packages or ())],
                conda_file=conda_dependencies_file or conda_dependencies_file_path,
                pip_file=pip_requirements_file or pip_requirements_file_path,
                source_directory=source_directory,
            ),
            user_managed=user_managed,
            use_docker=use_docker,
            image=custom_docker_image,
            registry=image_registry_details,
            shm_size=shm_size,
            variables=environment_variables,
        )
        run_config.max_run_duration_seconds = max_run_duration_seconds
        self._resume_from = resume_from
        super().__init__(source_directory, compute_target=compute_target, estimator_config=run_config)

    @property
    def framework_version(self) -> str:
        """The version that was asked for."""
        return self._framework_version or self.DEFAULT_VERSION

    @classmethod
    def get_supported_versions(cls) -> list[str]:
        """The published default; any other version that installs may be asked for."""
        return [cls.DEFAULT_VERSION]
