"""`stepworks explain`"""

import sys

from stepworks.cli.arguments import find_run, find_step, home_of, parser, started_client
from stepworks.cli.text import state, styled


def main(arguments: list[str]) -> int:
    """Why each step of a run was reused or ran again, field by field; with STEP only that step."""
    p = parser("explain", main.__doc__ or "")
    p.add_argument("run", help="a run's id, the beginning of one, or 'last'")
    p.add_argument("step", nargs="?", help="a step's name or the id of its step run")
    given = p.parse_args(arguments)
    client = started_client(home_of(given))
    run = find_run(client, given.run)
    steps = [find_step(client, run, given.step)] if given.step else client.children(run.id)
    for step in steps:
        sys.stdout.write(f"{step.name or step.id}  {styled(state(step))}\n")
        decision = step.decision
        if decision is None:
            sys.stdout.write("  not decided yet\n")
            continue
        lines = [f"• {reason}" for reason in decision.reasons]
        if decision.nearest and not decision.reused_from:
            lines.append(f"compared with step run {decision.nearest}")
        lines.append(f"key {decision.key}")
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
    return 0
