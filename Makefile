# The only entry points anyone needs. "make" alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# Set on the command line: make run PROJECT=../other, make test T=tests/unit, make test WORKERS=4,
# make lock UPGRADE=1
PROJECT := server
T :=
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
UPGRADE :=
STRICT :=

VENV := .venv
BIN := $(VENV)/bin
PROTOC := $(VENV)/protoc
BUF := BUF_CACHE_DIR=$(VENV)/.buf-cache $(BIN)/buf
BASELINE := proto/baseline.binpb
# One more than there are processors, as tests wait much of the time; who has none left takes another's.
PARALLEL := -n $(WORKERS) --dist worksteal
CHECKED := $(wildcard server clients/python tests benchmarks tools)
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package flext-quality-client --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)

# Tests and commands start hundreds of processes, each of which would compile the whole server again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.installed $(PROTOC)/.installed ## Create .venv with everything pinned in requirements/dev.txt

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

# The compiler's environment: what it makes runs with the oldest protobuf and grpcio that we support.
$(PROTOC)/.installed: requirements/protoc.txt $(VENV)/.installed
	$(UV) venv --quiet --clear --python $(BIN)/python $(PROTOC)
	$(UV) pip install --quiet --python $(PROTOC) --require-hashes -r requirements/protoc.txt
	@touch $@

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
	$(BIN)/python -m tools.sync_client --check
	$(BIN)/python -m tools.event_schemas --check
	$(BIN)/python tools/settings_page.py --check

# Needs Go, a JDK with Maven, Node.js and their registries, which the other targets do without.
.PHONY: check-contract-languages
check-contract-languages: setup ## Compile clients of the contract in Go, Java and TypeScript
	$(BIN)/python -m tools.contract_languages

# mypy's cache would go on saying that a module which is new here does not exist.
.PHONY: generate
generate: setup ## Generate code from proto/, the synchronous client, and docs/settings.md
	$(BIN)/python -m tools.generate
	$(BIN)/python -m tools.sync_client
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
	$(COMPILE) pyproject.toml --extra postgresql -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) --group build -c requirements/dev.txt -o requirements/build.txt
	$(COMPILE) --group protoc -o requirements/protoc.txt

.PHONY: dist
dist: setup ## Build both wheels and source distributions into dist/, the same bytes from the same files
	@rm -rf dist
	@$(BIN)/python tools/dist.py build dist

# Newest: what came out since the lock may break us, so this is not part of "make test".
.PHONY: test-dist
test-dist: setup ## Install the wheels with the oldest and the newest allowed dependencies, and analyze
	DIST_RESOLUTION=lowest-direct $(BIN)/pytest tests/dist/test_installed.py
	DIST_RESOLUTION=highest $(BIN)/pytest tests/dist/test_installed.py

.PHONY: test-oldest
test-oldest: setup ## Run tests with the oldest allowed dependencies: make test-oldest T=tests/unit
	$(BIN)/python tools/dist.py environment lowest-direct $(VENV)/oldest
	$(VENV)/oldest/bin/pytest $(or $(T),tests/unit tests/contract tests/rpc tests/sdk)

# Says so where the database of advisories cannot be reached; fails then only with STRICT=1.
.PHONY: audit
audit: setup ## Look at licences and known weaknesses of what we depend on
	@$(BIN)/python tools/audit.py $(if $(STRICT),--strict)

.PHONY: sbom
sbom: dist ## Write dist/sbom.cdx.json: all that an installation consists of, as CycloneDX
	@$(BIN)/python tools/dist.py sbom dist/sbom.cdx.json dist

.PHONY: clean
clean: ## Remove .venv and everything else that these targets made
	rm -rf $(VENV) build dist clients/python/dist htmlcov .coverage .coverage.* \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find server clients/python tests benchmarks tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
