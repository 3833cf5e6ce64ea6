"""Where logs go besides the store of this platform: the outputs of the file's pipelines.

Where a sink is reached is a secret: a file of the platform's folder, named here. Without it nothing
is sent there.
"""

from dataclasses import dataclass
from enum import StrEnum

from groundplan.design.notifications import slug


class SinkForm(StrEnum):
    """In whose words logs are sent."""

    ELASTICSEARCH = "elasticsearch"
    SPLUNK = "splunk"
    OTLP = "otlp"


_WORDS = {
    "elasticsearch": SinkForm.ELASTICSEARCH,
    "opensearch": SinkForm.ELASTICSEARCH,
    "splunk": SinkForm.SPLUNK,
    "otlp": SinkForm.OTLP,
    "opentelemetry": SinkForm.OTLP,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSink:
    """A store elsewhere, and the classes of logs that it is to get."""

    name: str  # as the file calls it, in small letters
    form: SinkForm
    secret: str  # the file in `secrets` that says where: an address, maybe a token
    classes: tuple[str, ...]


def sink(name: str, classes: tuple[str, ...]) -> LogSink | None:
    """What an output means; None for what is no sink."""
    form = next((form for word, form in _WORDS.items() if word in name.casefold()), None)
    if form is None:
        return None
    short = slug(name)
    return LogSink(name=short, form=form, secret=f"logs-{short}", classes=classes)
