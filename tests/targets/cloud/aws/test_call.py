"""A call as text is a command of AWS's own client, and shows no secret."""

import pytest
from botocore import xform_name

from groundplan.targets.cloud.aws.call import Call
from groundplan.targets.cloud.aws.refusals import AwsError, Refusal, refused

PROMOTE = Call(
    service="rds",
    region="eu-west-1",
    operation="promote_read_replica",
    parameters={"DBInstanceIdentifier": "shop"},
)
NAMES = (
    "DBInstanceIdentifier",
    "DBSnapshotIdentifier",
    "DBSubnetGroupName",
    "SourceDBSnapshotIdentifier",
    "VpcSecurityGroupIds",
    "HealthCheckId",
    "FullyQualifiedDomainName",
    "MultiAZ",
    "DBInstanceClass",
    "KmsKeyId",
    "VpcId",
)


def call(**parameters: object) -> str:
    return str(
        Call(
            service="rds", region="eu-west-1", operation="modify_db_instance", parameters=parameters
        )
    )


def test_it_can_be_typed() -> None:
    assert str(PROMOTE) == (
        "aws rds promote-read-replica --region eu-west-1 --db-instance-identifier shop"
    )
    assert call(ApplyImmediately=True, Names=["a", "b"]).endswith("--apply-immediately --names a b")
    assert call(PubliclyAccessible=False).endswith(" --no-publicly-accessible")
    assert call(Tags=[{"Key": "a b"}]).endswith(""" --tags '[{"Key": "a b"}]'""")


@pytest.mark.parametrize("name", NAMES)
def test_options_are_called_as_awss_own_client_calls_them(name: str) -> None:
    assert f"--{xform_name(name, '-')} x" in call(**{name: "x"})


def test_a_secret_is_in_no_text_of_it() -> None:
    secret = Call(
        service="secretsmanager",
        region="eu-west-1",
        operation="put_secret_value",
        parameters={"SecretId": "stores", "SecretString": "hunter2"},
    )
    assert "hunter2" not in f"{secret} {secret!r}"
    assert "--secret-string '(not shown)'" in str(secret)


@pytest.mark.parametrize(
    ("code", "why", "try_", "may_work_later"),
    [
        ("NoCredentialsError", "there are no credentials", "aws sso login", False),
        ("ExpiredToken", "the credentials have expired", "aws sso login", False),
        ("UnauthorizedSSOTokenError", "the credentials have expired", "aws sso login", False),
        ("InvalidClientTokenId", "does not know the key", "get-caller-identity", False),
        ("AccessDenied", "may not do that: no", "allow rds:PromoteReadReplica", False),
        ("Throttling", "takes no more calls", "in a minute", True),
        ("EndpointConnectionError", "eu-west-1 does not answer", "region's name right", True),
        ("DBInstanceNotFound", "it is not in eu-west-1 of this account", "is it this acc", False),
        ("NoSuchHostedZone", "it is not in eu-west-1 of this account", "is it this acc", False),
        ("InvalidDBInstanceState", "no", "when it is available", True),
        ("SomethingNew", "no (SomethingNew)", "mend what it says", False),
    ],
)
def test_what_aws_refuses_is_said_with_what_to_do(
    code: str, why: str, try_: str, may_work_later: bool
) -> None:
    error = refused(PROMOTE, Refusal(code=code, message="no."))
    assert isinstance(error, AwsError)
    assert why in error.why
    assert try_ in error.try_
    assert (error.retry, error.doing) == (may_work_later, "rds:PromoteReadReplica")
