"""Actions on datasets of the oldest SDK: not there."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_INSTEAD = "a pipeline step that does the work"


class DatasetActionRun:
    """A running action. Raises NotImplementedError when one is made."""

    def __init__(
        self,
        workspace: "Workspace | None" = None,
        dataset_id: str | None = None,
        action_id: str | None = None,
        action_request_dto: Any = None,
    ) -> None:
        raise unsupported("An action on a dataset", _INSTEAD)

    def get_result(self) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("An action on a dataset", _INSTEAD)

    def wait_for_completion(self, show_output: bool = True, status_update_frequency: int = 10) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported("An action on a dataset", _INSTEAD)
