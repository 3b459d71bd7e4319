"""Curated environments: the published `AzureML-*` names, each resolved to a set of packages that installs today. Pure.

The published images pinned versions for Python 3.6 to 3.8. Where those install on no Python that stepworks runs on,
the set has the oldest releases that do, as code written for them works best with these.
"""

import difflib
import re

from stepworks.environments.requirement import version_order
from stepworks.errors import NotFound
from stepworks.graph.environment import EnvironmentSpec

_NUMPY = (
    "numpy>=1.23.2,<1.24 ; python_version < '3.12'",
    "numpy>=1.26,<2 ; python_version == '3.12'",
    "numpy>=2.1 ; python_version >= '3.13'",
)
_TABLES = (
    *_NUMPY,
    "pandas>=1.5.1,<2 ; python_version < '3.12'",
    "pandas>=2.2.3,<3 ; python_version >= '3.12'",
    "scipy",
)
_SKLEARN_OLD = (
    "scikit-learn>=1.1.3,<1.3 ; python_version < '3.12'",
    "scikit-learn>=1.3.2 ; python_version >= '3.12'",
    "joblib",
)
_SKLEARN_NEW = ("numpy>=1.26", "pandas>=2.2.3,<3", "scipy", "scikit-learn>=1.5,<1.6", "joblib")
_SDK = ("azureml-defaults",)
_DATA_SCIENCE = (*_SDK, *_TABLES, *_SKLEARN_OLD, "matplotlib")
_TORCH = (*_SDK, "torch>=2.2", "torchvision", "numpy", "pandas", "pillow", "tqdm", "tensorboard")
_TENSORFLOW = (*_SDK, "tensorflow>=2.14", "numpy", "pandas", "pillow", "matplotlib")

_SETS: dict[str, tuple[str, ...]] = {
    "automl": (*_DATA_SCIENCE, "lightgbm", "xgboost"),
    "dask": (*_SDK, "dask[complete]", "pandas"),
    "lightgbm": (*_DATA_SCIENCE, "lightgbm>=3.3.5,<5"),
    "minimal": _SDK,
    "mlflow": (*_DATA_SCIENCE, "azureml-mlflow"),
    "onnxruntime": (*_SDK, "onnxruntime", "numpy"),
    "pyspark": (*_SDK, "pyspark>=3.5", "pandas", "numpy"),
    "pytorch": _TORCH,
    "sklearn": _DATA_SCIENCE,
    "sklearn-1.5": (*_SDK, *_SKLEARN_NEW, "matplotlib"),
    "tensorflow": _TENSORFLOW,
    "tutorial": (*_DATA_SCIENCE, "azureml-dataprep[pandas,fuse]", "tqdm"),
    "vowpalwabbit": (*_SDK, "vowpalwabbit"),
    "xgboost": (*_DATA_SCIENCE, "xgboost>=1.7"),
}

