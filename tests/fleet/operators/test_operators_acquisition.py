"""Forms of acquisition of a fleet: cash flow against present value, who bears the battery, ranges by hand."""

from dataclasses import replace

import polars as pl
import pytest

from data.errors import DataError
from data.money import annuity
from fleet.operators.acquisition import AS_GIVEN, ENDS, MOVED, OWNED, FleetToBuy, acquisition
from fleet.operators.operator_costs import VehicleCost, vehicle_price_cny, with_battery
from fleet.vehicles.costs import form_flows

TAXIS = FleetToBuy("taxi", "petrol", 2025, 12, 11, 57.0, 12 * 70_000.0, 12 * 70_000.0, 500_000.0)


@pytest.fixture(scope="module")
def found(three_towns):
    return acquisition(three_towns, TAXIS)


def test_every_form_of_the_county_and_fuel_are_compared(found):
    electric = found.forms.filter(power="bev")
    assert set(electric["form"]) == {"purchase", "financial_lease", "battery_separation", "operating_lease"}
    assert found.forms.filter(pl.col("power") != "bev").select("form", "power", "vehicles").rows() == [
        ("purchase", "petrol", 11)
    ]
    assert found.best() == electric.sort("present_cny")["form"][0]


def test_cash_flow_adds_up_to_the_present_value(found):
    both = found.cash.group_by("form", "power").agg(pl.col("present_cny").sum()).join(
        found.forms, on=["form", "power"], suffix="_form"
    )  # fmt: skip
    assert both.height == found.forms.height
    assert (both["present_cny"] - both["present_cny_form"]).abs().max() <= 1e-9 * both["present_cny"].max()
    parts = pl.col("upfront_cny") + pl.col("rents_cny") + pl.col("running_cny") - pl.col("residual_cny")
    assert found.cash.select((parts - pl.col("paid_cny")).abs().max()).item() < 1e-6
    # chargers are built at the start whatever the form, and the fuel fleet needs none
    first = found.cash.filter(year=2025)
    assert first.filter(form="operating_lease")["upfront_cny"][0] == pytest.approx(500_000.0)
    assert first.filter(form="purchase", power="bev")["upfront_cny"][0] > 12 * 100_000.0
    firsts = dict(found.forms.select(pl.concat_str("form", "power"), "first_year_cny").iter_rows())
    assert firsts == pytest.approx(dict(first.select(pl.concat_str("form", "power"), "paid_cny").iter_rows()))


def test_purchase_on_fuel_is_what_one_vehicle_costs_times_their_number(three_towns, found):
    years, rate = three_towns.figure("cost.holding_years"), three_towns.figure("cost.discount_private")
    flows = form_flows(three_towns, "taxi", "petrol", year=2025)["purchase"]
    km = TAXIS.km_per_year / TAXIS.fuel_vehicles
    fuel = found.forms.filter(power="petrol").row(0, named=True)
    assert fuel["present_cny"] == pytest.approx(11 * flows.npv(km, years=years, rate=rate))
    assert fuel["cny_per_year"] == pytest.approx(fuel["present_cny"] / annuity(years, rate))


def test_only_who_owns_the_battery_bears_its_risk(found):
    for form, given, low, high in found.forms.filter(power="bev").select(
        "form", "present_cny", "present_low_cny", "present_high_cny"
    ).iter_rows():  # fmt: skip
        if form in OWNED:
            assert low < given < high
        else:
            assert low == given == high


def test_a_battery_of_another_size_adds_to_price_and_rent(three_towns, found):
    larger = acquisition(three_towns, replace(TAXIS, battery_kwh=67.0))
    more = 10.0 * three_towns.figure("operators.battery_cny_kwh")
    upfront = [one.cash.filter(form="purchase", power="bev", year=2025)["upfront_cny"][0] for one in (found, larger)]
    # with the tax on it
    assert 12 * more <= upfront[1] - upfront[0] <= 12 * 1.1 * more
    rents = [one.cash.filter(form="battery_separation", year=2026)["rents_cny"][0] for one in (found, larger)]
    assert rents[1] == pytest.approx(rents[0] * 67.0 / 57.0)
    assert larger.forms.filter(power="petrol").equals(found.forms.filter(power="petrol"))


