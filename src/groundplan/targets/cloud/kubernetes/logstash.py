"""The texts of Logstash: one pipeline takes records in and tells classes apart, one for each class.

A record is of the class that it is of on this machine, too (operations/observe/logs/record.py):
audit first, so that what must be kept longest is never in a class that goes sooner.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.log_plan import LogFlow, LogPlan

PORT = 5044
# Between single quotes in Logstash's own language, so it has none of them.
SECRETS = (
    r"(?i)(password|passwd|pwd|secret|api[_-]?key|access[_-]?key|token)"
    r'("?\s*[:=]\s*"?)[^\s&,;"\x27]+'
)
TELLS = {
    "audit": "[event][dataset] =~ /audit/",
    "security": (
        '[event][category] in ["authentication", "intrusion_detection", "iam", "threat", "malware"]'
        " or [http][response][status_code] in [401, 403, 407, 429]"
        " or [message] =~ /(?i)authentication failed|permission denied|access denied/"
    ),
    "debug": '[log][level] in ["debug", "trace"]',
}
INTAKE = """\
input {{
  beats {{
    port => {port}
  }}
}}

filter {{
  # One line of JSON is one record; what is no JSON stays as its message.
  json {{
    source => "message"
    skip_on_invalid_json => true
  }}
  # No secret is kept, whoever wrote it.
  mutate {{
    gsub => ["message", '{secrets}', "\\1\\2[redacted]"]
  }}
}}

output {{
{routes}}}
"""
GROK = """\
  # Lines of the proxies and of programs that write plain text.
  grok {
    match => {
      "message" => [
        "%{COMBINEDAPACHELOG}",
        "%{TIMESTAMP_ISO8601:[@metadata][at]} +%{LOGLEVEL:[log][level]} +%{GREEDYDATA:message}"
      ]
    }
    overwrite => ["message"]
    tag_on_failure => []
  }
  date {
    match => ["[@metadata][at]", "ISO8601"]
  }
"""
MUTATE = """\
  mutate {
    lowercase => ["[log][level]"]
    remove_field => ["[agent]", "[ecs]", "[input]", "[log][offset]"]
  }
"""
ENRICHMENT = """\
  # What one would look up: was it refused, and does the address lie inside.
  if [http][response][status_code] in [401, 403, 407, 429] or [message] =~ /(?i)failed|denied/ {
    mutate {
      add_field => { "[event][outcome]" => "failure" }
    }
  }
  cidr {
    address => ["%{[source][ip]}"]
    network => ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    add_field => { "[network][direction]" => "internal" }
  }
"""
FILTERS = {"grok": GROK, "mutate": MUTATE, "security-enrichment": ENRICHMENT}
SEARCH = """\
  opensearch {{
    hosts => ["${{SEARCH_URL}}"]
    index => "{name}-logs-%{{+YYYY.MM.dd}}"
    ecs_compatibility => "v8"
    manage_template => false
    ssl => true
  }}
"""
BUCKET = """\
  s3 {{
    bucket => "{bucket}"
    region => "{region}"
    prefix => "{name}/%{{+YYYY}}/%{{+MM}}/%{{+dd}}"
    codec => "json_lines"
    encoding => "gzip"
    server_side_encryption_algorithm => "aws:kms"
    size_file => 134217728
    time_file => 5
  }}
"""
SPLUNK = """\
  # A sink that is asked for: without an address nothing is sent there.
  if "${SPLUNK_URL:}" != "" {
    http {
      url => "${SPLUNK_URL:}/services/collector/raw"
      http_method => "post"
      format => "json_batch"
      headers => { "Authorization" => "Splunk ${SPLUNK_TOKEN:}" }
    }
  }
"""


def pipelines(plan: LogPlan, region: str) -> dict[str, str]:
    """The files of the configuration, by name; `region` is that of the bucket."""
    files = {
        "pipelines.yml": "".join(
            _listed(name) for name in ("intake", *(f.name for f in plan.flows))
        ),
        "intake.conf": INTAKE.format(
            port=PORT, secrets=SECRETS, routes="".join(_routes([f.name for f in plan.flows]))
        ),
    }
    for flow in plan.flows:
        files[f"{flow.name}.conf"] = _pipeline(flow, plan.bucket, region)
    return files


def _listed(name: str) -> str:
    return f"- pipeline.id: {name}\n  path.config: /usr/share/logstash/pipeline/{name}.conf\n"


def _routes(names: list[str]) -> Iterator[str]:
    """The most special class first; the last takes what is left."""
    special = [name for name in TELLS if name in names]
    rest = next((name for name in names if name not in TELLS), names[0])
    word = "  if"
    for name in special:
        if name != rest:
            yield f'{word} {TELLS[name]} {{\n    pipeline {{ send_to => "{name}" }}\n  }}'
            word = " else if"
    if word == "  if":
        yield f'  pipeline {{ send_to => "{rest}" }}\n'
    else:
        yield f' else {{\n    pipeline {{ send_to => "{rest}" }}\n  }}\n'


def _pipeline(flow: LogFlow, bucket: str | None, region: str) -> str:
    filters = "".join(FILTERS[word] for word in flow.filters if word in FILTERS)
    outputs = []
    if "elasticsearch" in flow.outputs or "opensearch" in flow.outputs:
        outputs.append(SEARCH.format(name=flow.name))
    if "s3" in flow.outputs and bucket:
        outputs.append(BUCKET.format(name=flow.name, bucket=bucket, region=region))
    if "splunk" in flow.outputs:
        outputs.append(SPLUNK)
    return (
        f'input {{\n  pipeline {{ address => "{flow.name}" }}\n}}\n\n'
        f"filter {{\n{filters}}}\n\noutput {{\n{''.join(outputs)}}}\n"
    )
