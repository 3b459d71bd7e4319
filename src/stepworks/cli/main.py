"""`stepworks`: the command line. A file per command; each is imported only when it is called."""

import sys
from collections.abc import Callable
from importlib import import_module

_COMMANDS: dict[str, str] = {
    "up": "Start the local server, or say where it runs.",
    "down": "End the local server; what runs is taken up by the next one.",
    "status": "What the server does right now.",
    "runs": "List runs, or show one with its steps.",
    "logs": "Print the log of a run or of one of its steps; follow it while it runs.",
    "explain": "Why each step of a run was reused or ran again.",
    "debug": "Run one step again here, with its exact snapshot, environment and inputs.",
    "cancel": "Ask a run to end.",
    "demo": "Run a real pipeline: prepare, train and compare on iris.",
    "server": "Run a server in front: for a team, on a host and database of its own.",
    "doctor": "Look for what is wrong with this installation, and say how to mend it.",
}


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the `stepworks` command; the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] in ("-h", "--help", "help"):
        sys.stdout.write(_help())
        return 0
    if given[0] in ("-V", "--version", "version"):
        from stepworks import __version__

        sys.stdout.write(f"stepworks {__version__}\n")
        return 0
    if given[0] not in _COMMANDS:
        import difflib

        close = difflib.get_close_matches(given[0], _COMMANDS, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else " `stepworks --help` lists the commands."
        sys.stderr.write(f"stepworks: there is no command '{given[0]}'.{hint}\n")
        return 2
    return _run(given[0], given[1:])


def _run(name: str, arguments: list[str]) -> int:
    from stepworks.errors import StepworksError

    command: Callable[[list[str]], int] = import_module(f"stepworks.cli.{name}").main
    try:
        return command(arguments)
    except StepworksError as e:
        sys.stderr.write(f"stepworks {name}: {e}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        return 141


def _help() -> str:
    width = max(map(len, _COMMANDS))
    lines = [f"  {name:<{width}}  {what}" for name, what in _COMMANDS.items()]
    return (
        "Runs machine-learning pipelines written for the Azure ML SDK v1, unchanged.\n\n"
        "usage: stepworks COMMAND [options]      `stepworks COMMAND --help` tells more\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
