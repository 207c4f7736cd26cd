"""The charging model against queueing theory and published cases, for ``xijiang verify`` and the tests."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from charging.power.allocation import ac_gun_limit_kw, gun_limit_kw, share, whole_modules_kw
from charging.power.curves import Curve, charge_minutes
from charging.queueing.formulas import erlang_a, erlang_b, erlang_c, wait_mdc, wait_mmc
from charging.results.checks import check_accounts
from charging.simulation import simulate
from data.outcomes import Outcome
from data.streams import stream
from data.verification import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SERVICE_MIN: Final = 30.0
"""Mean stay of the verification queues, min; any other gives the same comparison in other units."""
POWER_KW: Final = 60.0
"""Power of their guns: a kWh takes a minute."""
BATCHES: Final = 40
"""Batches of a mean: few enough to be long, many enough for a quantile of Student's t."""
LFP: Final = Curve(
    (0.0, 0.05, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0),
    (0.6, 0.85, 1.0, 1.0, 0.95, 0.85, 0.7, 0.5, 0.28, 0.18, 0.05),
)


def checks(*, requests: int = 40_000, seed: int = 1) -> Iterator[Check]:
    """Yield the checks of the charging room.

    Parameters
    ----------
    requests
        Requests of each simulation; the intervals shrink with their root.
    seed
        Seed of the arrivals.
    """
    yield from _formulas()
    yield from _charges()
    yield _path(seed)
    yield from _simulations(requests, seed)


def _formulas() -> Iterator[Check]:
    """Yield closed formulas against published values."""
    published = [
        ("Erlang B, 10 servers, 7 Erlang", "recursion B = aB / (n + aB)", 0.07874088, erlang_b(10, 7.0)),
        ("Erlang C, 10 servers, 8 Erlang", "Erlang C", 0.40918015, erlang_c(10, 8.0)),
        ("M/M/c wait, 5 servers, 4 Erlang", "C / (c - a)", 0.55411255, wait_mmc(5, 4.0)),
        ("M/D/c wait, 5 servers, 4 Erlang", "Crommelin's chain, solved numerically", 0.2890600, wait_mdc(5, 4.0)),
        ("Erlang A, share that reneges", "M/M/4+M", 0.12723630, erlang_a(4, 3.6, 1.0, 0.5).abandon_share),
    ]
    for name, source, expected, got in published:
        yield Check("charging", name, source, expected, got, 1e-6)


def _charges() -> Iterator[Check]:
    """Yield charge times on a curve and divisions of power."""
    for end, gun, minutes in ((0.85, 120.0, 26.66), (0.85, 60.0, 32.33), (0.95, 120.0, 40.28)):
        got = charge_minutes(LFP, battery_kwh=55.0, vehicle_kw=90.0, gun_kw=gun, soc=0.3, end_soc=end)
        yield Check(
            "charging",
            f"55 kWh, 30 to {100 * end:.0f} % on {gun:.0f} kW, min",
            "integral of B dSOC / P",
            minutes,
            got,
            0.02,
        )
    for capacity, wanted, last in ((120.0, [30.0, 110.0], 90.0), (180.0, [40.0, 90.0, 120.0], 70.0)):
        got = share(capacity, wanted)[-1]
        yield Check("charging", f"{capacity:.0f} kW shared over {wanted}, kW", "max-min fairness", last, got, 1e-9)
    yield from _rules()


def _rules() -> Iterator[Check]:
    """Yield rules of power and metering by hand: policies, whole modules, what the current of a gun leaves."""
    by_hand = [
        ("120 kW over 90 and 70, equal, second, kW", 60.0, share(120.0, [90.0, 70.0], "equal")[1]),
        ("120 kW over 90 and 70, one after the other, second, kW", 0.0, share(120.0, [90.0, 70.0], "sequential")[1]),
        ("180 kW over 40, 90, 120 by 30 kW, third, kW", 60.0, share(180.0, [40.0, 90.0, 120.0], module_kw=30.0)[2]),
        ("97 kW in modules of 30 kW, kW", 90.0, whole_modules_kw(97.0, 30.0)),
        ("gun of 250 A at 350 V, kW", 87.5, gun_limit_kw(250.0, 350.0)),
        ("AC gun of 32 A, three phases at 220 V, kW", 21.12, ac_gun_limit_kw(32.0, 3, 220.0)),
    ]
    for name, expected, got in by_hand:
        yield Check("charging", name, "by hand", expected, got, 1e-9)
    yield from _shared_pile()


def _shared_pile() -> Iterator[Check]:
    """Yield the ends of two charges on one pile of 120 kW: 60 kW each until the first is full, then 90."""
    layout = queue_layout(1).with_columns(
        pile_kw=pl.lit(120.0), guns_per_pile=pl.lit(2, pl.Int64), sharing=pl.lit("dynamic")
    )
    table = pl.DataFrame(
        {
            "request_id": [0, 1],
            "arrive_min": [0.0, 0.0],
            "current": ["dc", "dc"],
            "energy_kwh": [30.0, 75.0],
            "accept_kw": [90.0, 90.0],
        }
    )
    found = simulate(layout, table)
    for vehicle, minutes in enumerate((30.0, 60.0)):
        got = found.sessions["full_min"].item(vehicle)
        name = f"two at 120 kW, end of the {('first', 'second')[vehicle]}, min"
        yield Check("charging", name, "timeline by hand", minutes, got, 1e-9)
    load = float((found.load["mean_kw"] * 0.25).sum())
    yield Check("charging", "energy under the load of both, kWh", "what is metered", 105.0, load, 1e-9)


