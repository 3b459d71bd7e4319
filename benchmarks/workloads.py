"""What is run: the same steps for everybody. A task is (name, script, arguments); an argument is a text or a `Port`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Port:
    """Something a task writes (`is_output`) or reads: a file or folder of that name."""

    name: str
    is_output: bool = False


@dataclass(frozen=True)
class Task:
    """One step."""

    name: str
    script: str
    arguments: tuple[Port, ...]


@dataclass(frozen=True)
class Workload:
    """Steps in an order in which each may run after the ones before it. `parallel`: how many at once."""

    name: str
    tasks: tuple[Task, ...]
    parallel: int = 1


def one() -> Workload:
    """A single step."""
    return Workload("one", (Task("s0", "noop.py", (Port("s0", True),)),))


def chain(n: int) -> Workload:
    """Each step reads what the one before it wrote."""
    first = Task("s0", "noop.py", (Port("s0", True),))
    rest = tuple(Task(f"s{i}", "noop.py", (Port(f"s{i}", True), Port(f"s{i - 1}"))) for i in range(1, n))
    return Workload(f"chain{n}", (first, *rest))


def fan(n: int, parallel: int = 2) -> Workload:
    """Steps that do not wait for each other, and one that reads them all."""
    leaves = tuple(Task(f"w{i}", "noop.py", (Port(f"w{i}", True),)) for i in range(n))
    join = Task("join", "noop.py", (Port("join", True), *(Port(f"w{i}") for i in range(n))))
    return Workload(f"fan{n}", (*leaves, join), parallel)


def ml() -> Workload:
    """Prepare, train, evaluate, each importing pandas and scikit-learn."""
    return Workload(
        "ml",
        (
            Task("prepare", "prepare.py", (Port("data", True),)),
            Task("train", "train.py", (Port("data"), Port("model", True))),
            Task("evaluate", "evaluate.py", (Port("data"), Port("model"), Port("metrics", True))),
        ),
    )
