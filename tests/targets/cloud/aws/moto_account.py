"""A server of moto's, and what the rendered Terraform would have made in its account.

moto knows the shapes of AWS's calls and not what AWS does: what passes here is accepted as a call,
and nothing is proven of a cloud.
"""

import json
import logging
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer

from groundplan.targets.cloud.aws import account as transport
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.call import Answer, Call
from groundplan.targets.cloud.aws.instance import Server

HOME, OTHER = "us-east-1", "ca-central-1"
DOMAIN = "mvlbim.example"
PASSWORD = "hunter2-and-more"
SECRET = "mvlbim/production/stores"


@dataclass(frozen=True, slots=True)
class Moto:
    """`address` is its server's."""

    address: str

    def account(self, *, is_dry: bool = False) -> tuple[Account, list[str]]:
        """An account, and the lines that it says."""
        lines: list[str] = []
        return Account(say=lines.append, transport=as_aws, is_dry=is_dry, poll_seconds=0.01), lines

    def client(self, service: str, region: str = HOME) -> Any:
        """boto3's own, to make things and look at them."""
        return transport._client(service, region)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a server that lives as long as the tests."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    transport._client.cache_clear()  # a client goes on with the address that it was made for
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Moto:
    """Calls of boto3 go there; whose they are does not matter to it."""
    for name, value in {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return emptied(moto_server)


def emptied(address: str) -> Moto:
    """Nothing of the test before is left."""
    urllib.request.urlopen(
        urllib.request.Request(f"{address}/moto-api/reset", method="POST"), timeout=10
    ).close()
    return Moto(address)


def as_aws(call: Call) -> Answer:
    """moto leaves a promoted replica with the name of its primary, which AWS does not."""
    answer = transport.boto(call)
    if call.operation == "promote_read_replica":
        backend: Any = get_backend("rds")[DEFAULT_ACCOUNT_ID][call.region]
        server = backend.databases[call.parameters["DBInstanceIdentifier"]]
        server.source_db_instance_identifier = None
    return answer


def servers(moto: Moto, *regions: str) -> tuple[Server, ...]:
    """A primary in the first region and a replica in each other, in networks of their own."""
    made = tuple(
        Server(name=f"mvlbim-production-{region}", region=region, backup_days=30)
        for region in regions or (HOME, OTHER)
    )
    arn = ""
    for server in made:
        ec2, rds = moto.client("ec2", server.region), moto.client("rds", server.region)
        network = ec2.create_vpc(CidrBlock="10.32.0.0/16")["Vpc"]["VpcId"]
        zone = f"{server.region}a"
        subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.32.0.0/20", AvailabilityZone=zone)
        rds.create_db_subnet_group(
            DBSubnetGroupName=server.name,
            DBSubnetGroupDescription="private",
            SubnetIds=[subnet["Subnet"]["SubnetId"]],
        )
        group = ec2.create_security_group(
            GroupName=f"{server.name}-postgres", Description="cluster", VpcId=network
        )["GroupId"]
        given = {"DBInstanceIdentifier": server.name, "DBInstanceClass": "db.m6g.large"}
        if not arn:
            made_there = rds.create_db_instance(
                **given,
                DBSubnetGroupName=server.name,
                VpcSecurityGroupIds=[group],
                Engine="postgres",
                AllocatedStorage=100,
                MasterUsername="groundplan",
                MasterUserPassword=PASSWORD,
            )
            arn = made_there["DBInstance"]["DBInstanceArn"]
        else:  # moto looks for a replica's network in the region of its primary
            rds.create_db_instance_read_replica(
                **given, SourceDBInstanceIdentifier=arn, SourceRegion=made[0].region
            )
    return made


def stores(moto: Moto, host: str, *, is_copied: bool = True) -> None:
    """The secret that services read: with a copy in the other region, or one in each."""
    value = {
        "database-url": f"postgresql://shop:{PASSWORD}@{host}:5432/mvlbim?sslmode=require",
        "redis-url": f"rediss://:{PASSWORD}@cache:6379/0",
    }
    copies = {"AddReplicaRegions": [{"Region": OTHER}]} if is_copied else {}
    text = json.dumps(value)
    moto.client("secretsmanager").create_secret(Name=SECRET, SecretString=text, **copies)
    if not is_copied:
        moto.client("secretsmanager", OTHER).create_secret(Name=SECRET, SecretString=text)


def address(moto: Moto, server: Server) -> str:
    """Where a server answers."""
    found = moto.client("rds", server.region).describe_db_instances(
        DBInstanceIdentifier=server.name
    )
    return str(found["DBInstances"][0]["Endpoint"]["Address"])
