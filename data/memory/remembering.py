"""What was computed of a county is computed again only where something that it looked at has changed.

Points of a design, scenarios and paths edit a figure or two, and most of what is computed of a county does not look at
those. Nobody declares what a computation rests on, because nobody would keep that up to date: the county that it gets
notes which tables and figures it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from data.county import County

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    import polars as pl

Built = TypeVar("Built")
KEPT = 4
"""Results that are kept per key, the first and the last ones: a comparison alternates between scenarios, and whoever
looks at the points of a sample comes back to the scenario that they are points of."""


def remembered(
    county: County,
    key: Hashable,
    build: Callable[[County], Built],
    *,
    of: tuple[object, ...] = (),
    kept: int = KEPT,
) -> Built:
    """Return what is computed of a county, from memory where all that it looked at is as it was.

    Parameters
    ----------
    county : data.County
        The county; counties that were made of the same one share what is remembered.
    key : hashable
        Name of what is computed, with the arguments that decide it.
    build : callable
        Computes it from the county that it is given, and from nothing else that may differ under the same key. Callers
        share the result and must not change it.
    of : tuple of object
        Further inputs, such as frames, that count as the same where they are the same objects.
    kept : int
        Results that are kept under the key.
    """
    known: list[_Result] = county.once_of((), ("remembered", key), list)
    for result in reversed(known):
        if result.holds(county, of):
            return cast("Built", result.value)
    seen = Seen()
    value = build(WatchedCounty.over(county, seen))
    known.append(_Result(value, seen, of))
    del known[min(1, kept - 1) : len(known) - kept + 1]
    return value


@dataclass(frozen=True, slots=True)
class Seen:
    """What a computation asked a `WatchedCounty` for, as it was.

    Attributes
    ----------
    tables : dict of str to polars.DataFrame
        Tables by name.
    figures : dict of str to tuple
        Low, value and high of single figures by key.
    keys : list of tuple of str
        Keys of all figures, where it asked which there are.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    figures: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    keys: list[tuple[str, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Result:
    """A result with what it rests on."""

    value: Any  # of any type, one per key
    seen: Seen
    of: tuple[object, ...]

    def holds(self, county: County, of: tuple[object, ...]) -> bool:
        """Return whether the result would come out the same; a watched county notes what is asked here too."""
        return (
            len(of) == len(self.of)
            and all(one is other for one, other in zip(of, self.of, strict=True))
            # frames are never changed, only replaced
            and all(county.tables[name] is frame for name, frame in self.seen.tables.items())
            and all(county.figure_keys == known for known in self.seen.keys)
            and all(county.figure_range(key) == known for key, known in self.seen.figures.items())
        )


@dataclass(frozen=True, slots=True)
class _Tables:
    """Tables that note which of them are asked for; replaced ones are no longer those of the county."""

    base: Mapping[str, pl.DataFrame]
    seen: Seen
    replaced: Mapping[str, pl.DataFrame]
    figures: pl.DataFrame

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table."""
        if name in self.replaced:
            return self.replaced[name]
        known = self.seen.tables.setdefault(name, self.base[name])
        # edited figures rest on those of the county
        return self.figures if name == "figures" else known

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a table."""
        return name in self.base

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self.base)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self.base)

    def keys(self) -> Iterator[str]:
        """Return the names, so that ``{**tables}`` asks for each of them."""
        return iter(self.base)

    def items(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Return names and tables: all of them are asked for."""
        return ((name, self[name]) for name in self.base)


@dataclass(frozen=True, eq=False, repr=False)
class WatchedCounty(County):
    """A county that notes which tables and figures it is asked for, also where others are put in their place.

    Attributes
    ----------
    base : data.County
        The county that is watched.
    seen : Seen
        What was asked for.
    replaced : mapping of str to polars.DataFrame
        Tables that stand in for those of the base.
    edited : data.County
        The base, on request with other figures.
    """

    base: County = field(kw_only=True)
    seen: Seen = field(kw_only=True)
    replaced: Mapping[str, pl.DataFrame] = field(kw_only=True)
    edited: County = field(kw_only=True)

    @classmethod
    def over(
        cls,
        base: County,
        seen: Seen,
        *,
        replaced: Mapping[str, pl.DataFrame] | None = None,
        edited: County | None = None,
    ) -> WatchedCounty:
        """Return a county that is watched, on request with some tables or figures replaced."""
        replaced, edited = replaced or {}, edited or base
        # not asked of a watched base: the figures are noted when somebody asks for the table
        tables = cast("Mapping[str, pl.DataFrame]", _Tables(base.tables, seen, replaced, _unseen(edited)))
        return cls(
            base.name,
            base.path,
            tables,
            base.layouts,
            base.files_digest,
            edited.overrides,
            about=base.about,
            built=base.built,
            base=base,
            seen=seen,
            replaced=replaced,
            edited=edited,
        )

    @property
    def figure_keys(self) -> tuple[str, ...]:
        """Keys of all figures."""
        keys = self.edited.figure_keys
        if keys not in self.seen.keys:
            self.seen.keys.append(keys)
        return keys

    def has_figure(self, key: str) -> bool:
        """Return whether there is a figure; note that there is, or that it is not among the keys."""
        known = self.edited.has_figure(key)
        if known:
            self.figure_range(key)
        else:
            _ = self.figure_keys
        return known

    @property
    def digest(self) -> str:
        """Hash of the files and of the figures that were set: rests on all figures."""
        self.seen.tables.setdefault("figures", self.base.tables["figures"])
        return self.edited.digest

    def assumed_figures(self, starts: tuple[str, ...]) -> list[str]:
        """Return figures that are assumptions; note those that begin so: a figure that is set becomes one."""
        for key in self.figure_keys:
            if key.startswith(starts):
                self.figure_range(key)
        return self.edited.assumed_figures(starts)

    def figure_range(self, key: str) -> tuple[float, float, float]:
        """Return low, value and high of a figure; note the base's, on which an edited one rests too."""
        self.seen.figures.setdefault(key, self.base.figure_range(key))
        return self.edited.figure_range(key)

    def with_figures(self, figures: Mapping[str, float]) -> County:
        """Return the county with other values of some figures; it is watched as this one is."""
        for key in figures:
            self.figure_range(key)
        return self.over(self.base, self.seen, replaced=self.replaced, edited=self.edited.with_figures(figures))

    def with_table(self, name: str, frame: pl.DataFrame) -> County:
        """Return the county with another content of a table; it is watched as this one is."""
        if name == "figures" or name not in self.base.tables:
            # rare, and every figure would have to be told from its base: noted as resting on all there is
            tables = dict(self.tables.items())
            given = (self.name, self.path, tables, self.layouts, self.files_digest, self.overrides)
            return County(*given, about=self.about, built=self.built).with_table(name, frame)
        return self.over(self.base, self.seen, replaced={**self.replaced, name: frame}, edited=self.edited)


def _unseen(county: County) -> pl.DataFrame:
    """Return the figures of a county without asking a watched one for them."""
    return _unseen(county.edited) if isinstance(county, WatchedCounty) else county.tables["figures"]
