"""Alertmanager: takes what fires in its region. Until the file names a receiver it only keeps it.

It runs alone: a region's alerts must not need another region.
"""

from typing import ClassVar

from groundplan.design.parts import Alertmanager
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.http import why_not
from groundplan.targets.local.programs import ALERTMANAGER, Program, find
from groundplan.targets.local.recipe import Change, Recipe

CONFIG = "alertmanager.yml"

_CONFIG = """\
# {name}, rendered by groundplan: the next `groundplan up` overwrites edits.
route:
  receiver: nobody
  group_by: [alertname, slo, region]
  group_wait: 5s
  group_interval: 1m
  repeat_interval: 4h
inhibit_rules:
  # Who was woken for a budget needs no ticket for it, too.
  - source_matchers: ['severity="page"']
    target_matchers: ['severity="ticket"']
    equal: [slo, region]
receivers:
  - name: nobody
"""


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
            "--log.level=warn",
        )

    def files(self, part: Alertmanager, machine: Machine) -> tuple[File, ...]:
        return (File(path=CONFIG, text=_CONFIG.format(name=part.name)),)

    def prepare(self, part: Alertmanager, machine: Machine) -> None:
        (machine.directory(part) / "data").mkdir(exist_ok=True)

    def probe(self, part: Alertmanager, machine: Machine) -> str | None:
        return why_not(part.address, part.port, "/-/ready")
