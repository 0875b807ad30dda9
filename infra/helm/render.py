"""Renders a chart as `helm template` does, with Helm's own engine. Values come as JSON on standard input; file -> text goes out as JSON."""
import json
import sys

import helm_python as helm

values = json.load(sys.stdin)
with helm.Chart.load(sys.argv[1]) as chart:
    chart.validate_schema(values)
    json.dump(chart.render(values, name="fineprint", namespace="analytics"), sys.stdout)
