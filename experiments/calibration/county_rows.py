"""What a fit says in the form of the county's tables: profiles, charging behaviour and the log as their source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County
    from experiments.calibration.session_fit import SessionFit

SOURCE: Final = "LOG"
"""Id of the log in the county's table of sources."""
_PROFILES: Final = {"dc": ("measured_dc", "profile"), "ac": ("measured_ac", "ac_profile")}
"""Name of the measured profile, and the column of the behaviour that names it, by current."""


def county_rows(county: County, models: Sequence[SessionFit], *, title: str, year: int) -> dict[str, pl.DataFrame]:
    """Return the tables of a county with what was fitted: ``sources``, ``profiles``, ``charging_behaviour``.

    Every vehicle class that charges by the county's general hours takes the measured ones; classes with hours of their
    own keep them. Idle time and patience are those of all classes, because a log of guns does not know classes.

    Parameters
    ----------
    county
        The county.
    models
        Fitted models by current.
    title
        Name of the log.
    year
        Year of its first day.
    """
    sources, profiles, behaviour = (county.tables[name] for name in ("sources", "profiles", "charging_behaviour"))
    own = pl.DataFrame({"source_id": [SOURCE], "title": [title], "year": [year], "kind": ["measured sessions"]})
    known = sources.filter(pl.col("source_id") != SOURCE)
    new = [_profile(fitted) for fitted in models]
    kept = profiles.filter(~pl.col("profile").is_in([name for name, _ in _PROFILES.values()]))
    changes: dict[str, pl.Expr] = {}
    for fitted in models:
        name, column = _PROFILES[fitted.current]
        measured = pl.lit(name)
        changes[column] = pl.when(pl.col(column).is_null() | (pl.col(column) == name)).then(measured).otherwise(column)
        if fitted.idle is not None:
            changes[f"overstay_{fitted.current}_min"] = pl.lit(round(fitted.idle.mean, 3))
        if fitted.patience is not None:
            changes["patience_mean_min"] = pl.lit(round(fitted.patience.mean, 3))
    changed = behaviour.with_columns(**changes, source=pl.lit(SOURCE), confidence=pl.lit("derived"))
    return {
        "sources": pl.concat([known, _like(own, known)], how="diagonal"),
        "profiles": pl.concat([kept, *new], how="diagonal"),
        "charging_behaviour": changed.select(behaviour.columns),
    }


def _like(rows: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the types that a table has for their columns."""
    return rows.select(pl.col(name).cast(table.schema[name]) for name in rows.columns)


def _profile(fitted: SessionFit) -> pl.DataFrame:
    """Return the hours of a current over a mean week, as rows of the profiles."""
    rates = fitted.arrivals.rates()
    weight = rates.sum(axis=0)
    shares: list[float] = [round(float(share), 6) for share in weight / weight.sum()]
    # rounded shares must still sum to 1
    shares[int(weight.argmax())] += 1.0 - sum(shares)
    return pl.DataFrame(
        {"profile": _PROFILES[fitted.current][0], "hour": range(len(shares)), "share": shares}
    ).with_columns(source=pl.lit(SOURCE), confidence=pl.lit("derived"))
