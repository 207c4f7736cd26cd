"""A network as the tables of ``charging.simulate``, and where its result differs from the reference."""

import math

import polars as pl

from .cars import CLASSES, CURVES
from .network import Reference
from .weeks import hours_text, rule_text

FEE_COLUMNS = {
    "energy": "fee_cny_kwh",
    "start": "start_fee_cny",
    "time": "time_fee_cny_h",
    "idle": "idle_fee_cny_h",
}
LAYOUT = dict.fromkeys(
    (*FEE_COLUMNS.values(), "idle_free_min", "transformer_kw", "opens_min", "closes_min"), pl.Float64
)
LAYOUT |= {"gun_amps": pl.Float64, "volts": pl.Float64, "phases": pl.Int64}
LAYOUT |= dict.fromkeys(("hours", "fee_hours", "fee_periods", "plug", "charger_id"), pl.String)
REQUESTS = dict.fromkeys(("battery_kwh", "soc_start", "patience_min", "leave_by_min"), pl.Float64)
REQUESTS |= {"first_current": pl.String, "overstay_dc_min": pl.Float64}
REQUESTS |= {"vehicle_class": pl.String, "plug": pl.String, "max_queue": pl.Int64, "follows": pl.Int64}
OUTAGES = {
    "start_min": pl.Float64,
    "end_min": pl.Float64,
    "station_id": pl.String,
    "group_id": pl.String,
    "pile": pl.Int64,
}
RULES = ("information", "queue_rule", "booking_min", "max_tries", "wait_weight", "price_weight", "indifference_min")
RULES += ("idle_response_h_cny", "first_weekday")
SAME = ("outcome", "station_id", "group_id", "pile", "tries", "reason")
CLOSE = ("plug_min", "full_min", "leave_min", "energy_kwh", "meter_kwh", "wait_min", "cost_cny")


def tables(network):
    """Return the tables and settings of ``charging.simulate`` for a network."""
    layout = pl.DataFrame([layout_row(group) for group in network["groups"]], schema_overrides=LAYOUT)
    requests = [request_row(number, row) for number, row in enumerate(network["requests"])]
    travel = None
    if network["roads"] is not None:
        ways = [(*place, minutes, minutes) for place, minutes in network["roads"].items()]
        travel = pl.DataFrame(ways, schema=["origin", "station_id", "minutes", "km"], orient="row")
    vehicles = [
        {"vehicle_class": name, "pack_voltage_v": kind["volts"], "curve_soc": CURVES[name][0]}
        | {"curve_share": CURVES[name][1], "efficiency_dc": kind["dc"], "efficiency_ac": kind["ac"]}
        | {"ac_kw": kind["ac_kw"], "dc_kw": kind["dc_kw"]}
        for name, kind in CLASSES.items()
    ]
    tariff = pl.DataFrame(network["tariff"], schema=["start_min", "cny_per_kwh"], orient="row")
    return {
        "layout": layout,
        "requests": pl.DataFrame(requests, schema_overrides=REQUESTS, infer_schema_length=None),
        "travel": travel,
        "behaviour": {name: network[name] for name in RULES},
        "vehicles": pl.DataFrame(vehicles),
        "tariff": tariff if network["tariff"] else None,
        "outages": pl.DataFrame(network["outages"], schema=OUTAGES, orient="row") if network["outages"] else None,
    }


def layout_row(group):
    """Return a group as a row of a layout; hours as a text where they are not a daily window."""
    row = {name: value for name, value in group.items() if name not in ("fees", "plugs", "first_weekday")}
    row |= {FEE_COLUMNS[kind]: amount for kind, amount in group["fees"].items()}
    row["hours"] = None if group["hours"] is None or group["opens_min"] is not None else hours_text(group["hours"])
    row["fee_hours"] = None if group["fee_hours"] is None else hours_text(group["fee_hours"])
    periods = [f"{rule_text(rule)} {kind} {amount}" for kind, rule, amount in group["fee_periods"]]
    row["fee_periods"] = "; ".join(periods) or None
    row["plug"] = None if group["plugs"] is None else "|".join(group["plugs"])
    return row


def request_row(number, row):
    """Return a request as a row of the table."""
    filled = {name: None if value == math.inf else value for name, value in row.items()}
    return {"request_id": number} | {
        {"leave_by": "leave_by_min"}.get(name, name): value for name, value in filled.items()
    }


def differences(network, result):
    """Return in words where the engine's result differs from the reference."""
    reference = Reference(network)
    expected = reference.run()
    found = []
    for row in result.sessions.iter_rows(named=True):
        own = expected[row["request_id"]]
        wrong = [name for name in SAME if row[name] != own.get(name)]
        wrong += [name for name in CLOSE if is_off(row[name], own.get(name))]
        found += [f"request {row['request_id']}: {name} is {row[name]}, not {own.get(name)}" for name in wrong]
    return found + visit_differences(reference, result.visits)


def is_off(got, expected):
    """Return whether numbers differ by more than rounding, or one of them is there alone."""
    if got is None or expected is None:
        return (got or 0.0) != (expected or 0.0)
    return abs(got - expected) > 1e-6 * max(1.0, abs(expected))


def visit_differences(reference, visits):
    """Return in words where the visits differ."""
    columns = ("request_id", "station_id", "try", "arrive_min", "leave_queue_min", "outcome")
    got = {row[:1] + row[2:3]: row for row in visits.select(columns).iter_rows()}
    expected = {visit[:1] + visit[2:3]: visit for visit in reference.visits}
    found = [f"visit {key} is there once only" for key in got.keys() ^ expected.keys()]
    for key in got.keys() & expected.keys():
        pairs = zip(columns, got[key], expected[key], strict=True)
        found += [
            f"visit {key}: {name} is {one}, not {other}"
            for name, one, other in pairs
            if (abs(one - other) > 1e-6 if isinstance(one, float) else one != other)
        ]
    return found
