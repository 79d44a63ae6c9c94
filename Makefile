# Every command of the project. No logic here: packages come from packaging/*.txt, builds and tests from CMakePresets.json.
.PHONY: help demo test test-quick test-full fuzz simulate bench coverage planted lint clean

help:
	@sed -n 's/^## //p' Makefile

## make demo            build, then a manager and four devices live through 190 days; ONCE=1 ends afterwards
demo:
	@packaging/install build run
	@tools/quietly "building (the first time takes some minutes)" cmake --workflow --preset demo
	@build/bin/lictor-lab play examples/demo/story.yaml $(if $(ONCE),--once)

## make test            build and run every test; T=REGEX runs those whose name matches
test:
	@packaging/install build run test
	@tests/run test $(if $(T),--name '$(T)')

## make test-quick      the quick tests alone (under 2 minutes once built)
test-quick:
	@packaging/install build run test
	@tests/run quick

## make test-full       make test with every test under both sanitizers, and the agent's under valgrind
test-full:
	@packaging/install build run test full
	@tests/run full

## make fuzz            every fuzz target, MINUTES=n in total (10 unless said); its corpus grows in build/fuzz
fuzz:
	@packaging/install build test
	@tools/quietly "building (the first time takes some minutes)" cmake --workflow --preset fuzz
	@tests/fuzz/run build/asan/tests/fuzz --minutes $(or $(MINUTES),10)

## make bench           CPU time against floors measured in the same minute, into build/bench.json; ROW=NAME measures one row
bench:
	@packaging/install build run bench
	@tools/quietly "building (the first time takes some minutes)" cmake --workflow --preset bench
	@tools/bench/run $(ROW)

## make coverage        which lines of each room the quick tests run; OF=agent/core lists those that they do not
coverage:
	@packaging/install build run test coverage
	@tools/quietly "building and running the quick tests" cmake --workflow --preset coverage
	@tools/coverage $(OF)

## make simulate        HOURS=n: fresh simulated worlds under faults for so long; every promise is judged
simulate:
	@packaging/install build run
	@tools/quietly "building (the first time takes some minutes)" cmake --workflow --preset demo
	@build/bin/lictor-simulate --hours $(or $(HOURS),1) --jobs $(or $(JOBS),2) --table

## make planted         plants twenty bugs in a copy and lets the simulation hunt each for a minute, into build/planted.json
planted:
	@packaging/install build test
	@tools/planted

## make lint            formatting of every source file, clang-tidy over src/ and apps/
lint:
	@packaging/install build test
	@tools/lint

## make clean           remove what was built
clean:
	@rm -rf build
