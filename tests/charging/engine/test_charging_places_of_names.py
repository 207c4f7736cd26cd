"""Where names stand among others, as columns of requests and ways become numbers."""

import polars as pl
import pytest

from charging.engine.compiled.state.sites import Matrix
from charging.engine.reach import places


@pytest.mark.parametrize(
    ("values", "names", "expected"),
    [
        (["b", "a", "b"], ["a", "b"], [1, 0, 1]),
        (["b", None, "nobody"], ["a", "b"], [1, -1, -1]),
        ([None, None], ["a"], [-1, -1]),
        (["a"], [], [-1]),
        ([], ["a"], []),
    ],
)
def test_a_name_has_its_place_and_what_is_no_name_has_none(values, names, expected):
    column = pl.Series("origin", values, dtype=pl.String)
    assert places(column, pl.Series(names, dtype=pl.String)).tolist() == expected


def test_lists_that_follow_each_other_in_a_matrix_keep_their_rows():
    matrix = Matrix(2, "int64")
    assert [matrix.add_list(values) for values in ([5, 6], [], [7])] == [(0, 2), (2, 0), (2, 1)]
    part = matrix.array()[:1]
    assert matrix.add(part) == 3
    assert matrix.add_list([9]) == (4, 1)
    assert matrix.array().tolist() == [[5, 0], [6, 0], [7, 0], [5, 0], [9, 0]]
