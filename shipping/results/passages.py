"""The log of reaches sailed, as a table of passages or of start and stop events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from shipping.river.reaches import Reaches
    from shipping.ships.sailing import Passage

PASSAGES: Final = {
    "voyage_id": pl.Int64,
    "from_node": pl.String,
    "to_node": pl.String,
    **dict.fromkeys(("from_km", "to_km", "start_min", "stop_min", "energy_kwh"), pl.Float64),
}
"""Schema of the passages; the nodes are those of the reach in the direction of sailing (an enumeration where the
table has rows), the kilometres what was sailed of it."""


def passage_table(reaches: Reaches, logged: Iterable[tuple[NDArray[np.int64], Sequence[Passage]]]) -> pl.DataFrame:
    """Return logged passages by voyage and time.

    Parameters
    ----------
    reaches : Reaches
        The waterway.
    logged : iterable
        Voyage ids by position, and passages that name those positions.
    """
    names = pl.Enum([str(name) for name in reaches.names])
    codes = pl.Series(names.categories).cast(names)
    parts: list[tuple[NDArray[np.int64], Passage]] = [(ids, one) for ids, rows in logged for one in rows]
    if not parts:
        return pl.DataFrame(schema={**PASSAGES, "from_node": names, "to_node": names})
    lengths = [one.voyage.size for _, one in parts]
    upper = np.repeat([one.reach for _, one in parts], lengths)
    down = np.repeat([one.down for _, one in parts], lengths)
    voyage = np.concatenate([ids[one.voyage] for ids, one in parts])
    columns = {
        name: np.concatenate([getattr(one, name) for _, one in parts])
        for name in ("from_km", "to_km", "start_min", "stop_min", "energy_kwh")
    }
    order = np.lexsort((columns["start_min"], voyage))
    return pl.DataFrame(
        {
            "voyage_id": voyage[order],
            "from_node": codes[np.where(down, upper, upper + 1)[order]],
            "to_node": codes[np.where(down, upper + 1, upper)[order]],
            **{name: values[order] for name, values in columns.items()},
        }
    )


def passage_events(passages: pl.DataFrame) -> pl.DataFrame:
    """Return passages as events in order of time: two rows a passage.

    Parameters
    ----------
    passages : polars.DataFrame
        `RiverResult.passages`.

    Returns
    -------
    polars.DataFrame
        ``time_min, voyage_id, node, event`` (``start``, ``stop``).
    """
    parts = [
        passages.select(
            pl.col(time).alias("time_min"), "voyage_id", pl.col(node).alias("node"), pl.lit(event).alias("event")
        )
        for time, node, event in (("start_min", "from_node", "start"), ("stop_min", "to_node", "stop"))
    ]
    return pl.concat(parts).sort("time_min", maintain_order=True)
