"""Split the measurements into a training and a test part."""

import argparse
import os

from sklearn.model_selection import train_test_split

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--output")
args = parser.parse_args()

run = Run.get_context()
data = run.input_datasets["iris"].to_pandas_dataframe()
train, test = train_test_split(data, test_size=0.3, random_state=0, stratify=data["species"])
train.to_csv(os.path.join(args.output, "train.csv"), index=False)
test.to_csv(os.path.join(args.output, "test.csv"), index=False)
run.log("rows", len(data))
print(f"{len(train)} rows to train on, {len(test)} to test with")