def _path(seed: int) -> Check:
    """Return the largest difference to the recursion of Kiefer and Wolfowitz, request by request."""
    table = poisson_requests(seed, 4000, 9.5, "exponential")
    free = [0.0] * 10
    waits = []
    for arrive, energy in table.select("arrive_min", "energy_kwh").iter_rows():
        start = max(arrive, heapq.heappop(free))
        waits.append(start - arrive)
        heapq.heappush(free, start + 60.0 * energy / POWER_KW)
    got = simulate(queue_layout(10), table).sessions["wait_min"].to_numpy()
    return Check(
        "charging",
        "largest difference of a wait, G/G/10, 4,000 requests, min",
        "recursion of Kiefer and Wolfowitz",
        0.0,
        float(np.abs(got - np.array(waits)).max()),
        1e-6,
    )


def _simulations(requests: int, seed: int) -> Iterator[Check]:
    """Yield simulated queues against theory, within 99.9 % intervals of batch means; and their accounts."""
    for law in ("exponential", "fixed", "uniform"):
        table = poisson_requests(seed, requests, 8.0, law, max_queue=0)
        lost = (simulate(queue_layout(10), table).sessions["outcome"] == Outcome.BALKED).to_numpy().astype(float)
        name = f"share refused, 10 guns, 8 Erlang, {law} stays"
        yield _batched(name, "Erlang B (any service law)", erlang_b(10, 8.0), lost)
    for law, wait in (("exponential", wait_mmc), ("fixed", wait_mdc)):
        table = poisson_requests(seed, requests, 4.0, law)
        result = simulate(queue_layout(5), table)
        expected = wait(5, 4.0, service_min=SERVICE_MIN)
        name = f"mean wait, 5 guns, 4 Erlang, {law} stays, min"
        yield _batched(
            name, "M/M/c" if law == "exponential" else "M/D/c (Crommelin)", expected, _waits(result.sessions)
        )
        accounts = check_accounts(result, table)
        failed = float((~accounts["holds"]).sum())
        yield Check(
            "charging", f"accounts that do not close, {law} stays", "bookkeeping, Little's law", 0.0, failed, 0.0
        )
    patience = stream(seed, "verify", "patience").exponential(60.0, requests)
    table = poisson_requests(seed, requests, 3.6, "exponential", patience_min=patience)
    left = (simulate(queue_layout(4), table).sessions["outcome"] == Outcome.RENEGED).to_numpy().astype(float)
    yield _batched("share that reneges, 4 guns, 3.6 Erlang", "Erlang A", erlang_a(4, 3.6, 1.0, 0.5).abandon_share, left)


def _waits(sessions: pl.DataFrame) -> NDArray[np.float64]:
    """Return the waits of a simulation."""
    return sessions["wait_min"].to_numpy()


def _batched(name: str, source: str, expected: float, values: NDArray[np.float64]) -> Check:
    """Return a check of a mean within the 99.9 % interval of its batch means, the first tenth left out."""
    # waits that follow each other are alike; means of long batches are nearly independent
    means = [batch.mean() for batch in np.array_split(values[len(values) // 10 :], BATCHES)]
    half = float(stats.t.ppf(0.9995, BATCHES - 1) * np.std(means, ddof=1) / math.sqrt(BATCHES))
    return Check("charging", name, source, expected, float(np.mean(means)), half)


def queue_layout(guns: int) -> pl.DataFrame:
    """Return a station that is a plain queue: `guns` guns of 60 kW, each a pile of its own."""
    return pl.DataFrame(
        {
            "station_id": ["s"],
            "group_id": ["g"],
            "current": ["dc"],
            "pile_kw": [POWER_KW],
            "piles": [guns],
            "guns_per_pile": [1],
            "sharing": ["exclusive"],
        }
    )


def poisson_requests(seed: int, number: int, load: float, law: str, **columns: object) -> pl.DataFrame:
    """Return requests with Poisson arrivals of a load (Erlang) and stays of 30 minutes on average.

    Parameters
    ----------
    seed, number
        Seed of the draws and number of requests.
    load
        Offered load, Erlang.
    law
        Service law: ``exponential``, ``fixed`` or ``uniform`` (from 0 to twice the mean).
    columns
        More columns of the table.
    """
    gaps = stream(seed, "verify", "arrivals").exponential(SERVICE_MIN / load, number)
    rng = stream(seed, "verify", "service")
    if law == "exponential":
        stays = rng.exponential(SERVICE_MIN, number)
    elif law == "fixed":
        stays = np.full(number, SERVICE_MIN)
    else:
        # a stay of no length would be a request for no energy, which no table may hold
        stays = rng.uniform(0.0, 2.0 * SERVICE_MIN, number) + 1e-9
    return pl.DataFrame(
        {
            "request_id": np.arange(number),
            "arrive_min": np.cumsum(gaps),
            "current": ["dc"] * number,
            "energy_kwh": stays * POWER_KW / 60.0,
            "accept_kw": np.full(number, 500.0),
            **columns,
        }
    )
