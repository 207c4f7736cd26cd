"""Random networks that mix the rules: each network has some of them, and all meet sooner or later."""

import math

from hypothesis import strategies as st

from .cars import CLASSES
from .weeks import DAY

FEES = {"energy": [0.1, 0.5], "start": [2.0], "time": [6.0], "idle": [20.0, 60.0]}
NONE = {
    "transformer_kw": None,
    "opens_min": None,
    "closes_min": None,
    "hours": None,
    "fees": dict.fromkeys(FEES),
    "fee_hours": None,
    "fee_periods": [],
    "idle_free_min": None,
    "first_weekday": 0,
    "plugs": None,
    "charger_id": None,
    "phases": None,
    "volts": None,
    "gun_amps": None,
}
"""A group without anything of the kind, to be filled by hand."""
CAR = {
    "arrive_min": 0.0,
    "origin": "o",
    "current": "dc",
    "plug": None,
    "energy_kwh": 10.0,
    "accept_kw": 60.0,
    "vehicle_class": None,
    "battery_kwh": None,
    "soc_start": None,
    "patience_min": math.inf,
    "max_queue": math.inf,
    "overstay_min": 0.0,
    "overstay_dc_min": None,
    "first_current": None,
    "leave_by": math.inf,
    "follows": None,
    "priority": 0,
}
"""A request without anything of the kind."""
PLAIN = {
    "roads": None,
    "information": "nearest",
    "queue_rule": "fifo",
    "booking_min": None,
    "max_tries": 1,
    "wait_weight": 1.0,
    "price_weight": 0.0,
    "indifference_min": 0.0,
    "idle_response_h_cny": 0.0,
    "first_weekday": 0,
    "tariff": [],
    "outages": [],
}
"""Rules of a network at rest."""


@st.composite
def networks(draw):
    """Draw a network: stations, roads, drivers and requests, as plain rows."""
    # numbers from a seed: times that Hypothesis draws itself fall on each other too often
    return random_network(draw(st.randoms(use_true_random=True)), draw(st.integers(1, 3)), draw(st.integers(1, 25)))


def random_network(rng, stations, requests):
    """Return a network with so many stations and requests."""
    first = rng.randrange(7)
    has = {name: rng.random() < share for name, share in SHARES.items()}
    groups = []
    for number in range(stations):
        station = random_station(rng, first, has)
        here = [random_group(rng, f"g{group}", has) for group in range(2 if has["charger"] else rng.randint(1, 2))]
        groups += [NONE | group | station | {"station_id": f"s{number}"} for group in one_charger(rng, here, has)]
    rule = rng.choice(["fifo", "fifo", "priority", "reservation", "reservation"]) if has["rule"] else "fifo"
    return PLAIN | {
        "groups": groups,
        "roads": random_roads(rng, dict.fromkeys(group["station_id"] for group in groups)),
        "information": rng.choice(["nearest", "arrival", "arrival", "live"]),
        "queue_rule": rule,
        "booking_min": rng.choice([None, 4.0, 12.0]),
        "max_tries": rng.randint(1, 3),
        "wait_weight": rng.choice([1.0, 1.7]),
        "price_weight": rng.choice([0.0, 1.3]) if has["fees"] else 0.0,
        "indifference_min": rng.choice([0.0, 0.0, 6.0]),
        "idle_response_h_cny": rng.choice([0.0, 0.02, 0.1]),
        "first_weekday": first,
        "tariff": [(0.0, 0.7), (37.5, 1.1), (211.0, 0.4)] if has["tariff"] else [],
        "outages": [outage for group in groups for outage in random_outages(rng, group)] if has["outages"] else [],
        "requests": random_requests(rng, requests, has),
    }


SHARES = {"hours": 0.4, "fees": 0.4, "plugs": 0.25, "charger": 0.35, "rule": 0.6, "tariff": 0.5, "outages": 0.45}
SHARES |= {"follows": 0.4, "nothing": 0.3, "leaving": 0.6}
"""How often a network has a rule at all."""


def alone(group):
    """Return a group as a station without connection, hours, plugs or shared chargers, and with fees at all hours."""
    fees = {"fee_hours": None, "fee_periods": [period for period in group["fee_periods"] if period[0] != "idle"]}
    return group | dict.fromkeys(("transformer_kw", "opens_min", "closes_min", "hours", "charger_id")) | fees


def random_station(rng, first, has):
    """Return what the groups of a station have in common."""
    opens, closes, hours = random_hours(rng) if has["hours"] else (None, None, None)
    fees = {kind: rng.choice([None, *amounts]) if has["fees"] else None for kind, amounts in FEES.items()}
    asks = has["fees"] and rng.random() < 0.6
    return {
        "transformer_kw": rng.choice([None, None, 40.0, 130.0]),
        "opens_min": opens,
        "closes_min": closes,
        "hours": daily(opens, closes) if opens is not None else hours,
        "first_weekday": first,
        "fees": fees,
        "fee_hours": weekday_rules(rng) if has["fees"] and rng.random() < 0.4 else None,
        "fee_periods": random_periods(rng) if asks else [],
        "idle_free_min": rng.choice([None, 3.0]) if has["fees"] else None,
    }


def random_hours(rng):
    """Return opening and closing of every day, or hours by weekday, or neither."""
    days = [(60.0, 200.0), (1300.0, 120.0), (0.0, DAY), (360.0, 360.0), (0.0, 0.0)]
    if rng.random() < 0.5:
        return (*rng.choice(days), None)
    return None, None, weekday_rules(rng) if rng.random() < 0.8 else None


def daily(opens, closes):
    """Return the rules of a daily window."""
    days = tuple(range(7))
    if opens == closes or closes - opens >= DAY:
        return [(days, 0.0, DAY)]
    return [(days, opens, closes if closes > opens else closes + DAY)]


