"""However many things come, those that are kept are few, in order and evenly spaced, ends included."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralstudio.session.thinning import RECENT, Thinned

capacities = st.integers(2, 40)


def filled(capacity: int, places: list[int]) -> Thinned[int]:
    thinned: Thinned[int] = Thinned(capacity)
    for place in places:
        thinned.add(place, place)
    return thinned


@given(capacities, st.lists(st.integers(0, 10**9), min_size=1, max_size=400, unique=True))
def test_what_is_kept_is_bounded_ordered_and_has_both_ends(capacity: int, places: list[int]) -> None:
    places.sort()
    kept = filled(capacity, places).items
    assert len(kept) <= capacity
    assert list(kept) == sorted(kept)
    assert set(kept) <= set(places)
    assert (kept[0], kept[-1]) == (places[0], places[-1])


@given(st.integers(8, 60), st.integers(1, 50), st.integers(1, 2000), st.integers(0, 10**6))
def test_what_comes_evenly_is_kept_evenly(capacity: int, stride: int, count: int, start: int) -> None:
    thinned = filled(capacity, [start + stride * number for number in range(count)])
    kept = thinned.items
    old = kept[: max(2, len(kept) - capacity // RECENT)]
    gaps = [later - earlier for earlier, later in pairwise(old)]
    assert not gaps or max(gaps[:-1] or gaps) <= 3 * min(gaps[:-1] or gaps)


@given(st.integers(16, 60), st.integers(100, 2000))
def test_the_latest_are_kept_as_they_come(capacity: int, count: int) -> None:
    latest = max(1, capacity // RECENT)
    assert filled(capacity, list(range(count))).items[-latest:] == tuple(range(count))[-latest:]


def test_when_it_is_full_at_least_a_third_of_the_room_is_used() -> None:
    thinned: Thinned[int] = Thinned(100)
    for place in range(0, 100_000, 7):
        thinned.add(place, place)
        if place > 700:
            assert len(thinned) >= 33


def test_going_back_takes_what_came_after() -> None:
    thinned = filled(50, list(range(0, 500, 10)))
    thinned.add(200, -1)
    assert thinned.items[-1] == -1
    assert thinned.items[-2] == 190
    thinned.cut(100)
    assert thinned.items == tuple(range(0, 100, 10))


def test_the_same_place_again_is_the_newer_thing() -> None:
    thinned: Thinned[str] = Thinned(4)
    thinned.add(0, "old")
    thinned.add(0, "new")
    assert thinned.items == ("new",)


def test_there_must_be_room_for_both_ends() -> None:
    with pytest.raises(ValueError, match="Received: 1"):
        Thinned(1)
