"""`providers`: whose clouds the platform uses."""

from groundplan.spec.section import Section, Text


class Providers(Section):
    """The cloud of everyday, the one for disasters, the one at the edge."""

    primary: Text
    secondary: Text | None = None
    edge: Text | None = None
