# Every target does all the set-up it needs; what is there already costs a second. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PY := .venv/bin/python
UV := .venv/bin/uv
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade
export PYTHONUTF8 := 1
# Compiled once and kept, whatever the shell says: else each of the hundred processes of a run compiles all anew.
unexport PYTHONDONTWRITEBYTECODE
# Each worker has databases, servers and a browser of its own; files stay whole, for their fixtures are dear. They begin
# in the order of tests/conftest.py, the long ones first, so that all workers end together.
WORKERS ?= 2
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help demo test check bench prove faults setup setup-demo setup-test setup-bench lock stop clean

help: ## 本说明 / this list
	@echo '用法 / usage: make 目标 / TARGET'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  %-8s%s\n", $$1, $$2}'

demo: setup-demo ## 示例城区，http://127.0.0.1:8000（WANGGE_PORT 换端口）/ the sample district in your browser
	@exec $(PY) -m gis.cli demo

test: setup-test static ## 全部检查与测试，含数据库与浏览器 / every check and test, database and browser included
	@WANGGE_CHROMIUM="$$(. scripts/lib.sh; find_chromium)" $(PY) -m pytest -q $(PARALLEL)

check: setup-python-dev static ## 格式、规范、类型、依赖方向、不用数据库的测试 / format, lint, types, arrows, quick tests
	@$(PY) -m pytest -q $(PARALLEL) -m 'not db and not browser and not prove'

bench: setup-bench ## 与同类库对比，可加 ONLY=assign SIZE=district / us against the peers, in one run
	@$(PY) -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

prove: setup-test setup-packages-bench ## 长时间的性质检验 / the long property runs
	@WANGGE_CHROMIUM="$$(. scripts/lib.sh; find_chromium)" $(PY) -m pytest -q -m prove

faults: setup-test ## 断电与崩溃演练 / the crash runs: kill -9, immediate stops
	@$(PY) -m pytest -q -m 'prove or not prove' tests/faults

setup: setup-demo ## 只安装，不启动 / install what the demo needs, start nothing

stop: ## 停止私有数据库 / stop the private database
	@[ ! -x .venv/bin/wangge ] || .venv/bin/wangge db stop

lock: setup-python-dev ## 更新依赖锁文件 / compile the lock files anew from pyproject.toml
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	@$(LOCK) pyproject.toml --extra dev --extra bench -c requirements-dev.lock -o requirements-bench.lock
	@echo uv | $(LOCK) - -o requirements-setup.lock
	@(cd web && npm install --package-lock-only --ignore-scripts --no-audit --no-fund >/dev/null)
	@$(PY) scripts/strip_lock.py web/package-lock.json

clean: stop ## 删除安装与缓存，保留数据 / remove what set-up made; data under .wangge stays
	@rm -rf .venv .cache build web/node_modules web/vendor

# Set-up in small steps, each a script that does nothing when nothing is missing.
.PHONY: static setup-packages-run setup-packages-test setup-packages-bench setup-python-run setup-python-dev
.PHONY: setup-python-bench setup-web

setup-demo: setup-packages-run setup-python-run setup-web
setup-test: setup-packages-test setup-python-dev setup-web
setup-bench: setup-packages-test setup-packages-bench setup-python-bench setup-web

setup-packages-run:
	@scripts/packages.sh python run
setup-packages-test:
	@scripts/packages.sh python run test
setup-packages-bench: setup-packages-run
	@scripts/packages.sh bench
setup-python-run: | setup-packages-run
	@scripts/python_env.sh runtime
setup-python-dev:
	@scripts/packages.sh python
	@scripts/python_env.sh dev
setup-python-bench: | setup-packages-test
	@scripts/python_env.sh bench
setup-web: | setup-packages-run
	@[ -x $(PY) ] || scripts/python_env.sh runtime
	@scripts/web_assets.sh

static:
	@$(PY) -m ruff format --check -q .
	@$(PY) -m ruff check -q .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
