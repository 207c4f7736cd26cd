"""How the operator of a chosen fleet pays for it: forms of acquisition, order of replacement under a yearly budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.errors import InfeasibleError
from data.goals import Finding
from fleet.operators.acquisition import ENDS, MOVED, FleetToBuy, acquisition
from fleet.operators.consumption import ELECTRIC
from fleet.operators.operator_costs import PURCHASE, VehicleCost, usual_power, with_battery
from fleet.operators.operator_vehicles import with_spares
from fleet.operators.replacement import Replacement

if TYPE_CHECKING:
    import polars as pl

    from data.county import County
    from fleet.operators.acquisition import Acquisition


def operator_finance(
    county: County, row: dict[str, Any], year: int, best: dict[str, Any], budget_cny: float | None
) -> tuple[list[Finding], dict[str, pl.DataFrame]]:
    """Return what there is to say about paying for a fleet, and the tables behind it.

    Parameters
    ----------
    county
        Its prices.
    row
        Row of ``operators``.
    year
        Year of acquisition.
    best
        The chosen option.
    budget_cny
        What may be spent on vehicles in a year; None where nobody asked for the order of replacement.
    """
    name = row["vehicle_class"]
    days = county.figure("operators.service_days")
    found = acquisition(
        county,
        FleetToBuy(
            name,
            usual_power(county, name),
            year,
            with_spares(county, best["vehicles"]),
            with_spares(county, best["fuel_vehicles"]),
            best["battery_kwh"],
            best["km_per_day"] * days,
            best["fuel_km_per_day"] * days,
            best["investment_cny"],
        ),
    )
    told = [*_told(county, found), *_turns(found)]
    if budget_cny is not None:
        told.append(_replacement(county, row, year, best, budget_cny))
    return told, {"forms": found.forms, "cash_flow": found.cash, "finance_ranges": found.ranges}


def _told(county: County, found: Acquisition) -> list[Finding]:
    """Return what the forms cost, and who bears the risk of the battery."""
    forms = {form: values for form, *values in _electric(found).iter_rows()}
    (fuel,) = found.forms.filter(power=found.forms["power"][-1]).select("present_cny", "first_year_cny").rows()
    best = found.best()
    low, _, high = county.figure_range("operators.battery_residual_share")
    parts = tuple(
        Finding("form_cost", {"form": Finding(f"form_{form}"), "cny": round(cny), "first_cny": round(first)})
        for form, (cny, first, *_) in forms.items()
    )
    bought = forms[PURCHASE]
    return [
        Finding("finance_best", {"form": Finding(f"form_{best}"), "years": round(found.years, 1), "forms": parts}),
        Finding("finance_fuel", {"cny": round(fuel[0]), "first_cny": round(fuel[1])}),
        Finding(
            "finance_battery",
            {"low_share": low, "high_share": high, "less_cny": round(bought[2]), "more_cny": round(bought[3])},
        ),
    ]


def _electric(found: Acquisition) -> pl.DataFrame:
    """Return form, present value, first year and ends of the present value of the electric forms."""
    names = ("form", "present_cny", "first_year_cny", "present_low_cny", "present_high_cny")
    return found.forms.filter(power=ELECTRIC).select(names)


def _turns(found: Acquisition) -> list[Finding]:
    """Return where another form is the cheapest, and between what the saving against fuel lies."""
    given = found.best()
    others = [
        Finding("finance_turns", {"end": Finding(f"{moved}_{end}"), "form": Finding(f"form_{found.best(moved, end)}")})
        for moved in MOVED
        for end in ENDS
        if found.best(moved, end) != given
    ]
    saved = [round(cny) for cny in found.saved_cny()]
    span = {"saved_cny": saved[0], "low_cny": min(saved), "high_cny": max(saved)}
    return [*others, Finding("finance_saved", span)]


def _replacement(county: County, row: dict[str, Any], year: int, best: dict[str, Any], budget_cny: float) -> Finding:
    """Return the order in which the fleet is replaced under a yearly budget."""
    name = row["vehicle_class"]
    power = usual_power(county, name)
    vehicles = with_spares(county, best["vehicles"])
    km = best["km_per_day"] * county.figure("operators.service_days") / vehicles
    # vehicles with the battery of the plan, here and in the prices of later years
    county = with_battery(county, name, best["battery_kwh"])
    electric, fuel = (VehicleCost.from_county(county, name, each, year=year) for each in (ELECTRIC, power))
    lost = {ELECTRIC: county.figure("charging.efficiency_dc"), power: 1.0}
    runs = [
        km * (each.use_per_km * each.energy_cny_unit / lost[each.power] + each.maintenance_cny_km)
        for each in (electric, fuel)
    ]
    # as long as vehicles are held: by then each of today's has been replaced
    years = range(year, year + max(1, round(county.figure("cost.holding_years"))))
    fleet = Replacement.from_county(county, name, power, years=years, vehicles=vehicles, run_cny=(runs[0], runs[1]))
    try:
        order = fleet.order(float(budget_cny))
    except InfeasibleError as error:
        return Finding("out_of_reach", {"reason": str(error)})
    parts = tuple(
        Finding("replacement_year", {"year": str(when), "electric": bought, "fuel": others})
        for when, bought, others in order.select("year", "electric", "fuel").iter_rows()
    )
    return Finding("replacement", {"cny": budget_cny, "years": parts, "share": int(order["electric_fleet"][-1])})
