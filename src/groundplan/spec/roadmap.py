"""`implementation_timeline`: what is built when."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundplan.spec.section import Section, Shape, Text, once

_MONTHS = Shape(
    what="a span of months",
    form="the first month, a dash and the last, counted from 1",
    example="1-2",
    pattern=r"[1-9][0-9]?(?:-[1-9][0-9]?)?",
)
Months = Annotated[Text, AfterValidator(_MONTHS), Field(json_schema_extra=_MONTHS.schema)]


class Phase(Section):
    """Some months and what is done in them."""

    name: Text
    months: Months
    tasks: tuple[Text, ...] = ()


Timeline = Annotated[tuple[Phase, ...], once("name")]