def weekday_rules(rng):
    """Return rules of hours by weekday, some past midnight; each day stands in one of them at most."""
    days = list(range(7))
    rng.shuffle(days)
    cut, end = sorted(rng.sample(range(1, 8), 2))
    parts = [sorted(days[:cut]), sorted(days[cut:end])]
    return [(tuple(part), *random_span(rng)) for part in parts]


def random_span(rng):
    """Return minutes of the day from, to; to may be after midnight."""
    start = rng.choice([0.0, 30.0, 60.0, 150.0, 1320.0, 1410.0])
    return start, start + rng.choice([60.0, 130.0, 240.0, DAY])


def random_periods(rng):
    """Return what is asked at some hours: fee, rule, amount."""
    kinds = [rng.choice(list(FEES)) for _ in range(rng.randint(1, 4))]
    sets = [tuple(range(7)), (0, 2, 4, 6), (1, 2, 3, 5)]
    return [(kind, (rng.choice(sets), *random_span(rng)), rng.choice([0.0, 0.3, *FEES[kind]])) for kind in kinds]


def random_group(rng, name, has):
    """Return a group of piles."""
    current = rng.choice(["dc", "dc", "ac"])
    phases = rng.choice([None, 1, 3]) if current == "ac" else None
    dc_amps = rng.choice([None, 150.0]) if current == "dc" else None
    return {
        "group_id": name,
        "current": current,
        "pile_kw": rng.choice([60.0, 97.0, 120.0]) if current == "dc" else rng.choice([7.0, 22.0]),
        "piles": rng.randint(1, 2),
        "guns_per_pile": rng.randint(1, 3),
        "sharing": rng.choice(["exclusive", "exclusive", "equal", "sequential", "dynamic"]),
        "gun_amps": rng.choice([None, 16.0, 32.0]) if phases else dc_amps,
        "phases": phases,
        "volts": rng.choice([220.0, 230.0]) if phases else None,
        "plugs": rng.choice([None, ("X",), ("X", "Y"), ("Y",)]) if has["plugs"] else None,
    }


def one_charger(rng, groups, has):
    """Return the groups of a station, some as guns of the same chargers: as many piles in each."""
    if not has["charger"] or rng.random() < 0.2:
        return groups
    return [group | {"charger_id": "c", "piles": groups[0]["piles"]} for group in groups]


def random_roads(rng, names):
    """Return minutes from origins and stations to stations; some are missing. None: all at no distance."""
    if rng.random() < 0.2:
        return None
    places = [("o", name) for name in names] + [("p", name) for name in names]
    places += [(one, other) for one in names for other in names if one != other]
    roads = {place: rng.uniform(0.5, 25.0) for place in places if rng.random() < 0.9}
    for origin in ("o", "p"):
        roads.setdefault((origin, next(iter(names))), 5.0)
    return roads


def random_outages(rng, group):
    """Return outages of the piles of a group, up to two each."""
    result = []
    for pile in range(group["piles"]):
        times = sorted(rng.uniform(0.0, 400.0) for _ in range(2 * rng.randint(0, 2)))
        pairs = zip(times[::2], times[1::2], strict=True)
        result += [(start, end, group["station_id"], group["group_id"], pile) for start, end in pairs]
    return result


def random_requests(rng, number, has):
    """Return requests; some follow others, and count their times from the end of those."""
    rows = [random_request(rng, has) for _ in range(number)]
    for index, row in enumerate(rows):
        if has["follows"] and index and rng.random() < 0.5:
            stay = row["leave_by"] - row["arrive_min"]
            gap = rng.choice([0.0, rng.expovariate(1 / 30.0)])
            row |= {"follows": rng.randrange(index), "arrive_min": gap, "leave_by": gap + stay}
    return rows


def random_request(rng, has):
    """Return a request."""
    current = rng.choice(["dc", "dc", "ac", "any"])
    kind = rng.choice([None, *CLASSES])
    arrive = rng.uniform(0.0, 300.0)
    battery, start = rng.uniform(30.0, 90.0), rng.uniform(0.0, 0.8)
    shaped = kind is not None and rng.random() < 0.8
    dc_kw = rng.uniform(15.0, 150.0) if kind is None else CLASSES[kind]["dc_kw"]
    asks = not has["nothing"] or rng.random() < 0.8
    some_kwh = battery * (1.0 - start) * rng.uniform(0.05, 1.0) if shaped else rng.uniform(1.0, 60.0)
    return CAR | {
        "arrive_min": arrive,
        "origin": rng.choice(["o", "p"]),
        "current": current,
        "plug": rng.choice([None, "X", "Y"]) if has["plugs"] else None,
        "energy_kwh": some_kwh if asks else 0.0,
        "accept_kw": dc_kw if current != "ac" else 11.0 if kind is None else CLASSES[kind]["ac_kw"],
        "vehicle_class": kind,
        "battery_kwh": battery if shaped else None,
        "soc_start": start if shaped else None,
        "patience_min": rng.choice([0.5, 10.0, 60.0, math.inf]),
        "max_queue": rng.choice([0, 1, 3, math.inf]),
        "overstay_min": rng.choice([0.0, 0.0, 7.0, 25.0]) if asks else rng.uniform(1.0, 40.0),
        "leave_by": arrive + rng.expovariate(1 / 60.0) if has["leaving"] and rng.random() < 0.3 else math.inf,
        "priority": rng.choice([0, 0, 1, 2]),
        "first_current": rng.choice([None, "ac", "ac", "dc"]) if current == "any" else None,
        "overstay_dc_min": rng.choice([None, 0.0, 3.0]) if current == "any" else None,
    }