_NAMES: dict[str, tuple[str, ...]] = {
    "automl": ("AutoML", "AutoML-GPU", "AutoML-DNN", "AutoML-DNN-GPU", "AutoML-DNN-Vision-GPU"),
    "dask": ("Dask-CPU", "Dask-GPU"),
    "lightgbm": ("lightgbm-3.2-ubuntu18.04-py37-cpu", "lightgbm-3.3"),
    "minimal": (
        "Minimal",
        "minimal-ubuntu18.04-py37-cpu-inference",
        "minimal-py38-inference",
        "Designer",
        "Designer-Score",
    ),
    "mlflow": ("mlflow-ubuntu18.04-py37-cpu", "mlflow-py312-inference"),
    "onnxruntime": ("onnxruntime-1.6-ubuntu18.04-py37-cpu-inference",),
    "pyspark": ("PySpark-MmlSpark-0.15",),
    "pytorch": (
        *(f"PyTorch-1.{minor}-{device}" for minor in range(7) for device in ("CPU", "GPU")),
        *(f"pytorch-1.{minor}-ubuntu18.04-py37-cuda11-gpu" for minor in (7, 8, 9)),
        "pytorch-1.10-ubuntu18.04-py38-cuda11-gpu",
        "ACPT-pytorch-1.11-py38-cuda11.3-gpu",
        "ACPT-pytorch-1.11-py38-cuda11.5-gpu",
        "ACPT-pytorch-1.12-py38-cuda11.6-gpu",
        "ACPT-pytorch-1.13-py38-cuda11.7-gpu",
        "Pytorch1.7-Cuda11-OpenMpi4.1.0-py36",
        "pytorch-1.7-ubuntu18.04-py37-cpu-inference",
        "DeepSpeed-0.3-GPU",
    ),
    "sklearn": (
        "Scikit-learn-0.20.3",
        "Scikit-learn0.24-Cuda11-OpenMpi4.1.0-py36",
        "sklearn-0.24-ubuntu18.04-py37-cpu",
        "sklearn-0.24.1-ubuntu18.04-py37-cpu-inference",
        "sklearn-1.0-ubuntu20.04-py38-cpu",
        "sklearn-1.0",
        "sklearn-1.1",
        "responsibleai-0.20-ubuntu20.04-py38-cpu",
        "responsibleai-0.21-ubuntu20.04-py38-cpu",
    ),
    "sklearn-1.5": ("sklearn-1.5",),
    "tensorflow": (
        *(f"TensorFlow-{v}-{device}" for v in ("1.10", "1.12", "1.13") for device in ("CPU", "GPU")),
        *(f"TensorFlow-2.{minor}-{device}" for minor in range(4) for device in ("CPU", "GPU")),
        "tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu",
        *(f"tensorflow-2.{minor}-ubuntu20.04-py38-cuda11-gpu" for minor in (5, 6, 7)),
        "TensorFlow2.4-Cuda11-OpenMpi4.1.0-py36",
        "tensorflow-1.15-ubuntu18.04-py37-cpu-inference",
    ),
    "tutorial": ("Tutorial", "Hyperdrive-ForecastDNN"),
    "vowpalwabbit": ("VowpalWabbit-8.8.0",),
    "xgboost": ("XGBoost-0.90", "xgboost-0.9-ubuntu18.04-py37-cpu", "xgboost-1.3"),
}

_PREFIX = "AzureML-"
_CURATED = {(_PREFIX + name).lower(): (_PREFIX + name, kind) for kind, names in _NAMES.items() for name in names}


def is_curated(name: str) -> bool:
    """Whether a name is in the curated environments' part of the names, known or not, in any case of the letters."""
    return name.lower().startswith(_PREFIX.lower())


def list_curated() -> tuple[str, ...]:
    """The names of all curated environments, as they were published, in alphabetical order."""
    return tuple(sorted((name for name, _ in _CURATED.values()), key=str.lower))


def curated(name: str) -> EnvironmentSpec:
    """The curated environment of a name, in any case of the letters (published code relies on it).

    A name that is not in the list, but has a known family and a version (`AzureML-tensorflow-2.9-…`), resolves to
    that family's packages: images came and went, and the code that names them stays. Raises NotFound for other
    names; the message lists near ones.
    """
    known = _CURATED.get(name.strip().lower()) or _of_family(name.strip())
    if known is None:
        near = ", ".join(_near(name.strip())) or ", ".join(list_curated()[:5])
        raise NotFound(
            f"There is no curated environment '{name}'.",
            target=name,
            remedy=f"Near names: {near}. `Environment.list(workspace)` has them all.",
        )
    published, kind = known
    return EnvironmentSpec(name=published, version="1", python_version="3.11", pip=_SETS[kind])


def _of_family(name: str) -> tuple[str, str] | None:
    match = re.fullmatch(r"azureml-(?:acpt-)?([a-z]+(?:-learn)?)-?(\d+(?:\.\d+)*)(?:-.*)?", name.lower())
    if match is None:
        return None
    family, version = match[1].replace("scikit-learn", "sklearn"), version_order(match[2])
    kind = "sklearn-1.5" if family == "sklearn" and version >= (1, 4) else family
    return (name, kind) if kind in _SETS else None


def _near(name: str) -> list[str]:
    wanted = name.lower()
    near = difflib.get_close_matches(wanted, _CURATED, n=5, cutoff=0.6)
    family = re.match(r"azureml-(?:acpt-)?([a-z]+)", wanted)
    if family is not None:
        near += [key for key in sorted(_CURATED) if family[1] in key and key not in near]
    return [_CURATED[key][0] for key in near[:5]]
