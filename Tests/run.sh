#!/bin/sh
# Runs the unit tests one target after another: within a target in parallel, but never all of them at once, because tests with deadlines must
# not be starved by tests that only reckon. Whole logs are kept; faults and closing lines are shown. The last line is the sum. What tests
# write to temporary folders goes with this script, also when it is ended before they are.
set -u
cd "$(dirname "$0")/.." || exit 1

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/dnsproof-tests-XXXXXX") || exit 1
export TMPDIR
# A hook that is started as another user has to come through.
chmod 711 "$TMPDIR"
trap 'rm -rf -- "$TMPDIR"' EXIT
trap 'exit 129' HUP INT TERM

logs=.build/test-logs
mkdir -p "$logs"
passed=0
failed=0
broken=
[ $# -gt 0 ] || set -- Tests/*Tests
for folder in "$@"; do
    target=$(basename "$folder")
    [ "$target" = IntegrationTests ] && continue
    log=$logs/$target.log
    status=0
    SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-interactive=no,color=no} \
        "${SWIFT:-swift}" test --disable-xctest --skip-build --filter "^$target\\." >"$log" 2>&1 || status=$?
    grep -aE '✘|↳|runtime failure|unexpected signal|^error:' "$log" | grep -avE '↳ (Testing Library|Target Platform)' | head -n 60
    total=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} .*/\1/p' "$log" | tail -n 1)
    faults=$(grep -acE '✘ Test .* failed after' "$log")
    # The closing line counts as one of them.
    [ "$faults" -gt 0 ] && faults=$((faults - 1))
    closing=$(grep -aE 'Test run with' "$log" | tail -n 1)
    echo "$target: ${closing:-did not come to its end (exit $status); see $log}"
    if [ "$status" -eq 0 ] && [ "${total:-0}" -eq 0 ]; then
        echo "$target: no test was run; was it left out of the build (DNSPROOF_TESTS)?"
        status=1
    fi
    if [ "$status" -ne 0 ]; then
        broken="$broken $target"
        [ "$faults" -gt 0 ] || faults=1
    fi
    failed=$((failed + faults))
    passed=$((passed + ${total:-0} - faults))
done
[ -z "$broken" ] || echo "failed:$broken; whole logs in $logs"
[ "$passed" -ge 0 ] || passed=0
echo "$passed passed, $failed failed"
[ -z "$broken" ]
