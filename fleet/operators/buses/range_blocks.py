"""Vehicle blocks of battery-electric buses: fewest buses whose battery lasts, charging between trips included.

With a range the problem is hard (Bodin and Golden 1981); small days are solved to the optimum over all blocks that
there are, larger ones over a pool of blocks, by set partitioning with HiGHS, beside a bound that no plan is below.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from charging.siting.solver import Programme, solve
from data.errors import InfeasibleError
from data.goals import Finding
from data.streams import stream
from fleet.operators.buses.battery_blocks import DEPOT
from fleet.operators.buses.blocks import BUS_KM, minimum_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fleet.operators.buses.battery_blocks import BatteryBlocks, Reached
    from fleet.operators.buses.connections import Connections

ALL_BLOCKS: Final = 20_000
"""Blocks up to which all that there are go into the choice: its answer is then the optimum."""
_NODES: Final = 50
"""Nodes of the branching after which the choice from a pool stops: it is no proof anyhow."""


@dataclass(frozen=True, slots=True)
class RangePlan:
    """Blocks under a range.

    Attributes
    ----------
    blocks : tuple of list of Reached
        What each bus drives: its trips in order, with the battery after each.
    bound : int
        Buses below which there is no plan.
    proven : bool
        Whether fewer buses are impossible.
    """

    blocks: tuple[list[Reached], ...]
    bound: int
    proven: bool


def range_blocks(
    rule: BatteryBlocks, *, tries: int = 24, seed: int = 0, progress: Callable[[Finding], None] | None = None
) -> RangePlan:
    """Return fewest blocks that the battery lasts for.

    Parameters
    ----------
    rule
        Trips, energy, battery.
    tries
        Plans from which the pool is made.
    seed
        Seed of their lots.
    progress
        Called with what is done.

    Raises
    ------
    InfeasibleError
        A trip that no bus can drive, from a full battery in the depot and back.
    """
    pool = _all_blocks(rule)
    complete = pool is not None
    plans = [] if complete else _plans(rule, tries=tries, seed=seed, progress=progress)
    found = list(dict.fromkeys(block for plan in plans for block in plan)) if pool is None else pool
    lost = sorted(set(range(rule.links.size)).difference(*found))
    if lost:
        raise InfeasibleError(_too_far(rule, lost))
    # what the solver begins with: a plan that holds every trip
    whole = [plan for plan in plans if sum(map(len, plan)) == rule.links.size]
    chosen = _choice(rule, found, start=min(whole, key=len, default=None), nodes=None if complete else _NODES)
    bound = max(len(minimum_blocks(rule.links)), _energy_bound(rule))
    paths = [rule.lean(block) for block in sorted(chosen)]
    blocks = tuple(path for path in paths if path is not None)
    return RangePlan(blocks, len(blocks) if complete else bound, complete or len(blocks) == bound)


def _too_far(rule: BatteryBlocks, alone: Sequence[int]) -> str:
    """Return the message of trips that a full battery does not last for."""
    energy, battery = rule.energy, rule.battery
    need = max(float(energy.out[trip] + energy.trip[trip] + energy.back[trip]) for trip in alone)
    return (
        f"bus blocks: {len(alone)} trips cannot be driven; from depot to depot they take up to {need:.0f} kWh, "
        f"and a battery gives {battery.usable_kwh - battery.reserve_kwh:.0f} kWh above its reserve. Expected trips "
        "that one battery lasts for: give a larger battery, more power in the depot, or chargers at the ends of lines."
    )


def _all_blocks(rule: BatteryBlocks) -> list[tuple[int, ...]] | None:
    """Return all feasible blocks; None where there are more than `ALL_BLOCKS`."""
    found: list[tuple[int, ...]] = []
    after = [np.flatnonzero(row).tolist() for row in rule.links.follows]
    visited = 0
    for first in range(rule.links.size):
        start = rule.first(first)
        stack: list[tuple[tuple[int, ...], Reached]] = [] if start is None else [((first,), start)]
        while stack:
            visited += 1
            if visited > ALL_BLOCKS:
                return None
            block, here = stack.pop()
            if rule.closes(first, here):
                found.append(block)
            for trip in after[block[-1]]:
                longer = rule.extend(here, trip)
                if longer is not None:
                    stack.append(((*block, trip), longer))
    return found


def _plans(
    rule: BatteryBlocks, *, tries: int, seed: int, progress: Callable[[Finding], None] | None
) -> list[list[tuple[int, ...]]]:
    """Return several plans: each made trip by trip with other weights, and the flow without a range cut to pieces."""
    lots = stream(seed, "operators", "blocks").random((tries, 2))
    plans = []
    for number, (wait, charge) in enumerate(lots):
        if progress is not None:
            progress(Finding("bus_plan_tried", {"number": number + 1, "tries": tries}))
        # the first plan minds nothing but km
        wait_km = 0.0 if number == 0 else 2.0 * wait
        plans.append(_one_by_one(rule, wait_km=wait_km, charge_km=0.1 * number * charge))
    plans.append([part for block in minimum_blocks(rule.links) for part in _parts(rule, block)])
    return plans


def _one_by_one(rule: BatteryBlocks, *, wait_km: float, charge_km: float) -> list[tuple[int, ...]]:
    """Return blocks by giving each trip in turn to the bus for which it costs least; a new bus where none can.

    Parameters
    ----------
    rule
        Trips, energy, battery.
    wait_km
        Km that an hour of waiting counts.
    charge_km
        Km that a kWh in the battery counts: above 0 the buses take turns.
    """
    open_blocks: list[tuple[list[int], Reached]] = []
    links = rule.links
    for trip in range(links.size):
        best, cost, which = None, math.inf, -1
        for number, (_, here) in enumerate(open_blocks):
            if not links.follows[here.trip, trip]:
                continue
            longer = rule.extend(here, trip)
            if longer is None:
                continue
            dear = _km_between(links, here.trip, longer) - charge_km * longer.kwh
            dear += wait_km * float(links.start_min[trip] - links.end_min[here.trip]) / 60.0
            if dear < cost:
                best, cost, which = longer, dear, number
        if best is None:
            first = rule.first(trip)
            if first is not None:
                open_blocks.append(([trip], first))
        else:
            block = open_blocks[which][0]
            block.append(trip)
            open_blocks[which] = (block, best)
    return [part for block, _ in open_blocks for part in _parts(rule, block)]


def _km_between(links: Connections, before: int, after: Reached) -> float:
    """Return the km without passengers before a trip."""
    if after.charging is not None and after.charging.at == DEPOT:
        return float(links.in_km[before] + links.out_km[after.trip])
    return float(links.dead_km[before, after.trip])


def _parts(rule: BatteryBlocks, block: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield a block cut where the battery ends."""
    rest = list(block)
    while rest:
        size = len(rest)
        while size > 1 and rule.follow(rest[:size]) is None:
            size -= 1
        # a trip that cannot be driven alone is left to other plans
        if rule.follow(rest[:size]) is not None:
            yield tuple(rest[:size])
        rest = rest[size:]


