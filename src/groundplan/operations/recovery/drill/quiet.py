"""Nobody is woken by a drill: what it breaks is silent meanwhile, and heard again afterwards."""

from collections.abc import Callable

from groundplan.design.drills import Drill
from groundplan.operations.recovery.drill.answers import Place
from groundplan.ports.journal import Journal, Outcome
from groundplan.ports.silences import Silences

SECONDS = 1800.0  # twice as long as a drill watches: then a silence ends whoever was killed
_OF_ONE_REGION = frozenset({"cache-loss", "replica-lag"})


def scope(drill: Drill, place: Place, regions: tuple[str, ...]) -> tuple[str, ...]:
    """The regions whose alerts the drill may set off: all of them when writes go away."""
    if drill.kind == "edge-loss":
        return ()
    if drill.kind in _OF_ONE_REGION or place.region != place.primary_region:
        return (place.region,)
    return regions


def quietly(
    journal: Journal, silences: Silences, regions: tuple[str, ...], rehearse: Callable[[], Outcome]
) -> Outcome:
    """Rehearses while the alerts of these regions reach nobody."""
    if not regions:
        return rehearse()
    name = journal.operation
    deaf = journal.step(
        "silence alerts", lambda: silences.begin(name, list(regions), seconds=SECONDS)
    )
    journal.tell(f"alerts of {', '.join(regions)} reach nobody until the drill has ended")
    if deaf:
        journal.tell(f"except those of {', '.join(deaf)}, which does not answer")
    try:
        outcome = rehearse()
    except Exception:  # our own mistake must not leave a platform that nobody hears
        silences.end(name)
        raise
    left = journal.step("let alerts through", lambda: silences.end(name))
    if left:
        minutes = f"{SECONDS / 60:.0f} min"
        journal.tell(
            f"{', '.join(left)} does not answer; its silence ends {minutes} after it began"
        )
    return outcome
