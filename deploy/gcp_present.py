"""What a service of Cloud Run is set to (stdin: as gcloud describes it in JSON, or nothing). Prints
VARIABLE=value a line: as SETTINGS the checksum that gcp.sh has labelled it with, its environment, how many
instances it may have, and as SERVING the revision that has most of the traffic.

The form: https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

INSTANCES_MAX = "autoscaling.knative.dev/maxScale"


def present(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "SETTINGS", service["metadata"].get("labels", {}).get("settings", "")
    template = service["spec"]["template"]
    for variable in template["spec"]["containers"][0].get("env", []):
        if "value" in variable:  # else it is a secret's
            yield variable["name"], variable["value"]
    most = template.get("metadata", {}).get("annotations", {}).get(INSTANCES_MAX)
    if most:
        yield "REVEILLE_INSTANCES_MAX", most
    # Of a service that has never been ready there is none.
    traffic = [part for part in service["status"].get("traffic", []) if part.get("percent")]
    if traffic:
        yield "SERVING", max(traffic, key=lambda part: int(part["percent"]))["revisionName"]


if __name__ == "__main__":
    described = sys.stdin.read().strip()
    for name, value in present(json.loads(described)) if described else ():
        print(f"{name}={value}")
