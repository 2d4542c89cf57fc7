# SPDX-License-Identifier: MIT
# The entry point; meson and ninja do the work. tools/deps installs missing packages.
BUILD  ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30

# Runs ninja; prints its output only if it fails.
ninja = output=$$(ninja -C $(1) --quiet $(2) 2>&1) || { echo "$$output"; exit 1; }

.PHONY: all run check attacks conformance bench fuzz sanitize metrics format install deb deb-check clean

all:
	@tools/deps build
	@tools/configure $(BUILD) --prefix $(PREFIX)
	@$(call ninja,$(BUILD),product)
	@echo "built: $(addprefix $(BUILD)/,cordon cordon-backtrace libcordon.a libcordon.so.0)"

run: all
	@tools/deps run
	@demo/run $(BUILD)/cordon

check:
	@tools/deps build check
	@tools/configure $(BUILD) --prefix $(PREFIX)
	@tools/check $(BUILD)

attacks:
	@tools/deps build check
	@tools/configure $(BUILD) --prefix $(PREFIX)
	@tools/check $(BUILD) attacks fuzz

conformance: all
	@conformance/run --cordon $(BUILD)/cordon

sanitize:
	@tools/deps build check
	@tools/configure build-sanitize -Db_sanitize=address,undefined -Db_lundef=false
	@tools/check build-sanitize

bench:
	@tools/deps build bench
	@tools/configure build-bench -Dbench=true --buildtype=release
	@$(call ninja,build-bench)
	@bench/run build-bench

fuzz:
	@tools/deps build fuzz
	@CC=clang tools/configure build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
	@$(call ninja,build-fuzz,fuzz/fuzz_policy fuzz/fuzz_engine fuzz/fuzz_plan fuzz/fuzz_formats fuzz/fuzz_programs fuzz/fuzz_analysis)
	@fuzz/run build-fuzz $(FUZZ_SECONDS)

metrics:
	@tools/deps build check
	@tools/configure --tests $(BUILD) --prefix $(PREFIX)
	@$(call ninja,$(BUILD))
	@tools/metrics $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@$(call ninja,$(BUILD),product)
	@meson install -C $(BUILD) --no-rebuild --quiet $(if $(DESTDIR),--destdir $(DESTDIR))

deb:
	@tools/deps build deb
	@tools/deb build-deb

deb-check: deb
	@tests/packages_test.py build-deb .

clean:
	@rm -rf build build-sanitize build-bench build-fuzz build-deb
