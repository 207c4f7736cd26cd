"""Random networks that mix every rule of the engine, as the tables and settings of ``charging.simulate``.

Half of them are on whole minutes, so that much happens at one instant and the order of events shows.
"""

import random

import polars as pl

CLASSES = {
    "car": {"pack_voltage_v": 380.0, "ac_kw": 6.6, "dc_kw": 84.0, "efficiency_dc": 0.94, "efficiency_ac": 0.89},
    "van": {"pack_voltage_v": None, "ac_kw": 22.0, "dc_kw": 50.0, "efficiency_dc": None, "efficiency_ac": 0.92},
    "truck": {"pack_voltage_v": 600.0, "ac_kw": 44.0, "dc_kw": 200.0, "efficiency_dc": 0.95, "efficiency_ac": None},
}
CURVES = {
    "car": ([0.0, 0.1, 0.5, 0.8, 1.0], [0.6, 1.0, 0.9, 0.5, 0.1]),
    "van": (None, None),
    "truck": ([0.0, 0.2, 0.4, 0.85, 1.0], [0.5, 0.5, 1.0, 0.7, 0.15]),
}
HOURS = (None, None, None, "Mo-Fr 01:00-03:20; Sa,Su 00:00-24:00", "Mo-Su 21:00-02:00", "Tu off; Mo 00:30-06:00")
PERIODS = (None, None, "01:00-02:00 energy 0.9; 02:00-04:00 idle 30", "energy 0.3; Mo 00:40-03:00 time 6", "start 2")
LAYOUT = dict.fromkeys(
    (
        *("gun_amps", "transformer_kw", "volts", "fee_cny_kwh", "start_fee_cny", "time_fee_cny_h"),
        *("idle_fee_cny_h", "idle_free_min"),
    ),
    pl.Float64,
) | dict.fromkeys(("hours", "fee_hours", "fee_periods", "plug", "charger_id"), pl.String)
REQUESTS = dict.fromkeys(
    (
        *("battery_kwh", "soc_start", "patience_min", "overstay_min", "overstay_dc_min", "leave_by_min"),
        *("energy_kwh", "accept_kw"),
    ),
    pl.Float64,
) | dict.fromkeys(("max_queue", "follows", "priority"), pl.Int64)
REQUESTS |= dict.fromkeys(("vehicle_class", "plug", "origin", "first_current"), pl.String)


def tables(seed, *, whole):
    """Return the arguments of ``charging.simulate`` but the engine; ``whole`` puts all times on whole minutes."""
    rng = random.Random(seed)  # noqa: S311 - cases of tests, no secrets
    names = [f"s{number}" for number in range(rng.randint(1, 4))]
    groups = [group for name in names for group in _station(rng, name, whole=whole)]
    travel = _travel(rng, names, whole=whole)
    outages = [_outage(rng, group, whole=whole) for group in groups if group["piles"] and rng.random() < 0.3]
    steps = [(0.0, 0.5), (60.0, 1.1), (200.0, 0.4)]
    vehicles = [
        {"vehicle_class": name, "curve_soc": CURVES[name][0], "curve_share": CURVES[name][1], **columns}
        for name, columns in CLASSES.items()
    ]
    return {
        "layout": pl.DataFrame(groups, schema_overrides=LAYOUT | {"phases": pl.Int64}, infer_schema_length=None),
        "requests": _requests(rng, rng.randint(1, 40), whole=whole),
        "travel": travel,
        "behaviour": _behaviour(rng, whole=whole),
        "vehicles": pl.DataFrame(vehicles, infer_schema_length=None),
        "tariff": rng.choice([None, pl.DataFrame(steps, schema=["start_min", "cny_per_kwh"], orient="row")]),
        "outages": pl.DataFrame(outages, infer_schema_length=None) if outages else None,
    }


def _minutes(rng, most, *, whole, low=0.0):
    """Return a time."""
    minutes = rng.uniform(low, most)
    return float(round(minutes)) if whole else minutes


def _station(rng, name, *, whole):
    """Return the groups of a station."""
    common = {
        "station_id": name,
        "transformer_kw": rng.choice([None, None, None, 40.0, 130.0]),
        "hours": rng.choice(HOURS),
        "fee_cny_kwh": rng.choice([None, None, 0.1, 0.5]),
        "start_fee_cny": rng.choice([None, None, 1.5]),
        "time_fee_cny_h": rng.choice([None, None, 3.0]),
        "idle_fee_cny_h": rng.choice([None, None, 30.0]),
        "idle_free_min": rng.choice([None, 5.0]),
        "fee_hours": rng.choice([None, None, "00:30-02:00"]),
        "fee_periods": rng.choice(PERIODS),
    }
    charger, piles = rng.choice([None, None, "c"]), rng.randint(1, 3)
    return [
        common
        | _group(rng, f"g{number}", whole=whole)
        | ({"charger_id": None} if charger is None else {"charger_id": charger, "piles": piles})
        for number in range(rng.randint(1, 3))
    ]


