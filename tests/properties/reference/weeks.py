"""Hours and amounts of money that repeat week by week, from rules as plain tuples; asked minute by minute.

A rule is ``(weekdays, start_min, end_min)``: on these days (0 is Monday) from one minute of the day to another, which
may be of the next day. A run's minute 0 is the begin of its ``first`` weekday.
"""

import math
from itertools import pairwise

DAY = 1440.0
WEEK = 7 * DAY
NAMES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class Hours:
    """When something holds; no rules: at any time."""

    def __init__(self, rules, first):
        self.always = rules is None
        self.spans = [
            ((day - first) * DAY + start, end - start)
            for days, start, end in rules or ()
            for day in days
            if end > start
        ]

    def holds(self, minute):
        """Return whether it holds at a time."""
        return self.always or any((minute - start) % WEEK < length for start, length in self.spans)

    def edges(self, low, high):
        """Return the times between two at which it may change."""
        ends = {bound for start, length in self.spans for bound in (start, start + length)}
        turns = range(math.floor(low / WEEK) - 2, math.ceil(high / WEEK) + 3)
        return {end + turn * WEEK for end in ends for turn in turns if low < end + turn * WEEK < high}

    def ends_after(self, now):
        """Return when it ends that holds now."""
        if self.always:
            return math.inf
        ends = sorted(self.edges(now, now + 2 * WEEK))
        return next((end for end in ends if not self.holds(end)), math.inf)


class Rate:
    """An amount: ``always`` in some hours, and what later rules say instead."""

    def __init__(self, always, hours, rules, first):
        self.layers = [(Hours(hours, first), always or 0.0)]
        self.layers += [(Hours([rule], first), amount) for rule, amount in rules]

    def at(self, minute):
        """Return the amount at a time."""
        return next((amount for hours, amount in reversed(self.layers) if hours.holds(minute)), 0.0)

    def edges(self, low, high):
        """Return the times between two at which it may change."""
        return set().union(*(hours.edges(low, high) for hours, _ in self.layers))

    def over(self, low, high):
        """Return the amount times hours between two times."""
        if high <= low:
            return 0.0
        points = [low, *sorted(self.edges(low, high)), high]
        parts = pairwise(points)
        return sum(self.at((start + end) / 2.0) * (end - start) for start, end in parts) / 60.0

    def mean(self, low, high):
        """Return the mean amount between two times; exact where it does not change, so that equal costs are equal."""
        if not self.edges(low, high):
            return self.at((low + high) / 2.0)
        return self.over(low, high) * 60.0 / (high - low)

    @property
    def asked(self):
        """Return whether it is ever more than nothing."""
        return any(amount for _, amount in self.layers)


def clock(minute):
    """Return a minute of the day as text; of a time after midnight, that of the next day."""
    hours, minutes = divmod(round(minute % DAY), 60)
    return f"{hours:02d}:{minutes:02d}"


def rule_text(rule):
    """Return a rule as OpenStreetMap writes it."""
    days, start, end = rule
    return f"{','.join(NAMES[day] for day in days)} {clock(start)}-{clock(end)}"


def hours_text(rules):
    """Return opening hours as text; each weekday stands in one rule at most."""
    return "; ".join(rule_text(rule) for rule in rules)
