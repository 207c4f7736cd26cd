"""A county as files and back."""

from data.county import load_county
from data.memory.packed_counties import county_files, county_from


def test_an_edited_county_survives(small, tmp_path):
    county = load_county(small)
    key = county.figures["key"][0]
    edited = county.with_figures({key: 0.123}).with_table("towns", county.towns.head(1))
    kept = county_from(county_files(edited), path=tmp_path)
    assert (kept.name, kept.digest, kept.path) == (edited.name, edited.digest, tmp_path)
    assert kept.figure(key) == 0.123
    assert kept.towns.height == 1
    for name, frame in edited.tables.items():
        assert kept.tables[name].equals(frame), name
        assert kept.tables[name].schema == frame.schema, name
    assert kept.layouts.keys() == edited.layouts.keys()
    assert county_files(kept) == county_files(edited)
