"""Whether a region is gone, or only cannot be reached from somewhere. Pure."""

from dataclasses import dataclass

from groundplan.ports.databases import Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """What several places see of a region."""

    is_gone: bool
    because: str


def seen_from(region: str, vantages: tuple[Vantage, ...]) -> RegionView:
    """Gone when nobody reaches any of its servers; a single place that does is enough."""
    reaching = [vantage.place for vantage in vantages if vantage.reached]
    asked = ", ".join(vantage.place for vantage in vantages) or "nowhere"
    if reaching:
        return RegionView(is_gone=False, because=f"{region} is reached from {', '.join(reaching)}")
    return RegionView(
        is_gone=bool(vantages), because=f"no server of {region} is reached from {asked}"
    )
