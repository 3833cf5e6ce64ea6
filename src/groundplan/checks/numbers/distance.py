"""Distance between places on earth and the time that light in glass needs for it."""

import math

EARTH_KM = 6371.0088  # mean radius (IUGG)
FIBRE_KM_PER_SECOND = 199_861.6  # two thirds of the speed of light in vacuum
TYPICAL_PATH = 1.3  # cables do not follow the great circle; measured paths take 1.2 to 1.6 times

Position = tuple[float, float]  # latitude, longitude in degrees


def great_circle_km(a: Position, b: Position) -> float:
    """The shortest way over the surface (haversine)."""
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def round_trip_seconds(km: float, path_factor: float = 1.0) -> float:
    """There and back through fibre. Factor 1 is the floor that physics sets: no network beats it.

    TYPICAL_PATH gives what is usual between regions, without queues and equipment.
    """
    return 2 * km * path_factor / FIBRE_KM_PER_SECOND
