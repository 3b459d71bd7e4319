import json
import os
import sys

from tabulate import tabulate

with open(sys.argv[1]) as f:
    print(tabulate(json.load(f), headers=["number", "square"], tablefmt=os.environ["TABLE_FORMAT"]))
