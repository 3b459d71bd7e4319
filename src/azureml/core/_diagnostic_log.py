"""`diagnostic_log`: everything that the SDK logs, in a file."""

import logging
import os
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_FILE_NAME = "diagnostic.log"
_NAMESPACES = ("azureml", "stepworks")


class diagnostic_log:  # noqa: N801 - its name in the SDK
    """While the block runs, what loggers say at any level goes into a file as well.

    `log_path` is the file, or a folder for `diagnostic.log` (default: the working directory); it is added to.
    `namespaces` are the names of the loggers (default: the SDK's), `context_name` stands in each line.
    Raises OSError when the file cannot be written.
    """

    def __init__(
        self,
        log_path: str | os.PathLike[str] | None = None,
        namespaces: Sequence[str] | None = None,
        context_name: str | None = None,
    ) -> None:
        path = os.fspath(log_path or os.getcwd())
        self._path = os.path.join(path, _FILE_NAME) if os.path.isdir(path) else path
        self._loggers = [logging.getLogger(name) for name in namespaces or _NAMESPACES]
        self._name = context_name or "diagnostic_log"
        self._handler: logging.FileHandler | None = None
        self._levels: list[int] = []

    def start_logging(self) -> None:
        """Begin to write."""
        if self._handler is not None:
            return
        handler = logging.FileHandler(self._path, encoding="utf-8")
        handler.setFormatter(logging.Formatter(f"%(asctime)s {self._name} %(name)s %(levelname)s: %(message)s"))
        self._handler = handler
        self._levels = [logger.level for logger in self._loggers]
        for logger in self._loggers:
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)

    def stop_logging(self) -> None:
        """Write no more; the loggers are as they were."""
        if self._handler is None:
            return
        for logger, level in zip(self._loggers, self._levels, strict=True):
            logger.removeHandler(self._handler)
            logger.setLevel(level)
        self._handler.close()
        self._handler = None

    def __enter__(self) -> Self:
        self.start_logging()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_logging()
