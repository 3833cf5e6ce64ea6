"""The Redis exporter: turns one server's statistics into metrics."""

from typing import ClassVar

from groundplan.design.parts import RedisExporter
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.exporter import why_blind
from groundplan.targets.local.parts.redis import SECRET
from groundplan.targets.local.processes.programs import REDIS_EXPORTER, Program, find
from groundplan.targets.local.recipe import Recipe


class RedisExporterRecipe(Recipe[RedisExporter]):
    """One exporter beside one server."""

    programs: ClassVar[tuple[Program, ...]] = (REDIS_EXPORTER,)

    def command(self, part: RedisExporter, machine: Machine) -> tuple[str, ...]:
        return (
            str(find(REDIS_EXPORTER)),
            f"-web.listen-address={part.address}:{part.port}",
            "-connection-timeout=2s",
        )

    def files(self, part: RedisExporter, machine: Machine) -> tuple[File, ...]:
        return ()

    def environment(self, part: RedisExporter, machine: Machine) -> tuple[tuple[str, str], ...]:
        return (
            ("REDIS_ADDR", f"redis://{part.server}:{part.server_port}"),
            ("REDIS_PASSWORD", machine.secret(SECRET)),
        )

    def probe(self, part: RedisExporter, machine: Machine) -> str | None:
        return why_blind(part, sees="redis_up 1")
