"""Faults put in by hand are noticed: the list stays true to the code, and each makes its test file fail."""

import pytest


def test_every_fault_replaces_a_text_that_stands_once_in_its_module(faults):
    for fault in faults.FAULTS:
        text = (faults.ROOT / fault.module).read_text(encoding="utf-8")
        assert (fault.name, text.count(fault.right)) == (fault.name, 1)
        assert (faults.ROOT / fault.noticed_by).exists()
    assert len({fault.name for fault in faults.FAULTS}) == len(faults.FAULTS)


@pytest.mark.slow
def test_every_fault_makes_its_test_file_fail(faults, tmp_path):
    with faults.tree(tmp_path / "tree") as folder:
        survivors = [fault.name for fault in faults.FAULTS if not faults.noticed(fault, folder)]
    assert survivors == []
