import json
import sys

with open(sys.argv[1]) as f:
    numbers = json.load(f)
with open(sys.argv[2], "w") as f:
    json.dump([[n, n * n] for n in numbers], f)
