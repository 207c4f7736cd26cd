"""``county new``, ``describe`` and ``add-layout`` on the command line."""

import json
import zipfile

import pytest

from data.county import load_county
from data.county_folder.dictionary import dictionary_of, documented
from data.tables.county_check import check_county

TOWNS = "town,residents,lon,lat,name_zh\nNorth,12000,105.10,30.20,北镇\nSouth,30000,105.20,30.10,南镇\n"


@pytest.fixture
def towns(tmp_path):
    file = tmp_path / "towns.csv"
    file.write_text(TOWNS, encoding="utf-8")
    return str(file)


def test_a_county_of_a_list_of_towns(xijiang, towns, tmp_path):
    code, out, err = xijiang("county", "new", "mine", "--towns", towns)
    assert (code, err) == (0, "")
    assert "xijiang county check mine" in out
    assert check_county(tmp_path / "mine") == []
    county = load_county(tmp_path / "mine")
    assert county.towns.select("town", "kind").rows() == [("North", "town"), ("South", "seat")]
    assert county.about.title == "mine"
    assert county.has("costs")
    cars = county.fleet_stock.filter(vehicle_class="private_car", year=2025).row(0, named=True)
    assert cars["vehicles"] == pytest.approx(60000.0 * 42000.0 / 331438.0, rel=1e-3)
    assert cars["low"] < 0.6 * cars["vehicles"] < 1.5 * cars["vehicles"] < cars["high"]
    assert set(county.layout("first")["town"]) == {"North", "South"}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_towns_without_coordinates_stand_apart_and_are_joined(xijiang, tmp_path, count):
    rows = "".join(f"t{number},{4000 + number}\n" for number in range(count))
    (tmp_path / "few.csv").write_text(f"town,residents\n{rows}", encoding="utf-8")
    assert xijiang("county", "new", "mine", "--minimal", "--towns", str(tmp_path / "few.csv"))[0] == 0
    assert check_county(tmp_path / "mine") == []
    assert load_county(tmp_path / "mine").towns.height == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("town,people\nA,5\n", "column 'residents': got no such column"),
        ("town,residents\nA,many\n", "line 2, column 'residents': got 'many'"),
        ("town,residents\nA,500\nA,600\n", "which line 2 has too"),
        ("town,residents\n", "got no rows"),
    ],
)
def test_a_faulty_list_of_towns_makes_nothing(xijiang, tmp_path, text, words):
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    code, out, err = xijiang("county", "new", "mine", "--towns", "bad.csv")
    assert (code, out) == (1, "")
    assert words in err
    assert not (tmp_path / "mine").exists()


def test_like_and_towns_exclude_each_other(xijiang, towns):
    code, _, err = xijiang("county", "new", "mine", "--towns", towns, "--like", "deqing")
    assert (code, "leave out --towns and --minimal" in err) == (1, True)


