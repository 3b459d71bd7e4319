"""How ports of steps are bound: to data, with a mode, at a place on the compute."""

import re
from typing import TYPE_CHECKING, Any

from azureml.data._names import generated

if TYPE_CHECKING:
    from azureml.data.abstract_dataset import AbstractDataset

_WORD = re.compile(r"\w+")
_INPUT_MODES = ("mount", "download", "upload", "direct", "hdfs")
_OUTPUT_MODES = ("mount", "upload", "hdfs")


def port_name(name: Any, what: str) -> str:
    """A port's name. Raises ValueError for other than letters, digits and '_'."""
    if not isinstance(name, str) or not _WORD.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of {what}: letters, digits and '_' only.")
    return name


class InputPortBinding:
    """An input of a step: what it is bound to, and how the step gets it.

    `bind_object` is a DataReference, PipelineData, PortDataReference, PipelineDataset, an output binding, or the
    dataset form of a PipelineData. Raises ValueError for a name or mode that cannot be.
    """

    def __init__(
        self,
        name: str,
        bind_object: Any = None,
        bind_mode: str | None = "mount",
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
        is_resource: bool = False,
        additional_transformations: Any = None,
        **kwargs: Any,
    ) -> None:
        self._name = port_name(name, "an input")
        self._bind_object = bind_object
        self._bind_mode = bind_mode or "mount"
        if self._bind_mode not in _INPUT_MODES:
            raise ValueError(f"Input '{name}' has the mode {bind_mode!r}. Use mount, download or direct.")
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite
        self._is_resource = is_resource
        self._additional_transformations = additional_transformations

    @property
    def name(self) -> str:
        """The port's name; may be set."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = port_name(name, "an input")

    @property
    def bind_object(self) -> Any:
        """What it is bound to."""
        return self._bind_object

    @property
    def bind_mode(self) -> str:
        """mount, download, upload, direct or hdfs; may be set."""
        return self._bind_mode

    @bind_mode.setter
    def bind_mode(self, mode: str) -> None:
        self._bind_mode = mode

    @property
    def path_on_compute(self) -> str | None:
        """Where the data are on the compute; may be set."""
        return self._path_on_compute

    @path_on_compute.setter
    def path_on_compute(self, path: str | None) -> None:
        self._path_on_compute = path

    @property
    def overwrite(self) -> bool | None:
        """Whether files in the way are replaced."""
        return self._overwrite

    @property
    def is_resource(self) -> bool:
        """Whether it is a file the step needs beside its script."""
        return self._is_resource

    @property
    def additional_transformations(self) -> Any:
        """How the files are read as a table."""
        return self._additional_transformations

    @property
    def data_reference_name(self) -> str | None:
        """The name of the data it is bound to."""
        return self.get_bind_object_name()

    @property
    def data_type(self) -> Any:
        """The kind of data it is bound to."""
        return self.get_bind_object_data_type()

    def get_bind_object_name(self) -> str | None:
        """The name of the data it is bound to."""
        bound = self._bind_object
        return getattr(bound, "data_reference_name", None) or getattr(bound, "name", None)

    def get_bind_object_data_type(self) -> Any:
        """The kind of data it is bound to."""
        return getattr(self._bind_object, "data_type", None)

    def as_resource(self) -> "InputPortBinding":
        """The same binding, as a file the step needs beside its script."""
        return InputPortBinding(
            self._name, self._bind_object, self._bind_mode, self._path_on_compute, self._overwrite, is_resource=True
        )

    def get_env_variable_name(self) -> str:
        """The text that stands for the local path in an argument."""
        return str(self)

    @property
    def arg_val(self) -> str:
        """The text that stands for the local path in an argument."""
        return str(self)

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self._name}"

    def __repr__(self) -> str:
        return str(self)


class OutputPortBinding:
    """An output of a step, and where it goes. Raises ValueError for a name or mode that cannot be."""

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: str | None = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        is_directory: bool | None = None,
        overwrite: bool | None = None,
        data_type: Any = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
        dataset_registration: Any = None,
        dataset_output: Any = None,
    ) -> None:
        if bind_mode not in _OUTPUT_MODES:
            raise ValueError(f"Output '{name}' has the mode {bind_mode!r}. Outputs have mount or upload.")
        self._name = port_name(name, "an output")
        self._output_name = port_name(output_name or name, "an output")
        self._datastore = datastore
        self._bind_mode = bind_mode
        self._path_on_compute = path_on_compute
        self._is_directory = is_directory
        self._overwrite = overwrite
        self._data_type = data_type
        self._pipeline_output_name = pipeline_output_name
        self._training_output = training_output
        self._dataset_registration = dataset_registration
        self._dataset_output = dataset_output
        self._producer: Any = None

    @property
    def name(self) -> str:
        """The port's name."""
        return self._name

    @property
    def datastore(self) -> Any:
        """The datastore it goes to; may be set."""
        return self._datastore

    @datastore.setter
    def datastore(self, datastore: Any) -> None:
        self._datastore = datastore

    @property
    def bind_mode(self) -> str:
        """mount or upload."""
        return self._bind_mode

    @property
    def path_on_compute(self) -> str | None:
        """Where the script writes it."""
        return self._path_on_compute

    @property
    def is_directory(self) -> bool | None:
        """Whether it is a folder; None where that is not said."""
        return self._is_directory

    @property
    def overwrite(self) -> bool | None:
        """Whether files in the way are replaced."""
        return self._overwrite

    @property
    def data_type(self) -> Any:
        """Its kind of data."""
        return self._data_type

    @property
    def pipeline_output_name(self) -> str | None:
        """The name by which the pipeline run gives it."""
        return self._pipeline_output_name

    @property
    def training_output(self) -> Any:
        """Which result of a training step it is."""
        return self._training_output

    @property
    def dataset_registration(self) -> Any:
        """The dataset it is registered as."""
        return self._dataset_registration

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self._output_name}"

    def __repr__(self) -> str:
        return str(self)


