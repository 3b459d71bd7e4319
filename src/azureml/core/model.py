"""`Model`: registered model versions (contracts §12)."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core import _model_files
from azureml.exceptions import WebserviceException
from azureml.exceptions._lookups import ModelNotFound

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ModelRecord

_DEPLOY_INSTEAD = "the model's files: model.download(), and any server of models"


class Model:
    """The newest version of a model, or the one that `version`, `id` ("name:version"), tags or properties say.

    Raises ModelNotFound, which is a WebserviceException.
    """

    class Framework:
        """Names of frameworks; free text is accepted too."""

        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        CUSTOM = "Custom"
        PYTORCH = "PyTorch"
        MULTI = "Multi"
        SPACY = "Spacy"

    def __init__(
        self,
        workspace: "Workspace",
        name: str | None = None,
        id: str | None = None,
        tags: "Sequence[Any] | Mapping[str, str] | None" = None,
        properties: "Sequence[Any] | Mapping[str, str] | None" = None,
        version: int | str | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        record = kwargs.get("_record")
        if record is None:
            found = _find(workspace, name, id, tags, properties, version, run_id, model_framework)
            record = found[0]
        self._take(workspace, record)

    def _take(self, workspace: "Workspace", record: "ModelRecord") -> None:
        self._record = record
        settings = record.settings
        self.workspace = workspace
        self.name = record.name
        self.version = record.version
        self.id = f"{record.name}:{record.version}"
        self.description = record.description
        self.tags = dict(record.tags)
        self.properties = dict(record.properties)
        self.run_id = record.run
        self.experiment_name = record.experiment
        self.created_time = datetime.fromtimestamp(record.created, UTC)
        self.created_by: dict[str, Any] = {}
        self.datasets: Any = settings.get("datasets") or {}
        self.derived_model_ids: list[str] = []
        self.mime_type = "application/octet-stream" if record.is_file else "application/x-folder"
        self.model_framework = settings.get("framework")
        self.model_framework_version = settings.get("framework_version")
        self.parent_id: str | None = None
        self.resource_configuration: Any = settings.get("resources")
        self.sample_input_dataset: Any = settings.get("sample_input")
        self.sample_output_dataset: Any = settings.get("sample_output")
        self.unpack = not record.is_file
        self.url = f"aml://asset/{self.id}"

    @property
    def run(self) -> "Run | None":
        """The run the model came from, or None."""
        return self.workspace.get_run(self.run_id) if self.run_id else None

    # --- finding and registering

    @staticmethod
    def list(
        workspace: "Workspace",
        name: str | None = None,
        tags: "Sequence[Any] | Mapping[str, str] | None" = None,
        properties: "Sequence[Any] | Mapping[str, str] | None" = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
    ) -> "list[Model]":
        """Model versions, newest first; with `latest` only the newest of each name."""
        from stepworks.wire.assets import ModelQuery

        query = ModelQuery(name=name, run=run_id, tag=_pairs(tags), property=_pairs(properties), latest=latest)
        found = [Model(workspace, _record=r) for r in workspace._client.models(workspace.name, query)]
        return [
            m
            for m in found
            if model_framework in (None, m.model_framework) and (dataset_id is None or dataset_id in str(m.datasets))
        ]

    @staticmethod
    def register(
        workspace: "Workspace",
        model_path: str,
        model_name: str,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str | None = None,
        datasets: Any = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: "list[str] | None" = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> "Model":
        """Register a local file or folder as the next version of a model.

        Raises ModelPathNotFoundException when nothing is there, WebserviceException for a name beyond the rules.
        """
        from stepworks.wire.assets import NewModel

        files, is_file = _model_files.send(workspace._client, model_path, child_paths)
        print(f"Registering model {model_name}")
        return _register(
            workspace,
            NewModel(
                name=model_name,
                files=files,
                is_file=is_file,
                description=description,
                tags=_texts(tags),
                properties=_texts(properties),
                settings=_settings(
                    model_framework,
                    model_framework_version,
                    datasets,
                    sample_input_dataset,
                    sample_output_dataset,
                    resource_configuration,
                ),
            ),
        )

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: "Workspace | None" = None) -> str:
        """The local path of a model's file or folder: fetched to azureml-models/<name>/<version> on first use.

        Outside of runs and without a workspace it is looked for there only. Raises ModelNotFound.
        """
        root = Path(os.environ.get("AZUREML_MODEL_DIR") or "azureml-models")
        if _workspace is None:
            from azureml.core import _connection
            from azureml.core.workspace import Workspace

            if not _connection.in_a_run():
                return _local_model(root, model_name, version)
            _workspace = Workspace._of(_connection.default_config())
        model = Model(_workspace, model_name, version=version)
        folder = root / model.name / str(model.version)
        if folder.is_dir():
            return _only(folder)
        return str(_model_files.fetch(_workspace._client, model._record.files, folder, overwrite=True))

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: bool | None = None) -> str:
        """Fetch the model's files below `target_dir`; the path of the file or folder.

        Raises WebserviceException when something is in the way and `exist_ok` is not given.
        """
        overwrite = exist_ok if exists_ok is None else exists_ok
        return str(
            _model_files.fetch(self.workspace._client, self._record.files, Path(target_dir), overwrite=overwrite)
        )

    # --- changing

    def add_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags; others stay."""
        self._change(tags=_texts(tags))

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Remove tags by key."""
        self._change(tags=dict.fromkeys(tags))

    def add_properties(self, properties: Mapping[str, str]) -> None:
        """Add properties: written once, never changed."""
        self._change(properties=_texts(properties))

    def update(
        self,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> None:
        """Replace the tags, or the description."""
        changed: dict[str, str | None] | None = None
        if tags is not None:
            changed = {k: None for k in self.tags if k not in tags} | _texts(tags)
        self._change(tags=changed, description=description)

    def update_tags_properties(
        self,
        add_tags: Mapping[str, str] | None = None,
        remove_tags: Sequence[str] | None = None,
        add_properties: Mapping[str, str] | None = None,
    ) -> None:
        """Set and remove tags and add properties at once."""
        self._change(tags=_texts(add_tags) | dict.fromkeys(remove_tags or ()), properties=_texts(add_properties))

    def _change(self, **changes: Any) -> None:
        from stepworks.errors import InvalidInput
        from stepworks.wire.assets import ModelChanges

        try:
            record = self.workspace._client.model_change(
                self.workspace.name, self.name, self.version, ModelChanges(**changes)
            )
        except InvalidInput as e:
            raise WebserviceException(str(e)) from e
        self._take(self.workspace, record)

    def delete(self) -> None:
        """Remove this version."""
        self.workspace._client.model_delete(self.workspace.name, self.name, self.version)

    def add_dataset_references(self, datasets: Sequence[tuple[str, Any]]) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Adding datasets to a registered model", "datasets= when the model is registered")

    # --- shown

    def serialize(self) -> dict[str, Any]:
        """The model's facts as a dictionary."""
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "tags": self.tags,
            "properties": self.properties,
            "createdTime": self.created_time.isoformat(),
            "framework": self.model_framework,
            "frameworkVersion": self.model_framework_version,
            "runId": self.run_id,
            "experimentName": self.experiment_name,
            "unpack": self.unpack,
            "url": self.url,
        }

    @staticmethod
    def deserialize(workspace: "Workspace", model_payload: Mapping[str, Any]) -> "Model":
        """The model that `serialize` described."""
        return Model(workspace, id=str(model_payload["id"]))

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version}, "
            f"tags={self.tags}, properties={self.properties})"
        )

    # --- deployments are outside of stepworks

    @staticmethod
    def deploy(
        workspace: "Workspace",
        name: str,
        models: "list[Model]",
        inference_config: Any = None,
        deployment_config: Any = None,
        deployment_target: Any = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deploying a model as a web service", _DEPLOY_INSTEAD)

    @staticmethod
    def package(
        workspace: "Workspace",
        models: "list[Model]",
        inference_config: Any = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Packing a model into an image", _DEPLOY_INSTEAD)

    @staticmethod
    def profile(
        workspace: "Workspace",
        profile_name: str,
        models: "list[Model]",
        inference_config: Any,
        input_dataset: Any,
        cpu: float | None = None,
        memory_in_gb: float | None = None,
        description: str | None = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Profiling a deployed model", _DEPLOY_INSTEAD)

    @staticmethod
    def print_configuration(
        models: "list[Model]", inference_config: Any, deployment_config: Any, deployment_target: Any
    ) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Deploying a model as a web service", _DEPLOY_INSTEAD)

    def get_sas_urls(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Signed addresses of a model's files", "model.download()")


def register_from_run(run: "Run", name: str, path: str, **facts: Any) -> Model:
    """Register files among a run's artifacts. Raises stepworks.errors.NotFound when nothing is at the path."""
    from stepworks.wire.assets import NewModel

    new = NewModel(
        name=name,
        run=run.id,
        path=path,
        description=facts["description"],
        tags=_texts(facts["tags"]),
        properties=_texts(facts["properties"]),
        settings=_settings(
            facts["model_framework"],
            facts["model_framework_version"],
            facts["datasets"],
            facts["sample_input_dataset"],
            facts["sample_output_dataset"],
            facts["resource_configuration"],
        ),
    )
    return _register(run.experiment.workspace, new)


def _register(workspace: "Workspace", new: Any) -> Model:
    from stepworks.errors import InvalidInput

    try:
        return Model(workspace, _record=workspace._client.model_register(workspace.name, new))
    except InvalidInput as e:
        raise WebserviceException(str(e)) from e


def _settings(
    framework: str | None, version: str | None, datasets: Any, sample_in: Any, sample_out: Any, resources: Any
) -> dict[str, object]:
    named = {str(purpose): [getattr(dataset, "id", str(dataset))] for purpose, dataset in datasets or ()}
    facts = {
        "framework": framework,
        "framework_version": version,
        "datasets": named or None,
        "sample_input": getattr(sample_in, "id", None),
        "sample_output": getattr(sample_out, "id", None),
        "resources": resources.serialize() if hasattr(resources, "serialize") else None,
    }
    return {k: v for k, v in facts.items() if v is not None}


def _texts(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {str(k): str(v) for k, v in (values or {}).items()}


def _pairs(wanted: "Sequence[Any] | Mapping[str, str] | None") -> tuple[str, ...]:
    """Conditions as "key" or "key=value": from a dict, or a list of keys and [key, value] pairs."""
    if wanted is None:
        return ()
    if isinstance(wanted, Mapping):
        return tuple(f"{k}={v}" for k, v in wanted.items())
    return tuple(w if isinstance(w, str) else f"{w[0]}={w[1]}" for w in wanted)


def _find(
    workspace: "Workspace",
    name: str | None,
    id: str | None,
    tags: Any,
    properties: Any,
    version: int | str | None,
    run_id: str | None,
    framework: str | None,
) -> "list[ModelRecord]":
    from stepworks.wire.assets import ModelQuery

    if id is not None:
        name, _, given = id.rpartition(":")
        version = given
    if version is not None and not str(version).isdecimal():
        raise ModelNotFound.of(f"{name}:{version}", workspace=workspace.name)
    query = ModelQuery(
        name=name,
        version=None if version is None else int(version),
        run=run_id,
        tag=_pairs(tags),
        property=_pairs(properties),
    )
    found = [
        m for m in workspace._client.models(workspace.name, query) if framework in (None, m.settings.get("framework"))
    ]
    if not found:
        known = [m.name for m in workspace._client.models(workspace.name, ModelQuery(latest=True))]
        raise ModelNotFound.of(
            id or (f"{name}:{version}" if version is not None else str(name)), known=known, workspace=workspace.name
        )
    return sorted(found, key=lambda m: m.version, reverse=True)


def _local_model(root: Path, name: str, version: int | None) -> str:
    folder = root / name
    versions = sorted((int(p.name) for p in folder.glob("*") if p.name.isdecimal()), reverse=True)
    if version is not None:
        versions = [v for v in versions if v == version]
    if not versions:
        raise ModelNotFound(
            f"ModelNotFound: There is no model '{name}' below {root.absolute()}. "
            f"Give the workspace: Model(ws, '{name}').download()."
        )
    return _only(folder / str(versions[0]))


def _only(folder: Path) -> str:
    inside = list(folder.iterdir())
    return str(inside[0] if len(inside) == 1 else folder)


def __getattr__(name: str) -> Any:
    if name in ("InferenceConfig", "ModelPackage"):
        from azureml.core import _inference

        return getattr(_inference, name)
    if name == "Dataset":
        from azureml.core.dataset import Dataset

        return Dataset
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
