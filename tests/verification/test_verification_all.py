"""All rooms against theory, as `xijiang verify` runs it."""

import pytest

import experiments.verification
from data.verification import Check, check_table
from experiments.cli import main


def test_every_check_holds():
    table = experiments.verification.verify()
    assert table.filter(~table["holds"]).rows() == []
    counts = dict(table.group_by("room").len().iter_rows())
    assert counts.keys() == {"charging", "fleet", "shipping", "statistics"}
    assert min(counts["charging"], counts["fleet"], counts["shipping"]) >= 25
    assert counts["statistics"] >= 5
    assert table.select("room", "check").is_duplicated().sum() == 0


def test_a_check_that_fails_is_shown_and_exits_1(monkeypatch, capsys):
    wrong = Check("charging", "one and one", "arithmetic", 2.0, 2.5, 0.1)
    assert check_table([wrong])["holds"].to_list() == [False]
    monkeypatch.setattr(experiments.verification, "ROOMS", (lambda: [wrong],))
    with pytest.raises(SystemExit, match="1"):
        main(["verify"])
    shown = capsys.readouterr().out
    assert "one and one" in shown
    assert "FAILS" in shown
    assert "1 checks, 1 fail" in shown
    with pytest.raises(SystemExit, match="1"):
        main(["verify", "--json"])
