"""`technology_stack`: which product is used for what, by area."""

from collections.abc import Mapping

from groundplan.spec.section import Text

TechnologyStack = Mapping[Text, Mapping[Text, Text]]
