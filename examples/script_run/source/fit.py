"""Fit a line to a few points by gradient descent, and keep it."""

import argparse
import json
import os

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--rounds", type=int, default=40)
args = parser.parse_args()

points = [(x / 10, 3 * x / 10 + 1) for x in range(11)]
run = Run.get_context()
slope = offset = 0.0
for _ in range(args.rounds):
    errors = [(x, slope * x + offset - y) for x, y in points]
    slope -= args.rate * sum(x * e for x, e in errors) / len(points)
    offset -= args.rate * sum(e for _, e in errors) / len(points)
    run.log("loss", sum(e * e for _, e in errors) / len(points))
run.log("final loss", sum((slope * x + offset - y) ** 2 for x, y in points) / len(points))

# What is written to outputs/ is kept with the run.
os.makedirs("outputs", exist_ok=True)
with open("outputs/line.json", "w") as f:
    json.dump({"slope": slope, "offset": offset}, f)
print(f"y = {slope:.3f} x + {offset:.3f}")
