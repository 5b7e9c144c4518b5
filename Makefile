# Everything that a person does here, by name. `make` alone lists it.
# CARGO_TARGET_DIR may point to a shared folder; the commands below follow it.

TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN    := $(TARGET)/debug
ROUNDS := $(BIN)/rounds
TOOLS  := $(abspath $(TARGET))/tools
PACKAGES := -p rounds-cli -p rounds-ingest -p rounds-transform -p rounds-load -p rounds-report -p rounds-testkit

export PATH := $(TOOLS)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help build demo test check lint stop nextest deny

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Compile the functions and the rounds command
	@echo "Compiling. The first time takes about ten minutes on two cores; later only what changed."
	@cargo build --locked $(PACKAGES) --bins

demo: build ## Run the main job on this machine: workbooks in, tables, Parquet and a mail out
	@ROUNDS_BIN="$(BIN)" sh infra/local/demo.sh

test: build nextest ## Pass all tests
	@ROUNDS_BIN="$(BIN)" sh tests/run.sh

check: ## Compile only, fast
	@cargo check --locked --workspace --all-targets

lint: deny ## Formatting, clippy, licences
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@cargo deny --locked check bans licenses sources

nextest:
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest@0.9.143 --locked --debug --root "$(TOOLS)"

deny:
	@command -v cargo-deny >/dev/null || cargo install cargo-deny@0.20.2 --locked --debug --root "$(TOOLS)"

stop: ## Stop the one-machine stack (its data stays)
	@"$(ROUNDS)" local down
