"""The simulation against a reference that recomputes everything at every event, in plain Python."""

import math

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from charging import check_accounts, simulate


def fill(capacity, wishes):
    """Share max-min fair: the smallest wish first, each at most an equal part of what is left."""
    parts = [0.0] * len(wishes)
    for done, number in enumerate(sorted(range(len(wishes)), key=wishes.__getitem__)):
        parts[number] = min(wishes[number], capacity / (len(wishes) - done))
        capacity -= parts[number]
    return parts


class Reference:
    """One station of equal piles, constant accept powers; all powers anew at each event.

    DC piles are rated at their output and AC piles at their meter; the connection counts at the meter.
    """

    def __init__(self, piles, guns, kw, sharing, limit, rows, current="dc"):
        self.rated_at_meter = current == "ac"
        self.stands = [[None] * guns for _ in range(piles)]
        self.kw, self.sharing, self.limit, self.rows = kw, sharing, limit, rows
        self.queue, self.charged, self.out = [], {}, {}
        self.order = []

    def pile_powers(self, cars):
        left = [self.rows[car]["efficiency"] if self.rated_at_meter else 1.0 for car in cars]
        wishes = [min(self.rows[car]["accept_kw"] / share, self.kw) for car, share in zip(cars, left, strict=True)]
        if self.sharing == "dynamic":
            parts = fill(self.kw, wishes)
        elif self.sharing == "equal":
            parts = [min(wish, self.kw / len(cars)) for wish in wishes]
        else:
            parts = wishes[:1] + [0.0] * (len(cars) - 1)
        return [part * share for part, share in zip(parts, left, strict=True)]

    def powers(self):
        found = {}
        for stands in self.stands:
            cars = sorted((car for car in stands if car in self.charged), key=self.order.index)
            found |= dict(zip(cars, self.pile_powers(cars) if cars else [], strict=True))
        if self.limit is not None:
            shares = [self.rows[car]["efficiency"] for car in found]
            metered = fill(self.limit, [kw / share for kw, share in zip(found.values(), shares, strict=True)])
            found = {car: kw * share for car, kw, share in zip(found, metered, shares, strict=True)}
        return found

    def offer(self, car, stands):
        others = sorted((other for other in stands if other in self.charged), key=self.order.index)
        return self.pile_powers([*others, car])[-1]

    def plug(self, car, now):
        free = [stands for stands in self.stands if None in stands]
        if not free:
            return False
        empty = [stands for stands in free if not any(item is not None for item in stands)]
        offers = [self.offer(car, stands) for stands in empty[:1] or free]
        most = next(at for at, offer in enumerate(offers) if offer >= max(offers) - 1e-9)  # the first of equals
        chosen = (empty[:1] or free)[most]
        chosen[chosen.index(None)] = car
        self.order.append(car)
        self.charged[car] = 0.0
        self.out[car] = {"plug_min": now, "outcome": "served"}
        return True

    def leave(self, car, now):
        for stands in self.stands:
            if car in stands:
                stands[stands.index(car)] = None
        if self.queue and self.plug(self.queue[0], now):
            self.queue.pop(0)

    def run(self):
        now, coming, leaving = 0.0, sorted(self.rows, key=lambda car: self.rows[car]["arrive_min"]), {}
        while coming or self.charged or leaving or self.queue:
            powers = self.powers()
            full = {
                car: now + 60 * (self.rows[car]["energy_kwh"] - self.charged[car]) / kw
                for car, kw in powers.items()
                if kw
            }
            gone = {car: self.rows[car]["arrive_min"] + self.rows[car]["patience_min"] for car in self.queue}
            events = [(at, 0, car) for car, at in full.items()] + [(at, 1, car) for car, at in leaving.items()]
            events += [(self.rows[coming[0]]["arrive_min"], 2, coming[0])] if coming else []
            events += [(at, 3, car) for car, at in gone.items()]
            at, kind, car = min(events)
            for other, kw in powers.items():
                self.charged[other] += kw * (at - now) / 60
            now = at
            if kind == 0:
                del self.charged[car]
                self.out[car]["full_min"] = now
                leaving[car] = now + self.rows[car]["overstay_min"]
            elif kind == 1:
                del leaving[car]
                self.leave(car, now)
            elif kind == 2:
                coming.pop(0)
                if not self.plug(car, now):
                    if len(self.queue) >= self.rows[car]["max_queue"]:
                        self.out[car] = {"outcome": "balked"}
                    else:
                        self.queue.append(car)
            else:
                self.queue.remove(car)
                self.out[car] = {"outcome": "reneged"}
        return self.out


@settings(max_examples=60, deadline=None)
@given(
    rng=st.randoms(use_true_random=False),
    piles=st.integers(1, 3),
    guns=st.integers(1, 3),
    sharing=st.sampled_from(["dynamic", "equal", "sequential"]),
    limit=st.one_of(st.none(), st.floats(20.0, 150.0)),
    current=st.sampled_from(["dc", "ac"]),
)
def test_every_request_fares_as_in_the_reference(rng, piles, guns, sharing, limit, current):
    rows = {
        number: {
            "arrive_min": rng.uniform(0.0, 90.0),
            "energy_kwh": rng.uniform(1.0, 60.0),
            "accept_kw": rng.uniform(15.0, 150.0),
            "patience_min": rng.choice([0.5, 10.0, 60.0, math.inf]),
            "max_queue": rng.choice([0, 1, 3, 99]),
            "overstay_min": rng.choice([0.0, 7.0]),
            "efficiency": rng.choice([1.0, 0.9, 0.8]),
        }
        for number in range(25)
    }
    layout = pl.DataFrame(
        {
            "station_id": ["s"],
            "group_id": ["g"],
            "current": [current],
            "pile_kw": [97.0],
            "piles": [piles],
            "guns_per_pile": [guns],
            "sharing": [sharing],
            "transformer_kw": [limit],
        },
        schema_overrides={"transformer_kw": pl.Float64},
    )
    requests = pl.DataFrame([{"request_id": number, "current": current, **row} for number, row in rows.items()])
    requests = requests.with_columns(vehicle_class=pl.col("efficiency").cast(pl.String)).drop("efficiency")
    requests = requests.with_columns(patience_min=pl.when(pl.col("patience_min").is_finite()).then("patience_min"))
    vehicles = pl.DataFrame({"vehicle_class": ["1.0", "0.9", "0.8"], f"efficiency_{current}": [1.0, 0.9, 0.8]})
    result = simulate(layout, requests, vehicles=vehicles)
    expected = Reference(piles, guns, 97.0, sharing, limit, rows, current).run()
    for row in result.sessions.iter_rows(named=True):
        own = expected[row["request_id"]]
        assert row["outcome"] == own["outcome"]
        for name in ("plug_min", "full_min"):
            assert (row[name] is None) == (name not in own)
            assert row[name] is None or abs(row[name] - own[name]) < 1e-6
    assert check_accounts(result, requests)["holds"].all()
