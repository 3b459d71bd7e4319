"""Writes what the code itself says into docs/reference: the command line, the REST routes, the SDK's names.

`python docs/make_reference.py` writes the files, `--check` fails when they are not what would be written. What it
writes is the same for every supported version of Python.
"""

import argparse
import ast
import importlib
import inspect
import pkgutil
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

if typing.TYPE_CHECKING:
    from stepworks.server.routing import Route

REFERENCE = Path(__file__).resolve().parent / "reference"
MADE = "<!-- Written by docs/make_reference.py from the code; change it there. -->\n\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or check them; the exit status."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is out of date")
    given = parser.parse_args(arguments)
    stale = {REFERENCE / name: text for name, text in documents().items() if _read(REFERENCE / name) != text}
    if given.check:
        for path in stale:
            sys.stderr.write(f"docs/reference/{path.name} is out of date. `python docs/make_reference.py` writes it.\n")
        return 1 if stale else 0
    REFERENCE.mkdir(exist_ok=True)
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{path.name}\n")
    return 0


def documents() -> dict[str, str]:
    """The text of each file by its name."""
    return {"cli.md": MADE + cli(), "rest.md": MADE + rest(), "sdk.md": MADE + sdk()}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


# --- the command line


class _Described(Exception):
    """Carries a command's parser out of the command, at the moment it would be used."""


def cli() -> str:
    """Every command with its arguments."""
    from stepworks.cli.main import _COMMANDS

    parts = [
        "# Command line\n\n"
        "`stepworks COMMAND [options]`. `stepworks --help` lists the commands, `stepworks COMMAND --help` describes "
        "one, `stepworks --version` says which version this is.\n\n"
        "RUN is a run's id, the beginning of one, or `last`. STEP is a step's name or the id of its step run. Commands "
        "that read start no server. The exit status is 0 when the command did what it says, 1 when it failed, 2 for a "
        "wrong command line.\n"
    ]
    return "".join(parts) + "".join(_command(name) for name in _COMMANDS)


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of a command."""

    def stop(self: argparse.ArgumentParser, *_: object) -> typing.NoReturn:
        raise _Described(self)

    original = argparse.ArgumentParser.parse_args
    argparse.ArgumentParser.parse_args = stop  # type: ignore[method-assign,assignment]
    try:
        importlib.import_module(f"stepworks.cli.{name}").main([])
    except _Described as found:
        return typing.cast(argparse.ArgumentParser, found.args[0])
    finally:
        argparse.ArgumentParser.parse_args = original  # type: ignore[method-assign]
    raise AssertionError(f"stepworks {name} does not parse its arguments")


def _command(name: str) -> str:
    parser = parser_of(name)
    actions = [a for a in parser._actions if not isinstance(a, argparse._HelpAction)]
    actions.sort(key=lambda a: (bool(a.option_strings), "--home" in a.option_strings))
    usage = " ".join(["stepworks", name, *(_usage(a) for a in actions)])
    what = inspect.cleandoc(parser.description or "")
    rows = "".join(f"| {_spelling(a)} | {_cell(a.help or '')} |\n" for a in actions)
    return f"\n## stepworks {name}\n\n{what}\n\n```\n{usage}\n```\n\n| argument | |\n|---|---|\n{rows}"


def _usage(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"[{action.dest.upper()}]" if action.nargs == "?" else action.dest.upper()
    return f"[{action.option_strings[-1]}{'' if action.nargs == 0 else ' ' + action.dest.upper()}]"


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.dest.upper()}`"
    value = "" if action.nargs == 0 else f" {action.dest.upper()}"
    return ", ".join(f"`{o}{value}`" for o in action.option_strings)


# --- REST


def rest() -> str:
    """Every route, and the messages that are sent to them."""
    import msgspec

    from stepworks.server.app import ROUTES
    from stepworks.server.routing import PREFIX, Route, message_types

    groups: dict[str, list[Route]] = {}
    for route in ROUTES:
        groups.setdefault(route.handler.__module__.rpartition(".")[2], []).append(route)
    text = (
        "# REST\n\n"
        f"All routes begin with `{PREFIX}`. Requests carry `Authorization: Bearer TOKEN`; the owner's token of a local "
        "server is in the file `token` of its home. Bodies and answers are JSON unless the table says bytes. A query "
        "parameter that a route does not know is an error.\n\n"
        "An error is answered with a status of 4xx or 5xx and "
        '`{"error": {"code", "message", "target", "remedy", "problems"}}`: what, which, and what to do.\n\n'
        f"A running server describes itself at `{PREFIX}/openapi.json` (OpenAPI 3.1).\n"
    )
    sent: dict[str, type] = {}
    for group, routes in groups.items():
        text += f"\n## {group.capitalize()}\n\n| route | does | takes | answers |\n|---|---|---|---|\n"
        for route in routes:
            taken = message_types(route)
            for kind in taken.values():
                sent.update((t.__name__, t) for t in _structs(kind))
            takes = [f"{_type(t)}" if name == "body" else f"query {_type(t)}" for name, t in taken.items()]
            open_to_all = " No token is needed." if route.public else ""
            path = route.path.replace(":path}", "}").replace(":int}", "}")
            text += (
                f"| `{route.method} {path}` | {_cell(route.summary)}{open_to_all} | {_cell(', '.join(takes))} | "
                f"{_cell(_answer(route))} |\n"
            )
    text += "\n## What is sent\n\nFields with a default may be left out.\n"
    for name, struct in sorted(sent.items()):
        text += f"\n### {name}\n\n{_first_paragraph(struct)}\n\n| field | type | default |\n|---|---|---|\n"
        for field in msgspec.structs.fields(struct):
            text += f"| `{field.encode_name}` | {_cell(_type(field.type))} | {_cell(_default(field))} |\n"
    return text


def _answer(route: "Route") -> str:
    if route.returns is not None:
        return _type(route.returns)
    is_nothing = typing.get_type_hints(route.handler).get("return") is type(None)
    return "nothing" if is_nothing else "a stream"


def _structs(kind: object) -> Iterator[type]:
    """The messages in a type: itself, or those that it is made of."""
    import msgspec

    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for inner in typing.get_args(kind):
        yield from _structs(inner)


def _type(kind: object) -> str:
    """A type in a few words that do not depend on Python's version."""
    if kind is None or kind is type(None):
        return "null"
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(i) for i in inner)
    if origin is typing.Literal:
        return " or ".join(f'"{i}"' for i in inner)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin in (tuple, list, frozenset, set) or getattr(origin, "__name__", "") == "Sequence":
        return f"list of {_type(inner[0])}" if inner else "list"
    if origin is not None and inner:
        return f"{_type(inner[0])} → {_type(inner[-1])}"
    if kind in (object, typing.Any):
        return "any"
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "dict": "object"}
    name = getattr(kind, "__name__", str(kind))
    return {"Raw": "JSON"}.get(name, names.get(name, name))


