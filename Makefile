# Two targets do all the set-up: `make run` and `make test`. Python 3.11 or newer, git and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
TESTS ?=

WORDS := experiments/report/locale

.PHONY: run test lint browser bench words clean

run: $(VENV)/installed
	$(BIN)/xijiang run $(ARGS)

test: $(VENV)/installed-dev lint
	$(BIN)/pytest -n 2 -m "not slow" $(TESTS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/charging_speed.py

# Messages of the report: from the code into the catalogues (new ones are empty: translate them), then compiled.
words: $(VENV)/installed-dev
	$(BIN)/pybabel extract -F pyproject.toml -k translate -k _translate --omit-header --no-location --sort-output -w 120 -o $(WORDS)/xijiang.pot experiments
	$(BIN)/pybabel update -D xijiang -d $(WORDS) -i $(WORDS)/xijiang.pot -w 120 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel compile -D xijiang -d $(WORDS)
	rm $(WORDS)/xijiang.pot

$(VENV)/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) runs dist
