#!/bin/sh
# Sets up the test tools and runs every check; the first that fails ends it. Arguments go to the offscreen pytest.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"
sh packaging/setup.sh test

bin=$root/.venv/bin
export OPENBLAS_NUM_THREADS=1   # the engine has its own threads

step() { printf '\n== %s\n' "$1"; }

step "ruff: lint"
"$bin/ruff" check .
step "ruff: format"
"$bin/ruff" format --check .
step "mypy"
"$bin/mypy"
step "import contracts"
"$bin/lint-imports"

step "tests, offscreen"
QT_QPA_PLATFORM=offscreen "$bin/python" -m pytest -q -m "not display and not slow" -n 2 --dist loadfile "$@"

step "tests in a real window, under Xvfb"
if ! grep -rqE 'mark\.display' tests --include='*.py'; then
    echo "There are none yet."
    exit 0
fi

scratch=$(mktemp -d)
xvfb="" manager=""
# shellcheck disable=SC2317  # called by the trap
clean_up() {
    [ -z "$manager" ] || kill "$manager" 2>/dev/null || true
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Each server says through a pipe when it is ready; one that dies instead closes the pipe, which ends the wait.
mkfifo "$scratch/display" "$scratch/manager"
Xvfb -displayfd 3 -screen 0 1600x1200x24 -nolisten tcp 3>"$scratch/display" >"$scratch/xvfb.log" 2>&1 &
xvfb=$!
read -r number <"$scratch/display" || {
    echo "Xvfb did not start: $(tail -n 1 "$scratch/xvfb.log")" >&2
    exit 1
}
export DISPLAY=":$number"
unset WAYLAND_DISPLAY

openbox --sm-disable --startup "echo ready" >"$scratch/manager" 2>"$scratch/openbox.log" &
manager=$!
exec 4<"$scratch/manager"   # kept open: openbox may go on talking
read -r _ <&4 || {
    echo "openbox did not start: $(tail -n 1 "$scratch/openbox.log")" >&2
    exit 1
}

# A message bus of its own, so that Qt neither finds the user's nor starts one that stays behind.
status=0
QT_QPA_PLATFORM=xcb dbus-run-session -- "$bin/python" -m pytest -q -m "display and not slow" || status=$?
[ "$status" -ne 5 ] || status=0   # none collected
exit "$status"