def test_a_battery_has_one_price_in_options_and_in_forms(three_towns):
    years, rate = three_towns.figure("cost.holding_years"), three_towns.figure("cost.discount_private")
    for year in (2025, 2030):
        small, large = (
            VehicleCost.from_county(three_towns, "taxi", "bev", year=year, battery_kwh=size) for size in (57.0, 67.0)
        )
        flows = [
            form_flows(with_battery(three_towns, "taxi", size), "taxi", "bev", year=year)["purchase"]
            for size in (57.0, 67.0)
        ]
        # price, tax and what is left of it at the end: of the forms as of the options
        owned = [one.upfront_cny - one.residual_cny / (1.0 + rate) ** years for one in flows]
        assert large.cny_year - small.cny_year == pytest.approx((owned[1] - owned[0]) / annuity(years, rate))
        row = three_towns.vehicle_costs.filter(vehicle_class="taxi", power="bev").row(0, named=True)
        trend = (1.0 + row["price_trend_share_per_year"]) ** (year - row["base_year"])
        # by the trend of the vehicle, not flat
        assert vehicle_price_cny(with_battery(three_towns, "taxi", 67.0), "taxi", "bev", year=year) == pytest.approx(
            trend * (row["price_cny"] + 10.0 * three_towns.figure("operators.battery_cny_kwh"))
        )
    assert VehicleCost.from_county(
        three_towns, "taxi", "petrol", year=2025, battery_kwh=67.0
    ) == VehicleCost.from_county(three_towns, "taxi", "petrol", year=2025)


def test_fuel_vehicles_drive_their_own_km(three_towns, found):
    fewer = acquisition(three_towns, replace(TAXIS, fuel_km_per_year=10 * 70_000.0))
    electric, fuel = pl.col("power") == "bev", pl.col("power") != "bev"
    assert fewer.forms.filter(electric).equals(found.forms.filter(electric))
    both = [one.forms.filter(fuel).row(0, named=True) for one in (fewer, found)]
    assert both[0]["present_cny"] < both[1]["present_cny"]
    assert both[0]["cny_per_km"] == pytest.approx(both[0]["cny_per_year"] / 700_000.0)


def test_ranges_move_what_they_are_of(three_towns, found):
    def present(moved, end, form="purchase", power="bev"):
        return found.ranges.filter(moved=moved, end=end, form=form, power=power)["present_cny"][0]

    given = found.forms.filter(form="purchase", power="bev")["present_cny"][0]
    for moved in ("price", "km"):
        assert present(moved, "low") < given < present(moved, "high")
    # more for a used battery costs less
    assert present("battery_residual", "high") < given < present("battery_residual", "low")
    fuel = found.forms.filter(power="petrol")["present_cny"][0]
    assert present("price", "low", power="petrol") == fuel
    row = three_towns.vehicle_classes.filter(vehicle_class="taxi").row(0, named=True)
    years, rate = three_towns.figure("cost.holding_years"), three_towns.figure("cost.discount_private")
    flows = form_flows(three_towns, "taxi", "petrol", year=2025)["purchase"]
    km = TAXIS.km_per_year / 11 * row["km_high"] / row["km_per_year"]
    assert present("km", "high", power="petrol") == pytest.approx(11 * flows.npv(km, years=years, rate=rate))
    assert len(found.saved_cny()) == 1 + len(MOVED) * len(ENDS)
    assert found.best(AS_GIVEN) == found.best()


def test_a_vehicle_without_a_price_is_said(three_towns):
    with pytest.raises(
        DataError, match="no row for vehicle_class 'hearse' with power 'bev'; add its price, or leave out"
    ):
        with_battery(three_towns, "hearse", 60.0)
    with pytest.raises(DataError, match=r"no row for .*'taxi' with power 'hydrogen'; add its price"):
        form_flows(three_towns, "taxi", "hydrogen", year=2025)
