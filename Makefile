# make demo    try it: pages, binary, demo data, on this machine only
# make test    every test: Go, pages, browser
# make check   what a change must pass: lint, vet, test, fresh maps
#
# Needs Go 1.26, Node 20.19 and make; everything else is optional and what is
# missing is skipped with one line (SENTE_REQUIRE=postgres,browser,shared,modules,python
# makes it fail instead).

.DEFAULT_GOAL := help
SCALE ?= 100000
MINUTES ?= 30
.PHONY: bench soak help demo build pages test test-go test-pages test-browser faults check lint vet maps maps-fresh keep-schema fuzz decisions vuln clean
MAKEFLAGS += --no-print-directory

GO   ?= go
NPM  ?= npm
TOOL := $(GO) tool -modfile=tools/go.mod
FUZZTIME ?= 2m

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '1,7p'

# ---- the program

GO_FILES := $(shell find cmd internal web -path web/node_modules -prune -o -type f \( -name '*.go' -o -path 'internal/*' -o -path 'cmd/*' \) ! -path '*/testdata/*' ! -name '*_test.go' -print)
WEB_FILES := $(shell find web/src web/public web/scripts -type f) web/index.html web/vite.config.ts web/tsconfig.json web/package.json

build: pages bin/sente

bin/sente: $(GO_FILES) go.mod go.sum web/dist/index.html
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/sente ./cmd/sente

demo: build
	./bin/sente demo

# ---- the pages

pages: web/dist/index.html

# npm writes this file last; it is older than package-lock.json exactly when
# the packages are.
PACKAGES := web/node_modules/.package-lock.json
$(PACKAGES): web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

web/dist/index.html: $(PACKAGES) $(WEB_FILES)
	cd web && $(NPM) run build
	@touch $@

# ---- the tests

test: test-pages test-go test-browser

# The race detector needs a C compiler; whether there is one is found out by
# using it. It watches everything: leaving the embedded database out
# (-gcflags=modernc.org/...=-race=false) is twice as fast, but generic code of the
# standard library compiled there is then used by all, and races are seen where
# there are none.
test-go:
	@race=; if CGO_ENABLED=1 $(GO) build -race -o /dev/null ./internal/kernel 2>/dev/null; then race=-race; export CGO_ENABLED=1; \
	else echo "skipped, no C compiler: the tests run without the race detector"; fi; \
	set -x; $(GO) run ./internal/infra/store/storetest/withpg $(GO) test $$race -timeout 40m ./...

test-pages: $(PACKAGES)
	cd web && $(NPM) run check
	cd web && $(NPM) test

test-browser: build
	cd web && $(NPM) run e2e

# The long version of what stories/fault_*_test.go does shortly in every test
# run, and what brings an installation back; docs/faults.md tells what it found. Take
# a quiet machine.
faults: export FAULT_KILLS ?= 200
faults: export FAULT_UPDATES ?= 2000
faults: export FAULT_MOVES ?= 200
faults: export FAULT_OPENS ?= 200
faults: export FAULT_SUBMITS ?= 200
faults: export FAULT_IMPORTS ?= 20
faults: export FAULT_OUTAGES ?= 10
faults: export FAULT_FAILOVERS ?= 10
faults: export FAULT_DISKS ?= 10
faults: export FAULT_CLOCKS ?= 10
faults: export FAULT_BACKUPS ?= 20
faults: web/dist/index.html
	$(GO) run ./internal/infra/store/storetest/withpg $(GO) test ./stories ./internal/app ./internal/app/keep -run '^(TestFault.*|TestBackupStory|TestMomentStory|TestPointInTime|TestMove|TestUpgrade)$$' -count=1 -p 1 -parallel 1 -timeout 180m -v

# ---- the habits

check: lint vet test maps-fresh

lint:
	@test -z "$$(gofmt -l cmd internal stories web/*.go tools)" || { gofmt -l cmd internal stories web/*.go tools; echo "run gofmt -w on these"; exit 1; }
	$(TOOL) golangci-lint run ./...

vet:
	$(GO) vet ./...
	cd tools && $(GO) vet ./...
	cd tools/tlogcheck && $(GO) vet ./...

# The maps are made from the running program; a diff in docs/map is the part of
# a change a reader should see first.
maps:
	SENTE_TEST_UPDATE=1 $(GO) test ./internal/app ./internal/zone/pipeline ./cmd/sente -run 'Map|Document' -count=1
	@if [ -d web/node_modules ]; then cd web && $(NPM) run types; else echo "run make pages, then make maps again for the types of the pages"; fi

maps-fresh:
	$(GO) test ./internal/app ./internal/zone/pipeline ./cmd/sente -run 'Map|Document' -count=1

# A small database of today's schema, kept for the tests of upgrades. A test says
# when it is time: a few migrations after the last one, and before a release.
keep-schema:
	SENTE_TEST_UPDATE=1 $(GO) test ./internal/app -run '^TestSchemasAreKept$$' -count=1

# Every fuzz target for FUZZTIME each. What failed is kept by Go in testdata/fuzz;
# of what was found interesting the FUZZKEEP shortest inputs are kept there too,
# so that every later test run tries them. An input is made shorter for a second,
# not for the minute Go would take of every one.
FUZZKEEP ?= 12
fuzz:
	@cache=$$($(GO) env GOCACHE)/fuzz; $(GO) list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r pkg dir; do \
	  $(GO) test "$$pkg" -list '^Fuzz' | grep '^Fuzz' | while read -r target; do \
	    $(GO) test "$$pkg" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s || exit 1; \
	    mkdir -p "$$dir/testdata/fuzz/$$target"; \
	    find "$$cache/$$pkg/$$target" -type f -size -2k 2>/dev/null | xargs -r ls -Sr | head -n $(FUZZKEEP) | xargs -r cp -n -t "$$dir/testdata/fuzz/$$target"; \
	  done || exit 1; \
	done

# What lists show beside what plain decisions allow: a million chances on each
# engine, the same ones in every run. docs/security.md has the outcome.
DECISIONS ?= 1000000
decisions:
	SENTE_DECISIONS=$(DECISIONS) $(GO) run ./internal/infra/store/storetest/withpg $(GO) test ./internal/infra/access -run '^TestListsAgreeWithDecisions$$' -count=1 -timeout 60m -v

# What the program measures beside PocketBase with the same data. ONLY=list,totals
# takes some figures and prints them; all of them are written to docs/bench.md.
# KEEP=DIR fills DIR once and uses it again; LARGE=1000000 adds a larger zone.
bench: build
	$(GO) run ./bench -sente bin/sente -scale $(SCALE) $(if $(ONLY),-only $(ONLY),-write docs/bench.md) $(if $(KEEP),-keep $(KEEP)) $(if $(LARGE),-large $(LARGE))

# A mixed load for MINUTES, watched minute by minute, into docs/soak.md.
soak: build
	$(GO) run ./bench -sente bin/sente -scale $(SCALE) -soak $(MINUTES)m -write docs/soak.md $(if $(KEEP),-keep $(KEEP))

vuln: $(PACKAGES)
	$(TOOL) govulncheck ./...
	cd web && $(NPM) audit --omit=dev

clean:
	rm -rf bin web/dist/assets web/dist/index.html web/node_modules
