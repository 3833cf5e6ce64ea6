"""When a wave may begin: inside the change windows, outside the freezes, with the approvals."""

from datetime import UTC, date, datetime

from groundplan.operations.delivery.plan import Plan

_WEEK = 7 * 1440
_EPOCH = 3 * 1440  # 1970 began on a Thursday; minutes count from Monday


def closed(plan: Plan, now: float) -> str | None:
    """Why nothing may begin now; None when it may."""
    today = datetime.fromtimestamp(now, UTC).date()
    for freeze in plan.freezes:
        if date.fromisoformat(freeze.begin) <= today <= date.fromisoformat(freeze.end):
            why = f" ({freeze.why})" if freeze.why else ""
            return f"nothing is released from {freeze.begin} to {freeze.end}{why}"
    minute = (int(now // 60) + _EPOCH) % _WEEK
    is_open = any(
        (minute - window.start_minute) % _WEEK < window.minutes for window in plan.windows
    )
    if plan.windows and not is_open:
        return f"the change windows are {', '.join(map(str, plan.windows))} UTC"
    return None
