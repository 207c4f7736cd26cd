# These do all the set-up: `make run`, `make check` and `make test`. Python 3.11 or newer, git and make are needed.
PYTHON ?= python3
VENV := .venv
DOCS := .venv-docs
BIN := $(VENV)/bin
ARGS ?=
TESTS ?=
# Tests of single functions and models: no whole runs, no processes, no statistics.
QUICK := tests/data tests/charging tests/fleet tests/shipping tests/house

WORDS := experiments/report/locale

.PHONY: run check test lint bench words docs audit lowest mutants coverage golden trust clean

run: $(VENV)/installed
	$(BIN)/xijiang run $(ARGS)

# What to run before every commit: minutes less than `make test`, and most of what goes wrong shows here.
check: $(VENV)/installed-dev lint
	$(BIN)/pytest -n 2 --dist loadscope -q -m "not slow and not whole" $(QUICK)

# Tests of one module share its fixtures (whole runs among them): they go to one process.
test: $(VENV)/installed-dev lint
	$(BIN)/pytest -n 2 --dist loadscope -m "not slow" $(TESTS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/charging_speed.py
	$(BIN)/python benchmarks/main_job.py
	$(BIN)/python benchmarks/compiled_speed.py
	$(BIN)/python benchmarks/peers_page.py

# Known vulnerabilities of the versions that are tested; needs a network that reaches a public index.
audit:
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install -q pip-audit
	$(VENV)/audit/bin/pip-audit -r constraints.txt --no-deps --disable-pip

# The quick tests with the lowest versions that pyproject.toml allows.
lowest:
	.ci/lowest

# What small scenarios of every package give becomes what they have to give: read the difference before it is committed.
golden: $(VENV)/installed-dev
	REFRESH_GOLDEN=1 $(BIN)/pytest -q $(wildcard tests/*/test_*_golden.py)
	git --no-pager diff --stat tests/golden

# Lines and branches that no test reaches, wrong inputs and disturbances, counted for docs/trust.md: an hour of one core.
coverage: $(VENV)/installed-dev
	$(BIN)/pip install -q -e ".[mutation]"
	$(BIN)/python benchmarks/coverage_table.py --missing

trust: $(VENV)/installed-dev
	$(BIN)/python benchmarks/trust_page.py

# Small changes of the rules, and whether tests notice them: hours of one core.
mutants: $(VENV)/installed-dev
	$(BIN)/pip install -q -e ".[mutation]"
	$(BIN)/python benchmarks/mutants.py

# Messages of the report: from the code into the catalogues (new ones are empty: translate them), then compiled.
words: $(VENV)/installed-dev
	$(BIN)/pybabel extract -F pyproject.toml -k translate -k _translate --omit-header --no-location --sort-output -w 120 -o $(WORDS)/xijiang.pot experiments
	$(BIN)/pybabel update -D xijiang -d $(WORDS) -i $(WORDS)/xijiang.pot -w 120 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel compile -D xijiang -d $(WORDS)
	rm $(WORDS)/xijiang.pot

# Documents: every example is executed, and a warning is an error. Their tools have an environment of their own, because
# libraries load some of them where they find them; it sees what `.venv` holds, so that nothing is installed twice.
docs: $(DOCS)/installed
	$(DOCS)/bin/python -m sphinx -W --keep-going -q -j 2 -b html docs docs/_build/html
	$(DOCS)/bin/python docs/check_built.py docs/_build/html
	@echo "docs/_build/html/index.html"

PLACE := import sysconfig; print(sysconfig.get_path("purelib"))

$(DOCS)/installed: $(VENV)/installed-dev
	test -x $(DOCS)/bin/python || $(BIN)/python -m venv $(DOCS)
	$(BIN)/python -c '$(PLACE)' > "$$($(DOCS)/bin/python -c '$(PLACE)')/below.pth"
	$(DOCS)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

$(VENV)/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(DOCS) runs dist docs/_build docs/generated
