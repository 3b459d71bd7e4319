"""Data as a pipeline's author sees it. Names are found where they live when they are asked for: import stays light."""

from typing import TYPE_CHECKING, Any

from azureml._version import VERSION as VERSION

if TYPE_CHECKING:
    from azureml.data.datacache import DatacacheStore as DatacacheStore
    from azureml.data.dataset_factory import DataType as DataType
    from azureml.data.file_dataset import FileDataset as FileDataset
    from azureml.data.output_dataset_config import HDFSOutputDatasetConfig as HDFSOutputDatasetConfig
    from azureml.data.output_dataset_config import LinkFileOutputDatasetConfig as LinkFileOutputDatasetConfig
    from azureml.data.output_dataset_config import LinkTabularOutputDatasetConfig as LinkTabularOutputDatasetConfig
    from azureml.data.output_dataset_config import OutputFileDatasetConfig as OutputFileDatasetConfig
    from azureml.data.tabular_dataset import TabularDataset as TabularDataset

__version__ = VERSION

__all__ = [
    "DataType",
    "DatacacheStore",
    "FileDataset",
    "HDFSOutputDatasetConfig",
    "LinkFileOutputDatasetConfig",
    "LinkTabularOutputDatasetConfig",
    "OutputFileDatasetConfig",
    "TabularDataset",
]

_HOME = {
    "DataType": "dataset_factory",
    "DatacacheStore": "datacache",
    "FileDataset": "file_dataset",
    "HDFSOutputDatasetConfig": "output_dataset_config",
    "LinkFileOutputDatasetConfig": "output_dataset_config",
    "LinkTabularOutputDatasetConfig": "output_dataset_config",
    "OutputFileDatasetConfig": "output_dataset_config",
    "TabularDataset": "tabular_dataset",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module 'azureml.data' has no attribute {name!r}")
    found = getattr(import_module(f"azureml.data.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
