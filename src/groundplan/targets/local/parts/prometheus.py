"""Prometheus: scrapes every part of its region by itself, never a balanced name.

Targets stand in a file that it watches: a replica that comes or goes costs no reload. All jobs
share the file, since each that has one of its own takes one of the 128 inotify instances that
Linux gives an account; what a job says stands in the labels of its targets.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import yaml

from groundplan.design.dashboards import grafana
from groundplan.design.monitored import dashboards
from groundplan.design.parts import (
    Agent,
    Alertmanager,
    AnyPart,
    Gateway,
    PostgresExporter,
    Prometheus,
    RedisExporter,
    ScrapeJob,
    Service,
    Tracer,
)
from groundplan.design.rules import groups
from groundplan.targets.local.files import File, Reading
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import get, why_not
from groundplan.targets.local.processes.programs import PROMETHEUS, Program, find
from groundplan.targets.local.recipe import Change, Recipe

CONFIG = "prometheus.yml"
RULES = "rules/*.yml"
RULES_FILE = "rules/groundplan.yml"
TARGETS = "targets.json"
DASHBOARDS = "dashboards"
SECONDS = 2
SCRAPE_SECONDS_MAX = 10  # Prometheus' own default: how long it waits for an answer


class PrometheusRecipe(Recipe[Prometheus]):
    """The metrics of one region."""

    programs: ClassVar[tuple[Program, ...]] = (PROMETHEUS,)
    change: ClassVar[Change] = Change.RELOAD
    stop_seconds: ClassVar[int] = 20  # it writes its head to disk
    ready_seconds: ClassVar[float] = 60  # after a kill it replays its log first

    def command(self, part: Prometheus, machine: Machine) -> tuple[str, ...]:
        folder = machine.directory(part)
        return (
            str(find(PROMETHEUS)),
            f"--config.file={folder / CONFIG}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--storage.tsdb.retention.time={_days(part.retention_days)}",
            f"--web.listen-address={part.address}:{part.port}",
            # Alerts that fired before Alertmanager was found are sent again after this long; the
            # default of a minute kept the first ones back.
            "--rules.alert.resend-delay=5s",
            "--enable-feature=exemplar-storage",  # which trace shows what a slow request did
            "--log.level=warn",
        )

    def files(self, part: Prometheus, machine: Machine) -> tuple[File, ...]:
        jobs = [job for job in machine.design.scrape(part.site) if job.name in part.jobs]
        return (
            File(path=CONFIG, text=_config(part, machine)),
            File(path=RULES_FILE, text=_rules(part, machine)),
            File(path=TARGETS, text=_targets(jobs, part.site, machine), reading=Reading.LIVE),
            *_dashboards(machine),
        )

    def instances(self, part: Prometheus) -> int:
        return 1  # for each job of its configuration

    def prepare(self, part: Prometheus, machine: Machine) -> None:
        for name in ("data", "rules"):
            (machine.directory(part) / name).mkdir(exist_ok=True)

    def needs_restart(self, part: Prometheus, machine: Machine) -> bool:
        try:
            _, body = get(part.address, part.port, "/api/v1/status/flags", SECONDS)
            runs_with = json.loads(body)["data"]
        except (OSError, ValueError, KeyError):
            return True
        flags = (word.removeprefix("--").split("=", 1) for word in self.command(part, machine)[1:])
        return any(runs_with.get(name) != value for name, value in flags)

    def probe(self, part: Prometheus, machine: Machine) -> str | None:
        return why_not(part.address, part.port, "/-/ready")


def _config(part: Prometheus, machine: Machine) -> str:
    design = machine.design
    config = {
        "global": {
            "scrape_interval": _duration(part.scrape_seconds),
            "evaluation_interval": _duration(part.evaluation_seconds),
            "external_labels": {
                "platform": design.platform,
                "environment": design.environment,
                "region": part.site,
            },
        },
        "rule_files": [RULES],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": list(part.alertmanagers)}]}]
        },
        "scrape_configs": [{"job_name": "parts", "file_sd_configs": [{"files": [TARGETS]}]}],
    }
    return _document(part, config)


def _rules(part: Prometheus, machine: Machine) -> str:
    return _document(part, {"groups": groups(machine.design.objectives)})


def _dashboards(machine: Machine) -> Iterator[File]:
    """For Grafana, which need not be there: it imports them, or is provisioned with the folder."""
    design = machine.design
    for each in dashboards(design.promises, design.objectives):
        text = json.dumps(grafana(each, design.platform), indent=1) + "\n"
        yield File(path=f"{DASHBOARDS}/{each.slug}.json", text=text, reading=Reading.LIVE)


def _document(part: Prometheus, content: dict[str, Any]) -> str:
    head = f"# {part.name}, rendered by groundplan: the next `groundplan up` overwrites edits.\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _targets(jobs: Iterable[ScrapeJob], site: str, machine: Machine) -> str:
    groups = [group for job in jobs for group in _groups(job, site, machine)]
    return json.dumps(groups, indent=1) + "\n"


def _groups(job: ScrapeJob, site: str, machine: Machine) -> Iterator[dict[str, Any]]:
    says = _job_labels(job)
    for part in map(machine.design.part, job.parts):
        place = f"{part.address}:{_metrics_port(part)}"
        yield {"targets": [place], "labels": says | _labels(part)}
    if job.extra:
        yield {"targets": list(job.extra), "labels": says | {"region": site}}


def _job_labels(job: ScrapeJob) -> dict[str, str]:
    """What a job of Prometheus' says, as labels of a target; those with `__` are not stored."""
    return {
        "job": job.name,
        "__metrics_path__": job.metrics_path,
        "__scrape_interval__": _duration(job.interval_seconds),
        "__scrape_timeout__": _duration(min(job.interval_seconds, SCRAPE_SECONDS_MAX)),
    }


def _metrics_port(part: AnyPart) -> int:
    """Where a part answers Prometheus."""
    match part:
        case Gateway():
            return part.admin_port
        case Service() | Prometheus() | Alertmanager() | PostgresExporter() | RedisExporter():
            return part.port
        case Agent() | Tracer():
            return part.port
    raise AssertionError(f"{part.name} has no metrics of its own; its exporter has")


def _labels(part: AnyPart) -> dict[str, str]:
    if isinstance(part, Agent):
        return {"part": part.name}  # it says the regions itself
    labels = {"region": part.site, "part": part.name}
    if isinstance(part, Service):
        labels |= {"service": part.service, "subset": part.subset, "version": part.version}
    return labels


def _days(days: int) -> str:
    """Days as Prometheus says them itself, so that its flags can be compared with ours."""
    for unit, length in (("y", 365), ("w", 7)):
        if days % length == 0:
            return f"{days // length}{unit}"
    return f"{days}d"


def _duration(seconds: float) -> str:
    """Prometheus takes whole numbers only."""
    milliseconds = round(seconds * 1000)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"
