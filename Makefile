# The one door: everything that people and CI do with Latchkey. `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Options for `latchkey serve`, as in: make serve ARGS="--listen 127.0.0.1:9000"
ARGS ?=

PACKAGES := libsodium-dev libzxcvbn-dev libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libqrencode-dev libarchive-dev libvips-dev libpq-dev libssl-dev libcrypt-dev pkg-config python3-venv
TEST_PACKAGES := chromium fonts-liberation gcc libc6-dev libvips-tools postgresql nginx
HOTEL := Examples/HotelDashboard
SWIFT_FILES := Package.swift Sources Tests $(wildcard Benchmarks)
# An import that Package.swift does not name would compile, but its module's changes would not be seen by the next build.
CHECKED := --explicit-target-dependency-import-check error
RELEASE := .build/release/latchkey
DEBUG := .build/debug/latchkey

##@ Run it

# Served for a person: one line for each request would bury the set-up URL.
serve demo: export LATCHKEY_LOG_LEVEL ?= notice

.PHONY: serve
serve: build ## Set up, build and serve on ./data; prints where to open it and a one-time set-up URL
	@exec $(RELEASE) serve --data data $(ARGS)

.PHONY: demo
demo: build ## The same with an example company on ./data-demo; prints who can sign in with what
	@if [ ! -d data-demo ]; then \
	    people=$$(umask 077; $(RELEASE) demo --data data-demo) || { rm -rf data-demo; exit 1; }; \
	    (umask 077; printf '%s\n' "$$people" > data-demo/people.txt); \
	fi
	@if [ -f data-demo/people.txt ]; then cat data-demo/people.txt; echo; fi
	@exec $(RELEASE) serve --data data-demo $(ARGS)

.PHONY: hotel
hotel: build setup-hotel ## A hotel's dashboard behind Latchkey and nginx on ./data-hotel; prints where to open it and who can sign in (HOTEL_PORT=8080)
	@exec .venv/bin/python $(HOTEL)/run --binary $(RELEASE) --port $(or $(HOTEL_PORT),8080)

##@ Build it

.PHONY: setup
setup: tools packages .venv/bin/pip assets ## Install what a build needs (Debian packages, a Python environment, front-end files); skips what is there

.PHONY: setup-tests
setup-tests: setup test-packages .venv/tests-installed .venv/hotel-installed ## Install what the tests need besides (Chromium, nginx, Python packages)

.PHONY: setup-hotel
setup-hotel: .venv/hotel-installed ## Install what the example dashboard needs (nginx, three Python packages)
	@Scripts/install-packages nginx

.PHONY: build
build: setup ## Build the release binaries, .build/release/latchkey and latchkey-images beside it
	@swift build $(CHECKED) --configuration release --product latchkey-images
	@swift build $(CHECKED) --configuration release --product latchkey

##@ Check it

.PHONY: test
test: setup-tests lint test-build test-swift test-postgres test-must-not-compile test-python ## Every tier of tests on one debug build, after set-up and lint; CI runs this
	@echo
	@grep 'Test run with' build/swift-test.log build/postgres-test.log
	@tail -qn 1 build/pytest.log build/pytest-afterwards.log build/pytest-postgres.log

.PHONY: test-build
test-build: setup ## Build the debug binary and the tests
	@swift build $(CHECKED) --build-tests

.PHONY: test-swift
test-swift: ## Run the Swift tests of the last test-build (FILTER=AccessTests for some)
	@mkdir -p build
	@swift test --skip-build --disable-xctest $(if $(FILTER),--filter $(FILTER)) 2>&1 | tee build/swift-test.log
	@$(if $(FILTER),:,LATCHKEY_ALONE=1 swift test --skip-build --disable-xctest --no-parallel --filter Alone 2>&1 | tee -a build/swift-test.log) # what measures this process

