"""What the environment says: all of its mistakes at once; URLs taken apart into servers."""

from mvlbim_api.environment import Environment, read_environment
from mvlbim_api.store.address import addresses_of
from mvlbim_api.validation import Flaw


def test_nothing_set_is_enough_to_start() -> None:
    environment = read_environment({})
    assert isinstance(environment, Environment)
    assert (environment.host, environment.port, environment.database_url) == ("127.0.0.1", 8080, "")


def test_an_empty_variable_is_as_good_as_none() -> None:
    environment = read_environment({"PORT": "", "REGION": "eu-west-1", "UNRELATED": "x"})
    assert isinstance(environment, Environment)
    assert (environment.port, environment.region) == (8080, "eu-west-1")


def test_every_wrong_variable_is_named() -> None:
    wrong = read_environment(
        {
            "PORT": "eighty",
            "FAULT_ERROR_RATE": "2",
            "REDIS_SENTINELS": "host-without-port",
            "REDIS_URL": "memcached://elsewhere",
            "DATABASE_URL": "mysql://elsewhere",
            "REGION": "fine",
        }
    )
    assert isinstance(wrong, tuple)
    assert {flaw.field for flaw in wrong} == {
        "PORT",
        "FAULT_ERROR_RATE",
        "REDIS_SENTINELS",
        "REDIS_URL",
        "DATABASE_URL",
    }
    assert Flaw(field="FAULT_ERROR_RATE", detail="Expected `float` <= 1.0") in wrong


def test_a_url_of_several_servers_becomes_one_address_each() -> None:
    url = "postgresql://app:p%40ss@10.0.0.1:5433,10.0.0.2,10.0.0.1:5433/db"
    first, second = addresses_of(f"{url}?target_session_attrs=read-write&sslmode=disable")
    assert (first.name, second.name) == ("10.0.0.1:5433", "10.0.0.2:5432")
    assert first.dsn == "postgresql://app:p%40ss@10.0.0.1:5433/db?sslmode=disable"


def test_addresses_without_credentials_and_of_version_6() -> None:
    assert [one.name for one in addresses_of("postgresql://[::1]:5433,[::2]/db")] == [
        "[::1]:5433",
        "[::2]:5432",
    ]
    assert addresses_of("") == ()
