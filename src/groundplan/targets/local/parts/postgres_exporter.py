"""The PostgreSQL exporter: turns one server's statistics into metrics."""

from typing import ClassVar

from groundplan.design.parts import PostgresExporter
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.exporter import why_blind
from groundplan.targets.local.parts.postgres_files import MONITOR, SECRETS
from groundplan.targets.local.processes.programs import POSTGRES_EXPORTER, Program, find
from groundplan.targets.local.recipe import Recipe


class PostgresExporterRecipe(Recipe[PostgresExporter]):
    """One exporter beside one server."""

    programs: ClassVar[tuple[Program, ...]] = (POSTGRES_EXPORTER,)

    def command(self, part: PostgresExporter, machine: Machine) -> tuple[str, ...]:
        return (
            str(find(POSTGRES_EXPORTER)),
            f"--web.listen-address={part.address}:{part.port}",
            "--log.level=warn",
        )

    def files(self, part: PostgresExporter, machine: Machine) -> tuple[File, ...]:
        return ()

    def environment(self, part: PostgresExporter, machine: Machine) -> tuple[tuple[str, str], ...]:
        return (
            ("DATA_SOURCE_URI", f"{part.server}:{part.server_port}/postgres?sslmode=disable"),
            ("DATA_SOURCE_USER", MONITOR),
            ("DATA_SOURCE_PASS", machine.secret(SECRETS[MONITOR])),
        )

    def probe(self, part: PostgresExporter, machine: Machine) -> str | None:
        return why_blind(part, sees="pg_up 1")