def _group(rng, name, *, whole):
    """Return a group of piles."""
    current = rng.choice(["dc", "dc", "ac"])
    phases = rng.choice([None, 1, 3]) if current == "ac" and not whole else None
    return {
        "group_id": name,
        "current": current,
        "pile_kw": rng.choice([60.0, 60.0, 120.0] if whole else [60.0, 97.0, 120.0]) if current == "dc" else 12.0,
        "piles": rng.randint(0 if rng.random() < 0.1 else 1, 3),
        "guns_per_pile": rng.choice([1, 1, 2, 3]),
        "sharing": rng.choice(["exclusive", "equal", "sequential", "dynamic"]),
        "gun_amps": rng.choice([None, 150.0] if current == "dc" else [None, 32.0 if phases else None]),
        "phases": phases,
        "volts": 230.0 if phases else None,
        "plug": rng.choice([None, None, "gbt", "gbt|ccs", "ccs"]),
    }


def _travel(rng, names, *, whole):
    """Return ways from origins and stations to stations, some of them missing; None puts all at no distance."""
    if rng.random() < 0.2:
        return None
    places = [(place, name) for place in ("o", "p", *names) for name in names if place != name]
    roads = [(*place, _minutes(rng, 25.0, whole=whole), 1.0) for place in places if rng.random() < 0.9]
    known = {road[:2] for road in roads}
    roads += [(place, names[0], 5.0, 1.0) for place in ("o", "p") if (place, names[0]) not in known]
    roads = [(*road[:3], road[2] / 2.0) for road in roads]
    return pl.DataFrame(roads, schema=["origin", "station_id", "minutes", "km"], orient="row")


def _outage(rng, group, *, whole):
    """Return an outage of a pile of a group."""
    start = _minutes(rng, 200.0, whole=whole)
    return {
        "station_id": group["station_id"],
        "group_id": group["group_id"],
        "pile": rng.randrange(group["piles"]),
        "start_min": start,
        "end_min": start + _minutes(rng, 150.0, whole=whole, low=1.0),
    }


def _behaviour(rng, *, whole):
    """Return the settings."""
    return {
        "information": rng.choice(["nearest", "arrival", "live"]),
        "queue_rule": rng.choice(["fifo", "priority", "reservation"]),
        "booking_min": rng.choice([None, 8.0]),
        "max_tries": rng.randint(1, 4),
        "wait_weight": rng.choice([1.0, 1.7]),
        "price_weight": rng.choice([0.0, 1.3]),
        "indifference_min": rng.choice([0.0, 0.0, 5.0, 20.0]),
        "idle_response_h_cny": rng.choice([0.0, 0.02]),
        "first_weekday": rng.choice([0, 5]),
        "module_kw": rng.choice([None, None, 20.0]),
        "efficiency_dc": 1.0 if whole else 0.93,
    }


def _requests(rng, count, *, whole):
    """Return requests, some of which follow others."""
    rows = [_request(rng, number, whole=whole) for number in range(count)]
    if rng.random() < 0.5 and count > 1:
        for row in rows[count // 2 :]:
            if rng.random() < 0.6:
                row["follows"] = rows[rng.randrange(count // 2)]["request_id"]
                if row["leave_by_min"] is not None:
                    row["leave_by_min"] = row["arrive_min"] + _minutes(rng, 90.0, whole=whole, low=1.0)
    return pl.DataFrame(rows, schema_overrides=REQUESTS, infer_schema_length=None)


def _request(rng, number, *, whole):
    """Return a request."""
    arrive = _minutes(rng, 240.0, whole=whole)
    kind = None if whole and rng.random() < 0.7 else rng.choice([None, *CLASSES])
    battery, start = rng.uniform(30.0, 90.0), rng.uniform(0.0, 0.8)
    shaped = kind is not None and rng.random() < 0.8
    energy = battery * (1.0 - start) * rng.uniform(0.05, 1.0) if shaped else float(rng.randint(1, 60))
    overstay = rng.choice([0.0, 0.0, 7.0, 20.0])
    current = rng.choice(["dc", "dc", "ac", "any", "any"])
    dc_kw = 60.0 if whole else rng.uniform(15.0, 150.0)
    return {
        "request_id": 7 * number + 3,
        "arrive_min": arrive,
        "origin": rng.choice(["o", "p", None]),
        "current": current,
        "energy_kwh": 0.0 if overstay and rng.random() < 0.2 else energy,
        "accept_kw": 12.0 if current == "ac" else dc_kw if kind is None else CLASSES[kind]["dc_kw"],
        "vehicle_class": kind,
        "battery_kwh": battery if shaped else None,
        "soc_start": start if shaped else None,
        "patience_min": rng.choice([None, 5.0, 10.0, 60.0]),
        "max_queue": rng.choice([None, None, 0, 1, 3]),
        "overstay_min": overstay,
        "leave_by_min": arrive + _minutes(rng, 120.0, whole=whole, low=1.0) if rng.random() < 0.3 else None,
        "follows": None,
        "priority": rng.choice([None, 0, 1, 2]),
        "plug": rng.choice([None, None, None, "gbt", "ccs"]),
        "first_current": rng.choice([None, "ac", "ac", "dc"]) if current == "any" else None,
        "overstay_dc_min": rng.choice([None, 0.0, 3.0]) if current == "any" else None,
    }
