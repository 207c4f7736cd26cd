"""What is killed, joined, robbed or damaged goes on to the same bytes, or says in one message what is wrong."""

import pytest


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    return tmp_path


@pytest.mark.whole
@pytest.mark.parametrize("number", [2, pytest.param(None, marks=pytest.mark.slow)])
def test_a_damaged_file_is_named_or_made_again(disturbing, fuzzing, quiet, number):
    count = disturbing.damaged(quiet / "damaged", fuzzing.trial.tried, seed=1, number=number)
    assert count.tried == number or (number is None and count.tried > 150)
    assert count.findings == []


@pytest.mark.slow
def test_what_was_killed_at_fifty_moments_goes_on_to_equal_bytes(disturbing, quiet):
    counts = disturbing.kills(quiet / "killed", number=50, seed=1)
    assert sum(count.tried for count in counts) == 50
    assert [found for count in counts for found in count.findings] == []


@pytest.mark.slow
def test_two_processes_lost_workers_and_a_full_disk_change_no_byte(disturbing, quiet):
    counts = [
        disturbing.shared(quiet / "shared"),
        disturbing.lost_workers(quiet / "workers", number=5, seed=1),
        disturbing.small_files(quiet / "small", number=8, seed=1),
    ]
    assert [count.tried for count in counts] == [4, 5, 8]
    assert [found for count in counts for found in count.findings] == []


@pytest.mark.parametrize(
    ("code", "shown", "well"),
    [
        (0, "", True),
        (1, "Error: /run/stations.parquet: the table is damaged. `xijiang run --from manifest.json` helps.", True),
        (1, "Error: --out /run: it holds no run (its manifest.json is damaged). Choose another.", False),
        (1, "Error: /run/swap_stations.parquet: the table is damaged. Run again.", False),
        (1, "Error: /run/trips.parquet: the table is damaged. `xijiang run --from stations.parquet` helps.", False),
        (2, "Error: /run/stations.parquet: the table is damaged.", False),
        (0, "Traceback (most recent call last):", False),
    ],
)
def test_a_message_names_the_damaged_file_and_no_other(disturbing, code, shown, well):
    assert (disturbing.damage._wrong("stations.parquet", code, shown) is None) == well
