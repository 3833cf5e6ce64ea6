"""`implementation_timeline`: what is built when."""

from typing import Annotated

from pydantic import AfterValidator, Field

from groundplan.spec.section import Section, Shape, Text, once

_MONTHS = Shape("a span of months", "1-2", r"[1-9][0-9]?(?:-[1-9][0-9]?)?")
Months = Annotated[Text, AfterValidator(_MONTHS), Field(json_schema_extra=_MONTHS.schema)]


class Phase(Section):
    """Some months and what is done in them."""

    name: Text
    months: Months
    tasks: tuple[Text, ...] = ()


Timeline = Annotated[tuple[Phase, ...], once("name")]