def _default(field: typing.Any) -> str:
    import msgspec

    if field.required:
        return "required"
    if field.default is msgspec.NODEFAULT:
        return "empty"
    words: dict[object, str] = {None: "null", True: "true", False: "false"}
    if field.default is None or isinstance(field.default, bool):
        return words[field.default]
    return "empty" if field.default in ("", (), {}, []) else f"{field.default!r}"


# --- the SDK


def sdk() -> str:
    """Every public class and function of azureml, at the shortest path it can be imported from."""
    found = public_names()
    text = (
        "# SDK\n\n"
        "What can be imported from `azureml`, at the shortest path; the long published paths work too. Defaults are "
        "as shown; types are in the signatures, where editors find them. Names that need an Azure service are "
        "here too: they can be imported and built, and say what to use instead when they are used.\n"
    )
    for module in sorted({m for m, _ in found.values()}):
        text += f"\n## {module}\n"
        entries = [(name, thing) for thing, (m, name) in found.items() if m == module]
        for name, thing in sorted(entries, key=lambda e: e[0]):
            text += _class(name, thing) if inspect.isclass(thing) else _function(name, thing)
    return text


def public_names() -> dict[typing.Any, tuple[str, str]]:
    """Each public class and function with the module and name it is described under."""
    found: dict[typing.Any, tuple[str, str]] = {}
    for module in _public_modules():
        for name in exported(module):
            thing = getattr(module, name, None)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)) or not thing.__module__.startswith("azureml"):
                continue
            known = found.get(thing)
            place = (module.__name__, name)
            if known is None or _order(place) < _order(known):
                found[thing] = place
    return found


