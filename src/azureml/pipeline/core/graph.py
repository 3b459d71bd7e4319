"""The parts of a pipeline's graph, as the SDK names them."""

from azureml.data.data_reference import DataReference as DataReference
from azureml.data.datapath import DataPath as DataPath
from azureml.data.datapath import DataPathComputeBinding as DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig as DatasetConsumptionConfig
from azureml.data.sql_data_reference import SqlDataReference as SqlDataReference
from azureml.data.stored_procedure_parameter import StoredProcedureParameter as StoredProcedureParameter
from azureml.data.stored_procedure_parameter import StoredProcedureParameterType as StoredProcedureParameterType
from azureml.pipeline.core._bindings import InputPortBinding as InputPortBinding
from azureml.pipeline.core._bindings import OutputPortBinding as OutputPortBinding
from azureml.pipeline.core._bindings import PipelineDataset as PipelineDataset
from azureml.pipeline.core._bindings import TrainingOutput as TrainingOutput
from azureml.pipeline.core._data_type import DataType as DataType
from azureml.pipeline.core._definitions import DataSource as DataSource
from azureml.pipeline.core._definitions import DataSourceDef as DataSourceDef
from azureml.pipeline.core._definitions import InputPortDef as InputPortDef
from azureml.pipeline.core._definitions import Module as Module
from azureml.pipeline.core._definitions import ModuleDef as ModuleDef
from azureml.pipeline.core._definitions import OutputPortDef as OutputPortDef
from azureml.pipeline.core._definitions import Param as Param
from azureml.pipeline.core._definitions import ParamDef as ParamDef
from azureml.pipeline.core._graph_view import DataSourceNode as DataSourceNode
from azureml.pipeline.core._graph_view import Edge as Edge
from azureml.pipeline.core._graph_view import Graph as Graph
from azureml.pipeline.core._graph_view import InputPort as InputPort
from azureml.pipeline.core._graph_view import ModuleNode as ModuleNode
from azureml.pipeline.core._graph_view import Node as Node
from azureml.pipeline.core._graph_view import OutputPort as OutputPort
from azureml.pipeline.core._parameter import PipelineParameter as PipelineParameter
from azureml.pipeline.core._port_data_reference import PortDataReference as PortDataReference
from azureml.pipeline.core._published import PublishedPipeline as PublishedPipeline
from azureml.pipeline.core.pipeline_output_dataset import (
    PipelineOutputAbstractDataset as PipelineOutputAbstractDataset,
)


def __getattr__(name: str) -> object:
    # A run's class is heavier than what a builder needs.
    if name == "PipelineRun":
        from azureml.pipeline.core.run import PipelineRun

        return PipelineRun
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
