"""Ports of a step, from what its author gives as inputs and outputs.

Each kind of object becomes an `InPort` or `OutPort` here, and nowhere else; everything behind works with those.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from azureml.data._names import GeneratedName, generated
from azureml.data.abstract_datastore import AbstractDatastore
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig, is_tabular
from azureml.data.output_dataset_config import OutputDatasetConfig
from azureml.pipeline.core._bindings import InputPortBinding, OutputPortBinding, PipelineDataset, port_name
from azureml.pipeline.core._parameter import PipelineParameter
from azureml.pipeline.core._pipeline_data import PipelineData
from azureml.pipeline.core._port_data_reference import PortDataReference
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputAbstractDataset
from stepworks.graph.document import DataPathValue, DatasetValue, FromParameter, Output, Registration, Source


class InPort:
    """An input of a step. Exactly one of `source`, `origin` and `dataset` says where its data come from.

    `origin` is the output object of another step, `dataset` a dataset that is saved when the pipeline is submitted.
    `aliases` are other names by which arguments may call it; `bound` tells objects that mean the same data.
    """

    __slots__ = (
        "aliases",
        "as_dataset",
        "bound",
        "dataset",
        "item",
        "mode",
        "name",
        "origin",
        "overwrite",
        "parameter",
        "path_on_compute",
        "reader",
        "source",
        "style",
        "tabular",
        "unavailable",
    )

    def __init__(self, name: str, item: Any, bound: object, mode: str) -> None:
        self.name = name
        self.item = item
        self.bound = bound
        self.mode = mode
        self.source: Source | None = None
        self.origin: Any = None
        self.dataset: Any = None
        self.style: Any = "port"
        self.as_dataset = False
        self.tabular = False
        self.path_on_compute: str | None = None
        self.overwrite = False
        self.reader: str | None = None
        self.parameter: PipelineParameter | None = None
        self.aliases: tuple[str, ...] = ()
        self.unavailable: str | None = None


class OutPort:
    """An output of a step: its declaration, and the object (`origin`) that later steps name it by."""

    __slots__ = ("aliases", "bound", "declared", "item", "origin", "parameter", "pipeline_output", "unavailable")

    def __init__(self, declared: Output, item: Any, origin: Any) -> None:
        self.declared = declared
        self.item = item
        self.origin = origin
        self.bound: object = id(origin)
        self.aliases: tuple[str, ...] = ()
        self.pipeline_output: str | None = None
        self.parameter: PipelineParameter | None = None
        self.unavailable: str | None = None

    @property
    def name(self) -> str:
        return self.declared.name


# --- inputs


def in_port(item: Any) -> InPort:
    """The port of an input. Raises ValueError, with what to do, for what cannot be one."""
    make = _in_maker(type(item))
    if make is None:
        raise ValueError(_not_an_input(item))
    port = make(item)
    port_name(port.name, "an input")
    return port


def _not_an_input(item: Any) -> str:
    if hasattr(item, "as_named_input"):
        return "a dataset is given as input without a name. Use dataset.as_named_input('a_name')."
    return (
        f"a {type(item).__name__} cannot be an input. Use a DataReference, PipelineData, "
        "dataset.as_named_input('a_name') or the as_input() of an output."
    )


def _from_reference(item: DataReference) -> InPort:
    path = item.path_on_datastore or ""
    bound = ("reference", item.datastore.name, path, item.data_reference_name)
    port = InPort(item.data_reference_name, item, bound, item.mode)
    port.source = DataPathValue(item.datastore.name, path)
    port.path_on_compute, port.overwrite = item.path_on_compute, bool(item.overwrite)
    port.unavailable = item._unavailable
    return port


def _from_pipeline_data(item: PipelineData) -> InPort:
    port = InPort(item.name, item, id(item), "mount")
    port.origin = item
    return port


def _from_output_binding(item: OutputPortBinding) -> InPort:
    port = InPort(item.name, item, id(item), "mount")
    port.origin = item
    return port


def _from_port_reference(item: PortDataReference) -> InPort:
    port = InPort(item.data_reference_name, item, id(item), "mount")
    port.source = DataPathValue(item.datastore_name, item.path_on_datastore)
    return port


def _from_binding(item: InputPortBinding) -> InPort:
    inner = item.bind_object
    if inner is None or isinstance(inner, InputPortBinding):
        raise ValueError(f"the input binding '{item.name}' is bound to nothing.")
    found = in_port(inner)
    port = InPort(item.name, item, found.bound, item.bind_mode)
    port.source, port.origin, port.dataset, port.parameter = found.source, found.origin, found.dataset, found.parameter
    port.style, port.tabular, port.reader, port.as_dataset = found.style, found.tabular, found.reader, found.as_dataset
    port.unavailable = found.unavailable
    if found.tabular:
        port.mode = "direct"
    port.path_on_compute = item.path_on_compute or found.path_on_compute
    port.overwrite = bool(found.overwrite if item.overwrite is None else item.overwrite)
    port.aliases = (found.name, *found.aliases)
    return port


def _from_tuple(item: tuple[Any, ...]) -> InPort:
    if len(item) != 2 or not isinstance(item[1], DataPathComputeBinding):
        raise ValueError("a tuple among the inputs is (DataPath or PipelineParameter, DataPathComputeBinding).")
    what, binding = item
    if isinstance(what, PipelineParameter):
        if what._type != "datapath":
            raise ValueError(f"the pipeline parameter '{what.name}' has no DataPath as default, so it cannot be bound.")
        port = InPort(what.name, item, ("parameter", what.name), binding._mode)
        port.source, port.parameter = FromParameter(what.name), what
    elif isinstance(what, DataPath):
        port = InPort(what._name, item, ("path", id(what)), binding._mode)
        port.source = path_value(what)
    else:
        raise ValueError(f"a {type(what).__name__} cannot be bound by a DataPathComputeBinding; a DataPath can.")
    port.path_on_compute, port.overwrite = binding._path_on_compute, bool(binding._overwrite)
    return port


def _from_consumption(item: DatasetConsumptionConfig) -> InPort:
    what = item.dataset
    if isinstance(what, OutputDatasetConfig):
        port = InPort(item.name, item, ("dataset", item.name), item.mode)
        port.origin, port.reader = what._origin, reader_of(what)
    else:
        port = _dataset_port(item.name, item, what, item.mode)
    port.style, port.tabular = "dataset", is_tabular(what)
    port.path_on_compute = item.path_on_compute
    return port


def _dataset_port(name: str, item: Any, what: Any, mode: str) -> InPort:
    port = InPort(name, item, ("dataset", name), mode)
    if isinstance(what, PipelineParameter):
        if what._type != "dataset":
            raise ValueError(
                f"the pipeline parameter '{what.name}' has no dataset as default, so it cannot be an input."
            )
        port.source, port.parameter = FromParameter(what.name), what
    elif isinstance(what, tuple):
        port.source = _registered(what)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(what, PipelineOutputAbstractDataset):
        inner = _from_output_dataset(what)
        port.origin, port.reader, port.as_dataset = inner.origin, inner.reader, True
    elif hasattr(what, "_plan"):
        port.dataset = what
    else:
        raise ValueError(f"the input '{name}' is made of a {type(what).__name__}, which is no dataset.")
    return port


def _registered(what: tuple[Any, ...]) -> DatasetValue:
    """(workspace, name) or (workspace, name, version): the version is found when the step starts."""
    if len(what) not in (2, 3) or not isinstance(what[1], str):
        raise ValueError("a dataset as a tuple is (workspace, name) or (workspace, name, version).")
    return DatasetValue(name=what[1], version=str(what[2]) if len(what) == 3 else "latest")


def _from_pipeline_dataset(item: PipelineDataset) -> InPort:
    tabular = is_tabular(item.dataset)
    port = _dataset_port(item.name, item, item.dataset, "direct" if tabular else item.bind_mode)
    port.style, port.tabular = "dataset", tabular
    port.path_on_compute, port.overwrite = item.path_on_compute, item.overwrite
    return port


def _from_output_dataset(item: PipelineOutputAbstractDataset) -> InPort:
    port = InPort(item.input_name, item, ("produced", id(item._pipeline_data), item.input_name), item._mode)
    port.origin = item._pipeline_data
    port.style, port.tabular, port.as_dataset = "dataset", item._is_tabular, True
    port.path_on_compute = item._path_on_compute
    port.reader = reader_of(item)
    return port


def _from_output_config(item: OutputDatasetConfig) -> InPort:
    """An output given as an input as it is: it gets a name of its own (contracts §6)."""
    made = _from_consumption(item.as_input(generated("input_")))
    made.item, made.bound = item, id(item._origin)
    return made


_IN: dict[type, Callable[[Any], InPort]] = {
    DataReference: _from_reference,
    PipelineData: _from_pipeline_data,
    OutputPortBinding: _from_output_binding,
    PortDataReference: _from_port_reference,
    InputPortBinding: _from_binding,
    DatasetConsumptionConfig: _from_consumption,
    PipelineDataset: _from_pipeline_dataset,
    PipelineOutputAbstractDataset: _from_output_dataset,
    OutputDatasetConfig: _from_output_config,
    tuple: _from_tuple,
}


@cache
def _in_maker(kind: type) -> Callable[[Any], InPort] | None:
    return next((_IN[base] for base in kind.__mro__ if base in _IN), None)


# --- outputs


def out_port(item: Any) -> OutPort:
    """The port of an output. Raises ValueError, with what to do, for what cannot be one."""
    make = _out_maker(type(item))
    if make is None:
        raise ValueError(
            f"a {type(item).__name__} cannot be an output. Use PipelineData or OutputFileDatasetConfig; "
            "a DataReference is only read."
        )
    return make(item)


def _to_pipeline_data(item: PipelineData) -> OutPort:
    declared = Output(
        name=item._output_name,
        datastore=_datastore_name(item.datastore, f"output '{item.name}'"),
        mode=item._output_mode,
        is_directory=item._is_directory,
        overwrite=bool(item._output_overwrite),
        path_on_compute=item._output_path_on_compute,
    )
    port = OutPort(declared, item, item)
    port.pipeline_output = item._pipeline_output_name
    port.aliases = (item.name,)
    return port


def _to_dataset_form(item: PipelineOutputAbstractDataset) -> OutPort:
    inner = _to_pipeline_data(item._pipeline_data)
    registration = item._registration
    declared = Output(
        name=inner.declared.name,
        datastore=inner.declared.datastore,
        mode=inner.declared.mode,
        is_directory=inner.declared.is_directory,
        overwrite=inner.declared.overwrite,
        path_on_compute=inner.declared.path_on_compute,
        register=None if registration is None else Registration(registration.name),
        reader=reader_of(item),
    )
    port = OutPort(declared, item, inner.origin)
    port.pipeline_output, port.aliases = inner.pipeline_output, inner.aliases
    return port


def _to_binding(item: OutputPortBinding) -> OutPort:
    declared = Output(
        name=item._output_name,
        datastore=_datastore_name(item.datastore, f"output '{item.name}'"),
        mode=item.bind_mode,  # pyright: ignore[reportArgumentType]
        is_directory=item.is_directory,
        overwrite=bool(item.overwrite),
        path_on_compute=item.path_on_compute,
    )
    port = OutPort(declared, item, item)
    port.pipeline_output = item.pipeline_output_name
    port.aliases = (item.name,)
    return port


def _to_config(item: OutputDatasetConfig) -> OutPort:
    datastore, path, parameter = destination_of(item)
    options = item._upload_options
    registration = item._registration
    declared = Output(
        name=item._name,
        datastore=datastore,
        path=path,
        mode="mount" if item.mode == "link" else item.mode,  # pyright: ignore[reportArgumentType]
        style="dataset",
        overwrite=options is not None and options.overwrite,
        path_on_compute=getattr(item, "source", None),
        source_globs=tuple(options.source_globs or ()) if options is not None else (),
        register=None if registration is None else _registration(registration),
        reader=reader_of(item),
    )
    port = OutPort(declared, item, item._origin)
    port.aliases = (item._name, item._origin._name)
    port.parameter = parameter
    if item.mode == "link":
        port.unavailable = f"the output '{item._name}' that only names a dataset: register it in the script"
    return port


_OUT: dict[type, Callable[[Any], OutPort]] = {
    PipelineData: _to_pipeline_data,
    OutputPortBinding: _to_binding,
    PipelineOutputAbstractDataset: _to_dataset_form,
    OutputDatasetConfig: _to_config,
}


@cache
def _out_maker(kind: type) -> Callable[[Any], OutPort] | None:
    return next((_OUT[base] for base in kind.__mro__ if base in _OUT), None)


def destination_of(
    item: OutputDatasetConfig,
) -> tuple[str | None, str | FromParameter | None, PipelineParameter | None]:
    """Where a dataset output goes: datastore, path, and the pipeline parameter that says the path, if one does."""
    given = getattr(item, "destination", None)
    what = f"output '{item._name}'"
    if given is None:
        return None, None, None
    if isinstance(given, tuple):
        datastore, path = given  # pyright: ignore[reportUnknownVariableType]
        name = _datastore_name(datastore, what)
        if isinstance(path, PipelineParameter):
            return name, FromParameter(path.name), path
        return name, None if path is None else str(path), None  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(given, PipelineParameter):
        return None, FromParameter(given.name), given
    if isinstance(given, DataPath):
        return given.datastore_name, given.path_on_datastore, None
    if isinstance(given, DataReference):
        return given.datastore.name, given.path_on_datastore, None
    return _datastore_name(given, what), None, None


def path_value(path: DataPath) -> DataPathValue:
    """A data path as the graph has it. Raises ValueError for one without a datastore."""
    if path.datastore_name is None:
        raise ValueError("A DataPath has no datastore. Give it one.")
    return DataPathValue(path.datastore_name, path.path_on_datastore or "")


def reader_of(item: Any) -> str | None:
    """The reader of an output that is read as a table; None for plain files."""
    if item._plan is None:
        return None
    from stepworks.datasets.produced import reader

    return reader(item._plan)


def is_generated(name: str) -> bool:
    """Whether nobody chose the name."""
    return isinstance(name, GeneratedName)


def _registration(given: Any) -> Registration:
    tags = {str(k): str(v) for k, v in (given.tags or {}).items()}
    return Registration(given.name, given.description, tags)


def _datastore_name(datastore: Any, what: str) -> str | None:
    if datastore is None or isinstance(datastore, str):
        return datastore
    if isinstance(datastore, AbstractDatastore):
        return datastore.name
    name = getattr(datastore, "name", None)
    if not isinstance(name, str):
        raise ValueError(f"the datastore of {what} is a {type(datastore).__name__}. Give a datastore.")
    return name
