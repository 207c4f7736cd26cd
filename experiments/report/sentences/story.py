"""What the sentences about a target are made with: its rows, its facts, numbers as text, and a translator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Telling = Callable[["Story"], None]

TELLING: Final[dict[str, Telling]] = {}
"""What tells the sentences of a metric, as `tells` registers it."""


def _(text: str) -> str:
    """Mark a text for the message catalogue; `Story.say` translates it."""
    return text


def tells(metric: str) -> Callable[[Telling], Telling]:
    """Return a decorator that registers what tells the sentences of a metric."""

    def register(function: Telling) -> Telling:
        TELLING[metric] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Story:
    """Sentences about a target in the making.

    Attributes
    ----------
    criteria : polars.DataFrame
        Rows of the scorecard that are the target's, the metric itself first.
    facts : polars.DataFrame
        Facts of the target.
    translate : callable
        Text in, the same in the language of the report out.
    names : mapping of str to str
        Names of towns, stations and other things of the county by key.
    lines : list of str
        What has been said.
    """

    criteria: pl.DataFrame
    facts: pl.DataFrame
    translate: Callable[[str], str]
    names: Mapping[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    _places: list[tuple[str, str | None]] = field(default_factory=list, init=False)

    def word(self, template: str, **values: str) -> str:
        """Return a template in the report's language, filled in."""
        return self.translate(template).format(**values)

    def say(self, template: str, **values: str) -> None:
        """Add a sentence."""
        self.lines.append(self.word(template, **values))

    def name(self, key: str) -> str:
        """Return the name of a key, in words."""
        return self.names.get(key) or self.translate(key.replace("_", " "))

    def listed(self, parts: Iterable[str]) -> str:
        """Return parts of a list with commas, or ``none``."""
        return self.translate(_(", ")).join(parts) or self.translate(_("none"))

    def chain(self, parts: Iterable[str]) -> str:
        """Return parts of a longer list with semicolons."""
        return self.translate(_("; ")).join(parts)

    def year(self) -> str:
        """Return the year of the target."""
        year = self.criteria["year"][0]
        return "" if year is None else f"{year:d}"

    def criterion(self, name: str, column: str = "value") -> float | None:
        """Return a figure of one of the criteria; None where there is no such criterion."""
        rows = self.criteria.filter(pl.col("criterion") == name)[column]
        return None if rows.is_empty() else rows[0]

    def main(self, column: str = "value") -> float | None:
        """Return a figure of the metric's own criterion."""
        value: float | None = self.criteria[column][0]
        return value

    def has(self, fact: str) -> bool:
        """Return whether a fact is there."""
        return any(name == fact for name, _key in self._listed())

    def keys(self, fact: str) -> list[str]:
        """Return the keys of a fact in their order."""
        return [key for name, key in self._listed() if name == fact and key is not None]

    def fact(self, name: str, key: str | None = None, *, column: str = "value") -> float | None:
        """Return a figure of a fact; None where it is not there, or where there is no such value."""
        places = self._listed()
        return self.facts.item(places.index((name, key)), column) if (name, key) in places else None

    def _listed(self) -> list[tuple[str, str | None]]:
        """Return fact and key of each row; sentences ask for a thousand of them, and a query takes 0.2 ms."""
        if len(self._places) < self.facts.height:
            self._places.extend(self.facts.select("fact", "key").iter_rows())
        return self._places

    def percent(self, value: float | None, *, sign: bool = False) -> str:
        """Return a share as text in per cent."""
        if value is None:
            return self.translate(_("none"))
        return f"{100.0 * value:+.1f} %" if sign else f"{100.0 * value:.1f} %"

    def amount(self, value: float | None, unit: str = "", digits: int = 1) -> str:
        """Return a number with its unit as text."""
        if value is None:
            return self.translate(_("none"))
        return f"{value:,.{digits}f} {self.translate(unit) if unit else ''}".strip()

    def whole(self, value: float | None, unit: str = "") -> str:
        """Return a number without decimals, with its unit."""
        return self.amount(value, unit, 0)

    def plain_year(self, value: float | None) -> str:
        """Return a year as text."""
        return self.translate(_("none")) if value is None else f"{value:.0f}"

    def span(self, low: float | None, high: float | None, *, unit: str = "%", sign: bool = False) -> str:
        """Return an interval in brackets with a blank before it, empty where there is none."""
        if low is None or high is None:
            return ""
        if unit != "%":
            ends = {"low": f"{low:,.0f}", "high": f"{high:,.0f} {self.translate(unit)}"}
        elif sign:
            ends = {"low": self.percent(low, sign=True), "high": self.percent(high, sign=True)}
        else:
            ends = {"low": f"{100.0 * low:,.2f}", "high": f"{100.0 * high:,.2f} %"}
        return self.word(_(" ({low} to {high})"), **ends)
