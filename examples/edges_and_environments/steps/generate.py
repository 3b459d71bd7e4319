import json
import sys

with open(sys.argv[1], "w") as f:
    json.dump([1, 2, 3], f)
