# A thin front of meson: each target is one or two commands. "make help" lists them.
BUILD ?= build
ARGS ?=
SECONDS ?= 60
SEED ?= 0
# Tests at a time: most of them wait most of the time.
TEST_JOBS ?= 4
TARGET ?=
MINUTES ?= 30
PREFIX ?= /usr/local
DESTDIR ?=
MESON_FLAGS ?=
NICE := $(shell command -v nice 2>/dev/null)

ANALYSES := sanitize threads valgrind analyzer cppcheck tidy coverage

.PHONY: help build demo test check clang $(ANALYSES) hostile chaos e2e monitoring pictures bench instructions soak fuzz ci install clean format docs image manifests
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BUILD)/build.ninja: meson.build
	@scripts/packages build
	@meson setup $(BUILD) --prefix=$(PREFIX) $(MESON_FLAGS) >$(BUILD).log 2>&1 || { cat $(BUILD).log >&2; exit 1; }
	@rm -f $(BUILD).log

build: ## build/coder-metrics-adapter and build/coder-emulator
	@scripts/packages build
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

demo: build ## a workshop of 20 people in about a minute, with and without scaling; ARGS="--forever" keeps serving
	@$(BUILD)/coder-emulator demo --adapter $(BUILD)/coder-metrics-adapter $(ARGS)

test: build ## unit and integration tests
	@scripts/packages test
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs --num-processes $(TEST_JOBS) $(ARGS)

check: build ## format, layers, banned calls, options against docs, clang-tidy on changed files (TIDY=all: on all)
	@scripts/packages check
	@test/lint/check $(BUILD)

clang: ## build everything with clang too, warnings are errors
	@scripts/packages build check
	@[ -f $(BUILD)-clang/build.ninja ] || CC=clang meson setup $(BUILD)-clang --werror >/dev/null
	@ninja -C $(BUILD)-clang --quiet

e2e: build ## a real kube-apiserver and HPA controller scale on the adapter's metrics (needs Go)
	@scripts/packages e2e
	@test/e2e/run $(ARGS)

monitoring: build ## every query of alerts and dashboards asked of a real Prometheus, and rules over a whole day
	@scripts/packages monitoring
	@test/monitoring/run $(BUILD)

pictures: build ## docs/pictures anew, from what a real Prometheus answers
	@scripts/packages monitoring
	@test/monitoring/run $(BUILD) pictures

bench: build ## speed and size beside a bare handler and a Go peer, as ratios of one run; ARGS=--quick: whether it runs
	@scripts/packages bench
	@ninja -C $(BUILD) --quiet test/bench/bare-server test/bench/bench-client
	@test/bench/run --build $(BUILD) $(ARGS)

instructions: build ## what the hot paths cost, counted by callgrind, against test/bench/instructions.json; ARGS=--write: anew
	@scripts/packages bench
	@ninja -C $(BUILD) --quiet test/bench/hot-paths
	@test/bench/check_instructions --build $(BUILD) $(ARGS)

soak: build ## full load for MINUTES=30 with reloads and rotations: nothing grows, nothing fails
	@scripts/packages bench
	@ninja -C $(BUILD) --quiet test/bench/bench-client
	@test/bench/soak --build $(BUILD) --minutes $(MINUTES)

fuzz: ## every parser and the whole server under libFuzzer for SECONDS=60 each; TARGET=name: one of them; SEED=1: the same again
	@scripts/packages build fuzz
	@test/fuzz/run --build $(BUILD)-fuzz --seconds $(SECONDS) --seed $(SEED) $(if $(TARGET),--target $(TARGET))

$(ANALYSES): # each may take minutes; test/analysis/run tells what they are
	@scripts/packages build test check analysis
	@test/analysis/run $@

sanitize: ## ASan and UBSan under the unit, fault and integration tests and the fuzz seeds
threads: ## ThreadSanitizer under the tests, and that it sees a planted race
valgrind: ## unit tests under valgrind
analyzer: ## gcc -fanalyzer
cppcheck: ## cppcheck
tidy: ## clang-tidy on every file
coverage: ## what the tests reach, against test/analysis/floors.json

hostile: build ## every bad client at once, and a reader beside them that must not notice; ARGS="--seconds 20"
	@scripts/packages test
	@test/hostile/run --build $(BUILD) $(ARGS)

chaos: build ## a real control plane, all that can go wrong in random order, every answer checked; ARGS="--actions 50 --seed 7"
	@scripts/packages e2e chaos
	@test/chaos/run $(ARGS)

ci: ## everything that continuous integration runs
	@.ci/run

image: build ## an OCI image as a tar, from Debian packages alone, with its bill of materials
	@scripts/packages image
	@manifests/image/build --program $(BUILD)/coder-metrics-adapter --out $(BUILD)/coder-metrics-adapter-image.tar

install: build ## program, man page, completion, systemd unit; into DESTDIR and PREFIX
	@meson introspect $(BUILD) --buildoptions | grep -q '"name": "prefix", "value": "$(PREFIX)"' || \
	  { meson configure $(BUILD) --prefix=$(PREFIX) && ninja -C $(BUILD) --quiet; }
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild --quiet

format: ## lay the C code out
	@scripts/packages check
	@git ls-files '*.c' '*.h' | xargs clang-format -i

docs: build ## write the generated reference pages anew
	@$(BUILD)/coder-metrics-adapter reference configuration >docs/configuration.md
	@$(BUILD)/coder-metrics-adapter reference metrics >docs/metrics.md
	@$(BUILD)/coder-metrics-adapter reference man >docs/coder-metrics-adapter.1

manifests: ## render manifests/install.yaml and hpa/ from the chart (helm 3; built once when there is none)
	@manifests/write-schema >manifests/chart/values.schema.json
	@HELM="$$(scripts/helm/find --build)" manifests/render manifests

clean: ## remove the build folder
	@rm -rf $(BUILD) $(BUILD)-*
