"""Which pile comes when: the least of every year, never less than before."""

import itertools

import polars as pl

from charging.sizing import Search, Sites
from charging.sizing.build_path import build_path
from data.goals import Goal, Service, Shown

GOALS = [Goal("late_share", "<=", 0.1)]
FRESH = 7


def searching(sites, least, unlucky=0):
    """Return a search to which a year is served by `least` piles, and by some more on fresh numbers."""

    def evaluate(layout, seeds):
        need = least + (unlucky if seeds == FRESH else 0)
        # more than 17 help nobody
        trouble = {"a": 1.0} if layout["piles"].sum() < 17 else {}
        return Service({"late_share": Shown(0.0 if layout["piles"].sum() >= need else 1.0)}, trouble)

    return Search(sites, evaluate, GOALS, {})


def test_every_year_has_its_least_and_no_less_than_the_year_before(make_layout):
    layout = make_layout({"station_id": "a", "group_id": "a"}, {"station_id": "b", "group_id": "b"})
    loads = pl.DataFrame({"station_id": ["a", "b"], "current": ["dc", "dc"], "busy_hour_erlang": [6.0, 0.5]})
    sites = Sites(layout, loads)
    order = sites.thinned((12, 3), (2, 1))
    assert order[0] == (2, 1)
    assert order[-1] == (12, 3)
    assert all(sum(more) == sum(less) + 1 for less, more in itertools.pairwise(order))
    # the busy station is the last to lose a pile
    assert order[1][0] > 2
    searches = {
        2025: searching(sites, 5),
        2026: searching(sites, 4),
        2027: searching(sites, 8, unlucky=2),
        2028: searching(sites, 99),
    }
    path = build_path(searches, order[-1], fresh=FRESH)
    assert {year: sum(piles) for year, piles in path.items()} == {2025: 5, 2026: 5, 2027: 10, 2028: 17}
    for before, after in itertools.pairwise(path.values()):
        assert all(less <= more for less, more in zip(before, after, strict=True))


def test_an_early_year_keeps_what_it_needs_of_the_last_however_its_demand_lies(make_layout):
    rows = [{"station_id": name, "group_id": name} for name in "abc"]
    layout = make_layout(*rows)
    need = {2025: {"a": 1, "b": 4, "c": 1}, 2035: {"a": 12, "b": 12, "c": 12}}

    def search(year):
        def evaluate(table, seeds):
            del seeds
            short = {
                name: max(0, need[year][name] - piles)
                for name, piles in table.select("station_id", "piles").iter_rows()
            }
            missing = sum(short.values()) + sum(need[year][name] for name in need[year] if name not in short)
            return Service({"late_share": Shown(missing / 36.0)}, {name: float(lost) for name, lost in short.items()})

        loads = {"station_id": list("abc"), "current": ["dc"] * 3, "busy_hour_erlang": list(need[year].values())}
        return Search(Sites(layout, pl.DataFrame(loads).cast({"busy_hour_erlang": pl.Float64})), evaluate, GOALS, {})

    path = build_path({year: search(year) for year in need}, (12, 12, 12), fresh=FRESH)
    # by the loads of the last year all stations would look alike, and the first of them would lose its piles
    assert path[2035] == (12, 12, 12)
    assert sum(path[2025]) <= 6
    assert path[2025][1] >= path[2025][0]


def test_a_pile_that_the_county_needs_least_goes_first(make_layout):
    layout = make_layout({"station_id": "a", "group_id": "a"}, {"station_id": "b", "group_id": "b"})
    loads = pl.DataFrame({"station_id": ["a", "b"], "current": ["dc", "dc"], "busy_hour_erlang": [2.0, 2.0]})
    sites = Sites(layout, loads)
    assert sites.missed((5, 3))[0][1] == 0
    # what a simulation showed decides by how much: here all are late at the first
    assert sites.missed((5, 3), (), {"a": 1e6, "b": 0.0})[0][1] == 1
    assert [row for _, row in sites.missed((5, 3), (5, 0))] == [1]
    assert sites.missed((1, 1)) == []
    assert sites.late_load(("a", "dc"), 1) == 3.0


def test_a_year_that_fails_on_fresh_numbers_gets_little_more_and_not_all_of_the_next(make_layout):
    rows = [{"station_id": f"s{number}", "group_id": "g"} for number in range(12)]
    layout = make_layout(*rows)
    loads = pl.DataFrame({"station_id": layout["station_id"], "current": ["dc"] * 12, "busy_hour_erlang": [2.0] * 12})

    def search(need, unlucky):
        def evaluate(table, seeds):
            # on fresh numbers one station far down the order needs more than the others
            short = {
                name: max(0, need + (unlucky if seeds == FRESH and name == "s11" else 0) - piles)
                for name, piles in table.select("station_id", "piles").iter_rows()
            }
            return Service(
                {"late_share": Shown(0.2 if sum(short.values()) else 0.0)},
                {name: float(lost) for name, lost in short.items()},
            )

        return Search(Sites(layout, loads), evaluate, GOALS, {})

    path = build_path({2025: search(2, 2), 2035: search(6, 0)}, (6,) * 12, fresh=FRESH)
    assert sum(path[2035]) == 72
    assert 26 <= sum(path[2025]) < 12 * 3
    assert path[2025][11] == 4
