"""The Regions port on AWS: which server the services write to, as their secret tells them.

Each region's cluster reads the secret of its own region: one that stands alone there, or a copy. A
copy follows its original while the region of that answers; else it becomes an original.
"""

from dataclasses import dataclass

from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.refusals import AwsError
from groundplan.targets.cloud.aws.secret_text import led
from groundplan.targets.cloud.aws.servers import RdsServers

KEY = "database-url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """`secret` stands in some of the `regions`, originals first. `notes` are for people."""

    account: Account
    servers: RdsServers
    secret: str
    regions: tuple[str, ...]
    notes: list[str]

    def home(self) -> str:
        """The region that takes writes."""
        return self.servers.region_of(self.servers.claim().name)

    def move_home(self, region: str) -> None:
        """Lets every copy of the secret lead to the server of a region."""
        names = [name for name in self.servers.names() if self.servers.region_of(name) == region]
        to = self.servers.instance(names[0]).address
        moved = [place for place in self._originals() if self._lead(place, to)]
        if moved:
            self.notes.append(
                f"the services of {', '.join(moved)} learn the new address within the hour; at "
                "once: kubectl annotate externalsecret --all force-sync=$(date +%s), then kubectl "
                "rollout restart"
            )

    def carry(self, region: str) -> dict[str, list[int]]:
        """Replicas are the autoscaler's, which sees the load itself."""
        return {}

    def _originals(self) -> list[str]:
        """The regions whose secret can be written; the copies that have to stand alone do then."""
        found: list[str] = []
        for place in self.regions:
            try:
                told = self.account.find(
                    "secretsmanager", place, "describe_secret", SecretId=self.secret
                )
            except AwsError as error:
                if not error.is_silence:
                    raise
                self.notes.append(f"{self.secret} in {place} is as it was: {error.why}")
                continue
            if told is None:
                continue
            original = str(told.get("PrimaryRegion") or place)
            if original in (place, *found):
                found += [place] if original == place else []
                continue
            self.account.do(
                "secretsmanager", place, "stop_replication_to_replica", SecretId=self.secret
            )
            found.append(place)
        if not found:
            self.notes.append(f"{self.secret} is nowhere: tell the services the address yourself")
        return found

    def _lead(self, place: str, to: str) -> bool:
        """Whether the secret there was changed. A dry run does not read it."""
        call = self.account
        if call.is_dry:
            call.do(
                "secretsmanager", place, "put_secret_value", SecretId=self.secret, SecretString=""
            )
            return True
        answer = call.ask("secretsmanager", place, "get_secret_value", SecretId=self.secret)
        found = led(str(answer.get("SecretString", "")), KEY, self.servers.names(), to)
        if found.why_not:
            self.notes.append(f"{self.secret} in {place} is as it was: {found.why_not}")
        if found.text is None:
            return False
        call.do(
            "secretsmanager",
            place,
            "put_secret_value",
            SecretId=self.secret,
            SecretString=str(found.text),
        )
        return True
