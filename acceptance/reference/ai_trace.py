"""Recomputes the figures of the AI trace from the raw file, by definition and without the product.

Python 3.11, standard library only:  python3 ai_trace.py > ai_trace.json
"""

import csv
import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path

FILE = Path(__file__).parents[2] / "acceptance/testdata/azure-llm-trace-2023-conv.csv.gz"
# Billionths of a dollar per thousand tokens: 0.0375 and 0.6 dollars per million.
INPUT_PRICE, OUTPUT_PRICE = 37_500, 600_000


def cost_nano_usd(row):
    """Rounded once per request, half up."""
    thousandths = row[1] * INPUT_PRICE + row[2] * OUTPUT_PRICE
    return (thousandths + 500) // 1000


def quantile(values, q):
    """The value of rank floor(q * (count - 1))."""
    ordered = sorted(values)
    return ordered[int(q * (len(ordered) - 1))]


def main():
    with gzip.open(FILE, "rt", newline="") as text:
        rows = [
            (line["TIMESTAMP"], int(line["ContextTokens"]), int(line["GeneratedTokens"]))
            for line in csv.DictReader(text)
        ]
    minutes = Counter(time[:16] for time, _, _ in rows)
    figures = {
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
        "requests": len(rows),
        "inputTokens": sum(row[1] for row in rows),
        "outputTokens": sum(row[2] for row in rows),
        "costNanoUsd": sum(map(cost_nano_usd, rows)),
        "minutes": len(minutes),
        "busiestMinute": max(minutes.values()),
        "inputQuantiles": [quantile([row[1] for row in rows], q) for q in (0.5, 0.9, 0.95, 0.99)],
        "outputQuantiles": [quantile([row[2] for row in rows], q) for q in (0.5, 0.9, 0.95, 0.99)],
    }
    print(json.dumps(figures, indent=2))


main()
