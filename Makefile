# Two commands matter: `make up` runs the shop, `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up build storefront test test-unit test-python test-storefront test-instructions test-sanitizers test-memory-errors check fuzz format lint bench bench-report deploy-up deploy-down deploy-test clean

EMPORIUM := .build/release/emporium
# Without -static-stdlib the executable would need the toolchain's libraries beside it, and start slower. Exclusivity is checked
# at run time where the tests run, in debug builds: docs/decisions/0004 tells why not here.
RELEASE_FLAGS := -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked
SWIFT_SOURCES := $(shell find Sources -name '*.swift' -o -name '*.[ch]') Package.swift
STOREFRONT_SOURCES := $(shell find Sources/Storefront -path Sources/Storefront/dist -prune -o -type f -print)
STOREFRONT := Sources/Storefront/dist/index.html
VENV := .venv
PYTEST := $(VENV)/bin/pytest -q -ra
# `make test` repeats one run of the fuzzers, so that red means a change; `make fuzz` looks further, with new seeds.
SEED ?= 20261122

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

up: $(EMPORIUM) $(STOREFRONT) ## install what is missing, build, and run the whole shop
	@exec $(EMPORIUM) up $(ARGS)

build: $(EMPORIUM) ## build the executable, optimised

$(EMPORIUM): $(SWIFT_SOURCES) Makefile
	@.ci/install-packages build
	swift build $(RELEASE_FLAGS) --product emporium
	@touch $@

storefront: $(STOREFRONT) ## build the React page

$(STOREFRONT): $(STOREFRONT_SOURCES)
	@.ci/install-packages storefront
	@Sources/Storefront/build
	@touch $@

test: $(EMPORIUM) $(STOREFRONT) test-unit test-storefront test-instructions test-memory-errors test-python deploy-test ## everything, against the real redis-server and PostgreSQL too

test-unit: ## Swift tests, one after the other: on two cores, side by side they only time each other out
	@.ci/install-packages build
	swift test --no-parallel

test-storefront: $(STOREFRONT) ## the page's own tests
	@.ci/install-packages tests
	Tests/StorefrontTests/run

$(VENV)/.ready: Tests/requirements.txt
	@.ci/install-packages tests
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test-python: $(EMPORIUM) $(STOREFRONT) $(VENV)/.ready ## conformance with the real peers, and a purchase from end to end
	@.ci/install-packages tests
	EMPORIUM_BIN=$(CURDIR)/$(EMPORIUM) EMPORIUM_FUZZ_SEED=$(SEED) $(PYTEST) Tests/TidyTests Tests/ConformanceTests Tests/EndToEndTests

test-instructions: ## the instructions of the hot paths, against their thresholds
	@.ci/install-packages build tests
	Benchmarks/count-instructions

test-sanitizers: $(VENV)/.ready ## a million mutated inputs against builds of the key-value server under ASan and TSan
	@.ci/install-packages build tests
	$(VENV)/bin/python Tests/SanitizerTests/run $(ARGS)

test-memory-errors: $(VENV)/.ready
	@.ci/install-packages build tests
	$(VENV)/bin/python Tests/SanitizerTests/run --only address --inputs 50000 --seed $(SEED)

fuzz: $(EMPORIUM) $(VENV)/.ready ## random commands and queries against ours and the real servers; SEED=n COMMANDS=n choose
	EMPORIUM_BIN=$(CURDIR)/$(EMPORIUM) EMPORIUM_FUZZ_COMMANDS=$(or $(COMMANDS),100000) \
	  $(if $(filter command line environment,$(origin SEED)),EMPORIUM_FUZZ_SEED=$(SEED)) $(PYTEST) -s Tests/ConformanceTests -k fuzz

check: lint ## what to run before a commit: format, arrows, warnings, fast tests
	@set -o pipefail; swift build --build-tests --explicit-target-dependency-import-check error 2>&1 | tee .build/check.log
	@! grep -E '^$(CURDIR)/(Sources|Tests)/.* warning:' .build/check.log
	swift test --skip-build --no-parallel

lint: ## is everything formatted?
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## format everything
	swift format --in-place --recursive --parallel Package.swift Sources Tests

bench: $(EMPORIUM) $(STOREFRONT) $(VENV)/.ready ## side by side with the real servers; BENCH=kv,sql,http,shop and QUICK=1 choose
	@.ci/install-packages tests bench
	EMPORIUM_BIN=$(CURDIR)/$(EMPORIUM) $(VENV)/bin/python Benchmarks/bench

bench-report: ## docs/benchmarks.md and an HTML page with plots, from the newest results
	python3 Benchmarks/report

deploy-up: $(EMPORIUM) $(STOREFRONT) ## the shop in containers: build the image from this tree's executable, start Compose
	@.ci/install-packages containers
	deploy/build --offline
	deploy/compose up --detach --wait

deploy-down: ## stop the containers
	deploy/compose down

deploy-test: $(EMPORIUM) $(STOREFRONT) ## the image, Compose and the manifests proved; says what it skips and why
	deploy/test

clean: ## remove what was built
	rm -rf .build Sources/Storefront/dist $(VENV)
