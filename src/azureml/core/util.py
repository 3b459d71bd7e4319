"""A logging level for the time of a block."""

import logging
from types import TracebackType


class NewLoggingLevel:
    """`with NewLoggingLevel("name", logging.ERROR):` sets the level of a logger and sets it back afterwards."""

    def __init__(self, logger_name: str, level: int = logging.WARNING) -> None:
        self.logger_name = logger_name
        self.new_level = level
        self.logger = logging.getLogger(logger_name)
        self.old_level = self.logger.level

    def __enter__(self) -> logging.Logger:
        self.old_level = self.logger.level
        self.logger.setLevel(self.new_level)
        return self.logger

    def __exit__(self, et: type[BaseException] | None, ev: BaseException | None, tb: TracebackType | None) -> None:
        self.logger.setLevel(self.old_level)
