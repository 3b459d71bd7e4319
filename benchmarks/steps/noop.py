"""The smallest honest step: read each input, write their sum plus one, note that it ran."""

import os
import sys

target, *sources = sys.argv[1:]
total = 1
for source in sources:
    with open(source) as f:
        total += int(f.read())
os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
with open(target, "w") as f:
    f.write(str(total))
with open(os.environ["BENCH_RAN"], "a") as f:
    f.write(f"{total}\n")
