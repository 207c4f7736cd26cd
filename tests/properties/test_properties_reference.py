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
    """One station of equal piles, constant accept powers; all powers anew at each event."""

    def __init__(self, piles, guns, kw, sharing, limit, rows):
        self.stands = [[None] * guns for _ in range(piles)]
        self.kw, self.sharing, self.limit, self.rows = kw, sharing, limit, rows
        self.queue, self.charged, self.out = [], {}, {}
        self.order = []

    def pile_powers(self, cars):
        wishes = [min(self.rows[car]["accept_kw"], self.kw) for car in cars]
        if self.sharing == "dynamic":
            return fill(self.kw, wishes)
        if self.sharing == "equal":
            return [min(wish, self.kw / len(cars)) for wish in wishes]
        return wishes[:1] + [0.0] * (len(cars) - 1)

    def powers(self):
        found = {}
        for stands in self.stands:
            cars = sorted((car for car in stands if car in self.charged), key=self.order.index)
            found |= dict(zip(cars, self.pile_powers(cars) if cars else [], strict=True))
        if self.limit is not None:
            found = dict(zip(found, fill(self.limit, list(found.values())), strict=True))
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
        while self.queue and self.rows[self.queue[0]]["leave_by_min"] <= now:
            self.out[self.queue.pop(0)] = {"outcome": "reneged"}
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
            full |= {car: now for car in self.charged if self.rows[car]["energy_kwh"] == 0.0}
            full = {car: min(full.get(car, math.inf), self.rows[car]["leave_by_min"]) for car in self.charged}
            gone = {
                car: min(self.rows[car]["arrive_min"] + self.rows[car]["patience_min"], self.rows[car]["leave_by_min"])
                for car in self.queue
            }
            events = [(at, 0, car) for car, at in full.items()] + [(at, 1, car) for car, at in leaving.items()]
            events += [(self.rows[coming[0]]["arrive_min"], 2, coming[0])] if coming else []
            events += [(at, 3, car) for car, at in gone.items()]
            at, kind, car = min(events)
            for other, kw in powers.items():
                self.charged[other] += kw * (at - now) / 60
            now = at
            if kind == 0:
                self.out[car]["energy_kwh"] = self.charged.pop(car)
                self.out[car]["full_min"] = now
                leaving[car] = min(now + self.rows[car]["overstay_min"], self.rows[car]["leave_by_min"])
                self.out[car]["leave_min"] = leaving[car]
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
)
def test_every_request_fares_as_in_the_reference(rng, piles, guns, sharing, limit):
    rows = {
        number: {
            "arrive_min": rng.uniform(0.0, 90.0),
            "energy_kwh": rng.uniform(1.0, 60.0),
            "accept_kw": rng.uniform(15.0, 150.0),
            "patience_min": rng.choice([0.5, 10.0, 60.0, math.inf]),
            "max_queue": rng.choice([0, 1, 3, 99]),
            "overstay_min": rng.choice([0.0, 7.0]),
            "stay_min": rng.choice([0.2, 12.0, 45.0, math.inf, math.inf]),
        }
        for number in range(25)
    }
    for row in rows.values():
        row["leave_by_min"] = row["arrive_min"] + row.pop("stay_min")
        if rng.random() < 0.1:
            row |= {"energy_kwh": 0.0, "overstay_min": 7.0}
    layout = pl.DataFrame(
        {
            "station_id": ["s"],
            "group_id": ["g"],
            "current": ["dc"],
            "pile_kw": [97.0],
            "piles": [piles],
            "guns_per_pile": [guns],
            "sharing": [sharing],
            "transformer_kw": [limit],
        },
        schema_overrides={"transformer_kw": pl.Float64},
    )
    requests = pl.DataFrame([{"request_id": number, "current": "dc", **row} for number, row in rows.items()])
    requests = requests.with_columns(
        pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in ("patience_min", "leave_by_min")
    )
    for engine in ("simpy", "compiled") if limit is None else ("simpy",):
        check(simulate(layout, requests, engine=engine), requests, (piles, guns, 97.0, sharing, limit, rows))


def check(result, requests, setting):
    """Compare each session with the reference."""
    expected = Reference(*setting).run()
    for row in result.sessions.iter_rows(named=True):
        own = expected[row["request_id"]]
        assert row["outcome"] == own["outcome"]
        for name in ("plug_min", "full_min", "leave_min"):
            if name == "leave_min" and row["outcome"] != "served":
                continue
            assert (row[name] is None) == (name not in own)
            assert row[name] is None or abs(row[name] - own[name]) < 1e-6
        assert abs(row["energy_kwh"] - own.get("energy_kwh", 0.0)) < 1e-6
        assert abs(row["unmet_kwh"] - row["asked_kwh"] + row["energy_kwh"]) < 1e-6
    assert check_accounts(result, requests)["holds"].all()
