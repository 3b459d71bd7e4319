"""Arguments and command lines as text, once paths and parameter values are known. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from stepworks.errors import InvalidInput
from stepworks.graph.document import Argument, Command, InputPath, OutputPath, ParameterValue, Part, Text

_is_plain = re.compile(r"[\w@%+=:,./-]+", re.ASCII).fullmatch
_for_double_quotes = re.compile(r'([\\"$`])')


class Known:
    """What parts stand for: the value of each input port (a path, or a dataset id in direct mode), the path of each
    output port, and each parameter's text."""

    __slots__ = ("inputs", "outputs", "parameters")

    def __init__(self, inputs: Mapping[str, str], outputs: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.parameters = parameters

    def text_of(self, part: Part) -> str:
        """The text a part stands for. Raises InvalidInput for a port or parameter that is not there."""
        match part:
            case Text():
                return part.text
            case InputPath():
                return _found(self.inputs, part.port, "input")
            case OutputPath():
                return _found(self.outputs, part.port, "output")
            case ParameterValue():
                return _found(self.parameters, part.name, "parameter")
            case _:
                assert_never(part)


def render(arguments: Sequence[Argument], known: Known) -> list[str]:
    """A script's arguments: the parts of each are joined to one string (contracts §7)."""
    text_of = known.text_of
    return ["".join([text_of(part) for part in argument]) for argument in arguments]


def render_command(command: Command, known: Known) -> str:
    """A command line for the shell: arguments joined by spaces, literal text as it stands.

    What is filled in is data and stays one word: it is quoted as its place asks for (bare, in single or in double
    quotes), so that a parameter's value, which any caller of a published pipeline chooses, runs nothing.
    """
    line: list[str] = []
    quotes = _Quotes()
    for i, argument in enumerate(command.command):
        if i:
            line.append(" ")
            quotes.read(" ")
        for part in argument:
            text = known.text_of(part)
            if isinstance(part, Text):
                quotes.read(text)
            else:
                text = quotes.protect(text)
            line.append(text)
    return "".join(line)


class _Quotes:
    """In which quotes the shell is after the literal text read so far."""

    def __init__(self) -> None:
        self._open = ""
        self._escaped = False

    def read(self, text: str) -> None:
        for character in text:
            if self._escaped:
                self._escaped = False
            elif self._open == "'":
                self._open = "" if character == "'" else "'"
            elif character == "\\":
                self._escaped = True
            elif character in "'\"":
                if not self._open:
                    self._open = character
                elif self._open == character:
                    self._open = ""

    def protect(self, text: str) -> str:
        self._escaped = False
        if _is_plain(text):
            return text
        if self._open == "'":
            return text.replace("'", "'\"'\"'")
        if self._open == '"':
            return _for_double_quotes.sub(r"\\\1", text)
        return "'" + text.replace("'", "'\"'\"'") + "'"


def _found(values: Mapping[str, str], name: str, kind: str) -> str:
    try:
        return values[name]
    except KeyError:
        raise InvalidInput(
            f"An argument names the {kind} '{name}', which the step does not have.",
            target=name,
            remedy=f"It has: {', '.join(sorted(values)) or 'none'}.",
        ) from None
