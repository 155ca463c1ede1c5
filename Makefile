# The only entry points anyone needs. "make" alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# Set on the command line: make run PROJECT=../other, make test T=tests/unit, make lock UPGRADE=1
PROJECT := server
T :=
UPGRADE :=
STRICT :=

VENV := .venv
BIN := $(VENV)/bin
PROTOC := $(VENV)/protoc
BUF := BUF_CACHE_DIR=$(VENV)/.buf-cache $(BIN)/buf
BASELINE := proto/baseline.binpb
CHECKED := $(wildcard server clients/python tests benchmarks tools)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-package flext-quality-client --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV)/.installed ## Create .venv with everything pinned in requirements/dev.txt

# The stamp comes last, so an interrupted installation starts again.
$(VENV)/.installed: requirements/dev.txt pyproject.toml clients/python/pyproject.toml
	@test -x $(BIN)/python || sh tools/make_venv.sh $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		-e clients/python -e .
	@touch $@

.PHONY: run
run: setup ## Analyze a project: make run PROJECT=path (default: our own server)
	@$(BIN)/flext-quality analyze "$(PROJECT)" || { code=$$?; \
		echo "flext-quality ended with exit code $$code; its answer is above (make repeats the code below)." >&2; \
		exit $$code; }

.PHONY: test
test: setup ## Run all tests with coverage, or a part without: make test T=tests/unit
ifdef T
	$(BIN)/pytest $(T)
else
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
endif

.PHONY: check
check: setup check-generated ## Run every static check: style, types, layers, contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CHECKED)
	$(BIN)/lint-imports --no-logo
	$(BUF) lint
	$(BUF) format --diff --exit-code
	@if test -f $(BASELINE); then echo $(BUF) breaking --against $(BASELINE); $(BUF) breaking --against $(BASELINE); \
	else echo "buf breaking: skipped, no contract has been released yet ($(BASELINE) is absent)"; fi

.PHONY: check-generated
check-generated: setup $(PROTOC)/.installed ## Fail if generated code or docs/settings.md differ from their sources
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/event_schemas.py --check
	$(BIN)/python tools/settings_page.py --check

# The compiler's environment: what it makes runs with the oldest protobuf and grpcio that we support.
$(PROTOC)/.installed: requirements/protoc.txt $(VENV)/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(PROTOC)
	$(BIN)/uv pip install --quiet --python $(PROTOC) --require-hashes -r requirements/protoc.txt
	@touch $@

# mypy's cache would go on saying that a module which is new here does not exist.
.PHONY: generate
generate: setup $(PROTOC)/.installed ## Generate clients/python/{flext,buf} from proto/, and docs/settings.md
	$(BIN)/python tools/generate.py
	$(BIN)/python tools/event_schemas.py
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
