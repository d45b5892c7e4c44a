# Few words: what a person types here is what .ci/run calls.
SHELL := /bin/sh
SWIFT ?= swift

# What the build needs, what the script beside the demo uses, then what the tests start.
BUILD_PACKAGES = libldns-dev libsqlite3-dev
DEMO_PACKAGES = bind9-dnsutils curl jq
TEST_PACKAGES = bind9 bind9-dnsutils nsd ldnsutils unbound dns-root-data shellcheck iproute2 python3-venv \
	curl knot pebble python3-cryptography python3-yaml
TEST_PACKAGES += lexicon
TEST_PACKAGES += pdns-server pdns-backend-sqlite3 sqlite3 openssh-server openssh-client

TEST_PACKAGES += certbot dehydrated lego openssl

# Where `install` puts things; DESTDIR stands before it for whoever makes packages.
PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share/dnsproof

# Of the tests of hooks, those of which the unit tests take a part (Tests/HookTests/Rounds.swift).
WHOLE_ROUNDS = BadHookFigures|ByteForByte|KeepsToTheModel|whateverTheOrder|whatIsToldWorks|whatItCannotHold

.PHONY: help setup setup-build build install test demo integration farm oracle findings format lint clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make setup        install what building and testing need: Debian packages, and Python programs in .build/python
setup:
	@packaging/setup $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES)
	@packaging/setup-python

setup-build:
	@packaging/setup $(BUILD_PACKAGES)

## make build        build the program: .build/debug/dnsproof
build: setup-build
	$(SWIFT) build --product dnsproof

## make install      put what was built under PREFIX (/usr/local): bin/dnsproof, share/dnsproof; DESTDIR is honoured
install:
	@test -x .build/debug/dnsproof || { echo "nothing is built yet: make build" >&2; exit 1; }
	install -D -m 755 .build/debug/dnsproof $(DESTDIR)$(PREFIX)/bin/dnsproof
	install -d -m 755 $(SHARE)
	rm -rf $(SHARE)/hooks $(SHARE)/policies
	cp -r hooks policies $(SHARE)/
	chmod -R a+rX,go-w $(SHARE)

## make demo         play the main job in a rehearsed world on loopback, then beside a shell script; no account needed
demo: build
	@packaging/setup $(DEMO_PACKAGES)
	.build/debug/dnsproof rehearse
	.build/debug/dnsproof rehearse --beside docs/the-shell-way.sh

## make test         unit tests, in a few minutes once built
test: setup
	$(SWIFT) build --build-tests
	SWIFT="$(SWIFT)" Tests/run.sh

## make integration  the real program against real BIND and NSD, in a namespace of its own where possible
integration: setup
	$(SWIFT) build --build-tests
	Tests/IntegrationTests/in-laboratory.sh $(SWIFT) test --disable-xctest --skip-build --filter IntegrationTests
	DNSPROOF_HOOK_ROUNDS=25 $(SWIFT) test --disable-xctest --skip-build --filter '$(WHOLE_ROUNDS)'

## make findings     write docs/findings.md from the catalogue in the sources
findings:
	$(SWIFT) build --product dnsproof
	.build/debug/dnsproof findings --markdown > docs/findings.md

## make farm         a hundred small worlds of real servers, each with one fault, then forged and malformed answers
farm: setup
	$(SWIFT) build --product dnsproof
	Tests/Farm/run.sh
	Tests/Farm/run.sh --attack

## make oracle       the same worlds, and what Unbound, delv and pebble say of them
oracle: setup
	$(SWIFT) build --product dnsproof
	Tests/Farm/run.sh --oracle

## make format       write the house style into the sources
format:
	$(SWIFT) format -i -r Package.swift Sources Tests

## make lint         the house style, and shell scripts
lint: setup
	$(SWIFT) format lint --strict -r Package.swift Sources Tests
	shellcheck $$(find hooks -maxdepth 1 -type f ! -name "*.md") packaging/setup packaging/setup-python docs/the-shell-way.sh .ci/run Tests/run.sh Tests/IntegrationTests/*.sh Tests/Farm/*.sh Tests/Fixtures/dnssec/*.sh
	python3 -c 'import ast; ast.parse(open("hooks/providers/aws-acm").read())'
	/usr/bin/python3 -c 'import ast, glob; [ast.parse(open(path).read(), path) for path in glob.glob("Tests/Farm/*.py") + glob.glob("Tests/Fixtures/hooks/*.py")]'

## make clean        remove what was built
clean:
	rm -rf .build
