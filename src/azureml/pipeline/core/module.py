"""`Module`: work that is published once and used in many pipelines. Not there yet in this version: the classes exist
with their members, and what asks the server raises NotImplementedError."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.pipeline.core._definitions import InputPortDef as InputPortDef
from azureml.pipeline.core._definitions import ModuleDef as ModuleDef
from azureml.pipeline.core._definitions import OutputPortDef as OutputPortDef
from azureml.pipeline.core._definitions import ParamDef as ParamDef
from azureml.pipeline.core._parameter import PipelineParameter as PipelineParameter
from azureml.pipeline.core.builder import PipelineStep as PipelineStep

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_WHAT = "A published module"
_INSTEAD = "a PythonScriptStep with the same script, made by a function of your own"


class ModuleVersionDescriptor:
    """A version of a module, and its id."""

    def __init__(self, version: str, module_version_id: str) -> None:
        self._version = version
        self._module_version_id = module_version_id

    @property
    def version(self) -> str:
        """The version."""
        return self._version

    @property
    def module_version_id(self) -> str:
        """The id of the version."""
        return self._module_version_id


class ModuleVersion:
    """A version of a module."""

    def __init__(self, workspace: "Workspace", module_entity: Any, version: str, _module_version_provider: Any) -> None:
        self._workspace = workspace
        self._entity = module_entity
        self._version = version

    @property
    def version(self) -> str:
        """The version."""
        return self._version

    @property
    def module_version_id(self) -> str:
        """Its id."""
        return self._entity.id

    @property
    def module_id(self) -> str:
        """The id of its module."""
        return self._entity.module_id

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._entity.description

    @property
    def status(self) -> str:
        """Active, Deprecated or Disabled."""
        return self._entity.status

    @property
    def category(self) -> str | None:
        """Its category."""
        return self._entity.category

    @property
    def interface(self) -> Any:
        """Its ports and parameters."""
        return self._entity.interface

    @property
    def runconfig(self) -> Any:
        """Its run configuration."""
        return self._entity.runconfig

    @staticmethod
    def get(
        workspace: "Workspace", module_version_id: str | None = None, _workflow_provider: Any = None
    ) -> "ModuleVersion":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def module(self, _workflow_provider: Any = None) -> "Module":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def enable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def disable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def deprecate(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def set_description(self, description: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)


class Module:
    """A module and its versions."""

    def __init__(
        self,
        workspace: "Workspace",
        module_id: str,
        name: str,
        description: str | None,
        status: str,
        default_version: str | None,
        module_version_list: Sequence[ModuleVersionDescriptor],
        _module_provider: Any = None,
        _module_version_provider: Any = None,
    ) -> None:
        self._workspace = workspace
        self._id = module_id
        self._name = name
        self._description = description
        self._status = status
        self._default_version = default_version
        self._versions = list(module_version_list)

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._description

    @property
    def status(self) -> str:
        """Active, Deprecated or Disabled."""
        return self._status

    @property
    def default_version(self) -> str | None:
        """The version used when none is named."""
        return self._default_version

    def module_version_list(self) -> list[ModuleVersionDescriptor]:
        """Its versions."""
        return self._versions

    def get_default_version(self) -> str | None:
        """The version used when none is named."""
        return self._default_version

    def get_default(self) -> ModuleVersion:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def create(workspace: "Workspace", name: str, description: str, _workflow_provider: Any = None) -> "Module":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get(
        workspace: "Workspace", module_id: str | None = None, name: str | None = None, _workflow_provider: Any = None
    ) -> "Module":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get_versions(
        workspace: "Workspace", name: str, _workflow_provider: Any = None
    ) -> list[ModuleVersionDescriptor]:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def module_def_builder(
        name: str,
        description: str | None,
        execution_type: str | None,
        input_bindings: Sequence[Any],
        output_bindings: Sequence[Any],
        param_defs: Sequence[ParamDef] | None = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        module_type: str | None = None,
        step_type: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> ModuleDef:
        """The definition of a module, from bindings or definitions of its ports."""
        inputs = [p if isinstance(p, InputPortDef) else InputPortDef(p.name) for p in input_bindings]
        outputs = [p if isinstance(p, OutputPortDef) else OutputPortDef(p.name) for p in output_bindings]
        return ModuleDef(
            name,
            description,
            inputs,
            outputs,
            param_defs,
            execution_type,
            create_sequencing_ports,
            allow_reuse,
            version,
            module_type,
            step_type,
            arguments,
            runconfig,
            cloud_settings,
        )

    @staticmethod
    def process_source_directory(name: str, source_directory: str | None, script_name: str | None) -> tuple[str, Any]:
        """The source directory as an absolute path, and nothing that is hashed apart.

        Raises ValueError when the script is not in it.
        """
        import os

        found = os.path.abspath(source_directory or ".")
        if script_name is not None and not os.path.isfile(os.path.join(found, script_name)):
            raise ValueError(f"Step '{name}': there is no script '{script_name}' in {found}.")
        return found, None

    def publish(
        self,
        description: str,
        execution_type: str,
        inputs: Any,
        outputs: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        content_path: str | None = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> ModuleVersion:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def publish_python_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Mapping[str, Any] | None = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        source_directory: str | None = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> ModuleVersion:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def publish_adla_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Mapping[str, Any] | None = None,
        create_sequencing_ports: bool = True,
        degree_of_parallelism: int | None = None,
        priority: int | None = None,
        runtime_version: str | None = None,
        compute_target: Any = None,
        version: str | None = None,
        is_default: bool = False,
        source_directory: str | None = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> ModuleVersion:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def publish_azure_batch(
        self,
        description: str,
        compute_target: Any,
        inputs: Any,
        outputs: Any,
        params: Mapping[str, Any] | None = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        create_pool: bool = False,
        pool_id: str | None = None,
        delete_batch_job_after_finish: bool = False,
        delete_batch_pool_after_finish: bool = False,
        is_positive_exit_code_failure: bool = True,
        vm_image_urn: str = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: bool = False,
        target_compute_nodes: int = 1,
        vm_size: str = "standard_d1_v2",
        executable: str | None = None,
        source_directory: str | None = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> ModuleVersion:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def resolve(self, version: str | None = None) -> ModuleVersion:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def enable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def disable(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def deprecate(self) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def set_default_version(self, version_id: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def set_name(self, name: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def set_description(self, description: str) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)
