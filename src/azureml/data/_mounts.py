"""Files of a dataset in a folder of this machine, for as long as a context lasts."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.data.dataset_error_handling import executing
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data.file_dataset import FileDataset


class MountContext:
    """A folder of links to the files of a dataset.

    Raises UserErrorException, when it starts, for a mount point that is not an empty folder.
    """

    def __init__(self, dataset: "FileDataset", mount_point: str | None = None) -> None:
        self._dataset = dataset
        self._given = mount_point
        self._point = mount_point or tempfile.mkdtemp(prefix="stepworks-mount-")
        self._links: list[Path] = []
        self._is_started = False

    @property
    def mount_point(self) -> str:
        """The folder."""
        return self._point

    def start(self) -> None:
        """Make the files appear. A second start changes nothing."""
        from stepworks.datasets.files import files

        if self._is_started:
            return
        root = Path(self._point)
        root.mkdir(parents=True, exist_ok=True)
        if any(root.iterdir()):
            raise UserErrorException(f"The mount point '{root}' is not empty. Give another folder, or none.")
        resolver = self._dataset._resolver
        with executing():
            for file in files(self._dataset._plan, resolver):
                link = root / file.relative.lstrip("/")
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(resolver.local(file.entry))
                self._links.append(link)
        self._is_started = True

    def stop(self) -> None:
        """Take the links away; the files stay where they are."""
        if not self._is_started:
            return
        for link in self._links:
            if link.is_symlink():
                link.unlink()
        self._links.clear()
        self._is_started = False
        root = Path(self._point)
        for folder, _, _ in os.walk(root, topdown=False):
            if folder != str(root) and not os.listdir(folder):
                os.rmdir(folder)
        if self._given is None:
            shutil.rmtree(root, ignore_errors=True)

    def __enter__(self) -> "MountContext":
        self.start()
        return self

    def __exit__(self, *exc_details: Any) -> None:
        self.stop()
