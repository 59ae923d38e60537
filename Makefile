# What a person types. `make help` lists it; everything else is cargo and the scripts in scripts/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak fmt tools rocksdb

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: tools rocksdb ## four validators on this machine, a day of a pretend government, and a stranger who checks it offline
	cargo build --locked -p bulla-node -p bulla-cli
	@scripts/demo

test: tools rocksdb ## every test; nothing else is needed
	@scripts/test

check: rocksdb ## format, lints, dependencies and licences, documentation
	@scripts/tools check
	cargo fmt --all --check
	cargo check --locked -p bulla-verify  # alone: beside others it would see their features too
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --locked check bans licenses sources
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

bench: tools rocksdb ## how fast, as ratios against what this machine can do; also in target/bench/latest.json
	RUSTFLAGS="" cargo build --release --locked -p bulla-bench-signature --target-dir target/without-avx512
	cargo build --release --locked -p bulla-node -p bulla-benches
	target/release/bulla-bench --bullad target/release/bullad --signature target/without-avx512/release/bulla-bench-signature

soak: tools rocksdb ## the long form of a part of the tests: PART=sim N=1000; scripts/soak lists the parts
	@scripts/soak "$(PART)" "$(N)"

fmt: ## format the sources
	cargo fmt --all

tools: ## install the compiler and libraries that a build needs and this machine lacks
	@scripts/tools

rocksdb: tools ## compile RocksDB once into the user's cache, where every clone finds it
	@scripts/rocksdb-cache
