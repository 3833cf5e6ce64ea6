"""A home that carries two regions' load has more replicas, and none more once each has its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.growth import carrying, growth
from groundplan.design.parts import Service
from groundplan.design.release import release_of, running_of, settled
from groundplan.design.scale import bare, following
from groundplan.spec.load import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "mvlbim" / "platform.yaml"
HOME, PARTNER = "us-east-1", "ca-central-1"


@pytest.fixture(scope="module")
def design() -> Design:
    return build(load(EXAMPLE))


def services(design: Design, region: str) -> list[Service]:
    return [part for part in design.at(region) if isinstance(part, Service)]


def allowing(design: Design, limit: int | None) -> Design:
    return replace(design, recovery=replace(design.recovery, replicas_max=limit))


def test_the_partner_gets_the_replicas_of_both(design: Design) -> None:
    grown = carrying(design, PARTNER)
    own, both = services(design, PARTNER), services(grown, PARTNER)
    assert len(both) == len(own) + len(services(design, HOME))
    assert services(grown, HOME) == services(design, HOME)
    assert len({part.address for part in grown.parts}) == len({p.address for p in design.parts}) + (
        len(both) - len(own)
    ), "each has an address of its own"
    last = both[-1]
    assert last.name == f"{PARTNER}/{last.service}-{len(both)}"
    assert last.address in " ".join(
        (*last.process.command, *(value for _, value in last.process.environment))
    )
    assert last.needs == ()
    assert {part.site for part in services(grown, PARTNER) if part.is_additional} == {PARTNER}


def test_who_scrapes_a_service_scrapes_its_additional_replicas(design: Design) -> None:
    def scraped(of: Design, region: str) -> set[str]:
        return {name for job in of.scrape(region) for name in job.parts}

    grown = carrying(design, PARTNER)
    more = {part.name for part in services(grown, PARTNER) if part.is_additional}
    own = scraped(design, PARTNER)
    assert {part.name for part in services(design, PARTNER)} <= own
    assert more
    assert scraped(grown, PARTNER) == own | more
    assert scraped(grown, HOME) == scraped(design, HOME)


def test_it_follows_from_who_is_home_alone(design: Design) -> None:
    grown = carrying(design, PARTNER)
    assert carrying(grown, PARTNER) == grown
    for home in (HOME, None):
        assert carrying(grown, home) == design == bare(grown)
    assert carrying(design, "eu-west-1").at(PARTNER) == design.at(PARTNER)


@pytest.mark.parametrize(("limit", "more"), [(None, 0), (1, 0), (3, 0), (4, 1), (20, 3)])
def test_the_autoscaler_bounds_it(design: Design, limit: int | None, more: int) -> None:
    found = growth(allowing(design, limit), PARTNER)
    assert sum(each.after - each.before for each in found) == more


def test_a_release_takes_the_additional_ones_along(design: Design) -> None:
    grown = carrying(design, PARTNER)
    service = services(design, HOME)[0].service
    release = release_of(grown, service)
    new = replace(release, replicas=tuple(replace(p, version="2") for p in release.replicas))
    assert {part.version for part in running_of(settled(grown, new), service)} == {"2"}


def test_what_was_asked_for_at_another_time_has_as_many_replicas(design: Design) -> None:
    """An undo knows the version before; how many of it are needed is known now."""
    grown = carrying(design, PARTNER)
    service = services(design, HOME)[0].service
    for asked, now in ((design, grown), (grown, design), (grown, grown)):
        release = release_of(asked, service)
        old = replace(release, replicas=tuple(replace(p, version="0") for p in release.replicas))
        end = settled(now, following(old, now))
        assert [part.name for part in running_of(end, service)] == [
            part.name for part in running_of(now, service)
        ]
        assert {part.version for part in running_of(end, service)} == {"0"}
        again = carrying(end, PARTNER if now is grown else None)
        assert {part.name: part for part in again.parts} == {p.name: p for p in end.parts}