def _choice(
    rule: BatteryBlocks,
    pool: Sequence[tuple[int, ...]],
    *,
    start: Sequence[tuple[int, ...]] | None,
    nodes: int | None,
) -> list[tuple[int, ...]]:
    """Return blocks of a pool that hold each trip once: fewest, then fewest km; no worse than those of `start`."""
    links = rule.links
    paths = [rule.follow(block) for block in pool]
    known = [(block, path) for block, path in zip(pool, paths, strict=True) if path is not None]
    cost = np.array([BUS_KM + _block_km(links, path) for _, path in known])
    trips = np.array([trip for block, _ in known for trip in block])
    columns = np.repeat(np.arange(len(known)), [len(block) for block, _ in known])
    matrix = scipy.sparse.csr_array((np.ones(len(trips)), (trips, columns)), shape=(links.size, len(known)))
    once = np.ones(links.size)
    programme = Programme(cost, matrix, once, once, len(known), np.ones(len(known)))
    first = None if start is None else set(start)
    begun = None if first is None else np.array([float(block in first) for block, _ in known])
    solution = solve(programme, seconds=math.inf, start=begun, nodes=nodes)
    if solution is None or solution.columns is None:
        raise InfeasibleError("bus blocks: the blocks that were found do not hold all trips. Allow more tries.")
    return [block for (block, _), taken in zip(known, solution.chosen(len(known)), strict=True) if taken]


def _block_km(links: Connections, path: Sequence[Reached]) -> float:
    """Return the km of a block without passengers."""
    between = sum(_km_between(links, before.trip, after) for before, after in itertools.pairwise(path))
    return float(links.out_km[path[0].trip]) + between + float(links.in_km[path[-1].trip])


def _energy_bound(rule: BatteryBlocks) -> int:
    """Return the buses without which the energy of the trips cannot be had, whatever the blocks.

    Each bus brings a full battery less its reserve, and charges at most in all the time in which it does not drive.
    """
    links, energy, battery = rule.links, rule.energy, rule.battery
    kw = max(battery.depot_kw, float(energy.end_kw.max()), float(energy.start_kw.max()))
    needed = float(energy.trip.sum()) + kw * float((links.end_min - links.start_min).sum()) / 60.0
    hours = float(links.end_min.max() - links.start_min.min()) / 60.0
    return math.ceil(needed / (battery.usable_kwh - battery.reserve_kwh + kw * hours) - 1e-9)
