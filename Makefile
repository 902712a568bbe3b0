# tlsc, tlsd and tlsctl.  `make demo` and `make test` are the two commands of
# the README; both install the Debian packages they miss (tests/need).
# SAN=address,undefined builds everything into build/san instead of build/.
# NONCES=1 (build/nonces; always on with SAN) makes a record layer that keeps every
# pair of key and nonce that sealed a record, and aborts when one comes again.

PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc
# What Debian builds its packages with, this one among them.
ifndef CFLAGS
CFLAGS := $(or $(shell dpkg-buildflags --get CFLAGS 2>/dev/null),-g -O2)
endif
SAN ?=
# Signatures and the record layer's ciphers by libcrypto, which is faster than
# nettle; 0 leaves it out: then GnuTLS does everything.
LIBCRYPTO ?= 1
# AES-GCM of the record layer by libIPSec_MB, several times faster again where
# the processor has the wide instructions for it; Debian has it for amd64.
IPSEC_MB ?= $(if $(filter x86_64,$(shell uname -m)),$(LIBCRYPTO),0)
JOBS ?= 2

NONCES ?= $(if $(SAN),1,0)
B := build$(if $(SAN),/san,$(if $(filter 1,$(NONCES)),/nonces))
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wno-unused-parameter
# tests/hardening.t looks for what these leave in the programs.  GCC 12 takes
# the clearing of a variable for a dangling pointer to it.  Sanitizers see more of
# what is not cleared, and clang 14, which `make fuzz` takes, wants another word for
# clearing than GCC.
HARDEN := -fPIE -fstack-protector-strong -fstack-clash-protection \
	-fno-strict-aliasing -Wno-dangling-pointer \
	$(if $(filter x86_64,$(shell uname -m)),-fcf-protection) \
	$(if $(SAN),,-ftrivial-auto-var-init=zero \
	-fzero-call-used-regs=used-gpr -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
FAST := $(if $(filter 1,$(LIBCRYPTO)),-DWITH_LIBCRYPTO) \
	$(if $(filter 1,$(IPSEC_MB)),-DWITH_IPSEC_MB) \
	$(if $(filter 1,$(NONCES)),-DWITH_NONCES)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(FAST) $(WARN) $(if $(CI),-Werror) $(HARDEN) \
	$(SANFLAGS) -iquote . -I$(B) -MMD -MP $(CFLAGS)
# x25519.h says why a function of the program is seen by its libraries.
LINK = $(CC) -pie -Wl,--export-dynamic-symbol=nettle_curve25519_mul -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed $(SANFLAGS) \
	$(LDFLAGS) -o $@

# One line a file; V=1 shows the commands, -s nothing.
QUIET := $(or $(V),$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
say = $(if $(V),,@)$(if $(QUIET),,printf '  %-6s %s\n' $1 $(patsubst $(B)/%,%,$@);)

# The rooms.  runtime/http, runtime/table and runtime/content, which need libc
# only, runtime/seal and runtime/judge are linked into both programs.
objects_of = $(patsubst %.c,%.o,$(wildcard $(addsuffix /*.c,$1)))
PURE := grammar/words.o $(call objects_of,runtime/http runtime/table runtime/content)
HTTP := $(call objects_of,runtime/http)
SHARED := $(PURE) $(call objects_of,runtime/judge runtime/seal)
COMPILER := compiler $(patsubst %/,%,$(wildcard compiler/*/))
RUNTIME := runtime $(filter-out runtime/tlsctl,$(patsubst %/,%,$(wildcard runtime/*/)))
TLSC := $(call objects_of,$(COMPILER)) grammar/policy.tab.o \
	grammar/policy.lex.o $(SHARED)
TLSCTL := $(call objects_of,runtime/tlsctl) runtime/table/utf8.o
TLSD := $(call objects_of,$(RUNTIME)) grammar/words.o
LIBS := -lgnutls -lpsl -lidn2 -ljansson -lpcap -lev -lcares -lseccomp -lm \
	$(if $(filter 1,$(LIBCRYPTO)),-lcrypto) \
	$(if $(filter 1,$(IPSEC_MB)),-lIPSec_MB)

all: $(B)/tlsc $(B)/tlsd $(B)/tlsctl

$(B)/tlsc: $(addprefix $(B)/,$(TLSC))
	$(call say,LINK)$(LINK) $^ $(LIBS)
$(B)/tlsd: $(addprefix $(B)/,$(TLSD))
	$(call say,LINK)$(LINK) $^ $(LIBS)
$(B)/tlsctl: $(addprefix $(B)/,$(TLSCTL))
	$(call say,LINK)$(LINK) $^ $(LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/%.o: $(B)/%.c
	$(call say,CC)$(CC) $(ALL_CFLAGS) -Wno-shadow -Wno-missing-prototypes \
		-c -o $@ $<
$(B)/grammar/policy.tab.c $(B)/grammar/policy.tab.h &: grammar/policy.y
	@mkdir -p $(@D)
	$(call say,BISON)bison -Wall -Wcounterexamples -Werror -o $(B)/grammar/policy.tab.c \
		--defines=$(B)/grammar/policy.tab.h $<
$(B)/grammar/policy.lex.c: grammar/policy.l $(B)/grammar/policy.tab.h
	$(call say,FLEX)flex -o $@ $<
$(addprefix $(B)/,$(call objects_of,$(COMPILER))): | \
	$(if $(wildcard grammar/policy.y),$(B)/grammar/policy.tab.h)

# The texts of `tlsc explain`, one file per id, as C strings.
EXPLAIN := $(wildcard compiler/diag/explain/*.txt)
$(B)/compiler/explain_text.h: $(EXPLAIN)
	@mkdir -p $(@D)
	$(call say,TEXT)for f in $^; do \
		id=$${f##*/}; echo "EXPLAIN($${id%.txt},"; \
		sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $$f; echo ')'; \
	done >$@
$(B)/compiler/commands/explain.o: $(B)/compiler/explain_text.h

# Unit tests and fuzz targets name what they link in a comment of their own:
# /* LINK: runtime/table/hello.c */ (the words tlsc and tlsd: that program without
# its main) and, when needed, /* LIBS: -lm */.
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%, \
	$(filter-out tests/fuzz/driver.c,$(wildcard tests/fuzz/*.c)))
said = $(shell sed -n 's|^/\* *$1: *\(.*[^ ]\) *\*/.*|\1|p' $2)
program = $(if $(filter tlsc,$1),$(filter-out compiler/main.o,$(TLSC))) \
	$(if $(filter tlsd,$1),$(filter-out runtime/main.o,$(TLSD)))
objects = $(addprefix $(B)/,$(sort $(patsubst %.c,%.o,$(filter %.c,$1)) \
	$(call program,$1)))

.SECONDEXPANSION:
$(B)/tests/unit/%: $(B)/tests/unit/%.o $$(call objects,$$(call said,LINK,tests/unit/$$*.c))
	$(call say,LINK)$(LINK) $^ -lcmocka $(LIBS) $(call said,LIBS,tests/unit/$*.c)
FUZZ_MAIN = $(B)/tests/fuzz/driver.o
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $$(FUZZ_MAIN) $$(call objects,$$(call said,LINK,tests/fuzz/$$*.c))
	$(call say,LINK)$(LINK) $^ $(LIBS) $(call said,LIBS,tests/fuzz/$*.c)

# prove runs each test itself, bounded in time.
PROVE = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL BUILD=$(B) CMOCKA_MESSAGE_OUTPUT=TAP PYTHONDONTWRITEBYTECODE=1 \
	prove -j$(JOBS) --failures --comments --exec 'timeout -k 5 420'
test:
	@tests/need build test
	@+$(MAKE) --no-print-directory run-tests
run-tests: all $(UNIT) $(FUZZ) $(B)/tests/certs/made $(B)/tests/http/read \
		$(B)/tests/oracle/content
	$(PROVE) $(wildcard tests/*.t tests/e2e/*.t) $(UNIT)
$(B)/tests/http/read: $(addprefix $(B)/,tests/http/read.o $(HTTP))
	$(call say,LINK)$(LINK) $^
$(B)/tests/oracle/content: $(addprefix $(B)/,tests/oracle/content.o $(PURE))
	$(call say,LINK)$(LINK) $^
$(B)/tests/certs/made: tests/certs
	rm -rf $(@D)
	tests/certs $(@D)
unit: $(UNIT)
	$(PROVE) $(UNIT)

update-goldens: all
	tests/golden --update
fuzz:
	@tests/need build fuzz
	tests/fuzz/run
lint: all
	tests/analyse
demo:
	@tests/need build demo
	@+$(MAKE) --no-print-directory all $(B)/tests/certs/made
	@tests/demo/run
bench:
	@tests/need build bench
	@+$(MAKE) --no-print-directory all $(B)/tests/certs/made \
		$(B)/tests/bench/bench $(B)/tests/bench/decide \
		$(B)/tests/bench/request
	BUILD=$(B) tests/bench/run $(if $(QUICK),--quick) $(CASE)
	$(B)/tests/bench/request
$(B)/tests/bench/bench: $(addprefix $(B)/tests/bench/,wire.o load.o origin.o)
	$(call say,LINK)$(LINK) $^ -lssl -lcrypto
$(B)/tests/bench/decide: $(addprefix $(B)/,tests/bench/decide.o $(PURE))
	$(LINK) $^
$(B)/tests/bench/request: $(addprefix $(B)/,tests/bench/request.o $(HTTP))
	$(LINK) $^

MAN := $(wildcard compiler/*.1 grammar/*.5 runtime/*.[578])
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install $(B)/tlsc $(B)/tlsctl $(DESTDIR)$(PREFIX)/bin
	install $(B)/tlsd $(DESTDIR)$(PREFIX)/sbin
	for m in $(MAN); do \
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$${m##*.} $$m; \
	done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	cd $(DESTDIR)$(PREFIX)/share && t=$(abspath $(B))/tlsc && \
		$$t completions bash >bash-completion/completions/tlsc && \
		$$t completions zsh >zsh/site-functions/_tlsc && \
		$$t completions fish >fish/vendor_completions.d/tlsc.fish
	cd $(DESTDIR)$(PREFIX)/share && t=$(abspath $(B))/tlsctl && \
		$$t completions bash >bash-completion/completions/tlsctl && \
		$$t completions zsh >zsh/site-functions/_tlsctl && \
		$$t completions fish >fish/vendor_completions.d/tlsctl.fish
deb: all
	debian/build $(B) $(VERSION)
clean:
	rm -rf build

ifneq ($(MAKECMDGOALS),clean)
-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
endif
.PHONY: all test run-tests unit update-goldens fuzz lint demo bench install \
	deb clean
.PRECIOUS: $(B)/%.o
.DELETE_ON_ERROR:
