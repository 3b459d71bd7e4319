# Everything a contributor runs. `make demo` and `make test` set up what they need by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Interpreters that may not write bytecode start slowly, every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check format lint types layers docs bench clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Run the real pipeline: prepare, train and compare on iris
	@$(BIN)/stepworks demo

test: $(VENV)/.installed ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: format lint types layers docs ## Everything but the tests

format: $(VENV)/.installed ## Is the code formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed ## Does the linter find anything?
	$(BIN)/ruff check .

types: $(VENV)/.installed ## Do the types hold?
	$(BIN)/basedpyright --level error

layers: $(VENV)/.installed ## Do imports go one way?
	$(BIN)/lint-imports

docs: $(VENV)/.installed ## Do the documents' examples run, and are their links whole?
	$(BIN)/python -m pytest -q tests/docs
	$(BIN)/python docs/make_reference.py --check

bench: $(VENV)/.installed ## Measure against the floor
	$(BIN)/python benchmarks/run.py

clean: ## Remove what can be made again
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist

# uv does the installing; where the machine has none, it comes from the package index like everything else.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null 2>&1 || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@UV=$$(command -v uv || echo $(BIN)/uv) && $$UV pip install --quiet --python $(BIN)/python --constraint constraints.txt \
		--editable '.[postgres]' --group dev
	@touch $@
