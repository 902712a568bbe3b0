# tlsc, tlsd and tlsctl.  `make demo` and `make test` are the two commands of
# the README; both install the Debian packages they miss.

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
SAN ?=

B := build$(if $(SAN),/san)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wno-unused-parameter
CFLAGS ?= -O2 -g
HARDEN := -fPIE -fstack-protector-strong $(if $(SAN),,-D_FORTIFY_SOURCE=2) \
	-fno-strict-aliasing
LDHARDEN := -pie -Wl,-z,relro,-z,now
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) $(if $(CI),-Werror) $(HARDEN) \
	$(SANFLAGS) -I$(B) -MMD -MP $(CFLAGS)
LINK = $(CC) $(LDHARDEN) $(SANFLAGS) $(LDFLAGS) -o $@

# The pure room: linked into both programs, libc only.
PURE := runtime/table.o runtime/route.o runtime/hello.o

TLSC := $(patsubst %.c,%.o,$(wildcard compiler/*.c)) \
	grammar/policy.tab.o grammar/policy.lex.o runtime/table_hash.o $(PURE)
TLSC_LIBS := -lgnutls -lpsl -lidn2 -ljansson

TLSCTL := $(patsubst %.c,%.o,$(wildcard runtime/tlsctl*.c))

TLSD := $(filter-out $(TLSCTL),$(patsubst %.c,%.o,$(wildcard runtime/*.c)))
TLSD_LIBS := -lgnutls -lev

all: $(B)/tlsc $(B)/tlsd $(B)/tlsctl

$(B)/tlsc: $(addprefix $(B)/,$(TLSC))
	$(LINK) $^ $(TLSC_LIBS)
$(B)/tlsd: $(addprefix $(B)/,$(TLSD))
	$(LINK) $^ $(TLSD_LIBS)
$(B)/tlsctl: $(addprefix $(B)/,$(TLSCTL))
	$(LINK) $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(B)/%.o: $(B)/%.c
	$(CC) $(ALL_CFLAGS) -I. -Igrammar -Wno-shadow -Wno-missing-prototypes -c -o $@ $<
$(B)/grammar/policy.tab.c $(B)/grammar/policy.tab.h: grammar/policy.y
	@mkdir -p $(@D)
	bison -Wall -Wcounterexamples -Werror -o $(B)/grammar/policy.tab.c --defines=$(B)/grammar/policy.tab.h $<
$(B)/grammar/policy.lex.c: grammar/policy.l $(B)/grammar/policy.tab.h
	flex -o $@ $<

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all clean
.DELETE_ON_ERROR:
