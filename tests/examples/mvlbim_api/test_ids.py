"""Ids are UUIDs of version 7 that sort in the order they were made."""

from mvlbim_api.resources.collection import new_id


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(5000)]
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    assert len(set(made)) == len(made)
    # Neighbours may fall into one step of 0.25 us; further apart the order holds.
    assert all(earlier < later for earlier, later in zip(made, made[20:], strict=False))
