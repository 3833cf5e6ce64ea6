"""Public names: a region is taken out of them and put back, and the edge is gone around."""

from typing import Any

import pytest
from targets.cloud.aws.moto_account import DOMAIN, HOME, OTHER, Moto

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws.names import NOWHERE, WHERE, Names

HOST = f"api.{DOMAIN}"


def made(moto: Moto) -> Any:
    """As terraform/modules/dns makes them: regions by nearness with checks, and two ways."""
    route53 = moto.client("route53", WHERE)
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="1")["HostedZone"]["Id"]
    records: list[dict[str, Any]] = []
    for region in (HOME, OTHER):
        target = f"gateway.{region}.elb.amazonaws.com"
        check = route53.create_health_check(
            CallerReference=region,
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": target,
                "ResourcePath": "/readyz",
            },
        )["HealthCheck"]["Id"]
        records.append(
            record(f"regions.{HOST}", target, region, Region=region, HealthCheckId=check)
        )
    records.append(record(HOST, f"{HOST}.cdn.cloudflare.net", f"{HOST}/edge", Weight=100))
    records.append(record(HOST, f"regions.{HOST}", f"{HOST}/regions", Weight=0))
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [{"Action": "CREATE", "ResourceRecordSet": each} for each in records]
        },
    )
    return route53


def record(name: str, target: str, identifier: str, **more: object) -> dict[str, Any]:
    value = [{"Value": target}]
    return {
        "Name": name,
        "Type": "CNAME",
        "TTL": 30,
        "ResourceRecords": value,
        "SetIdentifier": identifier,
        **more,
    }


def looked_at(route53: Any) -> list[str]:
    checks = route53.list_health_checks()["HealthChecks"]
    return sorted(each["HealthCheckConfig"]["FullyQualifiedDomainName"] for each in checks)


def names(moto: Moto, *, is_dry: bool = False) -> Names:
    account, _ = moto.account(is_dry=is_dry)
    return Names(account=account, domain=DOMAIN, hosts=(HOST,))


def test_a_region_is_shut_and_opened_and_each_once(moto: Moto) -> None:
    route53 = made(moto)
    before = looked_at(route53)
    assert names(moto).shut(HOME) == (f"regions.{HOST}",)
    assert looked_at(route53) == [f"gateway.{OTHER}.elb.amazonaws.com", NOWHERE]
    assert names(moto).shut(HOME) == ()
    assert names(moto).open(HOME) == (f"regions.{HOST}",)
    assert looked_at(route53) == before
    assert names(moto).open(HOME) == ()


def test_the_last_region_is_not_shut(moto: Moto) -> None:
    made(moto)
    names(moto).shut(HOME)
    with pytest.raises(TargetError, match="that would be an outage"):
        names(moto).shut(OTHER)


def test_names_lead_around_the_edge_and_back(moto: Moto) -> None:
    route53 = made(moto)

    def weights() -> dict[str, int]:
        zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
        found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return {each["SetIdentifier"]: each["Weight"] for each in found if "Weight" in each}

    assert names(moto, is_dry=True).lead(around=True) == (HOST,)
    assert weights() == {f"{HOST}/edge": 100, f"{HOST}/regions": 0}
    assert names(moto).lead(around=True) == (HOST,)
    assert weights() == {f"{HOST}/edge": 0, f"{HOST}/regions": 100}
    assert names(moto).lead(around=True) == ()
    assert names(moto).lead(around=False) == (HOST,)
    assert weights() == {f"{HOST}/edge": 100, f"{HOST}/regions": 0}


def test_what_is_not_there_is_said_with_what_makes_it(moto: Moto) -> None:
    with pytest.raises(TargetError, match="--only global"):
        names(moto).shut(HOME)
    made(moto)
    with pytest.raises(TargetError, match=r"gateways\.auto\.tfvars"):
        names(moto).shut("eu-west-1")