.PHONY: test-postgres
test-postgres: ## Run the whole-app and contract tests once more, on a throw-away PostgreSQL (FILTER=OutboxTests for some)
	@mkdir -p build
	@LATCHKEY_TEST_DATABASE=postgres swift test --skip-build --disable-xctest --filter $(or $(FILTER),'WholeAppTests|SessionsTests') 2>&1 | tee build/postgres-test.log
	@$(if $(FILTER),:,LATCHKEY_TEST_DATABASE=postgres $(PYTEST_RUN) $(BY_TWO) Tests/Contract 2>&1 | tee build/pytest-postgres.log)

.PHONY: test-must-not-compile
test-must-not-compile: ## Show that what must not compile does not (forged, kept or crossed permits)
	@Tests/MustNotCompile/check

# Two files at a time; those that stop, race or time what they start not beside those that keep both cores busy with browsers.
PYTEST_RUN = LATCHKEY_BIN=$(DEBUG) HYPOTHESIS_STORAGE_DIRECTORY=build/hypothesis .venv/bin/python -m pytest -o cache_dir=build/pytest-cache
BY_TWO := --numprocesses 2 --dist loadfile
TOGETHER := Tests/Contract Tests/Browser Tests/Pictures
AFTERWARDS := Tests/Faults Tests/Hotel Tests/Nodes

.PHONY: test-python
test-python: ## Run contract, browser, fault, hotel, node and picture tests against the debug binary (PYTEST="-k name" for some)
	@[ -x $(DEBUG) ] || { echo "make: there is no $(DEBUG): run 'make test-build' first" >&2; exit 1; }
	@mkdir -p build
	@$(PYTEST_RUN) $(if $(PYTEST),$(TOGETHER) $(AFTERWARDS) $(PYTEST),$(BY_TWO) $(TOGETHER)) 2>&1 | tee build/pytest.log
	@$(if $(PYTEST),:,$(PYTEST_RUN) $(BY_TWO) $(AFTERWARDS) 2>&1 | tee build/pytest-afterwards.log)

.PHONY: lint
lint: tools ## Check formatting (swift-format) and the house rules (Scripts/lint)
	@swift format lint --strict --recursive --parallel $(SWIFT_FILES)
	@$(PYTHON) Scripts/lint

.PHONY: format
format: tools ## Format the Swift sources in place
	@swift format format --in-place --recursive --parallel $(SWIFT_FILES)

.PHONY: bench
bench: build ## Measure against the targets of docs/performance.md and write the figures there; takes long, never part of CI
	@[ -x Benchmarks/run ] || { echo "make: Benchmarks/run is missing or not executable" >&2; exit 1; }
	@Scripts/install-packages wrk libvips-tools postgresql glewlwyd sqlite3
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement Benchmarks/requirements.txt
	@swift build --configuration release --product bare
	@swift build --configuration release --product benchstore
	@swift build --configuration release --product benchdecisions
	@exec Benchmarks/run

##@ Tidy

.PHONY: clean
clean: ## Remove what was built (not ./data, ./data-demo or .venv)
	rm -rf .build build

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## "; print "Usage: make TARGET" } \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z][a-z-]*:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- what set-up is made of

.PHONY: tools
tools:
	@command -v swift >/dev/null || { echo "make: no 'swift' in PATH: install Swift 6.3 (https://www.swift.org/install/linux/)" >&2; exit 1; }

.PHONY: packages
packages:
	@Scripts/install-packages $(PACKAGES)

.PHONY: test-packages
test-packages:
	@Scripts/install-packages $(TEST_PACKAGES)

# pip comes last: where it is, the environment is whole.
.venv/bin/pip:
	@$(PYTHON) -m venv .venv

.PHONY: assets
assets: .venv/bin/pip
	@.venv/bin/python Scripts/assets

.venv/hotel-installed: $(HOTEL)/requirements.txt | .venv/bin/pip
	@echo "Installing the Python packages of the example dashboard"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(HOTEL)/requirements.txt
	@touch $@

.venv/tests-installed: Tests/requirements.txt | .venv/bin/pip
	@echo "Installing the Python packages of the tests"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement Tests/requirements.txt
	@touch $@
