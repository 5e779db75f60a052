# wordhaze: `make run` opens the explorer, `make check` runs every test; `make help` lists the rest.
# SPDX-License-Identifier: GPL-3.0-or-later

VERSION := 0.1.0
MODE ?= release
BUILD ?= build
OUT := $(BUILD)/$(MODE)
prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
AR ?= ar
ifeq ($(origin CC),default)
CC := gcc
endif

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')
# Sets up first, then builds in a second make that sees what was installed, on all processors.
SUB = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
DEPS := CC='$(CC)' sh scripts/deps.sh

# --- what is built from what -------------------------------------------------------------------

MACHINE := $(shell uname -m)
KERNELS_x86_64 := src/vec/vec_avx2.c src/vec/vec_avxvnni.c \
	src/vec/vec_avx512.c src/vec/vec_vnni.c src/vec/vec_vbmi.c
KERNELS_aarch64 := src/vec/vec_neon.c src/vec/vec_neondot.c
FOREIGN := $(filter-out $(KERNELS_$(MACHINE)),$(KERNELS_x86_64) $(KERNELS_aarch64))
SRC := $(filter-out $(FOREIGN),$(sort $(wildcard src/*/*.c))) $(sort $(wildcard src/*/*.S))
UI := $(sort $(wildcard ui/*.c ui/*.S))
objects = $(addprefix $(OUT)/,$(addsuffix .o,$(basename $(1))))

LIB := $(OUT)/libwordhaze.a
BIN := $(OUT)/wordhaze
MECH_MANUAL := $(OUT)/man/wordhaze-mech.7
UI_OBJ := $(call objects,$(UI))
UI_LIB := $(OUT)/libui.a
TEST_LIB := $(OUT)/libtest.a
TEST_LIB_OBJ := $(call objects,$(sort $(wildcard tests/lib/*.c)))

programs = $(basename $(call objects,$(sort $(wildcard $(1)))))
HEADLESS_TESTS := $(call programs,tests/unit/test_*.c tests/prop/test_*.c tests/stat/test_*.c)
TUI_TESTS := $(call programs,tests/tui/test_*.c)
TESTS := $(HEADLESS_TESTS) $(TUI_TESTS)
SCRIPTS := $(sort $(wildcard tests/*_test.sh tests/cli/*.sh tests/tui/*.sh))
BENCHES := $(call programs,tests/bench/bench_*.c)
PUBLISHED := $(OUT)/tests/published/published
BROKEN := $(OUT)/tests/broken/wordhaze_broken
FUZZERS := $(call programs,tests/fuzz/fuzz_*.c)

# --- flags -------------------------------------------------------------------------------------

# To clang INFINITY and NAN are floats that are promoted; gcc looks for the real cases.
WARNINGS_CLANG := -Wno-double-promotion
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wdouble-promotion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings -Wcast-qual -Wundef \
	$(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),$(WARNINGS_CLANG)) \
	$(if $(WERROR),-Werror)
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fPIE
HARDENING_x86_64 := -fcf-protection
FLAGS_release := -O2 -g $(HARDENING) $(HARDENING_$(MACHINE))
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
FLAGS_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_coverage := -O0 -g --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LINK_asan := -fsanitize=address,undefined
LINK_ubsan := -fsanitize=undefined
LINK_tsan := -fsanitize=thread
LINK_coverage := --coverage
LINK_fuzz := -fsanitize=fuzzer,address,undefined

# Libraries by pkg-config, asked once and only when something is compiled; without an answer their
# usual names. libunistring has no .pc file; ncursesw's sets a macro that is ours to set; cglm's
# headers do not pass our warnings.
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
once = $(eval $(1) := $(2))$($(1))
CORE_PACKAGES := gsl libsodium libarchive zlib jansson
CORE_CFLAGS = $(call once,CORE_CFLAGS,$(call pkg,--cflags,$(CORE_PACKAGES)))
CORE_LIBS = $(call once,CORE_LIBS,$(or $(call pkg,--libs,$(CORE_PACKAGES)), \
	-lgsl -lgslcblas -lsodium -larchive -lz -ljansson) -lunistring -lm)
UI_CFLAGS = $(call once,UI_CFLAGS,$(filter-out -D_XOPEN_SOURCE=%, \
	$(call pkg,--cflags,ncursesw readline)) $(patsubst -I%,-isystem %,$(call pkg,--cflags,cglm)))
UI_LIBS = $(call once,UI_LIBS,$(or $(call pkg,--libs,ncursesw readline), \
	-lncursesw -ltinfo -lreadline))

# No -march, no -ffast-math, no link-time optimisation: one binary runs anywhere and rounds alike.
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -pthread -ffp-contract=off -Isrc -I. $(WARNINGS) \
	$(FLAGS_$(MODE)) $(CORE_CFLAGS) $(CFLAGS)
LINK = $(CC) -pthread $(LINK_$(MODE)) $(LDFLAGS)

# Kernels have their own instructions and nobody else has; the reference stays scalar.
$(OUT)/src/vec/vec_avx2.o: EXTRA := -O3 -fno-trapping-math -mavx2 -mfma
$(OUT)/src/vec/vec_avxvnni.o: EXTRA := -O3 -mavx2 -mfma -mavxvnni
$(OUT)/src/vec/vec_avx512.o: EXTRA := -O3 -fno-trapping-math -mavx512f -mavx512bw -mavx512vl
$(OUT)/src/vec/vec_vnni.o: EXTRA := -O3 -mavx512f -mavx512bw -mavx512vl -mavx512vnni
$(OUT)/src/vec/vec_vbmi.o: EXTRA := -O3 -fno-trapping-math -mavx512f -mavx512bw -mavx512vl \
	-mavx512vbmi
$(OUT)/src/vec/vec_neon.o: EXTRA := -O3
$(OUT)/src/vec/vec_neondot.o: EXTRA := -O3 -march=armv8.2-a+dotprod
$(OUT)/src/vec/vec_scalar.o: EXTRA := -fno-tree-vectorize
$(OUT)/src/cli/help.o: EXTRA := -DWH_VERSION='"$(VERSION)"'
$(OUT)/ui/%.o: EXTRA = $(UI_CFLAGS)
$(OUT)/tests/tui/%.o: EXTRA = $(UI_CFLAGS)

# --- building ----------------------------------------------------------------------------------

.PHONY: all run check check-long test build-tests check-arrows check-headers check-format asan \
	ubsan tsan valgrind coverage bench published fuzz fuzzers goldens data install uninstall clean help deps \
	deps-test FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BIN) $(MECH_MANUAL)

$(BIN): $(UI_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CORE_LIBS) $(UI_LIBS)

$(LIB): $(call objects,$(SRC))
$(UI_LIB): $(filter-out $(OUT)/ui/main.o,$(UI_OBJ))
$(TEST_LIB): $(TEST_LIB_OBJ)
$(LIB) $(UI_LIB) $(TEST_LIB):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: %.c $(OUT)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(EXTRA) -MMD -MP -c -o $@ $<

$(OUT)/%.o: %.S $(OUT)/flags
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I. -c -o $@ $<

# Another compiler or other flags: everything is built again.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(COMPILE))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(COMPILE))' > $@

# What an assembly file pulls in by .incbin.
$(OUT)/src/embed/builtin_data.o: assets/glove-20k.haze
$(OUT)/ui/keys_data.o: assets/keys.conf

$(MECH_MANUAL): $(BIN) man/wordhaze-mech.examples
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BIN) mechs --format mdoc | awk -v examples=man/wordhaze-mech.examples \
		'/^\.Sh SEE ALSO/ { while ((getline line < examples) > 0) print line } 1' > $@

# These link the library and nothing of ui/: the link line proves that src/ does not need it.
$(HEADLESS_TESTS): $(OUT)/%: $(OUT)/%.o $(TEST_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lcmocka $(CORE_LIBS)

$(TUI_TESTS): $(OUT)/%: $(OUT)/%.o $(TEST_LIB) $(UI_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lcmocka -lvterm -lutil $(CORE_LIBS) $(UI_LIBS)

# With functions of its own in the place of the library's.
$(BROKEN): $(OUT)/%: $(OUT)/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -Wl,--wrap=wh_sample_gamma,--wrap=wh_sample_laplace -o $@ $^ $(CORE_LIBS)

$(BENCHES): $(OUT)/%: $(OUT)/%.o $(TEST_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -lcmocka -lvterm -lutil $(CORE_LIBS)

$(PUBLISHED): $(OUT)/%: $(OUT)/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CORE_LIBS)

$(FUZZERS): $(OUT)/%: $(OUT)/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(CORE_LIBS)

-include $(patsubst %.o,%.d,$(call objects,$(SRC)) $(UI_OBJ) $(TEST_LIB_OBJ)) \
	$(addsuffix .d,$(TESTS) $(BENCHES) $(FUZZERS) $(PUBLISHED) $(BROKEN))

# --- the two commands --------------------------------------------------------------------------

run: deps
	$(Q)$(SUB) all
	$(Q)if [ -t 0 ] && [ -t 1 ]; then exec $(BIN); else exec $(BIN) show queen; fi

check: deps-test
	$(Q)$(SUB) all build-tests
	$(Q)$(SUB) check-arrows check-headers
	$(Q)OUT=$(OUT) sh tests/run.sh $(TESTS) $(SCRIPTS)

deps:
	$(Q)$(DEPS) build

deps-test:
	$(Q)$(DEPS) build test

# --- checks ------------------------------------------------------------------------------------

build-tests: $(TESTS) $(BROKEN)

# Only the tests whose path contains T, without set-up: make test T=unit/test_mech
PICKED := $(if $(T),$(foreach t,$(TESTS) $(SCRIPTS),$(if $(findstring $(T),$(t)),$(t))))
test: $(filter-out %.sh,$(PICKED)) $(if $(filter %.sh,$(PICKED)),all $(BROKEN))
	$(Q)OUT=$(OUT) sh tests/run.sh $(PICKED)

check-arrows:
	$(Q)sh tests/arrows.sh

HEADERS := $(sort $(wildcard src/*/*.h ui/*.h tests/*/*.h))
check-headers:
	$(Q)printf '%s\n' $(HEADERS) | xargs -P $(shell nproc) -I '{}' \
		$(COMPILE) $(UI_CFLAGS) -fsyntax-only -x c -include '{}' /dev/null
	@echo "headers: each compiles alone"

check-format:
	$(Q)$(DEPS) clang-format
	$(Q)clang-format --dry-run -Werror $(filter %.c,$(SRC) $(UI)) $(HEADERS)

# The statistical tests with ten times as many draws.
check-long: deps-test
	$(Q)WH_LONG=1 TEST_TIMEOUT=3600 $(SUB) test T=stat/

# Everything is several times slower there.
asan ubsan tsan:
	$(Q)TEST_TIMEOUT=$(or $(TEST_TIMEOUT),600) $(MAKE) --no-print-directory check MODE=$@

# AVX-512 is unknown to valgrind, which says so to the program: other kernels are chosen.
valgrind: deps-test
	$(Q)$(DEPS) valgrind
	$(Q)WRAP="valgrind -q --error-exitcode=99 --leak-check=full" TEST_TIMEOUT=900 \
		$(SUB) test T=tests/unit/

coverage: deps-test
	$(Q)$(DEPS) gcovr
	$(Q)$(SUB) check MODE=coverage
	$(Q)gcovr --root . --filter src/ --filter ui/ --object-directory $(BUILD)/coverage

# On the full set too, if make data has made it.
bench: deps-test
	$(Q)-$(DEPS) python3-numpy python3-faiss python3-gensim python3-pandas libopenblas0-pthread
	$(Q)$(SUB) all $(BENCHES)
	$(Q)WORDHAZE=$(BIN) sh tests/bench/all.sh $(BUILD)/bench.txt \
		"$(wildcard $(BUILD)/data/glove-full.haze)" $(BENCHES)

published: deps-test
	$(Q)$(SUB) $(PUBLISHED)
	$(Q)$(PUBLISHED) $(EMBEDDING)

fuzz: deps
	$(Q)$(DEPS) clang libclang-rt-dev
	$(Q)$(SUB) fuzzers CC=clang MODE=fuzz

fuzzers: $(FUZZERS)
	$(Q)printf 'ready: %s\n' $^

goldens: deps-test
	$(Q)$(SUB) all build-tests
	$(Q)UPDATE_GOLDENS=1 OUT=$(OUT) sh tests/run.sh $(TUI_TESTS) $(SCRIPTS)

data: deps
	$(Q)$(SUB) all
	$(Q)WORDHAZE=$(abspath $(BIN)) sh assets/make.sh --full $(BUILD)/data

# --- installing --------------------------------------------------------------------------------

MANUALS = $(wildcard man/*.[1-8]) $(MECH_MANUAL)
installed_manual = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

install: all
	install -D -m 755 $(BIN) $(DESTDIR)$(bindir)/wordhaze
	$(foreach page,$(MANUALS),install -D -m 644 $(page) $(call installed_manual,$(page)) &&) :

uninstall:
	rm -f $(DESTDIR)$(bindir)/wordhaze $(foreach page,$(MANUALS),$(call installed_manual,$(page)))

clean:
	rm -rf $(BUILD)

help:
	@printf '%s\n' \
	'make run            install what is missing, build, open the explorer' \
	'make check          install what tests need, build, run every test' \
	'make                build $(BIN)' \
	'make test T=NAME    only the tests whose path contains NAME' \
	'make check-arrows check-headers check-format     parts of the check; the last needs clang-format' \
	'make check-long     the statistical tests with ten times as many draws' \
	'make asan|ubsan|tsan|valgrind|coverage           the tests under that tool' \
	'make bench          speed, as ratios against named rivals in the same run' \
	'make published      published figures beside ours, for EMBEDDING=FILE or the built-in one' \
	'make fuzz           fuzz targets (clang) in $(BUILD)/fuzz' \
	'make goldens        rewrite the saved screens and outputs; review them by eye' \
	'make data           the full 341,479 x 100 GloVe in $(BUILD)/data (needs npm)' \
	'make install        DESTDIR and prefix are honoured; make uninstall' \
	'variables: CC CFLAGS LDFLAGS MODE=release|asan|ubsan|tsan|coverage BUILD=dir WERROR=1 V=1'
