"""The Databases port on RDS: which server takes writes, and giving that to one of another region.

Who was named stands in a tag of the server. The old primary is fenced by taking its network away:
RDS stops no server that has replicas. A region that does not answer cannot be fenced; whoever says
that it is lost answers for that.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from groundplan.errors import TargetError
from groundplan.ports.databases import Claim, Sight, Vantage
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.instance import (
    ENDED,
    FENCED,
    TERM,
    Instance,
    Server,
    instance_of,
    sight_of,
)
from groundplan.targets.cloud.aws.refusals import AwsError

FENCE_SECONDS, PROMOTE_SECONDS = 900, 3600
BUSY_SECONDS = 900


class RdsServers:
    """The servers of one platform in one environment; the first is the primary of the file."""

    def __init__(self, account: Account, servers: tuple[Server, ...]) -> None:
        self._account = account
        self._shut: set[str] = set()  # by this object; a dry run has no other trace of it
        self._servers = {server.name: server for server in servers}

    def names(self) -> tuple[str, ...]:
        return tuple(self._servers)

    def region_of(self, name: str) -> str:
        return self._servers[name].region

    def claim(self) -> Claim:
        """The one that was named last; before the first failover the file's own."""
        found = [each for each in self._every() if isinstance(each, Instance)]
        newest = max(found, key=lambda each: each.term, default=None)
        if newest is None or newest.term == 0:
            return Claim(name=self.names()[0], term=0)
        return Claim(name=newest.name, term=newest.term)

    def look(self) -> tuple[Sight, ...]:
        """Every server; a region that does not answer is told in the sight of its server."""
        return tuple(
            sight_of(each)
            if isinstance(each, Instance)
            else Sight(name=name, region=self.region_of(name), answers=False, why=each.why)
            for name, each in zip(self._servers, self._every(), strict=True)
        )

    def reach(self, region: str) -> tuple[Vantage, ...]:
        """Nobody looks from one region into another here."""
        return ()

    def name_primary(self, claim: Claim) -> None:
        found = self.instance(claim.name)
        if found.term >= claim.term:
            return
        self._tag(found, TERM, str(claim.term))

    def fence(self, name: str) -> None:
        """Lets nobody connect, and ends the connections that there are."""
        region = self.region_of(name)
        try:
            found = self.instance(name)
        except AwsError as error:
            if error.is_silence and region in self._account.lost:
                self._account.say(f"# {name} cannot be fenced: {error.why}")
                return
            raise _unfenced(name, region, error) from error
        if found.status in ENDED or found.is_fenced:
            return
        fence = self._fence_of(found)
        self._settled(name)
        if found.groups != (fence,):
            self._groups(found, fence)
            self._wait_for_groups(found, fence)
        self._do(found, "reboot_db_instance", DBInstanceIdentifier=name)
        self._account.wait(
            f"{name} is fenced", region, FENCE_SECONDS, lambda: _available(self.instance(name))
        )
        self._tag(found, FENCED, "yes")
        self._shut.add(name)

    def fence_others(self, name: str) -> tuple[str, ...]:
        """Fences whoever else takes writes: a primary whose region has come back. Their names."""
        left = tuple(
            sight.name
            for sight in self.look()
            if sight.name not in (name, *self._shut)
            and (sight.answers and sight.is_primary and not sight.is_fenced)
        )
        for other in left:
            self.fence(other)
        return left

    def shut_down(self, name: str) -> int:
        raise TargetError(
            part=name,
            doing="stop it in order",
            why="RDS stops no server that has replicas",
            try_="`groundplan failover` in an hour without writes",
        )

    def start(self, name: str) -> None:
        """Gives a fenced server its network back."""
        found = self.instance(name)
        own = self._group_id(found, f"{name}-postgres")
        if own is None:
            raise TargetError(
                part=name,
                doing="let people in again",
                why=f"there is no security group {name}-postgres",
                try_="`groundplan apply` makes it",
            )
        if found.groups != (own,):
            self._groups(found, own)
            self._wait_for_groups(found, own)
        if found.is_fenced:
            self._do(found, "remove_tags_from_resource", ResourceName=found.arn, TagKeys=[FENCED])

    def promote(self, name: str) -> None:
        """Waits for the log that has arrived; RDS restarts the server then."""
        region = self.region_of(name)
        if not self.instance(name).source:
            return
        self._settled(name)
        found = self.instance(name)
        if not found.source:
            return
        days = self._servers[name].backup_days
        self._do(
            found, "promote_read_replica", DBInstanceIdentifier=name, BackupRetentionPeriod=days
        )

        def left() -> str:
            now = self.instance(name)
            return f"it replicates {now.source}" if now.source else _available(now)

        self._account.wait(f"{name} takes writes", region, PROMOTE_SECONDS, left)

    def follow(self, name: str, primary: str) -> None:
        if self.instance(name).source != primary:
            raise TargetError(
                part=name,
                doing=f"follow {primary}",
                why="RDS lets no replica change its primary",
                try_=f"make it anew: delete {name}, then `groundplan apply` with the file's new "
                "order of regions",
            )

    def rejoin(self, name: str) -> str:
        raise TargetError(
            part=name,
            doing="become a replica again",
            why="RDS makes no replica of a server that was a primary",
            try_=f"keep a snapshot of it, delete {name}, then make it anew as a replica",
        )

    def confirm_by(self, primary: str, names: tuple[str, ...]) -> None:
        """Multi-AZ confirms every commit, and needs no names."""

    def instance(self, name: str) -> Instance:
        """A server now."""
        server = self._servers[name]
        answer = self._account.ask(
            "rds", server.region, "describe_db_instances", DBInstanceIdentifier=name
        )
        return instance_of(server, answer["DBInstances"][0])

    def _every(self) -> list[Instance | TargetError]:
        """All are asked at the same time: one region that is silent costs as much as five."""

        def look(name: str) -> Instance | TargetError:
            try:
                return self.instance(name)
            except AwsError as error:
                if error.is_silence or error.is_missing:
                    return error
                raise

        with ThreadPoolExecutor(len(self._servers)) as pool:
            return list(pool.map(look, self._servers))

    def _settled(self, name: str) -> None:
        """RDS refuses changes while another one is being made."""
        look: Callable[[], str] = lambda: _available(self.instance(name))  # noqa: E731
        self._account.wait(f"{name} can be changed", self.region_of(name), BUSY_SECONDS, look)

    def _fence_of(self, found: Instance) -> str:
        """A security group without a rule; made when it is not there."""
        name = f"{found.name}-fence"
        known = self._group_id(found, name)
        if known:
            return known
        made = self._account.do(
            "ec2",
            found.region,
            "create_security_group",
            GroupName=name,
            Description="Nobody: a primary that was given up",
            VpcId=found.network,
        )
        return str(made.get("GroupId", f"(the group {name})"))

    def _group_id(self, found: Instance, name: str) -> str | None:
        filters = [
            {"Name": "group-name", "Values": [name]},
            {"Name": "vpc-id", "Values": [found.network]},
        ]
        answer = self._account.ask("ec2", found.region, "describe_security_groups", Filters=filters)
        groups = answer["SecurityGroups"]
        return str(groups[0]["GroupId"]) if groups else None

    def _groups(self, found: Instance, group: str) -> None:
        self._do(
            found,
            "modify_db_instance",
            DBInstanceIdentifier=found.name,
            VpcSecurityGroupIds=[group],
            ApplyImmediately=True,
        )

    def _wait_for_groups(self, found: Instance, group: str) -> None:
        def left() -> str:
            now = self.instance(found.name)
            if now.groups != (group,):
                return f"it is in {', '.join(now.groups)}"
            return _available(now)

        self._account.wait(f"{found.name} is in {group}", found.region, FENCE_SECONDS, left)

    def _tag(self, found: Instance, key: str, value: str) -> None:
        tag = {"Key": key, "Value": value}
        self._do(found, "add_tags_to_resource", ResourceName=found.arn, Tags=[tag])

    def _do(self, found: Instance, operation: str, **parameters: object) -> None:
        self._account.do("rds", found.region, operation, **parameters)


def _available(found: Instance) -> str:
    return "" if found.is_available else f"it is {found.status}"


def _unfenced(name: str, region: str, error: AwsError) -> TargetError:
    if not error.is_silence:
        return error
    return TargetError(
        part=name,
        doing="fence it",
        why=f"{error.why}. Nobody knows whether it still takes writes, which would be lost",
        try_=f"--lost when you know that {region} is lost",
    )
