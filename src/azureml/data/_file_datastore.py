"""What datastores of files can do: upload, download, and be a step's input (contracts §18)."""

from collections.abc import Sequence

from azureml.data import _transfer
from azureml.data.abstract_datastore import AbstractDatastore
from azureml.data.data_reference import DataReference


class FileDatastore(AbstractDatastore):
    """A storage of files."""

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """The reference to a path, or to the whole datastore."""
        return DataReference(self, data_reference_name, path)  # pyright: ignore[reportArgumentType]

    def as_mount(self) -> DataReference:
        """The whole datastore as a mounted input of a step."""
        return self.path().as_mount()

    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """The whole datastore as an input of a step that is copied to the compute."""
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """The whole datastore in upload mode."""
        return self.path().as_upload(path_on_compute)

    def upload(
        self, src_dir: str, target_path: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> DataReference:
        """Upload the files of a folder below `target_path`; the reference to that.

        Files that are there already stay, unless `overwrite`. Raises UserErrorException when there is no such folder.
        """
        uploads = _transfer.planned_folder(src_dir, target_path)
        _transfer.upload(self, uploads, overwrite=overwrite, show_progress=show_progress)
        return self._uploaded(target_path)

    def upload_files(
        self,
        files: Sequence[str],
        relative_root: str | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Upload files below `target_path`, each at its path below `relative_root`; the reference to `target_path`.

        `relative_root` defaults to the folder the files have in common. Files that are there already stay, unless
        `overwrite`. Raises UserErrorException for a file that is not there, or not below `relative_root`.
        """
        uploads = _transfer.planned(files, relative_root, target_path)
        _transfer.upload(self, uploads, overwrite=overwrite, show_progress=show_progress)
        return self._uploaded(target_path)

    def download(
        self, target_path: str, prefix: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Fetch the files whose paths start with `prefix`, as text, into a folder, where they keep their paths.

        How many were fetched; files that are there already stay, unless `overwrite`.
        """
        return _transfer.download(self, target_path, prefix, overwrite=overwrite, show_progress=show_progress)

    def _uploaded(self, target_path: str | None) -> DataReference:
        from stepworks.data.paths import relative

        return self.path(relative(target_path or "") or None)
