"""The log of reaches sailed, as a table of passages or of start and stop events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from data.arrays import Ints
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


def passage_table(reaches: Reaches, logged: Iterable[tuple[Ints, Sequence[Passage]]]) -> pl.DataFrame:
    """Return logged passages by voyage and time.

    Parameters
    ----------
    reaches : Reaches
        The waterway.
    logged : iterable
        Voyage ids by position, and passages that name those positions.
    """
    # Codes of an enumeration instead of strings: a year of passages is millions of rows.
    names = pl.Enum([str(name) for name in reaches.names])
    codes = pl.Series(names.categories).cast(names)
    parts: list[tuple[Ints, Passage]] = [(ids, passage) for ids, passages in logged for passage in passages]
    if not parts:
        return pl.DataFrame(schema={**PASSAGES, "from_node": names, "to_node": names})
    lengths = [passage.voyage.size for _, passage in parts]
    # the reach's number is that of its upper node
    upper = np.repeat([passage.reach for _, passage in parts], lengths)
    down = np.repeat([passage.down for _, passage in parts], lengths)
    voyage = np.concatenate([ids[passage.voyage] for ids, passage in parts])
    columns = {
        name: np.concatenate([getattr(passage, name) for _, passage in parts])
        for name in ("from_km", "to_km", "start_min", "stop_min", "energy_kwh")
    }
    # lexsort takes the last key first: by voyage, then by time
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
    """Return passages as events in order of time: two rows per passage.

    Parameters
    ----------
    passages : polars.DataFrame
        `RiverResult.passages`.

    Returns
    -------
    polars.DataFrame
        ``time_min, voyage_id, node, event`` (``start``, ``stop``); of one minute by voyage, and a voyage stops at the
        end of a reach before it starts on the next.
    """
    parts = [
        passages.select(
            pl.col(time).alias("time_min"), "voyage_id", pl.col(node).alias("node"), pl.lit(event).alias("event")
        )
        for time, node, event in (("start_min", "from_node", "start"), ("stop_min", "to_node", "stop"))
    ]
    # "stop" comes after "start" in the alphabet: descending, so that a reach ends before the next begins
    return pl.concat(parts).sort("time_min", "voyage_id", "event", descending=[False, False, True], maintain_order=True)
