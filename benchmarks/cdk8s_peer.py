"""Writes objects with cdk8s, which has its own Python: JSON on stdin, a folder as the argument.

Prints the seconds that it took, without the start of its runtime: what a program with a thousand
services would wait for.
"""

import json
import sys
import time

import cdk8s  # type: ignore[import-not-found]


def main() -> None:
    """Each object as it is, with its body set by a patch: cdk8s has no other way for any kind."""
    objects = json.load(sys.stdin)
    app = cdk8s.App(outdir=sys.argv[1])
    chart = cdk8s.Chart(app, "all", disable_resource_name_hashes=True)
    begun = time.perf_counter()
    for number, item in enumerate(objects):
        metadata = item["metadata"]
        made = cdk8s.ApiObject(
            chart,
            f"object-{number}",
            api_version=item["apiVersion"],
            kind=item["kind"],
            metadata=cdk8s.ApiObjectMetadata(
                name=f"{metadata['name']}-{number}",
                namespace=metadata.get("namespace"),
                labels=metadata.get("labels"),
                annotations=metadata.get("annotations"),
            ),
        )
        body = [key for key in item if key not in ("apiVersion", "kind", "metadata")]
        made.add_json_patch(*(cdk8s.JsonPatch.add(f"/{key}", item[key]) for key in body))
    app.synth()
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main()
