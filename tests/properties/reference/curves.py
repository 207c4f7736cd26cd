"""Charging along a curve: power at a SOC, hours of a charge, SOC after some hours; and max-min fair division."""

import math
from itertools import pairwise

FLAT = ([0.0, 1.0], [1.0, 1.0])


def power_at(curve, soc):
    """Return the share of full power at a SOC, and the largest until the next breakpoint, and that breakpoint."""
    knots, shares = curve
    at = max(k for k in range(len(knots) - 1) if k == 0 or knots[k] <= soc + 1e-12)
    here = shares[at] + (shares[at + 1] - shares[at]) * (soc - knots[at]) / (knots[at + 1] - knots[at])
    return here, max(here, shares[at + 1]), knots[at + 1]


def peak_from(curve, soc):
    """Return the largest share of full power from a SOC on."""
    knots, shares = curve
    return max([power_at(curve, soc)[1], *(share for knot, share in zip(knots, shares, strict=True) if knot > soc)])


def pieces(curve, cap, start, end):
    """Yield stretches of SOC in which the power is linear: from, to, power at both ends (shares; cap is one too)."""
    knots, shares = curve
    for (low, high), (first, last) in zip(pairwise(knots), pairwise(shares), strict=True):
        slope = (last - first) / (high - low)
        cuts = [max(low, start), min(high, end)]
        if slope and min(first, last) < cap < max(first, last):
            cuts.insert(1, min(max(low + (cap - first) / slope, cuts[0]), cuts[-1]))
        for left, right in pairwise(cuts):
            if right > left:
                ends = [min(cap, first + slope * (soc - low)) for soc in (left, right)]
                yield left, right, *ends


def hours_between(curve, cap, start, end):
    """Return the hours of a charge of 1 kWh at 1 kW between two SOC."""
    total = 0.0
    for left, right, first, last in pieces(curve, cap, start, end):
        same = abs(last - first) < 1e-12 * first
        total += (right - left) / (first if same else (last - first) / math.log(last / first))
    return total


def soc_after(curve, cap, start, hours):
    """Return the SOC after some hours of such a charge."""
    for left, right, first, last in pieces(curve, cap, start, 1.0):
        slope = (last - first) / (right - left)
        needs = hours_between(curve, cap, left, right)
        if hours < needs:
            gain = first * hours if abs(slope) < 1e-12 else first / slope * math.expm1(slope * hours)
            return left + gain
        hours -= needs
    return 1.0


def level_of(capacity, wishes):
    """Return the most that each gets, max-min fair: the smallest wish first, each at most a part of what is left."""
    level = math.inf
    if sum(wishes) <= capacity:
        return level
    for done, wish in enumerate(sorted(wishes)):
        level = capacity / (len(wishes) - done)
        if wish > level:
            return level
        capacity -= wish
    return level
