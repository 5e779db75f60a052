# wordhaze: `make run` opens the explorer, `make check` runs every test; `make help` lists the rest.
# SPDX-License-Identifier: GPL-3.0-or-later

VERSION := 0.1.0
MODE ?= release
BUILD ?= build
OUT := $(BUILD)/$(MODE)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
CC ?= cc
AR ?= ar
ifeq ($(origin CC),default)
CC := gcc
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- what is built from what -------------------------------------------------------------------

MACHINE := $(shell uname -m)
SRC := $(sort $(wildcard src/*/*.c))
UI := $(sort $(wildcard ui/*.c))
X86 := src/vec/vec_avx2.c src/vec/vec_avx512.c
ARM := src/vec/vec_neon.c
ifneq ($(MACHINE),x86_64)
SRC := $(filter-out $(X86),$(SRC))
endif
ifneq ($(MACHINE),aarch64)
SRC := $(filter-out $(ARM),$(SRC))
endif
DATA := src/embed/builtin_data.S ui/keys_data.S
SRC_DATA := $(wildcard $(filter src/%,$(DATA)))
UI_DATA := $(wildcard $(filter ui/%,$(DATA)))

LIB_OBJ := $(SRC:%.c=$(OUT)/%.o) $(SRC_DATA:%.S=$(OUT)/%.o)
UI_OBJ := $(UI:%.c=$(OUT)/%.o) $(UI_DATA:%.S=$(OUT)/%.o)
UI_PARTS := $(filter-out $(OUT)/ui/main.o,$(UI_OBJ))
LIB := $(OUT)/libwordhaze.a
BIN := $(OUT)/wordhaze

TEST_LIB := $(patsubst %.c,$(OUT)/%.o,$(sort $(wildcard tests/lib/*.c)))
TESTS := $(patsubst %.c,$(OUT)/%,$(sort $(wildcard $(foreach d,unit prop stat,tests/$(d)/test_*.c))))
TUI_TESTS := $(patsubst %.c,$(OUT)/%,$(sort $(wildcard tests/tui/test_*.c)))
BENCHES := $(patsubst %.c,$(OUT)/%,$(sort $(wildcard tests/bench/bench_*.c)))
FUZZERS := $(patsubst %.c,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
SCRIPTS := $(sort $(wildcard tests/cli/*.sh tests/tui/*.sh))

# --- flags -------------------------------------------------------------------------------------

PKG = $(shell pkg-config $(1) $(2) 2>/dev/null)
CORE_PACKAGES := gsl libsodium libarchive jansson
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wdouble-promotion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual -Wundef \
	$(if $(WERROR),-Werror)
FLAGS_release := -O2 -g -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -g -fsanitize=address -fno-omit-frame-pointer
FLAGS_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_coverage := -O0 -g --coverage
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_asan := -fsanitize=address
LINK_ubsan := -fsanitize=undefined
LINK_tsan := -fsanitize=thread
LINK_coverage := --coverage

CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -pthread -ffp-contract=off -Isrc -I. $(WARNINGS) \
	$(FLAGS_$(MODE)) $(call PKG,--cflags,$(CORE_PACKAGES)) $(CFLAGS)
UI_CFLAGS = $(filter-out -D_XOPEN_SOURCE=%,$(call PKG,--cflags,ncursesw readline)) \
	-isystem /usr/include/cglm
CORE_LIBS = $(call PKG,--libs,$(CORE_PACKAGES)) -lunistring -lm
UI_LIBS = $(call PKG,--libs,ncursesw readline)
LINK = $(CC) -pthread $(LINK_$(MODE)) $(LDFLAGS)

# Kernels: their own instructions, nobody else's; the reference stays scalar.
$(OUT)/src/vec/vec_avx2.o: KERNEL := -O3 -mavx2 -mfma
$(OUT)/src/vec/vec_avx512.o: KERNEL := -O3 -mavx512f -mavx512bw -mavx512vl
$(OUT)/src/vec/vec_scalar.o: KERNEL := -fno-tree-vectorize
$(OUT)/src/cli/cli.o: KERNEL := -DWH_VERSION='"$(VERSION)"'
$(OUT)/ui/%.o: KERNEL := $(UI_CFLAGS)
$(OUT)/tests/tui/%.o: KERNEL := $(UI_CFLAGS)

# --- building ----------------------------------------------------------------------------------

.PHONY: all run check build-tests check-arrows check-headers check-format asan ubsan tsan valgrind \
	coverage install uninstall clean data bench fuzz goldens help deps deps-test
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BIN) $(OUT)/man/wordhaze-mech.7

$(BIN): $(UI_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CORE_LIBS) $(UI_LIBS)

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(KERNEL) -MMD -MP -c -o $@ $<

$(OUT)/%.o: %.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I. -c -o $@ $<

$(OUT)/src/embed/builtin_data.o: assets/glove-20k.haze
$(OUT)/ui/keys_data.o: assets/keys.conf

$(OUT)/man/wordhaze-mech.7: $(BIN)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BIN) mechs --format mdoc > $@

# A headless test links the library only: the link line proves that src/ does not need ui/.
$(TESTS) $(BENCHES): $(OUT)/%: $(OUT)/%.o $(TEST_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lcmocka -lvterm -lutil $(CORE_LIBS)

$(TUI_TESTS): $(OUT)/%: $(OUT)/%.o $(TEST_LIB) $(UI_PARTS) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lcmocka -lvterm -lutil $(CORE_LIBS) $(UI_LIBS)

-include $(LIB_OBJ:.o=.d) $(UI_OBJ:.o=.d) $(TEST_LIB:.o=.d) \
	$(addsuffix .d,$(TESTS) $(TUI_TESTS) $(BENCHES))

# --- the two commands --------------------------------------------------------------------------

run: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)if [ -t 0 ] && [ -t 1 ]; then exec $(BIN); else exec $(BIN) show queen; fi

check: deps-test
	$(Q)$(MAKE) --no-print-directory build-tests
	$(Q)$(MAKE) --no-print-directory check-arrows check-headers
	$(Q)OUT=$(OUT) sh tests/run.sh $(TESTS) $(TUI_TESTS) $(SCRIPTS)

build-tests: all $(TESTS) $(TUI_TESTS)

deps:
	$(Q)sh scripts/deps.sh build

deps-test:
	$(Q)sh scripts/deps.sh build test

# --- checks ------------------------------------------------------------------------------------

check-arrows:
	$(Q)sh tests/arrows.sh
	$(Q)sh tests/arrows_test.sh

HEADERS := $(sort $(wildcard src/*/*.h ui/*.h tests/lib/*.h))
check-headers:
	$(Q)for header in $(HEADERS); do \
		echo "#include \"$${header#src/}\"" | \
		$(CC) $(CFLAGS_ALL) $(UI_CFLAGS) -fsyntax-only -x c - || exit 1; \
	done; echo "headers: every header compiles alone"

check-format:
	$(Q)clang-format --dry-run -Werror $(SRC) $(UI) $(HEADERS)

asan ubsan tsan:
	$(Q)$(MAKE) --no-print-directory check MODE=$@

valgrind: deps-test
	$(Q)$(MAKE) --no-print-directory build-tests
	$(Q)OUT=$(OUT) WRAP="valgrind -q --error-exitcode=99 --leak-check=full" \
		sh tests/run.sh $(filter $(OUT)/tests/unit/%,$(TESTS))

coverage:
	$(Q)$(MAKE) --no-print-directory check MODE=coverage
	$(Q)gcovr --root . --object-directory $(BUILD)/coverage --exclude tests --print-summary

bench: deps-test
	$(Q)$(MAKE) --no-print-directory all $(BENCHES)
	$(Q)for bench in $(BENCHES); do WORDHAZE=$(BIN) $$bench || exit 1; done

fuzz: deps-test
	$(Q)$(MAKE) --no-print-directory $(FUZZERS)

# The fuzz targets are built from source in one go, with the fuzzer's own flags.
$(BUILD)/fuzz/%: %.c $(SRC) $(SRC_DATA)
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang -std=c11 -D_GNU_SOURCE -Isrc -I. -O1 -g -fsanitize=fuzzer,address,undefined \
		-DWH_VERSION='"$(VERSION)"' -pthread -mavx512f -mavx512bw -mavx512vl -mavx2 -mfma \
		$(call PKG,--cflags,$(CORE_PACKAGES)) -o $@ $< $(SRC) $(SRC_DATA) $(CORE_LIBS)

goldens:
	$(Q)$(MAKE) --no-print-directory build-tests
	$(Q)UPDATE_GOLDENS=1 OUT=$(OUT) sh tests/run.sh $(TUI_TESTS) $(SCRIPTS)

data: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)WORDHAZE=$(BIN) sh assets/make.sh --full $(BUILD)/data

# --- installing --------------------------------------------------------------------------------

install: all
	install -D -m 755 $(BIN) $(DESTDIR)$(bindir)/wordhaze
	install -D -m 644 man/wordhaze.1 $(DESTDIR)$(mandir)/man1/wordhaze.1
	install -D -m 644 man/wordhaze-store.5 $(DESTDIR)$(mandir)/man5/wordhaze-store.5
	install -D -m 644 $(OUT)/man/wordhaze-mech.7 $(DESTDIR)$(mandir)/man7/wordhaze-mech.7

uninstall:
	rm -f $(DESTDIR)$(bindir)/wordhaze $(DESTDIR)$(mandir)/man1/wordhaze.1 \
		$(DESTDIR)$(mandir)/man5/wordhaze-store.5 $(DESTDIR)$(mandir)/man7/wordhaze-mech.7

clean:
	rm -rf $(BUILD)

help:
	@printf '%s\n' \
	'make run            install what is missing, build, open the explorer' \
	'make check          install what tests need, build, run every test' \
	'make                build $(BIN)' \
	'make asan|ubsan|tsan|valgrind|coverage   the tests under that tool' \
	'make bench          speed, as ratios against named rivals in the same run' \
	'make fuzz           fuzz targets (clang) in $(BUILD)/fuzz' \
	'make goldens        rewrite the saved screens and outputs; review them by eye' \
	'make data           the full 341,479 x 100 GloVe in $(BUILD)/data (needs npm)' \
	'make install        DESTDIR and prefix are honoured; make uninstall' \
	'variables: CC, CFLAGS, LDFLAGS, MODE=release|asan|ubsan|tsan|coverage, BUILD=dir, WERROR=1, V=1'
