"""A pipeline's graph as the SDK shows it: nodes, ports, edges. A view of the document that runs; steps make it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.pipeline.core._definitions import (
    DataSource,
    DataSourceDef,
    InputPortDef,
    Module,
    ModuleDef,
    OutputPortDef,
    Param,
    ParamDef,
)
from azureml.pipeline.core._parameter import PipelineParameter
from stepworks.graph.document import DataPathValue, DatasetValue, FromParameter, ParameterValue, StepOutput
from stepworks.graph.document import Graph as Document
from stepworks.graph.document import Step as DocumentStep

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_BY_HAND = "Building a graph by hand"
_INSTEAD = "steps in a Pipeline"


class Graph:
    """Nodes and edges. Changing it by hand raises NotImplementedError: steps in a Pipeline do that."""

    def __init__(self, name: str, context: Any) -> None:
        self._name = name
        self._context = context
        self._document = Document()
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []

    @property
    def nodes(self) -> "list[Node]":
        """All nodes."""
        return list(self._nodes.values())

    @property
    def node_dict(self) -> "dict[str, Node]":
        """Nodes by id."""
        return dict(self._nodes)

    @property
    def node_name_dict(self) -> "dict[str, list[Node]]":
        """Nodes by name; several may share one."""
        found: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            found.setdefault(node.name or "", []).append(node)
        return found

    @property
    def module_nodes(self) -> "list[ModuleNode]":
        """The nodes that are steps."""
        return [n for n in self._nodes.values() if isinstance(n, ModuleNode)]

    @property
    def datasource_nodes(self) -> "list[DataSourceNode]":
        """The nodes that are data."""
        return [n for n in self._nodes.values() if isinstance(n, DataSourceNode)]

    @property
    def edges(self) -> "list[Edge]":
        """What flows from port to port."""
        return list(self._edges)

    @property
    def params(self) -> dict[str, PipelineParameter]:
        """The pipeline parameters, by name."""
        return {p.name: _parameter(p.name, p.default) for p in self._document.parameters}

    def get_node(self, node_id: str) -> "Node":
        """The node of that id. Raises KeyError when there is none."""
        return self._nodes[node_id]

    def validate(self) -> list[str]:
        """Everything that keeps the graph from running; empty when nothing does."""
        from stepworks.graph.validate import problems

        return list(problems(self._document))

    def add_datasource_node(
        self, name: str, datasource: Any = None, datasource_builder: Any = None, datapath_param_name: str | None = None
    ) -> "DataSourceNode":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)

    def add_module_node(
        self,
        name: str,
        input_bindings: Any,
        output_bindings: Any = None,
        param_bindings: Any = None,
        module: Any = None,
        module_builder: Any = None,
        module_wiring: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> "ModuleNode":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)

    def connect(self, source_port: Any, dest_port: Any) -> "Edge":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)

    def delete_node(self, node_id: str) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)

    def sequence(self, nodes: Sequence[Any]) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, "StepSequence, or run_after of steps")

    def finalize(self, dry_run: bool | None = None, regenerate_outputs: bool = False) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Finalizing a graph by hand", "Experiment.submit with the Pipeline")

    def generate_yaml(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A graph as YAML", "the pipeline's own script")

    def submit(
        self,
        pipeline_parameters: Any = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Submitting a graph by hand", "Experiment.submit with the Pipeline")

    def __repr__(self) -> str:
        return f"Graph({len(self.module_nodes)} steps, {len(self._edges)} edges)"


class Node:
    """A step, or data."""

    def __init__(
        self,
        graph: Graph,
        node_id: str,
        name: str | None = None,
        module: Any = None,
        module_builder: Any = None,
        datasource: Any = None,
        datasource_builder: Any = None,
        module_wiring: Any = None,
    ) -> None:
        self._graph = graph
        self._node_id = node_id
        self._name = name
        self._module = module
        self._datasource = datasource
        self._inputs: list[InputPort] = []
        self._outputs: list[OutputPort] = []
        self._params: list[Param] = []

    @property
    def name(self) -> str | None:
        """Its name."""
        return self._name

    @property
    def node_id(self) -> str:
        """Its id."""
        return self._node_id

    @property
    def inputs(self) -> "list[InputPort]":
        """Its inputs."""
        return list(self._inputs)

    @property
    def outputs(self) -> "list[OutputPort]":
        """Its outputs."""
        return list(self._outputs)

    @property
    def params(self) -> list[Param]:
        """Its parameters."""
        return list(self._params)

    @property
    def input_dict(self) -> "dict[str, InputPort]":
        """Its inputs by name."""
        return {p.name: p for p in self._inputs}

    @property
    def output_dict(self) -> "dict[str, OutputPort]":
        """Its outputs by name."""
        return {p.name: p for p in self._outputs}

    @property
    def module_def(self) -> ModuleDef | None:
        """What it is, if it is a step."""
        return None if self._module is None else self._module.module_def

    @property
    def datasource_def(self) -> DataSourceDef | None:
        """What it is, if it is data."""
        return None if self._datasource is None else self._datasource.datasource_def

    def get_input(self, name: str) -> "InputPort | None":
        """An input by name."""
        return self.input_dict.get(name)

    def get_output(self, name: str) -> "OutputPort | None":
        """An output by name."""
        return self.output_dict.get(name)

    def get_param(self, name: str) -> Param | None:
        """A parameter by name."""
        return next((p for p in self._params if p.name == name), None)

    def run_after(self, node: "Node") -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, "run_after of steps")

    def sequence(self, nodes: Sequence[Any]) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, "StepSequence, or run_after of steps")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, {self._node_id})"


class ModuleNode(Node):
    """A step."""

    def __init__(
        self,
        graph: Graph,
        node_id: str,
        name: str | None = None,
        module: Any = None,
        module_builder: Any = None,
        module_wiring: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
        regenerate_outputs: bool | None = None,
    ) -> None:
        super().__init__(graph, node_id, name, module)
        self._runconfig = runconfig


class DataSourceNode(Node):
    """Data that steps read."""

    def __init__(
        self,
        graph: Graph,
        node_id: str,
        name: str | None = None,
        datasource: Any = None,
        datasource_builder: Any = None,
        datapath_param_name: str | None = None,
    ) -> None:
        super().__init__(graph, node_id, name, datasource=datasource)
        self.datapath_param_name = datapath_param_name


class InputPort:
    """An input of a node."""

    def __init__(self, node: Node, input_port_def: InputPortDef) -> None:
        self._node = node
        self._input_port_def = input_port_def
        self._incoming_edge: Edge | None = None
        self.bind_mode = input_port_def.default_datastore_mode
        self.path_on_compute = input_port_def.default_path_on_compute
        self.overwrite = input_port_def.default_overwrite
        self.data_reference_name = input_port_def.default_data_reference_name

    @property
    def name(self) -> str:
        """Its name."""
        return self._input_port_def.name

    @property
    def node(self) -> Node:
        """The node it belongs to."""
        return self._node

    @property
    def input_port_def(self) -> InputPortDef:
        """What it is."""
        return self._input_port_def

    @property
    def data_types(self) -> Any:
        """The kinds of data it takes."""
        return self._input_port_def.data_types

    @property
    def additional_transformations(self) -> Any:
        """How its files are read as a table."""
        return self._input_port_def.additional_transformations

    @property
    def incoming_edge(self) -> "Edge | None":
        """Where its data come from."""
        return self._incoming_edge

    def connect(self, source_port: "OutputPort") -> "Edge":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)

    def disconnect(self) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)


class OutputPort:
    """An output of a node."""

    def __init__(self, node: Node, output_port_def: OutputPortDef) -> None:
        self._node = node
        self._output_port_def = output_port_def
        self.bind_mode = output_port_def.default_datastore_mode
        self.datastore_name = output_port_def.default_datastore_name
        self.path_on_compute = output_port_def.default_path_on_compute
        self.overwrite = output_port_def.default_overwrite
        self.pipeline_output_name: str | None = None
        self.dataset_registration: Any = None
        self.dataset_output: Any = None

    @property
    def name(self) -> str:
        """Its name."""
        return self._output_port_def.name

    @property
    def node(self) -> Node:
        """The node it belongs to."""
        return self._node

    @property
    def data_type(self) -> Any:
        """Its kind of data."""
        return self._output_port_def.data_type

    def connect(self, dest_port: InputPort) -> "Edge":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_BY_HAND, _INSTEAD)


class Edge:
    """What flows from an output to an input."""

    def __init__(self, source_port: OutputPort, dest_port: InputPort) -> None:
        self._source_port = source_port
        self._dest_port = dest_port

    @property
    def source_port(self) -> OutputPort:
        """Where it comes from."""
        return self._source_port

    @property
    def dest_port(self) -> InputPort:
        """Where it goes."""
        return self._dest_port


def graph_of(document: Document, workspace: "Workspace", *, name: str = "") -> Graph:
    """The view of a graph document. Order without data is an edge between hidden ports, as it was in the SDK."""
    made = Graph(name, workspace)
    made._document = document
    for step in document.steps:
        made._nodes[step.id] = _module_node(made, step)
    for title, output in document.outputs.items():
        port = made._nodes[output.step].get_output(output.port) if output.step in made._nodes else None
        if port is not None:
            port.pipeline_output_name = title
    for step in document.steps:
        for port in made._nodes[step.id]._inputs:
            _connect(made, step, port)
        for before in step.run_after:
            _order(made, before, step.id)
    return made


def _module_node(graph: Graph, step: DocumentStep) -> ModuleNode:
    inputs = [
        InputPortDef(p.name, default_datastore_mode=p.mode, default_path_on_compute=p.path_on_compute)
        for p in step.inputs
    ]
    outputs = [
        OutputPortDef(p.name, p.datastore, p.mode, p.path_on_compute, p.is_directory is not False) for p in step.outputs
    ]
    params = [ParamDef(n, v.name if isinstance(v, ParameterValue) else v) for n, v in step.parameters.items()]
    definition = ModuleDef(
        step.name, step.comment, inputs, outputs, params, allow_reuse=step.allow_reuse, version=step.version
    )
    node = ModuleNode(graph, step.id, step.name, Module(definition.calculate_hash()[:8], definition))
    node._inputs = [InputPort(node, d) for d in inputs]
    node._outputs = [OutputPort(node, d) for d in outputs]
    node._params = [Param(d) for d in params]
    return node


def _connect(graph: Graph, step: DocumentStep, port: InputPort) -> None:
    source = next(p.source for p in step.inputs if p.name == port.name)
    if isinstance(source, StepOutput):
        producer = graph._nodes.get(source.step)
        output = None if producer is None else producer.get_output(source.port)
    else:
        output = _data_node(graph, source)._outputs[0]
    if output is not None:
        _edge(graph, output, port)


def _data_node(graph: Graph, source: DataPathValue | DatasetValue | FromParameter) -> DataSourceNode:
    match source:
        case DataPathValue(datastore=datastore, path=path):
            definition = DataSourceDef(f"{datastore}/{path}", datastore_name=datastore, path_on_datastore=path)
            parameter = None
        case DatasetValue():
            definition, parameter = DataSourceDef(source.name or source.id or ""), None
        case FromParameter(name=name):
            definition, parameter = DataSourceDef(name), name
    node_id = definition.calculate_hash()[:8]
    known = graph._nodes.get(node_id)
    if isinstance(known, DataSourceNode):
        return known
    node = DataSourceNode(
        graph, node_id, definition.name, DataSource(node_id, definition), datapath_param_name=parameter
    )
    node._outputs = [OutputPort(node, definition.output_port_def)]
    graph._nodes[node_id] = node
    return node


def _order(graph: Graph, before: str, after: str) -> None:
    first, then = graph._nodes.get(before), graph._nodes[after]
    if first is None:
        return
    output = first.get_output(ModuleDef.fake_output_name)
    if output is None:
        output = OutputPort(first, OutputPortDef(ModuleDef.fake_output_name))
        first._outputs.append(output)
    many = sum(p.name.startswith(ModuleDef.fake_input_prefix) for p in then._inputs)
    port = InputPort(then, InputPortDef(f"{ModuleDef.fake_input_prefix}{many}", is_optional=True))
    then._inputs.append(port)
    _edge(graph, output, port)


def _edge(graph: Graph, output: OutputPort, port: InputPort) -> None:
    port._incoming_edge = Edge(output, port)
    graph._edges.append(port._incoming_edge)


def _parameter(name: str, default: Any) -> PipelineParameter:
    """A parameter of a document; one whose default is data has their name or path as text."""
    if isinstance(default, DataPathValue):
        return PipelineParameter(name, f"{default.datastore}/{default.path}")
    if isinstance(default, DatasetValue):
        return PipelineParameter(name, default.name or default.id or "")
    return PipelineParameter(name, default)
