"""The outputs of the file's pipelines are sinks, each with the classes that go there."""

from pathlib import Path

from groundplan.design.build import build
from groundplan.design.log_sink import LogSink, SinkForm
from groundplan.design.parts import Collector
from groundplan.spec.load import load

FILE = """
platform: shop
regions:
  north: {primary: eu-north-1, secondary: eu-west-1}
services:
  web: {port: 8000, command: python -m web}
logging:
  logstash:
    pipelines:
      - {name: application-logs, input: filebeat, output: "Elasticsearch, s3"}
      - {name: security-logs, input: events, output: "elasticsearch, Splunk Cloud,"}
      - {name: clicks, input: beats, output: splunk}
"""


def test_an_output_is_a_sink_with_its_classes(tmp_path: Path) -> None:
    path = tmp_path / "platform.yaml"
    path.write_text(FILE)
    (part,) = (each for each in build(load(path)).parts if isinstance(each, Collector))
    assert part.sinks == (
        LogSink(
            name="elasticsearch",
            form=SinkForm.ELASTICSEARCH,
            secret="logs-elasticsearch",
            classes=("application", "security"),
        ),
        LogSink(
            name="splunk-cloud",
            form=SinkForm.SPLUNK,
            secret="logs-splunk-cloud",
            classes=("security",),
        ),
    ), "clicks are no class of logs, and s3 is no sink"
