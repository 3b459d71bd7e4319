"""Fit one kind of model and keep it."""

import argparse
import os

import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--data")
parser.add_argument("--kind")
parser.add_argument("--trees", type=int, default=50)
parser.add_argument("--model")
args = parser.parse_args()

train = pd.read_csv(os.path.join(args.data, "train.csv"))
features, species = train.drop(columns="species"), train["species"]
if args.kind == "forest":
    model = RandomForestClassifier(n_estimators=args.trees, random_state=0)
else:
    model = LogisticRegression(max_iter=500)
model.fit(features, species)
os.makedirs(args.model, exist_ok=True)
joblib.dump(model, os.path.join(args.model, "model.joblib"))
Run.get_context().log("training accuracy", model.score(features, species))
print(f"fitted {type(model).__name__} on {len(train)} rows")