class PipelineDataset:
    """A dataset bound as an input, under the name of its registration or a generated one."""

    def __init__(
        self,
        dataset: Any = None,
        name: str | None = None,
        bind_mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool = False,
        parameter_name: str | None = None,
    ) -> None:
        self.validate_dataset(dataset)
        self._dataset = dataset
        self._name = name or self.default_name(dataset)
        self._bind_mode = bind_mode
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite
        self._parameter_name = parameter_name

    @staticmethod
    def create(dataset: Any, name: str | None = None, parameter_name: str | None = None) -> "PipelineDataset":
        """A dataset, or a named input of one, as a PipelineDataset."""
        from azureml.data.dataset_consumption_config import DatasetConsumptionConfig

        if isinstance(dataset, DatasetConsumptionConfig):
            return PipelineDataset(
                dataset.dataset,
                name or dataset.name,
                dataset.mode,
                dataset.path_on_compute,
                parameter_name=parameter_name,
            )
        return PipelineDataset(dataset, name, parameter_name=parameter_name)

    @staticmethod
    def is_dataset(dset: Any) -> bool:
        """Whether it is a dataset."""
        from azureml.data.abstract_dataset import AbstractDataset

        return isinstance(dset, AbstractDataset)

    @staticmethod
    def validate_dataset(dset: Any) -> None:
        """Raise ValueError for what is no dataset."""
        if not PipelineDataset.is_dataset(dset):
            raise ValueError(f"A {type(dset).__name__} is no dataset. Use Dataset.Tabular or Dataset.File.")

    @staticmethod
    def default_name(dataset: "AbstractDataset") -> str:
        """The name it is registered under, else a generated one."""
        found = re.sub(r"\W", "_", dataset.name or "", flags=re.ASCII)
        return f"_{found}" if found[:1].isdigit() else found or generated("dataset_")

    @property
    def dataset(self) -> Any:
        """The dataset."""
        return self._dataset

    @property
    def workspace(self) -> Any:
        """The dataset's workspace."""
        return self._dataset._workspace

    @property
    def name(self) -> str:
        """The port's name."""
        return self._name

    @property
    def bind_mode(self) -> str:
        """mount, download or direct."""
        return self._bind_mode

    @property
    def path_on_compute(self) -> str | None:
        """Where the data are on the compute."""
        return self._path_on_compute

    @property
    def overwrite(self) -> bool:
        """Whether files in the way are replaced."""
        return self._overwrite

    @property
    def parameter_name(self) -> str | None:
        """The pipeline parameter whose value it is."""
        return self._parameter_name

    @property
    def dataset_id(self) -> str | None:
        """The dataset's id."""
        return self._dataset.id

    @property
    def saved_dataset_id(self) -> str | None:
        """The dataset's id."""
        return self._dataset.id

    @property
    def dataset_version(self) -> Any:
        """The registered version, or None."""
        return self._dataset.version

    @property
    def arg_val(self) -> str:
        """The text that stands for its path or id in an argument."""
        return f"DatasetConsumptionConfig:{self._name}"

    def __str__(self) -> str:
        return self.arg_val


class TrainingOutput:
    """Which result of a training step an output is: "Metrics" or "Model", the latter by iteration, metric or file.

    Raises ValueError for another type, or an iteration together with a metric.
    """

    def __init__(
        self, type: str, iteration: int | None = None, metric: str | None = None, model_file: str | None = None
    ) -> None:
        if type not in ("Metrics", "Model"):
            raise ValueError(f"A training output is of type 'Metrics' or 'Model', not {type!r}.")
        if iteration is not None and metric is not None:
            raise ValueError("A training output is chosen by iteration or by metric, not by both.")
        if type == "Metrics" and (iteration is not None or metric is not None or model_file is not None):
            raise ValueError("A training output of type 'Metrics' has no iteration, metric or model_file.")
        self._type = type
        self._iteration = iteration
        self._metric = metric
        self._model_file = model_file

    @property
    def type(self) -> str:
        """Metrics or Model."""
        return self._type

    @property
    def iteration(self) -> int | None:
        """The iteration the model is of."""
        return self._iteration

    @property
    def metric(self) -> str | None:
        """The metric that chooses the model."""
        return self._metric

    @property
    def model_file(self) -> str | None:
        """The file of the model."""
        return self._model_file
