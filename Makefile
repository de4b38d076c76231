# What one does with a checkout of kad. `make help` lists it. Everything needed is installed by these targets: Python
# packages by the ranges of setup.cfg, Debian packages from packaging/debian-packages.txt.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help venv tools peers demo test test-net test-kernel failover interop manual corpus fuzz fuzz-adverts sim bench-config bench-vrrp clean

# The newest Python that the tests are run on, unless one is asked for: make PYTHON=python3.13 venv
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$name" && break; done)
# tools.sh may have brought the one that was not there when make looked.
python = $(or $(PYTHON),python3)
venv := .venv
bin := $(venv)/bin
# The everyday tests run whole on the Python of .venv, the unit tests also on the others that are here.
others = $(filter-out $(shell $(bin)/python -c 'import sys; print("py%d%d" % sys.version_info[:2])'),py311 py312 py313)

# Interpreters that tox does not look for by itself.
pyenv := $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.*/bin/python3)
comma := ,
empty :=
space := $(empty) $(empty)

# The shared folder: published configurations with keepalived's verdicts (corpus/), its table of keywords (reference/).
REFERENCE ?= ../shared
# The everyday texts that nobody would write start from the published ones too, when those are here (tests/fuzz).
export KAD_REFERENCE := $(if $(wildcard $(REFERENCE)/corpus),$(abspath $(REFERENCE)))
# Seeds that `make sim` tries, and the seconds after which it begins no more.
SIM ?= 20000
SIM_SECONDS ?= 1800
# Texts that `make fuzz` reads.
FUZZ ?= 100000

help:
	@echo 'make venv         .venv with kad in it: .venv/bin/kad'
	@echo 'make demo         a client, two directors, two web servers: watch an address fail over (root; under 2 minutes)'
	@echo 'make test         linters, types, import contracts and the everyday tests (root for those in namespaces)'
	@echo 'make test-net     every test in network namespaces, against real keepalived'
	@echo 'make test-kernel  every test in the user-mode kernel with IPVS'
	@echo 'make failover     ten failovers at random phases, measured against the limits of the protocol'
	@echo 'make interop      kad and keepalived in either role over every protocol, as a table (root)'
	@echo 'make corpus       published configurations, Debian samples and keywords: kad against keepalived (root; REFERENCE=$(REFERENCE))'
	@echo 'make fuzz         read $(FUZZ) texts that nobody would write (FUZZ=N); up to half an hour'
	@echo 'make fuzz-adverts a million packets that no router sends, through the decoder and all checks'
	@echo 'make sim          $(SIM) simulated LANs with faults (SIM=N), for half an hour at most (SIM_SECONDS=N)'
	@echo 'make bench-config reading a big configuration, timed against keepalived (root)'
	@echo 'make bench-vrrp   takeovers of 1,001 and 5,001 addresses and 255 routers, timed against keepalived (root)'
	@echo 'make manual       write the manual page and the table of keywords anew from their declarations'
	@echo 'make clean        remove .venv, .tox, build and caches'

tools:
	@sh packaging/tools.sh $(PYTHON)

peers: tools
	@sh packaging/peers.sh

venv: $(venv)/stamp

$(venv)/stamp: setup.cfg pyproject.toml | tools
	@test -x $(bin)/python || $(python) -m venv $(venv)
	@echo 'venv: installing kad and its tools into $(venv)'
	@$(bin)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint,dev]'
	@touch $@

demo: venv
	@sh packaging/peers.sh
	@$(bin)/python -m tests.demo

test: venv peers
	@rm -rf build/tally
	@status=0; $(bin)/tox run $(if $(pyenv),--discover $(pyenv)) -e $(subst $(space),$(comma),lint everyday $(others)) || status=$$?; \
	$(bin)/python -m tests.tally build/tally || status=1; exit $$status

test-net: venv peers
	@rm -rf build/tally
	@status=0; KAD_TALLY=build/tally/net; KAD_FULL=1; export KAD_TALLY KAD_FULL; \
	$(bin)/pytest -n 4 -m '(netns or netns_full) and not alone' tests || status=$$?; \
	$(bin)/pytest -m '(netns or netns_full) and alone' tests || status=$$?; \
	$(bin)/python -m tests.tally build/tally || status=1; exit $$status

test-kernel: venv peers
	@rm -rf build/tally
	@status=0; KAD_TALLY=build/tally/kernel $(bin)/pytest -m 'kernel or kernel_full' tests/kernel || status=$$?; \
	$(bin)/python -m tests.tally build/tally || status=1; exit $$status

failover: venv
	@$(bin)/python -m tests.netns.failover

interop: venv peers
	@$(bin)/pytest -q -n 4 -m 'netns or netns_full' tests/netns/test_failover.py tests/netns/test_sync_group.py

manual: venv
	@$(bin)/python -m tests.manual

corpus: venv peers
	@$(bin)/python -m tests.corpus --reference $(REFERENCE) $(CORPUS_OPTIONS)

fuzz: venv
	@$(bin)/python -m tests.fuzz --count $(FUZZ) --reference $(REFERENCE) --keep build/fuzz

sim: venv
	@$(bin)/python -m tests.sim --count $(SIM) --seconds $(SIM_SECONDS)

bench-config: venv peers
	@unshare --net $(bin)/python -m bench.config

fuzz-adverts: venv
	@$(bin)/python -m tests.fuzz.adverts

bench-vrrp: venv peers
	@$(bin)/python -m bench.vrrp

clean:
	rm -rf $(venv) .tox build dist src/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
