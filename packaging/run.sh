#!/bin/sh
# Opens NeuralStudio, after setting up whatever this machine still lacks. Arguments go to the program.
# Without a display it trains the built-in digits instead and saves a picture of the window.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
sh "$root/packaging/setup.sh" run
studio=$root/.venv/bin/neuralstudio

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    exec "$studio" "$@"
fi

project=$root/build/digits-mlp.nstudio
picture=$root/build/window.png
echo "There is no display here, so the window cannot open: training on the built-in digits instead."
"$studio" train digits-mlp --out "$project"
QT_QPA_PLATFORM=offscreen "$studio" picture --out "$picture" "$project"
echo "The trained network:        $project"
echo "The window as a picture:    $picture"
