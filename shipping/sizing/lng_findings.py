"""What a search for LNG stations has found: what the answer is met with, what binds, the price of each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.goals import Finding
from shipping.ports.open_stations import by_barge
from shipping.ports.station_spec import UnloadRule
from shipping.sizing.station_sizes import SEARCH, TANK_STEP_M3, StationSize, smaller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.goals import Figure, Service
    from shipping.sizing.station_sizes import Sizes, StationSearch

_STEPS: Final = {
    "berths": Finding("step_berth"),
    "tank_m3": Finding("step_tank", {"tank_m3": TANK_STEP_M3}),
    "all_day": Finding("step_nights"),
    "trucks": Finding("step_delivery"),
    "barge": Finding("step_barge"),
}


def findings(search: StationSearch, sizes: Sizes, *, verified: bool) -> tuple[Finding, ...]:
    """Return what keeps an answer from being smaller, or the target from being met, most binding first."""
    if verified:
        found = [Finding("lng_met", {"sizes": _described(search, sizes)}), *_by_truck(search)]
    else:
        shown = max((search.show(sizes, seeds) for seeds in search.sets), key=search.over)
        found = [Finding("lng_missed", shown.against(search.goals)), *_by_truck(search)]
    found += list(_today(search))
    if verified:
        found += [_less(search, sizes, fewer) for fewer in smaller(sizes)]
    return (*found, *_rules(search, sizes))


def _less(search: StationSearch, sizes: Sizes, fewer: Sizes) -> Finding:
    """Return what sizes with one step less at a station show."""
    number = next(number for number, size in enumerate(sizes) if fewer[number] != size)
    less, size = fewer[number], sizes[number]
    changed = next(name for name in StationSize._fields if getattr(less, name) != getattr(size, name))
    # on the set where it is worst: there it misses the target
    shown = max((search.show(fewer, seeds) for seeds in search.sets), key=search.over)
    place: dict[str, Figure] = {"step": _STEPS[changed], "station": search.sized[number]}
    return Finding("lng_less", place | shown.against(search.goals))


def _described(search: StationSearch, sizes: Sizes) -> tuple[Finding, ...]:
    """Return the sizes, stations that are alike together."""
    stations_of: dict[StationSize, list[str]] = {}
    for name, size in zip(search.sized, sizes, strict=True):
        # deliveries on order do not show in the words: stations that differ in them alone are told together
        stations_of.setdefault(size._replace(trucks=1), []).append(name)
    return tuple(
        Finding(
            "station_size",
            {
                "supply": Finding("by_barge" if size.barge else "by_truck"),
                "berths": Finding("one_berth") if size.berths == 1 else Finding("berths", {"berths": size.berths}),
                "tank_m3": size.tank_m3,
                "hours": Finding("all_day" if size.all_day else "hours_of_today"),
                "stations": tuple(names),
            },
        )
        for size, names in stations_of.items()
    )


def _by_truck(search: StationSearch) -> list[Finding]:
    """Return what the best that was tried with trucks alone shows, where barges were tried too."""
    if search.barge is None:
        return []
    tried = [(sizes, shown) for (sizes, _), shown in search.seen.items() if not any(size.barge for size in sizes)]
    if not tried or any(shown.meets(search.goals) for _, shown in tried):
        return []
    sizes, shown = min(tried, key=lambda one: (search.over(one[1]), one[0]))
    return [Finding("lng_nearest_by_truck", shown.against(search.goals) | {"sizes": _described(search, sizes)})]


def _today(search: StationSearch) -> Iterator[Finding]:
    """Yield what the sized stations show as they stand, and with one thing changed at all of them: what binds there."""
    table, mine = search.stations, pl.col("station").is_in(list(search.sized))

    def changed(**values: object) -> pl.DataFrame:
        frame = table.with_columns(
            *(pl.lit(None, pl.String).alias(name) for name in values if name not in table.columns)
        )
        return frame.with_columns(
            pl.when(mine).then(value if isinstance(value, pl.Expr) else pl.lit(value)).otherwise(name).alias(name)
            for name, value in values.items()
        )

    known = {"berths", "tank_m3", "open_h", "close_h", "unload_alone"} <= set(table.columns)
    if not known:
        return
    as_they_are = search.evaluate(table, SEARCH)
    goal = as_they_are.worst(search.goals)

    def shows(key: str, shown: Service) -> Finding:
        return Finding(key, {"measure": goal.measure, "value": shown.measures[goal.measure], "goal": goal})

    yield shows("lng_today", as_they_are)
    ways = {
        "lng_today_all_day": changed(open_h=0.0, close_h=24.0),
        "lng_today_berth_more": changed(berths=pl.col("berths") + 1),
        "lng_today_tank_twice": changed(tank_m3=2.0 * pl.col("tank_m3"), tank_start_m3=2.0 * pl.col("tank_start_m3")),
        "lng_today_unload_together": changed(unload_rule=UnloadRule.TOGETHER.value),
    }
    if search.barge is not None:
        ways["lng_today_by_barge"] = by_barge(changed(supply="barge"), search.barge)
    for key, stations in ways.items():
        yield shows(key, search.evaluate(stations, SEARCH))


def _rules(search: StationSearch, sizes: Sizes) -> list[Finding]:
    """Return the price of the rules for unloading: what the target's worst measure shows under each of them."""
    if "unload_alone" not in search.stations.columns:
        return []
    table = search.table(sizes)
    found = []
    for rule in UnloadRule:
        # two tanks of half the size, so that one can serve: the least that the rule by tank asks for
        changes = {"unload_rule": pl.lit(rule.value), "tanks": pl.lit(2, pl.Int64)}
        shown = search.evaluate(table.with_columns(**changes), SEARCH)
        found.append(Finding("lng_rule", {"rule": rule.value, **shown.against(search.goals)}))
    return found
