"""What the promised load is and what carries it, as ranges: inputs of the proofs of capacity and
performance."""

import math
from dataclasses import dataclass

from groundplan.checks.capacity.demand import Fleet, facing_fleets, fleets
from groundplan.checks.capacity.machines import Room, environment, own_machine, sidecar, system
from groundplan.checks.capacity.stores import BUSY_MAX, share_with_replicas
from groundplan.checks.proofs.proof import Argument
from groundplan.checks.proofs.spread import Spread, Values, exactly, of_figure
from groundplan.checks.subject import Subject

BUSIEST = "assumptions.busiest_region"
CLASS = "primary_database.instance_class"
CORES_UNKNOWN = 1000.0  # of a replica without a limit on a machine that nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """The processor of one replica: what is promised to it, and what it may take at best."""

    fleet: Fleet
    promised: float
    at_best: float

    def between(self, headroom: float) -> float:
        """From what is promised (0) to what is possible (1)."""
        return self.promised + headroom * (self.at_best - self.promised)


def cores(subject: Subject) -> tuple[Cores, ...]:
    """Of every service that requests are routed to; none when one says no processor."""
    own = own_machine(subject)
    free = own.room.cores if own else CORES_UNKNOWN
    facing = facing_fleets(subject.platform)
    if not all(fleet.cpu for fleet in facing):
        return ()
    return tuple(
        Cores(fleet=each, promised=cpu, at_best=max(cpu, each.cpu_limit or free))
        for each in facing
        if (cpu := each.cpu or 0.0)
    )


def busiest(subject: Subject) -> Spread:
    """The share of the requests that the busiest region gets."""
    share, count = subject.platform.assumptions.busiest_region, len(subject.platform.regions)
    if share is not None or count == 1:
        return exactly(share.ratio if share else 1.0)
    return Spread(likely=1 / count, better=1 / count, worse=min(1.0, 2 / count), say=BUSIEST)


def shown_busiest(told: Argument) -> Argument:
    """The line that says so."""
    share, count = (
        told.subject.platform.assumptions.busiest_region,
        len(told.subject.platform.regions),
    )
    if share is not None:
        return told.written("busiest region", share, BUSIEST)
    if count == 1:
        return told.written("regions that serve", 1, "regions")
    return told.written("regions that serve", count, "regions").assumed(
        "busiest region", f"1/{count} of the requests", BUSIEST
    )


def shown_fleets(told: Argument) -> Argument:
    """The lines of the services that requests are routed to."""
    for each in cores(told.subject):
        fleet = each.fleet
        told = told.written(
            f"replicas of {fleet.service} at most", fleet.high, fleet.high_path
        ).written("a replica is promised", f"{each.promised:g} cores", _cpu(fleet, "requests"))
        if fleet.cpu_limit:
            told = told.written("and may take", f"{fleet.cpu_limit:g} cores", _cpu(fleet, "limits"))
    return told


def _cpu(fleet: Fleet, what: str) -> str:
    return f"{fleet.path}.resources.{what}.cpu"


def services_carry(subject: Subject) -> Spread:
    """Cores of one region for requests, with every replica that may run.

    At worst: what is promised to replicas, as busy as the autoscaler lets them be. At best: all
    that they may take.
    """
    found = cores(subject)
    if not found:
        names = [fleet.service for fleet in facing_fleets(subject.platform)]
        say = f"services.{names[0]}.resources.requests.cpu" if names else "services"
        return Spread(likely=math.inf, better=math.inf, worse=0.0, say=say)
    sure = sum(each.fleet.high * each.promised * each.fleet.utilisation for each in found)
    sure *= fitting(subject)
    most = sum(each.fleet.high * each.at_best for each in found)
    say = _cpu(found[0].fleet, "requests")
    return Spread(likely=sure, better=max(sure, most), worse=sure, say=say)


def fitting(subject: Subject) -> float:
    """The share of the replicas that finds room on the machines that may run; 1 when unknown."""
    found, own = environment(subject), own_machine(subject)
    if found is None or own is None:
        return 1.0
    beside, need = sidecar(subject), Room()
    for fleet in fleets(subject.platform):
        need += (Room(cores=fleet.cpu or 0.0, memory=fleet.memory or 0.0) + beside) * fleet.high
    room, taken = own.room * found[1].max_capacity, system(subject)
    shares = (
        (room.cores - taken.cores) / need.cores if need.cores else 1.0,
        (room.memory - taken.memory) / need.memory if need.memory else 1.0,
    )
    return max(0.0, min(1.0, *shares))


def shown_fitting(told: Argument) -> Argument:
    """The lines that say so, when not all find room."""
    found, share = environment(told.subject), fitting(told.subject)
    if found is None or share == 1:
        return told
    name, wanted = found
    return told.written(
        "machines at most", wanted.max_capacity, f"environments.{name}.max_capacity"
    ).computed("replicas that fit on them", f"{share:.0%}", "what is left on them / what is asked")


def processors(subject: Subject) -> float | None:
    """Of the primary database; None when the tables do not know its size."""
    database = subject.platform.primary_database
    kind = subject.facts.instance(database.instance_class or "") if database else None
    return float(kind.vcpu) if kind else None


def database_carries(subject: Subject) -> Spread:
    """Processors of the primary for queries. The rest does vacuum, checkpoints and backups."""
    if subject.platform.primary_database is None:
        return exactly(math.inf)
    count = processors(subject)
    if count is None:
        return Spread(likely=math.inf, better=math.inf, worse=0.0, say=CLASS)
    return Spread(likely=count * BUSY_MAX, better=count, worse=count * BUSY_MAX, say=CLASS)


def shown_database(told: Argument) -> Argument:
    """The line of its size."""
    database = told.subject.platform.primary_database
    kind = told.subject.facts.instance(database.instance_class or "") if database else None
    if database is None or kind is None:
        return told
    return told.written("primary database", kind.name, CLASS).known(
        "its processors", kind.vcpu, kind.fact
    )


def reads_elsewhere(subject: Subject, write_share: float) -> float:
    """The share of the queries that replicas of the database answer in their regions."""
    return share_with_replicas(subject.platform) * (1 - min(1.0, write_share))


def spreads(subject: Subject) -> dict[str, Spread]:
    """The ranges of all that decides how much is carried."""
    figures = subject.figures
    return {
        "cpu": of_figure(figures.cpu_per_request, "cpu_per_request"),
        "share": busiest(subject),
        "cores": services_carry(subject),
        "query": of_figure(figures.database_time_per_query, "database_time_per_query"),
        "queries": of_figure(figures.queries_per_request, "queries_per_request"),
        "writes": of_figure(figures.write_share, "write_share"),
        "processors": database_carries(subject),
    }


def carried(subject: Subject, values: Values) -> float:
    """Requests per second of the whole platform until the services or the database are full."""
    each = values["cpu"] * values["share"]
    by_services = values["cores"] / each if each else math.inf
    at_primary = values["queries"] * (1 - reads_elsewhere(subject, values["writes"]))
    per_request = values["query"] * at_primary
    by_database = values["processors"] / per_request if per_request else math.inf
    return min(by_services, by_database)


def promised_rate(subject: Subject) -> float | None:
    """Requests per second that the file promises."""
    kpis = subject.platform.kpis
    rate = kpis.scalability.requests_per_second if kpis else None
    return float(rate.value) if rate and rate.value else None