def test_a_copy_has_a_title_and_a_readme_of_its_own(xijiang, tmp_path):
    assert xijiang("county", "new", "mine")[0] == 0
    assert load_county(tmp_path / "mine").about.title == "mine"
    assert "Deqing County" not in (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")


def test_the_dictionary_of_a_table(xijiang):
    code, out, err = xijiang("county", "describe", "towns")
    assert (code, err) == (0, "")
    assert "residents [people]: people who live there" in out
    assert "town_coverage_share" in out
    assert max(map(len, out.splitlines())) <= 80
    rows = {row["column"]: row for row in json.loads(xijiang("county", "describe", "fleet_stock", "--json")[1])}
    assert rows["vehicles"]["unit"]
    assert rows["vehicle_class"]["must"] == "key"
    assert rows["low"]["must"] == "may be empty"
    assert "county new" in rows["vehicles"]["default"]


def test_the_dictionary_of_all_tables(xijiang, tmp_path):
    code, out, _ = xijiang("county", "describe")
    assert code == 0
    assert {"locks: ", "layout: ", "figures: "} <= {line.split(": ")[0] + ": " for line in out.splitlines()}
    code, out, err = xijiang("county", "describe", "--html", "d.html", "--xlsx", "d.xlsx")
    assert (code, err) == (0, "")
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert page.count("<h2") == len(documented())
    with zipfile.ZipFile(tmp_path / "d.xlsx") as book:
        notes = [name for name in book.namelist() if name.startswith("xl/comments")]
        assert len(notes) == len(documented())
        assert "people who live there" in "".join(book.read(name).decode() for name in notes)


def test_an_unknown_table_has_a_hint(xijiang):
    code, _, err = xijiang("county", "describe", "twons")
    assert (code, "Did you mean 'towns'?" in err) == (1, True)


def test_every_column_has_a_meaning_of_its_own():
    table = dictionary_of()
    bare = [
        f"{table}.{column}"
        for table, column, meaning in table.select("table", "column", "meaning").iter_rows()
        if meaning == column.replace("_", " ") and "_" in column
    ]
    assert bare == []


def test_another_layout_is_checked_and_kept(xijiang, towns, tmp_path):
    xijiang("county", "new", "mine", "--minimal", "--towns", towns)
    good = (tmp_path / "mine" / "layouts" / "first.csv").read_text(encoding="utf-8")
    (tmp_path / "answer.csv").write_text(good, encoding="utf-8")
    code, out, err = xijiang("county", "add-layout", "mine", "answer.csv", "--name", "sized")
    assert (code, err) == (0, "")
    assert "charging.layout=sized" in out
    assert load_county(tmp_path / "mine").has_layout("sized")
    assert "exists already" in xijiang("county", "add-layout", "mine", "answer.csv", "--name", "sized")[2]
    (tmp_path / "answer.csv").write_text(good.replace(",North,", ",Nort,"), encoding="utf-8")
    code, _, err = xijiang("county", "add-layout", "mine", "answer.csv")
    assert (code, "'Nort'" in err) == (1, True)
    assert not load_county(tmp_path / "mine").has_layout("answer")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gone", "x.csv"), "no such folder"),
        (("mine", "x.csv"), "no such file"),
        (("mine", "towns.csv", "--name", "../x"), "expected letters, digits"),
    ],
)
def test_a_layout_that_cannot_be_added(xijiang, tmp_path, arguments, words):
    (tmp_path / "towns.csv").write_text(TOWNS, encoding="utf-8")
    (tmp_path / "mine").mkdir()
    code, _, err = xijiang("county", "add-layout", *arguments)
    assert (code, words in err) == (1, True)


def test_new_counties_have_operators_when_asked(xijiang, tmp_path):
    towns = tmp_path / "towns.csv"
    towns.write_text("town,residents,lon,lat\nalpha,6000,110.1,25.1\nbeta,1500,110.2,25.2\n", encoding="utf-8")
    code, _, errors = xijiang("county", "new", str(tmp_path / "with"), "--towns", str(towns), "--operators")
    assert (code, errors) == (0, "")
    assert '"operators"' in (tmp_path / "with" / "county.toml").read_text("utf8")
    assert ",alpha," in (tmp_path / "with" / "operators.csv").read_text("utf8")
    code, _, errors = xijiang("county", "check", str(tmp_path / "with"))
    assert (code, errors) == (0, "")
    code, said, errors = xijiang("size", "fleet", "--set", f"county={tmp_path / 'with'}", "--operator", "pool")
    assert (code, errors) == (0, "")
    assert "A pool needs" in said
    # nobody asked
    xijiang("county", "new", str(tmp_path / "without"), "--towns", str(towns))
    assert not (tmp_path / "without" / "operators.csv").exists()
    code, _, errors = xijiang("county", "new", str(tmp_path / "less"), "--minimal", "--operators")
    assert code == 1
    assert "--operators needs costs and towns" in errors
