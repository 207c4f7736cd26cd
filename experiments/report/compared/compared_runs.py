"""What the report needs of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from experiments.runs.tables import Run


class Compared(Protocol):
    """What the page needs of a comparison; as `experiments.designs.comparison.Comparison`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The alternatives, the reference first."""

    @property
    def differences(self) -> pl.DataFrame:
        """Paired differences to the reference."""

    @property
    def groups(self) -> pl.DataFrame:
        """The same by town, class and station."""

    @property
    def ranking(self) -> pl.DataFrame:
        """The alternatives from best to worst."""

    @property
    def doubt(self) -> pl.DataFrame:
        """Differences over the assumptions."""

    @property
    def deciding(self) -> list[str]:
        """Measures that decide."""

    @property
    def results(self) -> Sequence[Run]:
        """The runs."""