def _order(place: tuple[str, str]) -> tuple[int, str, str]:
    return place[0].count("."), *place


def _public_modules() -> Iterator[types.ModuleType]:
    import azureml

    for info in sorted(pkgutil.walk_packages(azureml.__path__, "azureml."), key=lambda i: i.name):
        if not any(part.startswith("_") for part in info.name.split(".")):
            yield importlib.import_module(info.name)


def exported(module: types.ModuleType) -> list[str]:
    """Names that a module offers: those it defines, those it imports `as` themselves, and those it finds lazily."""
    defined = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__]
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    imported = [
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None and alias.asname == alias.name
    ]
    lazy = list(vars(module).get("_HOME", ()))
    return sorted(n for n in {*defined, *imported, *lazy} if not n.startswith("_"))


def _class(name: str, kind: type) -> str:
    text = f"\n### {name}\n\n"
    text += f"`{name}{_signature(kind)}`\n\n{_first_paragraph(kind)}\n"
    members = [m for m in _members(kind) if not m[0].startswith("_")]
    if members:
        text += "\n" + "".join(f"- {_member(n, value)}\n" for n, value in members)
    return text


def _members(kind: type) -> list[tuple[str, typing.Any]]:
    """What a class itself adds, with what it has from classes that are not public."""
    found: dict[str, typing.Any] = {}
    for base in reversed(kind.__mro__):
        is_hidden = base.__name__.startswith("_") or any(p.startswith("_") for p in base.__module__.split("."))
        if base.__module__.startswith("azureml") and (base is kind or is_hidden):
            found.update((n, v) for n, v in vars(base).items() if _is_told(v))
    return sorted(found.items())


def _is_told(value: object) -> bool:
    return isinstance(value, property | staticmethod | classmethod) or inspect.isfunction(value)


def _member(name: str, value: typing.Any) -> str:
    if isinstance(value, property):
        return _told(f"`{name}`", value)
    is_static = isinstance(value, staticmethod)
    function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    return _told(f"`{name}{_signature(function, skip=not is_static)}`", function)


def _told(code: str, thing: object) -> str:
    text = _first_paragraph(thing)
    return f"{code} – {text}" if text else code


def _function(name: str, function: Callable[..., object]) -> str:
    return f"\n### {name}\n\n`{name}{_signature(function)}`\n\n{_first_paragraph(function)}\n"


def _signature(thing: typing.Any, *, skip: bool = False) -> str:
    """Parameters with their defaults; private ones, which callers have no use for, are left out."""
    try:
        parameters = list(inspect.signature(thing).parameters.values())[1 if skip else 0 :]
    except (TypeError, ValueError):
        return "(…)"
    shown: list[str] = []
    is_starred = False
    for p in parameters:
        if p.name.startswith("_"):
            continue
        if p.kind is p.VAR_POSITIONAL:
            is_starred = True
            shown.append(f"*{p.name}")
        elif p.kind is p.VAR_KEYWORD:
            shown.append(f"**{p.name}")
        else:
            if p.kind is p.KEYWORD_ONLY and not is_starred:
                is_starred = True
                shown.append("*")
            shown.append(p.name if p.default is p.empty else f"{p.name}={_value(p.default)}")
    return f"({', '.join(shown)})"


def _value(value: object) -> str:
    if isinstance(value, str | int | float | bool | tuple | list | dict | None):
        return repr(value)
    return getattr(value, "__qualname__", None) or (str(value) if hasattr(value, "name") else "…")


def _first_paragraph(thing: typing.Any) -> str:
    own = thing.__doc__ if not inspect.isclass(thing) else vars(thing).get("__doc__")
    text = inspect.cleandoc(own or "").split("\n\n")[0]
    if inspect.isclass(thing) and (not text or text.startswith(f"{thing.__name__}(")):
        text = inspect.cleandoc(inspect.getdoc(thing) or "").split("\n\n")[0]
    return " ".join(text.split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.exit(main())
