"""`logging`: how logs are collected, stored and shown."""

from typing import Annotated

from groundplan.spec.section import Flag, Positive, Section, Text, Whole, once
from groundplan.units import Bytes, Duration


class Elasticsearch(Section):
    """The store of the logs; `storage` is that of one server."""

    cluster_size: Positive
    instance_type: Text | None = None
    storage: Bytes | None = None
    replicas: Whole = 1  # copies of each index besides the first
    at_rest_encryption: Flag = False
    transit_encryption: Flag = False


class LogPipeline(Section):
    """From a source through filters to outputs; several have commas between them."""

    name: Text
    input: Text
    filter: Text | None = None
    output: Text


class Logstash(Section):
    """What happens to logs on their way."""

    pipelines: Annotated[tuple[LogPipeline, ...], once("name")] = ()


class Kibana(Section):
    """Where people look at them."""

    dashboards: tuple[Text, ...] = ()


class Archive(Section):
    """Where logs go that are kept longer than the store holds them."""

    after: Duration
    bucket: Text  # a bucket of the data lake


class Logging(Section):
    """The logs of the platform."""

    elasticsearch: Elasticsearch | None = None
    archive: Archive | None = None
    logstash: Logstash = Logstash.unwritten()
    kibana: Kibana = Kibana.unwritten()
