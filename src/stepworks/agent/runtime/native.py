"""Native code, as far as an interpreter can reach it: the C library, and the thread pools of numeric libraries."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PR_SET_PDEATHSIG = 1

try:
    import ctypes

    library = ctypes.PyDLL(None)
    _prctl = library.prctl
except (ImportError, OSError, AttributeError):  # an interpreter built without it: the agent's bookkeeping must do
    ctypes: "Any" = None
    library: "Any" = None

    def _prctl(*_: int) -> int:
        return -1


def die_with_parent(number: int) -> None:
    """Have the kernel send this signal when the parent ends; 0 for none."""
    _prctl(_PR_SET_PDEATHSIG, number)


def pools() -> "list[tuple[str, Any]]":
    """Kind and setter of each thread pool that is in memory; the setter is None if there is no way to set it."""
    found: list[tuple[str, Any]] = []
    for path in _mapped_libraries():
        base = os.path.basename(path)
        for kind, marks in _POOLS.items():
            if any(mark in base for mark in marks):
                found.append((kind, None if ctypes is None else _setter(kind, path)))
                break
    return found


_POOLS = {
    "openblas": ("openblas",),
    "openmp": ("libgomp", "libomp", "libiomp"),
    "mkl": ("mkl_rt",),
    "blis": ("blis",),
}
_SETTERS = {
    "openblas": [p + "openblas_set_num_threads" + s for p in ("scipy_", "") for s in ("64_", "_64", "64", "")],
    "openmp": ["omp_set_num_threads"],
    "mkl": ["MKL_Set_Num_Threads"],
    "blis": ["bli_thread_set_num_threads"],
}


def _setter(kind: str, path: str) -> "Any":
    library = ctypes.CDLL(path)
    return next((getattr(library, name) for name in _SETTERS[kind] if hasattr(library, name)), None)


def _mapped_libraries() -> "list[str]":
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as f:
        return sorted({line[line.index("/") :].rstrip("\n") for line in f if "/" in line and ".so" in line})
