"""Public names at Route 53: taking a region out of them, and leading them around the edge.

A region is taken out through its health check, which is told to look at a host that cannot be: the
record stays as Terraform made it, and a region that dies meanwhile is not taken for a healthy one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws.account import Account

NOWHERE = "shut.invalid"  # .invalid has no addresses, ever (RFC 6761)
WHERE = "us-east-1"  # Route 53 is everywhere, and called there
EDGE, REGIONS = "edge", "regions"  # as terraform/modules/dns calls the two ways
WAY_SECONDS = 300
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names below a domain."""

    account: Account
    domain: str
    hosts: tuple[str, ...]

    def shut(self, region: str) -> tuple[str, ...]:
        """Sends nobody to a region any more; the names that led there."""
        return self._look_at(region, is_open=False)

    def open(self, region: str) -> tuple[str, ...]:
        """Sends people there again."""
        return self._look_at(region, is_open=True)

    def lead(self, *, around: bool) -> tuple[str, ...]:
        """Lets every public name lead around the edge, or through it; the names that changed."""
        wanted = {EDGE: 0 if around else 100, REGIONS: 100 if around else 0}
        zone = self._zone()
        changes: list[dict[str, Any]] = []
        for host in self.hosts:
            ways = {way: self._way(zone, host, way) for way in wanted}
            for way, record in ways.items():
                if record.get("Weight") != wanted[way]:
                    weighed = {**record, "Weight": wanted[way]}
                    changes.append({"Action": "UPSERT", "ResourceRecordSet": weighed})
        if changes:
            self._change(zone, changes)
        return tuple(dict.fromkeys(_plain(c["ResourceRecordSet"]["Name"]) for c in changes))

    def _look_at(self, region: str, *, is_open: bool) -> tuple[str, ...]:
        zone = self._zone()
        records = [r for r in self._records(zone) if r.get("Region")]
        there = [r for r in records if r["SetIdentifier"] == region and r.get("HealthCheckId")]
        if not there:
            raise TargetError(
                part=self.domain,
                doing="find the names that lead to a region",
                why=f"no name leads to {region}",
                try_="the balancers' names belong into live/global/gateways.auto.tfvars",
            )
        for record in there:
            if not is_open and not self._is_elsewhere(record, records):
                raise TargetError(
                    part=_plain(record["Name"]),
                    doing=f"shut {region}",
                    why="no other region of that name is open, so that would be an outage",
                    try_="open another region first (--end)",
                )
        return tuple(name for r in there if (name := self._turned(r, is_open=is_open)))

    def _turned(self, record: Record, *, is_open: bool) -> str | None:
        """The record's name if its check was changed."""
        wanted = _plain(record["ResourceRecords"][0]["Value"]) if is_open else NOWHERE
        if self._host_of(record) == wanted:
            return None
        self.account.do(
            "route53",
            WHERE,
            "update_health_check",
            HealthCheckId=record["HealthCheckId"],
            FullyQualifiedDomainName=wanted,
        )
        return _plain(record["Name"])

    def _host_of(self, record: Record) -> str:
        """Which host a record's check looks at."""
        found = self.account.ask(
            "route53", WHERE, "get_health_check", HealthCheckId=record["HealthCheckId"]
        )
        config = found["HealthCheck"]["HealthCheckConfig"]
        return _plain(config.get("FullyQualifiedDomainName", ""))

    def _is_elsewhere(self, record: Record, records: list[Record]) -> bool:
        return any(
            self._host_of(other) != NOWHERE
            for other in records
            if other["Name"] == record["Name"]
            and other["SetIdentifier"] != record["SetIdentifier"]
            and other.get("HealthCheckId")
        )

    def _zone(self) -> str:
        found = self.account.ask(
            "route53", WHERE, "list_hosted_zones_by_name", DNSName=self.domain, MaxItems="1"
        )
        for zone in found["HostedZones"]:
            if _plain(zone["Name"]) == self.domain:
                return str(zone["Id"]).rpartition("/")[2]
        raise TargetError(
            part=self.domain,
            doing="find its zone at Route 53",
            why="the account has no zone of that name",
            try_="`groundplan apply infra --only global` makes it",
        )

    def _records(self, zone: str) -> Iterator[Record]:
        """Every record of the zone, page after page."""
        start: dict[str, str] = {}
        while True:
            found = self.account.ask(
                "route53", WHERE, "list_resource_record_sets", HostedZoneId=zone, **start
            )
            yield from found["ResourceRecordSets"]
            if not found["IsTruncated"]:
                return
            pages = {of: found.get(f"NextRecord{of}") for of in ("Name", "Type", "Identifier")}
            start = {f"StartRecord{of}": value for of, value in pages.items() if value}

    def _way(self, zone: str, host: str, way: str) -> Record:
        for record in self._records(zone):
            if _plain(record["Name"]) == host and record.get("SetIdentifier") == f"{host}/{way}":
                return record
        raise TargetError(
            part=host,
            doing="find the two ways that it can lead",
            why=f"there is no record {host}/{way}",
            try_="they are rendered with providers.edge; `groundplan apply` makes them",
        )

    def _change(self, zone: str, changes: list[dict[str, Any]]) -> None:
        """All at once or none; then until every name server has them."""
        answer = self.account.do(
            "route53",
            WHERE,
            "change_resource_record_sets",
            HostedZoneId=zone,
            ChangeBatch={"Comment": "groundplan", "Changes": changes},
        )
        number = answer.get("ChangeInfo", {}).get("Id", "")

        def left() -> str:
            found = self.account.ask("route53", WHERE, "get_change", Id=number)
            state = str(found["ChangeInfo"]["Status"])
            return "" if state == "INSYNC" else f"the change is {state}"

        self.account.wait("all name servers know it", WHERE, WAY_SECONDS, left)


def _plain(name: str) -> str:
    return str(name).rstrip(".").casefold()
