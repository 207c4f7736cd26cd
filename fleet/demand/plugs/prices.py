"""Public prices by day and hour, and what drivers make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data.arrays import DAY_MIN, HOURS
from fleet.demand.hours.profiles import times_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats, Ints
    from fleet.demand.calendar import Day

_TAIL_DAYS = 8
"""Days after the last one at its prices: the slowest AC charge of a large battery takes more than a day."""


class DayPrices:
    """Public price of a meter kWh in each hour of some days.

    Parameters
    ----------
    by_day : numpy.ndarray
        Prices in CNY/kWh, days by hours.
    """

    def __init__(self, by_day: Floats) -> None:
        self._kinds, self._kind_of_day = np.unique(by_day, axis=0, return_inverse=True)
        hourly = np.concatenate([by_day, np.repeat(by_day[-1:], _TAIL_DAYS, axis=0)]).ravel()
        self._hourly = hourly
        self._edges_min = DAY_MIN / HOURS * np.arange(len(hourly) + 1)
        # CNY that 1 kW costs from minute 0 on, times 60: its differences are means over spans
        self._sum = np.concatenate([[0.0], np.cumsum(hourly)]) * (DAY_MIN / HOURS)
        # shares of the hours at the prices of a kind of day: the same in all replications
        self._moved: dict[tuple[bytes, Response, int], Floats] = {}

    @classmethod
    def of_calendar(cls, by_month: Mapping[int, Sequence[float]], calendar: Sequence[Day]) -> DayPrices:
        """Return the prices of days whose month decides them."""
        return cls(np.array([by_month[day.date.month] for day in calendar], dtype=np.float64))

    def mean_cny_kwh(self, start_min: Floats, minutes: Floats) -> Floats:
        """Return the mean price of charges at constant power that begin at some minutes of the days, CNY/kWh."""
        end = np.interp(start_min + minutes, self._edges_min, self._sum)
        hour = np.minimum(start_min / (DAY_MIN / HOURS), len(self._hourly) - 1).astype(np.int64)
        spans = np.where(minutes > 0.0, minutes, 1.0)
        mean = (end - np.interp(start_min, self._edges_min, self._sum)) / spans
        return np.asarray(np.where(minutes > 0.0, mean, self._hourly[hour]))

    def times_of_day(self, shares: Floats, lot: Floats, day: Ints, response: Response) -> Floats:
        """Return minutes from midnight by the shares of the hours at one price, as drivers move them by price.

        Parameters
        ----------
        shares : numpy.ndarray
            Shares of the hours at one price.
        lot, day : numpy.ndarray
            Lots between 0 and 1, and the numbers of their days.
        response : Response
            How drivers respond to prices.
        """
        if len(self._kinds) == 1:
            return times_of_day(self._shares(shares, 0, response), lot)
        minutes = np.empty(len(lot))
        kind = self._kind_of_day[day]
        for number in np.unique(kind).tolist():
            here = kind == number
            minutes[here] = times_of_day(self._shares(shares, number, response), lot[here])
        return minutes

    def _shares(self, shares: Floats, kind: int, response: Response) -> Floats:
        """Return the shares of the hours as drivers move them by the prices of a kind of day."""
        key = (shares.tobytes(), response, kind)
        if key not in self._moved:
            self._moved[key] = response.shares(shares, self._kinds[kind])
        return self._moved[key]


class Response(NamedTuple):
    """How arrivals move between the periods of a tariff.

    Attributes
    ----------
    elasticity : float
        Per cent of an hour's arrivals that go for a per cent more of its price.
    shift_h : float
        How far from the edge of a cheaper period those arrive who moved there: mean of an exponential law, hours.
    """

    elasticity: float
    shift_h: float

    def shares(self, shares: Floats, prices: Floats) -> Floats:
        """Return the shares of the hours at some prices, from those at one price.

        What a period of one price gets follows its price to the power of ``-elasticity``, and as many arrive in all
        (constant elasticity of substitution). Who leaves a dear period is any of its arrivals; who comes to a cheap
        one comes near its edges, because a driver shifts a charge no further than it takes. With one price all day the
        shares stay as they are.
        """
        if self.elasticity == 0.0 or (prices == prices[0]).all():
            return shares
        # over one of them: only ratios count
        wanted = shares * (prices / prices[0]) ** -self.elasticity
        wanted *= shares.sum() / wanted.sum()
        moved = shares.copy()
        for period in _periods(prices):
            before, after = shares[period].sum(), wanted[period].sum()
            if after <= before:
                moved[period] *= after / before if before > 0.0 else 1.0
            else:
                moved[period] += (after - before) * self._near_edges(shares, period)
        return moved

    def _near_edges(self, shares: Floats, period: Ints) -> Floats:
        """Return weights of the hours of a period, of sum 1: near the edges next to which many arrive.

        Hours in which nobody arrives at one price, such as those of the other shift, stay empty.
        """
        inside = np.arange(len(period))
        begin, end = shares[period[0] - 1], shares[(period[-1] + 1) % HOURS]
        near = begin * np.exp(-inside / self.shift_h) + end * np.exp(-inside[::-1] / self.shift_h)
        near = np.where(shares[period] > 0.0, near, 0.0)
        if not near.sum() > 0.0:
            near = shares[period]
        return np.asarray(near / near.sum())


def _periods(prices: Floats) -> list[Ints]:
    """Return the hours of each period of one price, around the clock: one may go on after midnight."""
    first = np.flatnonzero(prices != np.roll(prices, 1))
    lengths = np.diff(np.append(first, first[0] + HOURS))
    return [(hour + np.arange(length)) % HOURS for hour, length in zip(first, lengths, strict=True)]
