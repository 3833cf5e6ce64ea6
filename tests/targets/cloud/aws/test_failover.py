"""The operation that gives a primary up, as it runs on this machine, run on RDS's calls."""

import json
from collections.abc import Callable

import pytest
from targets.cloud.aws.moto_account import (
    HOME,
    OTHER,
    PASSWORD,
    SECRET,
    Moto,
    address,
    as_aws,
    servers,
    stores,
)

from groundplan.cli.following.thread import Thread
from groundplan.errors import TargetError
from groundplan.operations.recovery.failover import Failover, failover
from groundplan.operations.recovery.moving import Confirmation, Ports
from groundplan.ports.journal import Outcome, State
from groundplan.targets.cloud.aws.account import Account
from groundplan.targets.cloud.aws.addresses import Addresses
from groundplan.targets.cloud.aws.call import Answer, Call
from groundplan.targets.cloud.aws.instance import Server
from groundplan.targets.cloud.aws.refusals import AwsError, Refusal, refused
from groundplan.targets.cloud.aws.servers import RdsServers

Said = list[str]


def moved(account: Account, made: tuple[Server, ...], said: Said) -> Outcome:
    """As the verb does it."""
    found = RdsServers(account, made)
    claim = found.claim()
    regions = Addresses(
        account=account, servers=found, secret=SECRET, regions=(HOME, OTHER), notes=said
    )
    wanted = Failover(
        primary=claim.name,
        region=OTHER,
        because="a test",
        confirmation=Confirmation(),
        may_lose=True,
        is_named=found.region_of(claim.name) == OTHER,
    )
    thread = Thread(said.append, said.append)
    outcome = failover(thread, Ports(databases=found, regions=regions), wanted)
    found.fence_others(str(outcome.facts.get("new", claim.name)))
    return outcome


def leads_to(moto: Moto, region: str) -> str:
    value = moto.client("secretsmanager", region).get_secret_value(SecretId=SECRET)
    return str(json.loads(value["SecretString"])["database-url"])


@pytest.fixture
def made(moto: Moto) -> tuple[Server, ...]:
    found = servers(moto)
    stores(moto, address(moto, found[0]))
    return found


def test_a_replica_takes_over_and_the_services_are_told(
    moto: Moto, made: tuple[Server, ...]
) -> None:
    account, said = moto.account()
    outcome = moved(account, made, said)
    assert outcome.state is State.DONE
    home, other = RdsServers(account, made).look()
    assert (home.is_fenced, other.is_primary) == (True, True)
    assert RdsServers(account, made).claim().name == other.name
    for region in (HOME, OTHER):  # the copy follows the original
        assert f"@{address(moto, made[1])}:5432/mvlbim?sslmode=require" in leads_to(moto, region)
        assert PASSWORD in leads_to(moto, region)


def test_a_secret_that_stands_alone_in_its_region_is_led_there_too(moto: Moto) -> None:
    found = servers(moto)
    stores(moto, address(moto, found[0]), is_copied=False)
    account, said = moto.account()
    moved(account, found, said)
    assert [leads_to(moto, region) for region in (HOME, OTHER)] == [leads_to(moto, OTHER)] * 2
    assert address(moto, found[1]) in leads_to(moto, HOME)


def test_nothing_that_is_said_or_kept_holds_the_password(
    moto: Moto, made: tuple[Server, ...]
) -> None:
    account, said = moto.account()
    outcome = moved(account, made, said)
    assert any("put-secret-value" in line for line in said)
    assert PASSWORD not in f"{said} {outcome} {account.done!r}"


def test_a_dry_run_tells_the_calls_and_makes_none(moto: Moto, made: tuple[Server, ...]) -> None:
    rehearsal, said = moto.account(is_dry=True)
    moved(rehearsal, made, said)
    told = [call.action for call in rehearsal.done]
    account, lines = moto.account()
    home, other = RdsServers(account, made).look()
    assert (home.is_fenced, other.is_primary, other.follows) == (False, False, home.name)
    moved(account, made, lines)
    assert told == [call.action for call in account.done]


