"""What a region's services see: a primary, its replica, a cache. And the API in front of them."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.mvlbim_api.api import API_FOLDER, Api
from examples.mvlbim_api.servers import (
    ACCOUNT,
    BARE_ENVIRONMENT,
    DATABASE,
    MASTER,
    PASSWORD,
    Postgres,
    Redis,
    Sentinel,
    free_port,
    within,
)


@dataclass(kw_only=True)
class Tier:
    """A primary, its replica, a cache: what a region's services see."""

    folder: Path
    address: str
    primary: Postgres = field(init=False)
    replica: Postgres = field(init=False)
    redis: Redis = field(init=False)
    sentinel: Sentinel = field(init=False)

    def __post_init__(self) -> None:
        self.primary = Postgres(**self.place("primary"))
        self.replica = Postgres(**self.place("replica"))
        self.redis = Redis(**self.place("redis"))
        self.sentinel = Sentinel(**self.place("sentinel"))

    def place(self, name: str) -> dict[str, Any]:
        """A folder that both root and postgres may enter, and a free port."""
        folder = self.folder / name
        folder.mkdir(mode=0o755)
        if ACCOUNT:
            shutil.chown(folder, "postgres")
        return {"folder": folder, "address": self.address, "port": free_port(self.address)}

    def start(self) -> None:
        self.primary.build()
        self.replica.build_replica_of(self.primary)
        self.redis.start()
        self.sentinel.watch(self.redis)
        self.migrate()

    def stop(self) -> None:
        for server in (self.sentinel, self.redis, self.replica, self.primary):
            server.kill()

    def revive(self) -> None:
        """Everything runs again, and the replica has all the primary has."""
        self.redis.revive()
        self.primary.revive()
        self.replica.revive()
        within(60, "the replica has caught up", self.is_caught_up)

    def is_caught_up(self) -> bool:
        written = self.primary.sql("select pg_current_wal_lsn()")
        return self.replica.sql(f"select pg_last_wal_replay_lsn() >= '{written}'") == "t"

    @property
    def environment(self) -> dict[str, str]:
        """What the platform tells a service, in the platform's own form."""
        servers = f"postgresql://app:{PASSWORD}@"
        primary, replica = self.primary.name, self.replica.name
        return {
            "DATABASE_URL": f"{servers}{primary},{replica}/{DATABASE}"
            "?target_session_attrs=read-write",
            "DATABASE_READ_URL": f"{servers}{replica},{primary}/{DATABASE}"
            "?target_session_attrs=any",
            "REDIS_SENTINELS": self.sentinel.name,
            "REDIS_MASTER": MASTER,
            "REDIS_PASSWORD": PASSWORD,
            "REGION": "eu-west-1",
            "ENVIRONMENT": "test",
            "SERVICE_NAME": "mvlbim-api",
            "SERVICE_VERSION": "1.2.3",
        }

    def migrate(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            (sys.executable, "-m", "mvlbim_api", "migrate", *arguments),
            env=BARE_ENVIRONMENT | self.environment | environment,
            cwd=API_FOLDER,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def api(self, name: str, **environment: str) -> Api:
        return Api(**self.place(name), environment=self.environment | environment)
