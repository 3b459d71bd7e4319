"""What `azureml-*` requirements mean here: stepworks itself, and the third-party packages that came along."""

from stepworks.environments.requirement import Requirement

CORE = ("msrest", "packaging", "python-dateutil", "pytz", "requests")
"""What the published SDK pulled in and scripts import without declaring it (published code relies on it)."""

_DATA = ("numpy", "pandas", "pyarrow")
_AUTOML = ("joblib", "numpy", "pandas", "scikit-learn")

_CAME_ALONG: dict[str, tuple[str, ...]] = {
    "azureml-automl-core": _AUTOML,
    "azureml-automl-runtime": _AUTOML,
    "azureml-core": CORE,
    "azureml-dataprep": _DATA,
    "azureml-dataset-runtime": _DATA,
    "azureml-defaults": (*CORE, *_DATA),
    "azureml-mlflow": (*CORE, "mlflow-skinny"),
    "azureml-monitoring": (),
    "azureml-opendatasets": (*CORE, *_DATA),
    "azureml-pipeline": CORE,
    "azureml-pipeline-core": CORE,
    "azureml-pipeline-steps": CORE,
    "azureml-sdk": (*CORE, *_DATA),
    "azureml-telemetry": (),
    "azureml-train": CORE,
    "azureml-train-automl": (*CORE, *_AUTOML),
    "azureml-train-automl-client": (*CORE, *_AUTOML),
    "azureml-train-automl-runtime": (*CORE, *_AUTOML),
    "azureml-train-core": CORE,
    "azureml-widgets": CORE,
}

_EXTRAS = {
    "automl": _AUTOML,
    "notebooks": ("ipywidgets",),
    "pandas": ("pandas",),
    "pyspark": ("pyspark",),
    "scipy": ("scipy",),
}
"""Extras that stand for a third-party package. `fuse`, `rbac`, `services` … need nothing more here."""

SDK_NAMES = (*_CAME_ALONG, "azureml-dataprep-native", "azureml-dataprep-rslex", "stepworks")
"""Names that other packages may require and that must not be installed beside stepworks."""

_NOT_THE_SDK = {"azureml-inference-server-http"}


def is_sdk_name(key: str) -> bool:
    """Whether a normalised project name is one that stepworks stands in for."""
    return key == "stepworks" or (key.startswith("azureml-") and key not in _NOT_THE_SDK) or key == "azureml"


def packages_for(requirement: Requirement) -> tuple[str, ...]:
    """The third-party packages that an `azureml-*` requirement brought along, its extras included, in a fixed order."""
    packages = dict.fromkeys(_CAME_ALONG.get(requirement.key, ()))
    for extra in requirement.extras:
        packages |= dict.fromkeys(_EXTRAS.get(extra.lower(), ()))
    return tuple(packages)
