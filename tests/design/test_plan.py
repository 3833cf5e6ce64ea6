"""Two designs differ in exactly what a person changed."""

from dataclasses import replace

from groundplan.design.design import Design, RegionDesign
from groundplan.design.parts import Alertmanager, Postgres, Redis, RedisExporter, Role
from groundplan.design.plan import Sign, compare

EXPORTER = RedisExporter(name="a/redis-exporter-1", site="a", address="127.10.5.1", server="x")
ALERTS = Alertmanager(name="a/alertmanager", site="a", address="127.10.7.1")
REDIS = Redis(
    name="a/redis-1",
    site="a",
    address="127.10.2.1",
    role=Role.PRIMARY,
    master_name="cache",
    sentinels=(),
)
DESIGN = Design(
    platform="shop",
    environment="dev",
    entry="127.0.0.1:8080",
    regions=(RegionDesign(name="a", geography="g", role="primary"),),
    parts=(REDIS, EXPORTER, ALERTS),
)


def test_nothing_before_means_all_is_created() -> None:
    plan = compare(None, DESIGN)
    assert [(action.sign, action.part) for action in plan.actions] == [
        (Sign.CREATE, "a/redis-1"),
        (Sign.CREATE, "a/redis-exporter-1"),
        (Sign.CREATE, "a/alertmanager"),
    ]


def test_the_same_design_is_an_empty_plan() -> None:
    assert compare(DESIGN, Design.from_json(DESIGN.to_json())).is_empty


def test_a_changed_fact_is_one_update_with_old_and_new() -> None:
    changed = replace(DESIGN, parts=(replace(REDIS, maxmemory_mb=512), EXPORTER, ALERTS))
    (action,) = compare(DESIGN, changed).actions
    assert (action.sign, action.part) == (Sign.UPDATE, "a/redis-1")
    assert [(d.field, d.old, d.new) for d in action.changes] == [("maxmemory_mb", "256", "512")]


def test_a_data_store_that_moves_is_replaced_but_a_stateless_part_only_updated() -> None:
    moved = (replace(REDIS, address="127.10.2.9"), EXPORTER, replace(ALERTS, address="127.10.7.9"))
    signs = {a.part: a.sign for a in compare(DESIGN, replace(DESIGN, parts=moved)).actions}
    assert signs == {"a/redis-1": Sign.REPLACE, "a/alertmanager": Sign.UPDATE}


def test_a_part_that_left_is_deleted_after_everything_else() -> None:
    new = replace(DESIGN, parts=(EXPORTER, replace(ALERTS, port=9094)))
    assert [a.sign for a in compare(DESIGN, new).actions] == [Sign.UPDATE, Sign.DELETE]


def test_a_part_that_does_not_run_is_mended_and_says_why() -> None:
    (action,) = compare(DESIGN, DESIGN, {"a/alertmanager": "does not run"}).actions
    assert (action.sign, action.because) == (Sign.UPDATE, "it does not run")


def test_designs_survive_json_with_their_types() -> None:
    postgres = Postgres(
        name="a/postgres-1",
        site="a",
        address="127.10.1.1",
        version="15",
        role=Role.PRIMARY,
        member="a_postgres_1",
        members=("b_postgres_1",),
        databases=("shop",),
    )
    design = replace(DESIGN, parts=(*DESIGN.parts, postgres))
    assert Design.from_json(design.to_json()) == design


def test_parts_start_after_what_they_need() -> None:
    needy = replace(EXPORTER, needs=("a/redis-1",))
    waves = [
        [part.name for part in wave]
        for wave in replace(DESIGN, parts=(needy, REDIS, ALERTS)).waves()
    ]
    assert waves == [["a/redis-1", "a/alertmanager"], ["a/redis-exporter-1"]]


def test_half_of_a_platform_has_an_order_too() -> None:
    needy = replace(EXPORTER, needs=("a/redis-1", "a/never-built"))
    waves = [len(wave) for wave in replace(DESIGN, parts=(needy, ALERTS)).waves()]
    assert waves == [2]