def test_done_twice_it_finds_what_is_there(moto: Moto, made: tuple[Server, ...]) -> None:
    account, said = moto.account()
    moved(account, made, said)
    again, _ = moto.account()
    outcome = moved(again, made, said)
    assert (outcome.state, again.done) == (State.DONE, [])


class Killed(BaseException):
    """Nothing may catch it."""


def dying(at: int) -> Callable[[Call], Answer]:
    """A transport whose process dies once the change of that number is made."""
    left = [at]

    def send(call: Call) -> Answer:
        answer = as_aws(call)
        if not call.operation.startswith(("describe", "get", "list")):
            left[0] -= 1
            if left[0] == 0:
                raise Killed
        return answer

    return send


@pytest.mark.parametrize("at", range(1, 8))
def test_killed_after_any_change_the_next_one_brings_it_to_its_end(
    moto: Moto, made: tuple[Server, ...], at: int
) -> None:
    account, said = moto.account()
    account.transport = dying(at)
    with pytest.raises(Killed):
        moved(account, made, said)
    again, _ = moto.account()
    assert moved(again, made, said).state is State.DONE
    home, other = RdsServers(again, made).look()
    assert (home.is_fenced, other.is_primary, other.is_fenced) == (True, True, False)
    assert address(moto, made[1]) in leads_to(moto, HOME)


def silent(call: Call) -> Answer:
    """The region of the primary is gone. What moto lacks is answered here."""
    if call.region == HOME:
        raise refused(call, Refusal(code="EndpointConnectionError", message="no route"))
    if call.operation == "stop_replication_to_replica":
        return {}
    if call.operation == "put_secret_value":
        assert address_in(call) == "mvlbim-production-ca-central-1"
        return {}
    return as_aws(call)


def address_in(call: Call) -> str:
    url = json.loads(call.parameters["SecretString"])["database-url"]
    return str(url).rpartition("@")[2].partition(".")[0]


def test_a_region_that_does_not_answer_is_given_up_on_somebodys_word_alone(
    moto: Moto, made: tuple[Server, ...]
) -> None:
    account, said = moto.account()
    account.transport = silent
    with pytest.raises(TargetError, match="Nobody knows whether it still takes writes") as refusal:
        moved(account, made, said)
    assert refusal.value.try_ == f"--lost when you know that {HOME} is lost"
    assert account.done == []
    account.lost = frozenset({HOME})
    assert moved(account, made, said).state is State.DONE
    actions = [call.action for call in account.done]
    assert actions[-2:] == [
        "secretsmanager:StopReplicationToReplica",
        "secretsmanager:PutSecretValue",
    ]


def test_a_lost_primary_that_comes_back_is_shut(moto: Moto, made: tuple[Server, ...]) -> None:
    account, said = moto.account()
    account.transport, account.lost = silent, frozenset({HOME})
    moved(account, made, said)
    back, _ = moto.account()
    assert moved(back, made, said).state is State.DONE
    home, _ = RdsServers(back, made).look()
    assert home.is_fenced


def test_who_may_not_promote_is_told_what_to_allow(moto: Moto, made: tuple[Server, ...]) -> None:
    def send(call: Call) -> Answer:
        if call.operation == "add_tags_to_resource":
            raise refused(call, Refusal(code="AccessDenied", message="user/x is not authorized"))
        return as_aws(call)

    account, said = moto.account()
    account.transport = send
    with pytest.raises(AwsError, match=r"allow rds:AddTagsToResource to who is named there"):
        moved(account, made, said)


def test_a_fenced_primary_gets_its_network_back_when_nobody_takes_over(
    moto: Moto, made: tuple[Server, ...]
) -> None:
    account, _ = moto.account()
    found = RdsServers(account, made)
    before = found.instance(made[0].name).groups
    found.fence(made[0].name)
    assert found.instance(made[0].name).groups != before
    found.start(made[0].name)
    assert found.instance(made[0].name).groups == before
    assert not found.look()[0].is_fenced


def test_a_wait_has_an_end_and_says_for_what(moto: Moto) -> None:
    account, _ = moto.account()
    with pytest.raises(TargetError, match="waiting until it rains") as refusal:
        account.wait("it rains", HOME, 0.05, lambda: "it is dry")
    assert refusal.value.why == "after 0 s: it is dry"
