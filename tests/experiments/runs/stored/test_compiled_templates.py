"""Templates are compiled once: again where template or settings differ, or what is kept is damaged."""

import jinja2
import pytest

from data.kept.kept_files import store
from experiments.runs.stored.compiled_templates import KIND, CompiledTemplates

TEXT = "{% for name in names %}\n<b>{{ name }}</b>\n{% endfor %}\n"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keep things in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def compiled(monkeypatch):
    """Note what is compiled."""
    made = []
    compile_text = jinja2.Environment._compile

    def compile_and_note(self, source, filename):
        made.append(filename)
        return compile_text(self, source, filename)

    monkeypatch.setattr(jinja2.Environment, "_compile", compile_and_note)
    return made


def page(text=TEXT, **settings):
    environment = jinja2.Environment(
        autoescape=True, loader=jinja2.FunctionLoader(lambda _: text), bytecode_cache=CompiledTemplates(), **settings
    )
    return environment.get_template("page").render(names=["a", "<"])


def test_the_second_page_is_not_compiled(compiled):
    first = page()
    assert page() == first
    assert "&lt;" in first
    assert len(compiled) == 1


@pytest.mark.parametrize(
    ("changed", "times"),
    # one text is kept per name and settings: the first one is compiled again after the other
    [({"text": TEXT + "."}, 3), ({"trim_blocks": True}, 2)],
    ids=["template", "settings"],
)
def test_another_template_or_setting_is(compiled, changed, times):
    first = page()
    assert page(**changed) != first
    assert page() == first
    assert len(compiled) == times


@pytest.mark.parametrize("content", [b"", b"half", b"0" * 60])
def test_a_damaged_file_is_as_good_as_none(compiled, content):
    first = page()
    (file,) = (store() / KIND).iterdir()
    file.write_bytes(content or file.read_bytes()[:-5])
    assert page() == first
    assert len(compiled) == 2
    assert page() == first
    assert len(compiled) == 2


def test_without_a_folder_to_write_to_pages_are_made_all_the_same(tmp_path, monkeypatch, compiled):
    place = tmp_path / "file"
    place.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    assert page() == page()
    assert len(compiled) == 2
