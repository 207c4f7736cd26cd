"""The memory map of the power kernel: columns that are copied in one go stand in the same order."""

import numpy as np
import pytest

from charging.engine.demand import build_demand
from charging.engine.ledger import Guns
from charging.engine.shared_piles import power_rows, take_log
from charging.inputs.behaviour import Behaviour
from charging.power import kernel, records
from charging.power.records import COLUMNS, FIRST_GUN_ROW, HEADER, Battery, ChargingSegment, Gun, Header, Pile
from charging.simulation import build_stations
from data.schemas.charging import Layout, Requests
from data.tables.validate import validate


def test_a_gun_takes_over_a_battery_column_by_column():
    names = [Gun(Gun.CURVE + column).name for column in Battery]
    renamed = ["SCALE_MIN" if name == "CAPACITY_KWH" else name for name in (column.name for column in Battery)]
    assert names == renamed


@pytest.mark.parametrize("record", [Header, Pile, records.Connection, records.Group, records.Terms, ChargingSegment])
def test_every_record_fits_in_a_row(record):
    assert sorted(record) == list(range(len(record)))
    assert len(record) <= COLUMNS


def test_the_header_counts_and_no_gun_does(make_layout, make_requests):
    layout = make_layout({"piles": 2, "guns_per_pile": 2, "sharing": "dynamic"})
    stations = build_stations(validate(layout, Layout, table="layout"))
    table = make_requests({"arrive_min": 0.0, "energy_kwh": 30.0}, {"arrive_min": 0.0, "energy_kwh": 30.0})
    demand = build_demand(validate(table, Requests, table="requests"), None, None, stations)
    guns = Guns.from_stations(stations, demand, Behaviour())
    group = stations[0].groups["any"][0]
    rows = power_rows([group], [], guns, None, segments=10)
    assert np.flatnonzero(rows[HEADER]).tolist() == [Header.LOG_ROW, Header.ROOM]
    first, _ = kernel.plug_best(rows, demand.curves, demand.batteries, group.row, 0, 0.0)
    second, full = kernel.plug_best(rows, demand.curves, demand.batteries, group.row, 1, 0.0)
    assert [first, second] == [FIRST_GUN_ROW, FIRST_GUN_ROW + 2]  # each its own pile
    assert rows[HEADER, Header.VEHICLES] == 2.0
    assert full == 30.0
    gun, _ = kernel.advance_pile(rows, demand.curves, int(rows[second, Gun.PILE]), 30.0)
    assert gun == second
    log = rows[int(rows[HEADER, Header.LOG_ROW])]
    assert rows[HEADER, Header.SEGMENTS] == 1.0
    assert log[: len(ChargingSegment)].tolist() == [1.0, 0.0, 30.0, 0.0, 1.0, 60.0]
    assert guns.group[0] == guns.station[0] == guns.pile[0] == -1


def test_the_log_gives_back_all_charges_in_the_order_in_which_they_ended(make_layout, make_requests):
    number = 3 * records.SEGMENTS_IN_ROW + 2
    layout = make_layout({"piles": 1, "guns_per_pile": 2, "sharing": "dynamic"})
    stations = build_stations(validate(layout, Layout, table="layout"))
    table = make_requests(*({"arrive_min": 0.0, "energy_kwh": 1.0} for _ in range(number)))
    demand = build_demand(validate(table, Requests, table="requests"), None, None, stations)
    guns = Guns.from_stations(stations, demand, Behaviour())
    group = stations[0].groups["any"][0]
    rows = power_rows([group], [], guns, None, segments=number)
    for request in range(number):
        gun, full = kernel.plug_best(rows, demand.curves, demand.batteries, group.row, request, float(request))
        assert full == request + 1.0
        kernel.advance_pile(rows, demand.curves, int(rows[gun, Gun.PILE]), full)
    log = take_log(rows)
    assert log[:, ChargingSegment.REQUEST].tolist() == list(range(number))
    assert log[:, ChargingSegment.END_MIN].tolist() == [request + 1.0 for request in range(number)]
    assert len(take_log(rows)) == 0


def test_an_offer_says_whether_another_group_could_give_more(make_layout, make_requests):
    layout = make_layout({"pile_kw": 60.0, "guns_per_pile": 2, "sharing": "dynamic"})
    stations = build_stations(validate(layout, Layout, table="layout"))
    table = make_requests(*({"arrive_min": 0.0, "energy_kwh": 30.0, "accept_kw": kw} for kw in (40.0, 60.0, 90.0)))
    demand = build_demand(validate(table, Requests, table="requests"), None, None, stations)
    guns = Guns.from_stations(stations, demand, Behaviour())
    group = stations[0].groups["any"][0]
    rows = power_rows([group], [], guns, None, segments=10)

    def offer(request):
        return kernel.best_gun(rows, demand.curves, demand.batteries, group.row, request, 0.0)

    offers = [offer(request) for request in range(3)]
    assert offers == [(40.0, FIRST_GUN_ROW, True), (60.0, FIRST_GUN_ROW, True), (60.0, FIRST_GUN_ROW, False)]
    kernel.plug_best(rows, demand.curves, demand.batteries, group.row, 0, 0.0)
    assert offer(0) == (30.0, FIRST_GUN_ROW + 1, False)  # half of the pile
    kernel.plug_best(rows, demand.curves, demand.batteries, group.row, 1, 0.0)
    assert offer(0) == (-1.0, -1, False)  # no gun is free
