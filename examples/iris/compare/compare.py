"""Measure the models on the test part and say which is best."""

import argparse
import json
import os

import joblib
import pandas as pd

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--models", nargs="+")
parser.add_argument("--report")
args = parser.parse_args()

run = Run.get_context()
test = pd.read_csv(os.path.join(args.data, "test.csv"))
features, species = test.drop(columns="species"), test["species"]
accuracy = {}
for folder in args.models:
    model = joblib.load(os.path.join(folder, "model.joblib"))
    accuracy[type(model).__name__] = float(model.score(features, species))
for name, value in accuracy.items():
    run.log(f"accuracy of {name}", value)
best = max(accuracy, key=accuracy.get)
run.tag("best", best)
with open(os.path.join(args.report, "report.json"), "w") as f:
    json.dump({"best": best, "accuracy": accuracy}, f, indent=2)
print(f"best: {best} ({accuracy[best]:.3f})")
