"""What people and programs are told of an operation: PagerDuty, Slack, or a webhook of their own.

One operation is one incident: what opened it (a question, a failure) is closed by its good end. The
shapes are PagerDuty's Events API v2 (event_action, dedup_key, payload.severity), Slack's incoming
webhooks (text, blocks), and JSON of ours.
"""

from dataclasses import asdict, dataclass

from groundplan.design.notifications import Means, Receiver
from groundplan.ports.journal import Json
from groundplan.spec.notifications import Moment

FORMAT_VERSION = "1.0"
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
ROUTINE = frozenset({"scale"})
SUMMARY_MAX = 1024  # characters, PagerDuty's
SLACK_MAX = 3000  # characters of a section
_SEVERITY = {"failed": "error", "asks": "warning"}
_SIGN = {"began": ":arrow_forward:", "asks": ":raised_hand:", "failed": ":x:"}
_SAYS = {"began": "began", "asks": "waits for a person", "failed": "ended badly", "done": "is done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened to an operation. `id` is the same however often it is told."""

    id: str
    at: float  # seconds since 1970
    platform: str
    environment: str
    operation: str
    kind: str
    moment: Moment
    what: str
    who: str = ""
    why: str = ""

    @property
    def sentence(self) -> str:
        """All of it, for a person."""
        head = f"{self.platform}/{self.environment}: {self.operation} {_SAYS[self.moment]}"
        return f"{head}: {self.what}" if self.what else head


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent, and where to. `key` and `url` are secrets: they are in no message."""

    url: str
    body: dict[str, Json]


def concerns(receiver: Receiver, notice: Notice) -> bool:
    """Whether somebody wants to hear of it. What goes well many times a day only interests those
    who name it."""
    is_routine = notice.kind in ROUTINE and notice.moment != "failed"
    is_meant = notice.kind in receiver.kinds if receiver.kinds else not is_routine
    return notice.moment in receiver.moments and is_meant


def letter(receiver: Receiver, notice: Notice, secret: str) -> Letter | None:
    """What is sent to somebody whose secret this is; None where there is nothing to say.

    ValueError when the secret says no place.
    """
    first, *more = secret.split() or [""]
    if receiver.means is Means.PAGERDUTY:
        body = _pagerduty(notice, first)
        return Letter(url=_place(*more[:1] or [PAGERDUTY]), body=body) if body and first else None
    if receiver.means is Means.SLACK:
        channel: dict[str, Json] = {"channel": more[0]} if more else {}
        return Letter(url=_place(first), body={**_slack(notice), **channel})
    body = {"format_version": FORMAT_VERSION, **asdict(notice), "sentence": notice.sentence}
    return Letter(url=_place(first), body=body)


def _pagerduty(notice: Notice, key: str) -> dict[str, Json] | None:
    """Nobody is woken because something began."""
    if notice.moment == "began":
        return None
    dedup = f"groundplan/{notice.platform}/{notice.environment}/{notice.operation}"
    head: dict[str, Json] = {"routing_key": key, "dedup_key": dedup, "client": "groundplan"}
    if notice.moment == "done":
        return {**head, "event_action": "resolve"}
    details: dict[str, Json] = {"what": notice.what, "who": notice.who, "why": notice.why}
    return {
        **head,
        "event_action": "trigger",
        "payload": {
            "summary": notice.sentence[:SUMMARY_MAX],
            "source": f"{notice.platform}/{notice.environment}",
            "severity": _SEVERITY[notice.moment],
            "component": notice.operation,
            "class": notice.kind,
            "custom_details": {"id": notice.id, **details},
        },
    }


def _slack(notice: Notice) -> dict[str, Json]:
    """Slack shows the blocks, and the text in notifications. Its three signs are escaped."""
    sign = _SIGN.get(notice.moment, ":white_check_mark:")
    words = f"*{_escaped(notice.operation)}* {_SAYS[notice.moment]}"
    said = _escaped(notice.what)[: SLACK_MAX - 200]
    small = f"{notice.platform}/{notice.environment}"
    if notice.who:
        small += f" · {notice.who}" + (f": {notice.why}" if notice.why else "")
    return {
        "text": _escaped(notice.sentence)[:SLACK_MAX],
        "blocks": [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": f"{sign} {words}" + (f"\n{said}" if said else ""),
                },
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": _escaped(small)[:SLACK_MAX]}],
            },
        ],
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _place(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("its secret holds no address that starts with http:// or https://")
    return url
