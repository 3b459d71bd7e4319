"""The data sections of a `RunConfiguration`; published at `azureml.core.runconfig`.

They are the written form of references, datasets and outputs; steps and scripts take the objects themselves.
"""

from typing import Any

from azureml._unsupported import unavailable
from azureml.core._sections import Section, keys, one, parts
from azureml.exceptions import UserErrorException

SUPPORTED_DATAREF_MODES = ["mount", "download", "upload"]
SUPPORTED_DELIVERY_MECHANISM = ["direct", "mount", "download", "upload"]


class DataReferenceConfiguration(Section):
    """A place in a datastore and how it gets to the script."""

    data_store_name: str | None
    mode: str
    path_on_data_store: str | None
    path_on_compute: str | None
    overwrite: bool
    _keys = keys("data_store_name", "mode", "path_on_data_store", "path_on_compute", "overwrite")

    def __init__(
        self,
        datastore_name: str | None = None,
        mode: str = "mount",
        path_on_datastore: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        if mode not in SUPPORTED_DATAREF_MODES:
            raise UserErrorException(f"mode is {mode!r}; it is one of {', '.join(SUPPORTED_DATAREF_MODES)}.")
        self.data_store_name = datastore_name
        self.mode = mode
        self.path_on_data_store = path_on_datastore
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite


class Dataset(Section):
    """A dataset by its id, or by name and version."""

    id: str | None
    name: str | None
    version: str | None
    _keys = keys("id", "name", "version")

    def __init__(
        self, dataset_id: str | None = None, dataset_name: str | None = None, dataset_version: str | None = None
    ) -> None:
        self.id = dataset_id
        self.name = dataset_name
        self.version = dataset_version


class DataPath(Section):
    """A place in a datastore."""

    datastore_name: str | None
    relative_path: str | None
    _keys = keys("datastore_name", "relative_path")

    def __init__(self, datastore_name: str | None = None, relative_path: str | None = None) -> None:
        self.datastore_name = datastore_name
        self.relative_path = relative_path


class Uri(Section):
    """An address of data."""

    path: str | None
    is_file: bool
    _keys = keys("path", "is_file")

    def __init__(self, path: str | None = None, is_file: bool = False) -> None:
        self.path = path
        self.is_file = is_file


class DataLocation(Section):
    """Where data are: one of dataset, data_path and uri."""

    dataset: Dataset | None
    data_path: DataPath | None
    uri: Uri | None
    _keys = keys("dataset", "data_path", "uri")
    _parts = parts(dataset=one(Dataset), data_path=one(DataPath), uri=one(Uri))

    def __init__(
        self, dataset: Dataset | None = None, data_path: DataPath | None = None, uri: Uri | None = None
    ) -> None:
        self.dataset = dataset
        self.data_path = data_path
        self.uri = uri


class Data(Section):
    """Data that a run reads."""

    data_location: DataLocation | None
    create_output_directories: bool | None
    mechanism: str
    environment_variable_name: str | None
    path_on_compute: str | None
    overwrite: bool
    options: dict[str, Any] | None
    _keys = keys(
        "data_location",
        "create_output_directories",
        "mechanism",
        "environment_variable_name",
        "path_on_compute",
        "overwrite",
        "options",
    )
    _parts = parts(data_location=one(DataLocation))

    def __init__(
        self,
        data_location: DataLocation | None = None,
        create_output_directories: bool | None = None,
        mechanism: str = "direct",
        environment_variable_name: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool = False,
        options: dict[str, Any] | None = None,
    ) -> None:
        if mechanism not in SUPPORTED_DELIVERY_MECHANISM:
            raise UserErrorException(
                f"mechanism is {mechanism!r}; it is one of {', '.join(SUPPORTED_DELIVERY_MECHANISM)}."
            )
        self.data_location = data_location
        self.create_output_directories = create_output_directories
        self.mechanism = mechanism
        self.environment_variable_name = environment_variable_name
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite
        self.options = options

    @staticmethod
    def create(data: Any) -> "Data":
        """The written form of a dataset input. UserErrorException for another kind of object."""
        if isinstance(data, Data):
            return data
        dataset = getattr(data, "dataset", None)
        if dataset is None:
            raise UserErrorException(
                f"Data.create takes a dataset with a name and mode, not {type(data).__name__}. "
                "Use dataset.as_named_input(name).as_mount()."
            )
        location = DataLocation(Dataset(dataset.id, dataset.name, dataset.version))
        return Data(location, None, data.mode, data.name, data.path_on_compute)


class GlobsOptions(Section):
    """Which files: glob patterns."""

    patterns: list[str] | None
    _keys = keys("patterns")

    def __init__(self, patterns: list[str] | None = None) -> None:
        self.patterns = patterns


class UploadOptions(Section):
    """How an output is uploaded."""

    overwrite: bool
    source_globs: GlobsOptions | None
    _keys = keys("overwrite", "source_globs")
    _parts = parts(source_globs=one(GlobsOptions))

    def __init__(self, overwrite: bool = False, source_globs: GlobsOptions | None = None) -> None:
        self.overwrite = overwrite
        self.source_globs = source_globs


class MountOptions(Section):
    """How an output is mounted."""

    disable_metadata_cache: bool
    _keys = keys("disable_metadata_cache")

    def __init__(self, disable_metadata_cache: bool = False) -> None:
        self.disable_metadata_cache = disable_metadata_cache


class DatasetRegistrationOptions(Section):
    """What is done to a dataset before it is registered."""

    additional_transformation: Any
    _keys = keys("additional_transformation")

    def __init__(self, additional_transformations: Any = None) -> None:
        self.additional_transformation = additional_transformations


class RegistrationOptions(Section):
    """The name an output is registered under as a dataset."""

    name: str | None
    description: str | None
    tags: dict[str, str] | None
    dataset_registration_options: DatasetRegistrationOptions | None
    _keys = keys("name", "description", "tags", "dataset_registration_options")
    _parts = parts(dataset_registration_options=one(DatasetRegistrationOptions))

    def __init__(
        self,
        name: str | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        dataset_registration_options: DatasetRegistrationOptions | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.tags = tags
        self.dataset_registration_options = dataset_registration_options


class OutputOptions(Section):
    """What more is done with an output."""

    path_on_compute: str | None
    registration_options: RegistrationOptions | None
    upload_options: UploadOptions | None
    mount_options: MountOptions | None
    _keys = keys("path_on_compute", "registration_options", "upload_options", "mount_options")
    _parts = parts(
        registration_options=one(RegistrationOptions),
        upload_options=one(UploadOptions),
        mount_options=one(MountOptions),
    )

    def __init__(
        self,
        path_on_compute: str | None = None,
        registration_options: RegistrationOptions | None = None,
        upload_options: UploadOptions | None = None,
        mount_options: MountOptions | None = None,
    ) -> None:
        self.path_on_compute = path_on_compute
        self.registration_options = registration_options
        self.upload_options = upload_options
        self.mount_options = mount_options


class OutputData(Section):
    """Data that a run writes."""

    output_location: DataLocation | None
    mechanism: str
    additional_options: OutputOptions | None
    _keys = keys("output_location", "mechanism", "additional_options")
    _parts = parts(output_location=one(DataLocation), additional_options=one(OutputOptions))

    def __init__(
        self,
        output_location: DataLocation | None = None,
        mechanism: str = "mount",
        additional_options: OutputOptions | None = None,
    ) -> None:
        self.output_location = output_location
        self.mechanism = mechanism
        self.additional_options = additional_options


class DatacacheConfiguration(Section):
    """A cache of a dataset; recorded, not used."""

    dataset_id: str | None
    datacache_store: str | None
    datacache_id: str | None
    mode: str
    path_on_compute: str | None
    replica: int | None
    failure_fallback: bool
    _keys = keys(
        "dataset_id", "datacache_store", "datacache_id", "mode", "path_on_compute", "replica", "failure_fallback"
    )

    def __init__(
        self,
        dataset_id: str | None = None,
        datacache_store: str | None = None,
        datacache_id: str | None = None,
        mode: str = "mount",
        path_on_compute: str | None = None,
        replica: int | None = None,
        failure_fallback: bool = False,
    ) -> None:
        self.dataset_id = dataset_id
        self.datacache_store = datacache_store
        self.datacache_id = datacache_id
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.replica = replica
        self.failure_fallback = failure_fallback

    @staticmethod
    @unavailable("dataset.as_named_input(name).as_mount(), which caches by itself")
    def create(data: Any): ...
