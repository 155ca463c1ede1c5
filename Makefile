# The only entry points anyone needs. "make" alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# Set on the command line: make run PROJECT=../other, make test T=tests/unit, make test WORKERS=4,
# make lock UPGRADE=1
PROJECT := server
T :=
WORKERS := logical
UPGRADE :=

VENV := .venv
BIN := $(VENV)/bin
BUF := BUF_CACHE_DIR=$(VENV)/.buf-cache $(BIN)/buf
BASELINE := proto/baseline.binpb
# Tests wait for other processes much of the time; a worker that has none left takes another's.
PARALLEL := -n $(WORKERS) --dist worksteal
CHECKED := $(wildcard server clients/python tests benchmarks tools)
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package flext-quality-client --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade) pyproject.toml

# Tests and commands start hundreds of processes, each of which would compile the whole server again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.installed ## Create .venv with everything pinned in requirements/dev.txt

# The stamp gets its name at the end: an installation that was interrupted starts again from nothing.
# pip installs uv, by the same hashes, and uv the rest.
$(VENV)/.installed: requirements/dev.txt pyproject.toml clients/python/pyproject.toml
	@if test -e $(VENV)/.installing; then rm -rf $(VENV); fi
	@mkdir -p $(VENV) && touch $(VENV)/.installing
	@test -x $(BIN)/python || sh tools/make_venv.sh $(VENV)
	@touch $(VENV)/.installing
	@sed -n '/^uv==/,/[^\\]$$/p' requirements/dev.txt > $(VENV)/uv.txt
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation -e clients/python -e .
	@mv $(VENV)/.installing $@

.PHONY: run
run: setup ## Analyze a project: make run PROJECT=path (default: our own server)
	@$(BIN)/flext-quality analyze "$(PROJECT)" || { code=$$?; \
		echo "flext-quality ended with exit code $$code; its answer is above (make repeats the code below)." >&2; \
		exit $$code; }

# A part runs in one process, which begins at once.
.PHONY: test
test: setup ## Run all tests with coverage, or a part without: make test T=tests/unit
ifdef T
	$(BIN)/pytest $(T)
else
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
endif

.PHONY: test-fast
test-fast: setup ## Run unit and contract tests, without those that need PostgreSQL, Valkey or NATS
	$(BIN)/pytest tests/unit tests/contract -m "not services" $(PARALLEL)

.PHONY: check
check: setup check-generated ## Run every static check: style, types, layers, contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CHECKED)
	$(BIN)/lint-imports --no-logo
	$(BUF) lint
	$(BIN)/python -m tools.contract_lint
	$(BUF) format --diff --exit-code
	@if test -f $(BASELINE); then echo $(BUF) breaking --against $(BASELINE); $(BUF) breaking --against $(BASELINE); \
	else echo "buf breaking: skipped, no contract has been released yet ($(BASELINE) is absent)"; fi

.PHONY: check-generated
check-generated: setup ## Fail if generated code or docs/settings.md differ from their sources
	$(BIN)/python -m tools.generate --check
	$(BIN)/python -m tools.event_schemas --check
	$(BIN)/python tools/settings_page.py --check

# Needs Go, a JDK with Maven, Node.js and their registries, which the other targets do without.
.PHONY: check-contract-languages
check-contract-languages: setup ## Compile clients of the contract in Go, Java and TypeScript
	$(BIN)/python -m tools.contract_languages

# mypy's cache would go on saying that a module which is new here does not exist.
.PHONY: generate
generate: setup ## Generate clients/python/flext from proto/, and docs/settings.md
	$(BIN)/python -m tools.generate
	$(BIN)/python -m tools.event_schemas
	$(BIN)/python tools/settings_page.py
	@rm -rf .mypy_cache

.PHONY: baseline
baseline: setup ## Record proto/ as the released contract that later changes must not break
	$(BUF) build --exclude-source-info -o $(BASELINE)

.PHONY: bench
bench: setup ## Measure, and compare with the peers
	$(BIN)/python -m benchmarks

.PHONY: lock
lock: setup ## Pin dependencies again; make lock UPGRADE=1 takes the newest of each
	$(COMPILE) -o requirements/runtime.txt
	$(COMPILE) --group dev -c requirements/runtime.txt -o requirements/dev.txt

.PHONY: clean
clean: ## Remove .venv and everything else that these targets made
	rm -rf $(VENV) build dist clients/python/dist htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find server clients/python tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
