"""What is declared but not available: true signatures, and an error that names the alternative."""

import inspect

import pytest

from azureml._unsupported import unavailable, unsupported


class Service:
    @staticmethod
    @unavailable("your own web server")
    def deploy(workspace: object, name: str, *, overwrite: bool = False) -> None:
        """Deploy it."""

    @unavailable("the log file")
    def logs(self, lines: int = 5): ...


def test_the_message_names_what_and_the_alternative() -> None:
    assert str(unsupported("AutoMLStep", "PythonScriptStep.")) == (
        "AutoMLStep isn't available here. Use PythonScriptStep instead."
    )


def test_an_unavailable_function_refuses_when_it_is_called() -> None:
    with pytest.raises(
        NotImplementedError, match=r"^Service\.deploy isn't available here. Use your own web server instead"
    ):
        Service.deploy(None, "x")
    with pytest.raises(NotImplementedError, match=r"^Service\.logs isn't"):
        Service().logs(lines=3)


def test_an_unavailable_function_keeps_its_signature_and_its_words() -> None:
    assert (
        str(inspect.signature(Service.deploy)) == "(workspace: object, name: str, *, overwrite: bool = False) -> None"
    )
    assert Service.deploy.__doc__ == "Deploy it."
    assert Service.logs.__doc__ == "Not available here; use the log file."
