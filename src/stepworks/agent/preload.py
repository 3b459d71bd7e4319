"""What a warm interpreter may import beforehand. Pure.

Only modules that scripts of the same environment have imported, and never those that start threads, open files or
keep state that a fork breaks: of those some are known, the others are found by trying (`runtime/zygote.py`).
"""

from collections.abc import Iterable, Mapping

import msgspec

# Known to hang, or to compute wrongly, in a process forked after they were imported.
NEVER = frozenset(
    {
        "polars",
        "torch",
        "torchvision",
        "torchaudio",
        "tensorflow",
        "keras",
        "jax",
        "jaxlib",
        "mxnet",
        "paddle",
        "cupy",
        "cudf",
        "cuml",
        "rmm",
        "numba",
        "pycuda",
        "tensorrt",
        "onnxruntime",
        "ray",
        "dask_cuda",
        "pyspark",
        "py4j",
        "jpype",
        "grpc",
        "horovod",
        "mpi4py",
        "antigravity",
        "this",
        "IPython",
        "ipykernel",
        "pytest",
        "debugpy",
        "pydevd",
        "coverage",
    }
)
# A scope that large is no longer a list of what scripts need.
_MOST = 5000

# While numeric libraries are imported their pools have one thread each; a child opens them again. Arrow's allocator
# does without a thread that only gives memory back sooner.
HELD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class Learned(msgspec.Struct, frozen=True):
    """What is known of an environment: modules in the order they were imported, and packages not to be preloaded."""

    names: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    def with_names(self, names: Iterable[str]) -> "Learned":
        """Scripts have imported these too."""
        bad = NEVER.union(self.denied)
        merged = dict.fromkeys(self.names)
        merged.update(dict.fromkeys(n for n in names if n.partition(".")[0] not in bad))
        return Learned(tuple(merged)[:_MOST], self.denied)

    def without(self, package: str) -> "Learned":
        """A package must not be preloaded."""
        kept = tuple(n for n in self.names if n.partition(".")[0] != package)
        return Learned(kept, tuple(sorted({*self.denied, package})))


def read_imported(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The modules that an attempt has imported, and among them the packages that were installed.

    A line has a module's name; of those that do not come with Python it begins with "+".
    """
    lines = text.split("\n")
    names = tuple(line.lstrip("+") for line in lines if line)
    packages = sorted({line[1:].partition(".")[0] for line in lines if line.startswith("+")})
    return names, tuple(packages)


def pool_sizes(variables: Mapping[str, str], cores: int) -> dict[str, int]:
    """How many threads each kind of numeric pool has in a fresh process with these variables."""

    def first(*names: str) -> int:
        for name in names:
            text = variables.get(name, "").partition(",")[0].strip()
            if text.isdigit() and int(text) > 0:
                return int(text)
        return cores

    return {
        "openblas": first("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"),
        "openmp": first("OMP_NUM_THREADS"),
        "mkl": first("MKL_NUM_THREADS", "OMP_NUM_THREADS"),
        "blis": first("BLIS_NUM_THREADS", "OMP_NUM_THREADS"),
    }
