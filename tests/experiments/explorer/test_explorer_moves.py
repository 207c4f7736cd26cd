"""Moves of piles: nothing is lost, nothing comes from nowhere, and what cannot be is refused."""

import polars as pl
import pytest

from data.errors import ScenarioError
from data.schemas.charging import Layout
from data.tables.validate import validate
from experiments.explorer.moves import STORE, Budget, Move, moved, totals


@pytest.fixture
def layout(three_towns):
    return three_towns.layout("today")


@pytest.fixture
def first(layout):
    return layout.row(0, named=True)


@pytest.fixture
def other(layout, first):
    return layout.filter(pl.col("station_id") != first["station_id"])["station_id"][0]


def test_moved_piles_stand_elsewhere_as_a_valid_layout(layout, first, other):
    after, store = moved(layout, [Move(first["station_id"], first["group_id"], other, 1)])
    assert totals(after) == totals(layout)
    assert not store.height
    came = after.filter(station_id=other).join(layout, on=["station_id", "group_id"], how="anti")
    place = layout.filter(station_id=other).row(0, named=True)
    for row in came.iter_rows(named=True):
        # the pile keeps what it is, and stands where the others of the station stand
        assert (row["pile_kw"], row["guns_per_pile"], row["piles"]) == (first["pile_kw"], first["guns_per_pile"], 1)
        assert (row["lon"], row["town"], row["transformer_kw"]) == (
            place["lon"],
            place["town"],
            place["transformer_kw"],
        )
    assert validate(after, Layout, table="layout").equals(after)


def test_piles_of_a_kind_join_the_group_of_that_kind(layout, first, other):
    way = Move(first["station_id"], first["group_id"], other, 1)
    there = moved(layout, [way, way])[0].filter(station_id=other)
    assert there.height <= layout.filter(station_id=other).height + 1


def test_there_and_back_is_the_layout(layout, first):
    out = Move(first["station_id"], first["group_id"], STORE, first["piles"])
    back = Move(STORE, first["group_id"], first["station_id"], first["piles"])
    gone, store = moved(layout, [out])
    assert totals(store) == Budget(first["piles"], first["piles"] * first["guns_per_pile"])
    assert totals(gone).piles == totals(layout).piles - first["piles"]
    again = moved(layout, [out, back])[0]
    assert again.equals(layout)


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (Move("nowhere", "dc", STORE, 1), "no group dc at nowhere"),
        (Move("anping-a", "dc", "nowhere", 1), "no station nowhere"),
        (Move("anping-a", "dc", STORE, 4), "got 4 piles of anping-a; expected 1 to 3"),
        (Move("anping-a", "dc", STORE, 0), "expected 1 to 3"),
    ],
)
def test_what_cannot_move_is_refused(layout, move, message):
    with pytest.raises(ScenarioError, match=message):
        moved(layout, [move])


def test_guns_of_a_shared_charger_stay_together(layout):
    shared = layout.with_columns(charger_id=pl.lit("both", dtype=pl.String))
    with pytest.raises(ScenarioError, match="those of charger both, which other groups share"):
        moved(shared, [Move("anping-a", "dc", STORE, 1)])
