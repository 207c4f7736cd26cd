"""Charge curves: power a battery accepts by its state of charge, integrated exactly."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from data.errors import DataError

_SOC_EPS = 1e-12


class Piece(NamedTuple):
    """A stretch of a charge in which power is constant or falls (rises) linearly with SOC.

    ``minutes`` long; power goes from ``start_kw`` to ``end_kw``; SOC ends at ``end_soc``.
    """

    minutes: float
    start_kw: float
    end_kw: float
    end_soc: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Accepted power over state of charge, piecewise linear.

    Attributes
    ----------
    soc
        Breakpoints, increasing from 0 to 1.
    power_share
        Power at the breakpoints as a share of the vehicle's largest power; above 0 below SOC 1.
    """

    soc: tuple[float, ...]
    power_share: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a curve that cannot be integrated.

        Raises
        ------
        DataError
            Lengths differ, SOC does not increase from 0 to 1, or power is not above 0 below SOC 1.
        """
        if len(self.soc) != len(self.power_share) or len(self.soc) < 2:
            raise DataError("charge curve: soc and power_share need the same length of at least 2.")
        rising = all(low < high for low, high in zip(self.soc, self.soc[1:], strict=False))
        if not rising or self.soc[0] != 0.0 or self.soc[-1] != 1.0:
            raise DataError(f"charge curve: soc must increase from 0 to 1, got {list(self.soc)}.")
        if any(part <= 0.0 for part in self.power_share[:-1]) or self.power_share[-1] < 0.0:
            raise DataError("charge curve: power_share must be above 0 below SOC 1, and not negative at SOC 1.")

    def segment(self, soc: float) -> int:
        """Return the index of the linear segment that starts at or contains ``soc``."""
        return min(max(bisect_right(self.soc, soc + _SOC_EPS) - 1, 0), len(self.soc) - 2)

    def share_at(self, soc: float) -> float:
        """Return the accepted power at ``soc`` as a share of the largest."""
        index = self.segment(soc)
        low, high = self.soc[index], self.soc[index + 1]
        left, right = self.power_share[index], self.power_share[index + 1]
        return left + (right - left) * (soc - low) / (high - low)

    def segment_peak(self, soc: float, end_soc: float) -> tuple[float, float]:
        """Return the largest power share until the next breakpoint (or ``end_soc``) and that SOC."""
        stop = min(self.soc[self.segment(soc) + 1], end_soc)
        return max(self.share_at(soc), self._share_left_of(stop)), stop

    def remaining_peak(self, soc: float, end_soc: float) -> float:
        """Return the largest power share between ``soc`` and ``end_soc``."""
        inner = [part for at, part in zip(self.soc, self.power_share, strict=True) if soc < at < end_soc]
        return max(self.share_at(soc), self._share_left_of(end_soc), *inner)

    def _share_left_of(self, soc: float) -> float:
        """Return the accepted share when ``soc`` is approached from below."""
        index = min(max(bisect_right(self.soc, soc - _SOC_EPS) - 1, 0), len(self.soc) - 2)
        low, high = self.soc[index], self.soc[index + 1]
        left, right = self.power_share[index], self.power_share[index + 1]
        return left + (right - left) * (soc - low) / (high - low)

    def pieces(
        self, *, battery_kwh: float, vehicle_kw: float, cap_kw: float, soc: float, end_soc: float
    ) -> list[Piece]:
        """Integrate a charge from ``soc`` to ``end_soc`` under a constant cap, exactly.

        Parameters
        ----------
        battery_kwh
            Capacity of the battery, kWh.
        vehicle_kw
            The vehicle's largest power, kW, at a power share of 1.
        cap_kw
            Power that gun, pile and station leave, kW, above 0.
        soc, end_soc
            State of charge at the start and at the end.

        Returns
        -------
        list of Piece
            In order of time. Where power p is linear in SOC with slope m, dSOC/dt = p/B gives the time
            (B/m) ln(p1/p0); where the cap binds, B ΔSOC / cap.
        """
        result: list[Piece] = []
        while soc < end_soc - _SOC_EPS:
            index = self.segment(soc)
            stop = min(self.soc[index + 1], end_soc)
            start_kw = vehicle_kw * self.share_at(soc)
            end_kw = vehicle_kw * self._share_left_of(stop)
            if end_kw <= 0.0:
                raise DataError(f"a charge to SOC {stop} never ends: the curve accepts no power there.")
            result.extend(_linear_pieces(battery_kwh, cap_kw, soc, stop, start_kw, end_kw))
            soc = stop
        return result


def _linear_pieces(
    battery_kwh: float, cap_kw: float, soc: float, stop: float, start_kw: float, end_kw: float
) -> list[Piece]:
    """Split one linear segment where it crosses the cap."""
    if min(start_kw, end_kw) >= cap_kw:
        return [Piece(60.0 * battery_kwh * (stop - soc) / cap_kw, cap_kw, cap_kw, stop)]
    if max(start_kw, end_kw) <= cap_kw:
        return [_tapered(battery_kwh, soc, stop, start_kw, end_kw)]
    cross = soc + (stop - soc) * (cap_kw - start_kw) / (end_kw - start_kw)
    if start_kw > cap_kw:
        flat = Piece(60.0 * battery_kwh * (cross - soc) / cap_kw, cap_kw, cap_kw, cross)
        return [flat, _tapered(battery_kwh, cross, stop, cap_kw, end_kw)]
    flat = Piece(60.0 * battery_kwh * (stop - cross) / cap_kw, cap_kw, cap_kw, stop)
    return [_tapered(battery_kwh, soc, cross, start_kw, cap_kw), flat]


def _tapered(battery_kwh: float, soc: float, stop: float, start_kw: float, end_kw: float) -> Piece:
    """Return the piece on which power is linear in SOC."""
    mean_kw = log_mean(start_kw, end_kw)
    return Piece(60.0 * battery_kwh * (stop - soc) / mean_kw, start_kw, end_kw, stop)


def log_mean(first: float, second: float) -> float:
    """Return the logarithmic mean, the time mean of a power that decays exponentially."""
    ratio = second / first
    if abs(ratio - 1.0) < 1e-9:
        return 0.5 * (first + second)
    return (second - first) / math.log(ratio)


def power_at(piece: Piece, part: float) -> float:
    """Return the power after ``part`` of a piece's time, kW; between its ends it decays exponentially."""
    if piece.start_kw == piece.end_kw:
        return piece.start_kw
    return float(piece.start_kw * (piece.end_kw / piece.start_kw) ** part)


def charge_minutes(
    curve: Curve, *, battery_kwh: float, vehicle_kw: float, gun_kw: float, soc: float, end_soc: float
) -> float:
    """Return the minutes of an undisturbed charge.

    Parameters
    ----------
    curve
        Accepted power over SOC.
    battery_kwh, vehicle_kw, gun_kw
        Battery capacity (kWh), the vehicle's largest power and the gun's power (kW).
    soc, end_soc
        State of charge at the start and at the end.

    Returns
    -------
    float
        Minutes.

    Raises
    ------
    DataError
        The curve accepts no power at the end.
    """
    pieces = curve.pieces(battery_kwh=battery_kwh, vehicle_kw=vehicle_kw, cap_kw=gun_kw, soc=soc, end_soc=end_soc)
    return math.fsum(piece.minutes for piece in pieces)
