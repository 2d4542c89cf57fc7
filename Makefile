# SPDX-License-Identifier: MIT
# The front door: meson and ninja do the work. Everything that is missing is installed by tools/deps.
BUILD  ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30

.PHONY: all run check conformance bench fuzz sanitize metrics format install clean

all:
	@tools/deps build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix $(PREFIX)
	@ninja -C $(BUILD)

run: all
	@tools/deps run
	@demo/run $(BUILD)/cordon

check:
	@tools/deps build check
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix $(PREFIX)
	@tools/check $(BUILD)

conformance: all
	@conformance/run --cordon $(BUILD)/cordon

sanitize:
	@tools/deps build check
	@test -f build-sanitize/build.ninja || meson setup build-sanitize -Db_sanitize=address,undefined -Db_lundef=false
	@tools/check build-sanitize

bench:
	@tools/deps build bench
	@test -f build-bench/build.ninja || meson setup build-bench -Dbench=true --buildtype=release
	@ninja -C build-bench
	@bench/run build-bench

fuzz:
	@tools/deps build fuzz
	@test -f build-fuzz/build.ninja || CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
	@ninja -C build-fuzz fuzz/fuzz_policy fuzz/fuzz_engine fuzz/fuzz_plan fuzz/fuzz_formats
	@fuzz/run build-fuzz $(FUZZ_SECONDS)

metrics:
	@tools/deps build check
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix $(PREFIX)
	@ninja -C $(BUILD) --quiet
	@tools/metrics $(BUILD)

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

install: all
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@meson install -C $(BUILD) --quiet $(if $(DESTDIR),--destdir $(DESTDIR))

clean:
	@rm -rf build build-sanitize build-bench build-fuzz
