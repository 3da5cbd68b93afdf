#!/bin/sh
# Prepares this folder: system libraries, the Python environment .venv, the pinned packages.
# Usage: sh packaging/setup.sh [run|test]     "test" adds the test tools. Safe to run again: what is there stays.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"

mode=${1:-run}
stamp=.venv/setup-stamp       # what the environment was made from; written last
unfinished=.venv/unfinished   # there while packages are being installed
log=$root/build/setup.log

# One name a library; "a|b" is one library whose name differs between releases.
libraries="libegl1 libgl1 libx11-6 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0|libglib2.0-0t64
    libgssapi-krb5-2 libxkbcommon0 libbrotli1 libzstd1 zlib1g fonts-dejavu-core
    libx11-xcb1 libxcb1 libxcb-cursor0 libxcb-glx0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
    libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0
    libxcb-xkb1 libxkbcommon-x11-0 libwayland-client0 libwayland-cursor0"
test_tools="xvfb xauth openbox dbus-x11"

say() { printf '%s\n' "$1"; }

fail() {
    printf 'NeuralStudio: %s\n' "$1" >&2
    exit 1
}

# The log's folder is also where a run without a display leaves its results.
check_writable() {
    { mkdir -p build && [ -w build ] && [ -w . ]; } 2>/dev/null ||
        fail "$root cannot be written to: copy it to a folder of yours."
}

# The usual causes of a failed download, read from the log of the step that failed.
cause() {
    if grep -qiE 'no space left' "$log"; then
        printf 'the disk is full'
    elif grep -qiE 'temporary failure|(could not|failed to) (resolve|connect|establish)|name resolution|not known|unreachable|connection|timed out' "$log"; then
        printf 'there is no network'
    else
        printf 'of an error'
    fi
}

# ---- Python -----------------------------------------------------------------------------------------------------

find_python() {
    seen=""
    for python in python3 python3.13 python3.12 python3.11; do
        command -v "$python" >/dev/null 2>&1 || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && return 0
        [ -n "$seen" ] || seen=$("$python" --version 2>&1 | head -n 1) || true
    done
    fail "Python 3.11 or newer is needed, and this machine has ${seen:-none}: install it, then run this again."
}

# ---- system libraries -------------------------------------------------------------------------------------------

# The wanted names of which no alternative is installed.
missing_of() {
    # shellcheck disable=SC2046,SC2086  # names are separated by blanks on purpose
    installed=" $(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' $(printf '%s ' $1 | tr '|' ' ') 2>/dev/null |
        sed -n 's/^ii *//p' | tr '\n' ' ') "
    for choice in $1; do
        found=no
        for name in $(printf '%s' "$choice" | tr '|' ' '); do
            case $installed in *" $name "*) found=yes ;; esac
        done
        [ $found = yes ] || printf '%s ' "$choice"
    done
}

# Of each "a|b" the name this release has; the first where it cannot tell.
names_here() {
    # shellcheck disable=SC2046,SC2086
    offered=" $(apt-cache show --no-all-versions $(printf '%s ' $1 | tr '|' ' ') 2>/dev/null |
        sed -n 's/^Package: //p' | tr '\n' ' ') "
    for choice in $1; do
        pick=${choice%%|*}
        for name in $(printf '%s' "$choice" | tr '|' ' '); do
            case $offered in *" $name "*) pick=$name; break ;; esac
        done
        printf '%s ' "$pick"
    done
}

install_libraries() {
    wanted=$libraries
    [ "$mode" = run ] || wanted="$wanted $test_tools"
    # Debian's python3 comes without the part that makes environments.
    if [ -n "$python" ] && ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        wanted="$wanted $python-venv"
    fi
    if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
        [ -z "$python" ] || [ "$(uname -s)" = Darwin ] ||
            say "This system has no apt-get, so its libraries were not checked: Qt's window needs EGL and OpenGL, X11 with xcb (xcb-cursor among them), xkbcommon, fontconfig, D-Bus and one font."
        return 0
    fi
    missing=$(missing_of "$wanted")
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" -eq 0 ]; then
        root_does="env"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        root_does="sudo -n env"
    elif command -v sudo >/dev/null 2>&1 && [ -t 0 ] && say "System libraries are missing; sudo may ask for your password." && sudo -v; then
        root_does="sudo env"
    else
        fail "system libraries are missing, and only an administrator can install them: run \"apt-get update && apt-get install -y $(names_here "$missing" | sed 's/ *$//')\" as root, then run this again."
    fi
    check_writable
    say "Installing system libraries."
    quietly="$root_does DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120"
    # A broken foreign source makes "update" fail although everything needed may be there: only the install decides.
    # shellcheck disable=SC2086
    { $quietly update || true; } >"$log" 2>&1 </dev/null
    # shellcheck disable=SC2046,SC2086
    $quietly install --no-install-recommends $(names_here "$missing") >>"$log" 2>&1 </dev/null ||
        fail "the system libraries could not be installed because $(cause); details are in $log."
}

