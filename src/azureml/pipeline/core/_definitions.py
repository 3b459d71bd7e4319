"""Definitions of modules and data sources: ports and parameters by name, as values."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from stepworks.hashing import content_hash

if TYPE_CHECKING:
    from azureml.data.data_reference import DataReference


class InputPortDef:
    """An input of a module."""

    def __init__(
        self,
        name: str,
        data_types: Sequence[Any] | None = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_optional: bool = False,
        default_overwrite: bool | None = None,
        default_data_reference_name: str | None = None,
        is_resource: bool = False,
        label: str | None = None,
        additional_transformations: Any = None,
        **kwargs: Any,
    ) -> None:
        self._name = name
        self._data_types = data_types
        self._default_datastore_mode = default_datastore_mode
        self._default_path_on_compute = default_path_on_compute
        self._is_optional = is_optional
        self._default_overwrite = default_overwrite
        self._default_data_reference_name = default_data_reference_name
        self._is_resource = is_resource
        self._label = label
        self._additional_transformations = additional_transformations

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def data_types(self) -> Sequence[Any] | None:
        """The kinds of data it takes."""
        return self._data_types

    @property
    def default_datastore_mode(self) -> str | None:
        """mount, download or upload."""
        return self._default_datastore_mode

    @property
    def default_path_on_compute(self) -> str | None:
        """Where its data are on the compute."""
        return self._default_path_on_compute

    @property
    def is_optional(self) -> bool:
        """Whether it may be left out."""
        return self._is_optional

    @property
    def default_overwrite(self) -> bool | None:
        """Whether files in the way are replaced."""
        return self._default_overwrite

    @property
    def default_data_reference_name(self) -> str | None:
        """The name of its data."""
        return self._default_data_reference_name

    @property
    def is_resource(self) -> bool:
        """Whether it is a file the module needs beside its script."""
        return self._is_resource

    @property
    def label(self) -> str | None:
        """Its name for people."""
        return self._label

    @property
    def additional_transformations(self) -> Any:
        """How its files are read as a table."""
        return self._additional_transformations


class OutputPortDef:
    """An output of a module."""

    def __init__(
        self,
        name: str,
        default_datastore_name: str | None = None,
        default_datastore_mode: str | None = None,
        default_path_on_compute: str | None = None,
        is_directory: bool = False,
        data_type: Any = None,
        default_overwrite: bool | None = None,
        training_output: Any = None,
        label: str | None = None,
    ) -> None:
        self._name = name
        self._default_datastore_name = default_datastore_name
        self._default_datastore_mode = default_datastore_mode
        self._default_path_on_compute = default_path_on_compute
        self._is_directory = is_directory
        self._data_type = data_type
        self._default_overwrite = default_overwrite
        self._training_output = training_output
        self._label = label

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def default_datastore_name(self) -> str | None:
        """The datastore it goes to."""
        return self._default_datastore_name

    @property
    def default_datastore_mode(self) -> str | None:
        """mount or upload."""
        return self._default_datastore_mode

    @property
    def default_path_on_compute(self) -> str | None:
        """Where it is written."""
        return self._default_path_on_compute

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return self._is_directory

    @property
    def data_type(self) -> Any:
        """Its kind of data."""
        return self._data_type

    @property
    def default_overwrite(self) -> bool | None:
        """Whether files in the way are replaced."""
        return self._default_overwrite

    @property
    def training_output(self) -> Any:
        """Which result of a training step it is."""
        return self._training_output

    @property
    def label(self) -> str | None:
        """Its name for people."""
        return self._label


class ParamDef:
    """A parameter of a module."""

    def __init__(
        self,
        name: str,
        default_value: Any = None,
        is_metadata_param: bool = False,
        is_optional: bool = False,
        set_env_var: bool = False,
        calculate_hash: bool = True,
        env_var_override: str | None = None,
    ) -> None:
        self.name = name
        self.default_value = default_value
        self.is_metadata_param = is_metadata_param
        self.is_optional = is_optional
        self.set_env_var = set_env_var
        self.calculate_hash = calculate_hash
        self.env_var_override = env_var_override


class Param:
    """A parameter of a node, and its value."""

    def __init__(self, param_def: ParamDef) -> None:
        self.param_def = param_def
        self.name = param_def.name
        self.value = param_def.default_value
        self.set_var = param_def.set_env_var

    def set_value(self, param_value: Any) -> None:
        """Give it another value."""
        self.value = param_value

    def get_value(self) -> Any:
        """Its value."""
        return self.value


class ModuleDef:
    """What a module is: its ports, parameters and kind."""

    fake_input_prefix: ClassVar[str] = "_run_after_input_"
    fake_output_name: ClassVar[str] = "_run_after_output"

    def __init__(
        self,
        name: str,
        description: str | None = None,
        input_port_defs: Sequence[InputPortDef] | None = None,
        output_port_defs: Sequence[OutputPortDef] | None = None,
        param_defs: Sequence[ParamDef] | None = None,
        module_execution_type: str | None = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        module_type: str | None = None,
        step_type: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> None:
        self._name = name
        self._description = description
        self._input_port_defs = list(input_port_defs or ())
        self._output_port_defs = list(output_port_defs or ())
        self._param_defs = list(param_defs or ())
        self._module_execution_type = module_execution_type
        self._allow_reuse = allow_reuse
        self._version = version
        self._module_type = module_type
        self._step_type = step_type
        self._arguments = arguments
        self._runconfig = runconfig
        self._cloud_settings = cloud_settings

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._description

    @property
    def input_port_defs(self) -> list[InputPortDef]:
        """Its inputs."""
        return self._input_port_defs

    @property
    def output_port_defs(self) -> list[OutputPortDef]:
        """Its outputs."""
        return self._output_port_defs

    @property
    def param_defs(self) -> list[ParamDef]:
        """Its parameters."""
        return self._param_defs

    @property
    def module_execution_type(self) -> str | None:
        """How it is run."""
        return self._module_execution_type

    @property
    def module_type(self) -> str | None:
        """Its kind."""
        return self._module_type

    @property
    def step_type(self) -> str | None:
        """The step class it is of."""
        return self._step_type

    @property
    def allow_reuse(self) -> bool:
        """Whether earlier results may serve."""
        return self._allow_reuse

    @property
    def runconfig(self) -> Any:
        """Its run configuration."""
        return self._runconfig

    @property
    def cloud_settings(self) -> Any:
        """Settings of a compute service."""
        return self._cloud_settings

    def add_fake_sequencing_input_port(self) -> InputPortDef:
        """An input that carries no data, only order."""
        many = sum(p.name.startswith(self.fake_input_prefix) for p in self._input_port_defs)
        port = InputPortDef(f"{self.fake_input_prefix}{many}", is_optional=True)
        self._input_port_defs.append(port)
        return port

    def calculate_hash(self) -> str:
        """The identity of the definition."""
        return content_hash(
            "module-def/1",
            self._name,
            self._version,
            [(p.name, p.default_datastore_mode) for p in self._input_port_defs],
            [(p.name, p.default_datastore_name) for p in self._output_port_defs],
            [(p.name, str(p.default_value)) for p in self._param_defs],
        )


class Module:
    """A module of a graph: its id and definition."""

    def __init__(
        self,
        module_id: str,
        module_def: ModuleDef | None = None,
        module_version: str | None = None,
        default_version: str | None = None,
    ) -> None:
        self.id = module_id
        self.module_def = module_def
        self.module_version = module_version
        self.default_version = default_version


class DataSourceDef:
    """Where data of a graph come from."""

    def __init__(
        self,
        name: str,
        description: str | None = None,
        data_type_id: str | None = None,
        datastore_name: str | None = None,
        path_on_datastore: str | None = None,
        sql_table: str | None = None,
        sql_query: str | None = None,
        sql_stored_procedure: str | None = None,
        sql_stored_procedure_params: Any = None,
        pipeline_dataset: Any = None,
    ) -> None:
        self._name = name
        self._description = description
        self._data_type_id = data_type_id
        self.datastore_name = datastore_name
        self.path_on_datastore = path_on_datastore
        self.sql_table = sql_table
        self.sql_query = sql_query
        self.sql_stored_procedure = sql_stored_procedure
        self.sql_stored_procedure_params = sql_stored_procedure_params
        self._pipeline_dataset = pipeline_dataset

    @staticmethod
    def create_from_data_reference(data_reference: "DataReference") -> "DataSourceDef":
        """The definition that a reference stands for."""
        return DataSourceDef(
            data_reference.data_reference_name,
            datastore_name=data_reference.datastore.name,
            path_on_datastore=data_reference.path_on_datastore,
            sql_table=getattr(data_reference, "sql_table", None),
            sql_query=getattr(data_reference, "sql_query", None),
            sql_stored_procedure=getattr(data_reference, "sql_stored_procedure", None),
            sql_stored_procedure_params=getattr(data_reference, "sql_stored_procedure_params", None),
        )

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it is."""
        return self._description

    @property
    def data_type_id(self) -> str | None:
        """Its kind of data."""
        return self._data_type_id

    @property
    def output_port_def(self) -> OutputPortDef:
        """The port it gives its data at."""
        return OutputPortDef(DataSource.DATASOURCE_PORT_NAME)

    def calculate_hash(self) -> str:
        """The identity of the definition."""
        return content_hash(
            "data-source-def/1",
            self._name,
            self.datastore_name,
            self.path_on_datastore,
            self.sql_table,
            self.sql_query,
            self.sql_stored_procedure,
        )


class DataSource:
    """A data source of a graph: its id and definition."""

    DATASOURCE_PORT_NAME: ClassVar[str] = "data"

    def __init__(self, datasource_id: str, datasource_def: DataSourceDef) -> None:
        self.id = datasource_id
        self.datasource_def = datasource_def
