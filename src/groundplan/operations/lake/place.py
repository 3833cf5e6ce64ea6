"""Where the lake of a platform is: a folder of this machine, or buckets of S3."""

import importlib
from collections.abc import Sequence
from pathlib import Path

from groundplan.parquet.files import Files, Folder
from groundplan.ports.records import lake_of

S3 = "groundplan.operations.lake.buckets"


def files_of(folder: Path, buckets: Sequence[tuple[str, str]]) -> Files:
    """`buckets`: the one of each zone; none: a folder. TargetError when AWS is not to be asked.

    What speaks to AWS is imported where there are buckets: it takes as long as all the rest.
    """
    place = lake_of(folder)
    if not buckets:
        return Folder(place)
    found: Files = importlib.import_module(S3).Buckets(place, dict(buckets), owner=folder.name)
    return found
