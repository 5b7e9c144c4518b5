# Everything that a person does here, by name. `make` alone lists it.
# CARGO_TARGET_DIR may point to a shared folder; the commands below follow it.

TARGET := $(or $(CARGO_TARGET_DIR),target)
BIN    := $(TARGET)/debug
ROUNDS := $(BIN)/rounds
TOOLS  := $(abspath $(TARGET))/tools
PACKAGES := -p rounds-cli -p rounds-ingest -p rounds-transform -p rounds-load -p rounds-report -p rounds-collect -p rounds-testkit

export PATH := $(TOOLS)/bin:$(PATH)
need = command -v $(1) >/dev/null || cargo install $(1) --version $(2) --locked --debug --root "$(TOOLS)"

.DEFAULT_GOAL := help
.PHONY: help needs build demo dev test check lint lint-infra deploy fuzz soak bench stop
READER  := file
SECONDS := 60
SEED    := 1
STEPS   := 1000
PYTHON  := target/local/venv/bench/bin/python
FUNCTIONS := -p rounds-ingest -p rounds-transform -p rounds-load -p rounds-report -p rounds-collect

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

needs:
	@sh infra/local/check.sh

ifdef ARCH
build: needs
	@sh infra/venv.sh deploy infra/requirements-deploy.txt
	@PATH="$(abspath target/local/venv/deploy/bin):$$PATH" cargo lambda build --release --locked \
		--$(subst _,-,$(ARCH)) --output-format zip --lambda-dir target/lambda $(FUNCTIONS)
else
build: needs ## Compile the functions and the rounds command; with ARCH=arm64 or x86_64, the functions for AWS
	@echo "Compiling. The first time takes ten to twenty minutes on two cores; later only what changed."
	@cargo build --locked $(PACKAGES) --bins
endif

demo: build ## A clinic group's day on this machine: files in; tables, mails and a dashboard out
	@ROUNDS_BIN="$(BIN)" sh infra/local/demo.sh

dev: ## Edit a stage, and see the last dropped file go through it again; until Ctrl-C
	@ROUNDS_BIN="$(BIN)" sh infra/local/dev.sh

test: build ## Pass all tests
	@$(call need,cargo-nextest,0.9.143)
	@ROUNDS_BIN="$(BIN)" sh tests/run.sh

check: ## Compile only, fast
	@cargo check --locked --workspace --all-targets

lint: ## Formatting, clippy, documentation, licences, unused dependencies
	@$(call need,cargo-deny,0.20.2)
	@$(call need,cargo-machete,0.9.2)
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps
	@cargo deny --locked check bans licenses sources
	@cargo machete

lint-infra: ## Templates and state machines: cfn-lint, asl-validator, sam validate, checkov
	@sh infra/venv.sh lint infra/lint/requirements.txt
	@sh infra/venv.sh node infra/lint/requirements-node.txt
	@sh infra/venv.sh sam infra/lint/requirements-sam.txt
	@target/local/venv/lint/bin/python infra/lint/lint.py

deploy: ## Deploy to AWS, what would change first: make deploy STAGE=trial ARCH=arm64
	@test -f "infra/stages/$(STAGE).toml" || { echo "STAGE names a file of infra/stages; see docs/DEPLOYMENT.md" >&2; exit 2; }
	@$(MAKE) --no-print-directory build ARCH=$(or $(ARCH),arm64)
	@target/local/venv/deploy/bin/python infra/deploy.py "$(STAGE)" "$(or $(ARCH),arm64)"

fuzz: ## Fuzz a reader: make fuzz READER=xlsx SECONDS=600
	@$(call need,cargo-fuzz,0.13.2)
	@mkdir -p tests/fuzz/corpus/$(READER)
	@cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none $(READER) tests/fuzz/corpus/$(READER) $(wildcard tests/fuzz/seeds/$(READER)) -- -max_total_time=$(SECONDS)

soak: build ## Everything at once, by chance: make soak SEED=7 STEPS=1000
	@$(call need,cargo-nextest,0.9.143)
	@SOAK_SEED=$(SEED) SOAK_STEPS=$(STEPS) SFN_WAIT_SCALE=0.1 \
		cargo nextest run --locked --workspace --test soak --no-capture

# Each step goes on where it was broken off, and one that fails keeps no other from its work.
bench: build ## Rounds and its peers side by side, on a machine that does nothing else: into docs/PERFORMANCE.md
	@$(MAKE) --no-print-directory build ARCH=$(subst aarch64,arm64,$(shell uname -m))
	@sh infra/venv.sh bench benches/requirements.txt
	@sh infra/venv.sh bench-duckdb benches/requirements-duckdb.txt
	@failed=0; \
	$(PYTHON) benches/drop.py --write || failed=1; \
	$(PYTHON) benches/starts.py --write || failed=1; \
	$(PYTHON) benches/run.py --write || failed=1; \
	$(PYTHON) benches/run.py --write --format csv --rows 10000 100000 1000000 10000000 --runs 1 \
		--only rounds polars duckdb || failed=1; \
	exit $$failed

stop: ## Stop the one-machine stack (its data stays)
	@"$(ROUNDS)" local down
