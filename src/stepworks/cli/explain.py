"""`stepworks explain`"""

from stepworks.cli.arguments import find_run, find_step, home_of, parser, running_client
from stepworks.cli.text import state, styled


def main(arguments: list[str]) -> int:
    """Why each step of a run was reused or ran again, field by field; with STEP only that step."""
    p = parser("explain", main.__doc__ or "")
    p.add_argument("run", help="a run's id, the beginning of one, or 'last'")
    p.add_argument("step", nargs="?", help="a step's name or the id of its step run")
    given = p.parse_args(arguments)
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    client = running_client(home_of(given))
    run = find_run(client, given.run)
    steps = [find_step(client, run, given.step)] if given.step else client.children(run.id)
    for step in steps:
        console.print(f"[bold]{escape(step.name or step.id)}[/]  {styled(state(step))}")
        decision = step.decision
        if decision is None:
            console.print("  not decided yet")
            continue
        for reason in decision.reasons:
            console.print(f"  • {reason}", markup=False)
        if decision.reused_from:
            console.print(f"  results of step run {decision.reused_from}", markup=False)
        elif decision.nearest:
            console.print(f"  compared with step run {decision.nearest}", markup=False)
        console.print(f"  key {decision.key}", style="dim", markup=False)
    return 0
