# make run | check | test | lint | bench | scores | lock | image: each sets up what it needs, also on a fresh machine with
# Python 3.11 or newer.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run check test bench scores lint lock image clean

run: $(RUN)
	$(BIN)/python app.py $(ARGS)

# The tests start a Hub of their own on 127.0.0.1 and ask no other host. Two files at once, since each waits a lot for
# servers and pages, with a thread each: where four share two cores, a sum takes ten times as long.
TEST   := PYTHONDONTWRITEBYTECODE= AIGC_MODELS=bundled OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(DEV)
	@. tests/chromium.sh && . tests/nginx.sh && $(TEST) $(ARGS)

# While you write: no browser, no training, none of those that take more than a second each.
check: $(DEV)
	@$(TEST) -m "not browser and not training and not slow" $(ARGS)

bench: $(DEV)
	@failed=0; for bench in tests/bench/*.py; do echo "== $$bench"; $(BIN)/python -m tests.bench.$$(basename $$bench .py) || failed=1; done; exit $$failed

# Measures every bundled model whose data is there, and brings cards and README up to date. DATA: a folder with MNIST,
# stories or both; without it, they come from the Hub.
scores: $(RUN)
	$(BIN)/python -m shared.tools.score all $(if $(DATA),--data "$(DATA)")
	$(BIN)/python -m shared.tools.readme
	$(BIN)/python -m shared.tools.licences

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The newest versions that requirements*.in allow.
lock: $(BIN)/python
	$(PIP) uv
	$(BIN)/python -m shared.tools.lock $(ARGS)

# The Docker image, built, started and asked whether it is well.
image:
	docker compose config --quiet
	docker compose up --build --detach --wait --wait-timeout 300
	docker compose exec -T suite python -c "import os; assert os.getuid() != 0"
	curl --fail --silent --output /dev/null http://127.0.0.1:8080/
	docker compose down --volumes

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache

# Stamps: pip runs again only when the list it read has changed. The lock also holds the exact torch, which
# requirements.txt leaves to a Space.
$(RUN): requirements.txt requirements.lock | $(BIN)/python
	$(PIP) -r requirements.txt -c requirements.lock
	@touch $@

$(DEV): requirements.lock | $(BIN)/python
	$(PIP) -r requirements.lock
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with PYTHON=python3.11."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Debian and Ubuntu keep venv in a package of its own; installing python3-venv"; \
		apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } || \
		{ rm -rf $(VENV); echo "Please install venv for $(PYTHON) (Debian, Ubuntu: apt-get install python3-venv)."; exit 1; }
