"""`pipeline`: a GitHub Actions workflow, beneath one key and otherwise as GitHub reads it.

`on` is the text "on" here, whatever YAML 1.1 makes of it. Parts that only GitHub understands
(events, strategy, containers) are kept as they are.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from groundplan.spec.section import Scalar, Section, Text


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Scalars = Mapping[Text, Scalar | None]
_LIST = BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])
Names = Annotated[tuple[Text, ...], _LIST]


class WorkflowStep(Section):
    """One step: an action (`uses`) or commands (`run`)."""

    id: Text | None = None
    name: Text | None = None
    if_: Scalar | None = Field(default=None, alias="if")
    uses: Text | None = None
    with_: Scalars = Field(default_factory=dict, alias="with")
    run: Text | None = None
    env: Scalars = Field(default_factory=dict)
    shell: Text | None = None
    working_directory: Text | None = Field(default=None, alias="working-directory")
    continue_on_error: Scalar | None = Field(default=None, alias="continue-on-error")
    timeout_minutes: Scalar | None = Field(default=None, alias="timeout-minutes")


class WorkflowService(Section):
    """A container beside a job, such as a database for its tests."""

    image: Text
    env: Scalars = Field(default_factory=dict)
    ports: tuple[Text, ...] = ()
    volumes: tuple[Text, ...] = ()
    options: Text | None = None
    credentials: Scalars = Field(default_factory=dict)


class WorkflowJob(Section):
    """Steps on one machine."""

    name: Text | None = None
    runs_on: Any = Field(default=None, alias="runs-on")
    needs: Names = ()
    if_: Scalar | None = Field(default=None, alias="if")
    environment: Any = None
    permissions: Any = None
    concurrency: Any = None
    outputs: Scalars = Field(default_factory=dict)
    env: Scalars = Field(default_factory=dict)
    defaults: Any = None
    services: Mapping[Text, WorkflowService] = Field(default_factory=dict)
    container: Any = None
    strategy: Any = None
    steps: tuple[WorkflowStep, ...] = ()
    uses: Text | None = None
    with_: Scalars = Field(default_factory=dict, alias="with")
    secrets: Any = None
    continue_on_error: Scalar | None = Field(default=None, alias="continue-on-error")
    timeout_minutes: Scalar | None = Field(default=None, alias="timeout-minutes")


class Pipeline(Section):
    """The workflow that builds, tests and delivers."""

    name: Text | None = None
    run_name: Text | None = Field(default=None, alias="run-name")
    on: Any
    permissions: Any = None
    concurrency: Any = None
    env: Scalars = Field(default_factory=dict)
    defaults: Any = None
    jobs: Mapping[Text, WorkflowJob] = Field(min_length=1)
