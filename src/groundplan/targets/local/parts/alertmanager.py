"""Alertmanager: takes what fires in its region, and tells whom the file names.

Where somebody can be reached is a secret of the platform; without it alerts are only kept.

It runs alone: a region's alerts must not need another region.
"""

from typing import Any, ClassVar

import yaml

from groundplan.design.notifications import SECRET, Means, means_of, slug
from groundplan.design.parts import Alertmanager
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import why_not
from groundplan.targets.local.processes.programs import ALERTMANAGER, Program, find
from groundplan.targets.local.recipe import Change, Recipe

CONFIG = "alertmanager.yml"


class AlertmanagerRecipe(Recipe[Alertmanager]):
    """The alerts of one region."""

    programs: ClassVar[tuple[Program, ...]] = (ALERTMANAGER,)
    change: ClassVar[Change] = Change.RELOAD

    def command(self, part: Alertmanager, machine: Machine) -> tuple[str, ...]:
        folder = machine.directory(part)
        return (
            str(find(ALERTMANAGER)),
            f"--config.file={folder / CONFIG}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={part.address}:{part.port}",
            "--cluster.listen-address=",  # no gossip
            "--data.maintenance-interval=15s",  # a silence survives a kill that comes later
            "--log.level=warn",
        )

    def files(self, part: Alertmanager, machine: Machine) -> tuple[File, ...]:
        head = (
            f"# {part.name}, rendered by groundplan: the next `groundplan up` overwrites edits.\n"
        )
        text = head + yaml.safe_dump(_config(part, machine), sort_keys=False, width=100)
        return (File(path=CONFIG, text=text, mode=0o600),)

    def prepare(self, part: Alertmanager, machine: Machine) -> None:
        (machine.directory(part) / "data").mkdir(exist_ok=True)

    def probe(self, part: Alertmanager, machine: Machine) -> str | None:
        return why_not(part.address, part.port, "/-/ready")


def _config(part: Alertmanager, machine: Machine) -> dict[str, Any]:
    return {
        "route": {
            "receiver": "nobody",
            "group_by": ["alertname", "slo", "region"],
            "group_wait": "5s",
            "group_interval": "1m",
            "repeat_interval": "4h",
            "routes": [
                {"receiver": name, "matchers": [f"notify={_quoted(name)}"]} for name in part.told
            ],
        },
        # Who was woken for a budget needs no ticket for it, too.
        "inhibit_rules": [
            {
                "source_matchers": ['severity="page"'],
                "target_matchers": ['severity="ticket"'],
                "equal": ["slo", "region"],
            }
        ],
        "receivers": [{"name": "nobody"}, *(_receiver(name, machine) for name in part.told)],
    }


def _receiver(name: str, machine: Machine) -> dict[str, Any]:
    """How somebody is told: PagerDuty and Slack in their own words, others by a webhook."""
    try:
        first, *more = machine.secret(SECRET + slug(name)).split()
    except (FileNotFoundError, ValueError):
        return {"name": name}
    means = means_of(name)
    if means is Means.PAGERDUTY:
        address = {"url": more[0]} if more else {}
        return {"name": name, "pagerduty_configs": [{"routing_key": first, **address}]}
    if means is Means.SLACK:
        channel = {"channel": more[0]} if more else {}
        return {
            "name": name,
            "slack_configs": [{"api_url": first, "send_resolved": True, **channel}],
        }
    return {"name": name, "webhook_configs": [{"url": first}]}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
