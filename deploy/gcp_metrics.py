"""Metrics of metrics.json (stdin) as gcloud takes them, a file for each. Arguments: the prefix of all names,
a folder for the files. Prints one a line: its name, a checksum, its file.

The form: https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.metrics
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

# Lines of the service's receipts, of either half of it: entrypoints/logs.py
RECEIPT = (
    'resource.type="cloud_run_revision" AND resource.labels.service_name=("NAME" OR "NAME-worker")'
    ' AND jsonPayload.logger="reveille.receipt"'
)
# From 1 to some 700,000: milliseconds of the longest request, and more reads than any has.
BUCKETS = {"exponentialBuckets": {"numFiniteBuckets": 40, "growthFactor": 1.4, "scale": 1}}


def metric(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    labels, value = given.get("labels", []), given.get("value")
    made: dict[str, Any] = {
        "name": f"{prefix}-{given['name']}",
        "filter": given["filter"].replace("RECEIPT", RECEIPT).replace("NAME", prefix),
        "labelExtractors": {label: f"EXTRACT(jsonPayload.{label})" for label in labels},
        "metricDescriptor": {
            "metricKind": "DELTA",
            "valueType": "DISTRIBUTION" if value else "INT64",
            "labels": [{"key": label, "valueType": "STRING"} for label in labels],
        },
    }
    if value:
        made |= {"valueExtractor": f"EXTRACT(jsonPayload.{value})", "bucketOptions": BUCKETS}
    return made | {"description": str(crc32(json.dumps(made, sort_keys=True).encode()))}


if __name__ == "__main__":
    prefix, folder = sys.argv[1], Path(sys.argv[2])
    for given in json.load(sys.stdin):
        made = metric(given, prefix)
        file = folder / f"metric-{given['name']}.json"
        file.write_text(json.dumps(made))
        print(made["name"], made["description"], file)