# ---- the environment --------------------------------------------------------------------------------------------

fingerprint() { cat pyproject.toml packaging/constraints.txt packaging/setup.sh | cksum; }

# Line 1: made from; 2: made where (an environment does not survive a move); 3: for which mode; 4: a word on PyTorch.
stamp_line() { sed -n "${1}p" "$stamp" 2>/dev/null || true; }

is_ready() {
    [ -f "$stamp" ] && [ ! -e "$unfinished" ] || return 1
    [ "$(stamp_line 1)" = "$(fingerprint)" ] && [ "$(stamp_line 2)" = "$root" ] || return 1
    [ "$(stamp_line 3)" = test ] || [ "$mode" = run ] || return 1
    [ -x .venv/bin/neuralstudio ] && .venv/bin/python -c '' >/dev/null 2>&1
}

is_sound() {
    [ ! -e "$unfinished" ] || return 1
    [ ! -f "$stamp" ] || [ "$(stamp_line 2)" = "$root" ] || return 1
    .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 &&
        .venv/bin/python -m pip --version >/dev/null 2>&1
}

check_disk() {
    case $mode in run) need=2 ;; test) need=4 ;; esac
    # The number before the "12%" column: names with blanks may stand on both sides of it.
    free=$(df -Pk . 2>/dev/null | awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }') || true
    [ -z "$free" ] || [ "$free" -ge $((need * 1024 * 1024)) ] ||
        fail "$need GB of free disk space are needed in $root, and there are only $((free / 1024)) MB: make room, then run this again."
}

make_environment() {
    if ! is_sound; then
        if [ -e .venv ] || [ -L .venv ]; then
            say "Repairing the Python environment in .venv."
            rm -rf .venv
        else
            say "Making a Python environment in .venv."
        fi
        mkdir .venv
        : >"$unfinished"
        "$python" -m venv .venv >"$log" 2>&1 ||
            fail "the Python environment could not be made because $(cause); details are in $log."
    fi
    rm -f "$stamp"
    : >"$unfinished"
}

pip_install() { .venv/bin/python -m pip install --progress-bar off "$@" >"$log" 2>&1 </dev/null; }

# PyTorch is only compared with. Its plain Linux build brings gigabytes for graphics cards: take the processor build or none.
# Keras is compared with in benchmarks alone and needs PyTorch to compute: where it is missing they leave it out.
install_peers() {
    torch=$(sed -n 's/^torch==//p' packaging/constraints.txt)
    keras=$(sed -n 's/^keras==//p' packaging/constraints.txt)
    [ "$(uname -s)" != Linux ] || torch=$torch+cpu
    peers_wanted=yes
    if pip_install "torch==$torch"; then
        peers=""
        pip_install "keras==$keras" || true
    elif [ "$(cause)" = "of an error" ]; then
        peers="PyTorch $torch is not to be had here: the tests that compare with it are skipped."
    else
        peers="PyTorch $torch could not be installed because $(cause): the tests that compare with it are skipped this time."
        peers_wanted=again
    fi
}

install_packages() {
    say "Installing Python packages (the first time takes some minutes)."
    # Through the environment the pins also hold in pip's build environment; relative, because pip splits it at blanks.
    export PIP_CONSTRAINT=packaging/constraints.txt PIP_BUILD_CONSTRAINT=packaging/constraints.txt
    export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
    what=.
    [ "$mode" = run ] || what='.[test]'
    pip_install -e "$what" || {
        why=$(cause)
        # A pip that gives up in order leaves the environment usable; only a full disk or a kill leaves it in pieces.
        [ "$why" = "the disk is full" ] || rm -f "$unfinished"
        fail "the Python packages could not be installed because $why; details are in $log."
    }
    peers="" peers_wanted=no
    [ "$mode" = run ] || install_peers
    made_for=$mode
    [ $peers_wanted != again ] || made_for=run
    printf '%s\n' "$(fingerprint)" "$root" "$made_for" "$peers" >"$stamp"
    rm -f "$unfinished"
}

# -----------------------------------------------------------------------------------------------------------------

case $mode in
    run | test) ;;
    *) fail "setup.sh knows \"run\" and \"test\", not \"$mode\"." ;;
esac
unset PYTHONHOME PYTHONPATH

if is_ready; then
    python=""
    install_libraries
    peers=$(stamp_line 4)
else
    find_python
    check_writable
    check_disk
    install_libraries
    make_environment
    install_packages
fi
[ "$mode" = run ] || [ -z "$peers" ] || say "$peers"
