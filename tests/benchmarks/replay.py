"""Dragging through a run's moments: how long each takes until every visible panel has painted it.

Run: xvfb-run python -m tests.benchmarks.replay [--json]   (or with QT_QPA_PLATFORM=offscreen)
Over a thousand moments of the playground's default and largest network, the given panel in the centre, the
curves below and the map beside. Less is better; 33 ms are wanted. "busy_p99" is the window's own work, which
does not grow when the computer has other things to do.
"""

import argparse
import json
import tempfile
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QSettings

from neuralstudio.project.document import Project
from neuralstudio.project.playground.setup import (
    FEATURES,
    add_layer,
    classic,
    read,
    with_features,
    with_units,
)
from neuralstudio.session import watching
from neuralstudio.ui.app import application
from neuralstudio.ui.window import StudioWindow
from tests.benchmarks.window import live

MOMENTS = 1000


def largest() -> Project:
    """Seven features and six layers of eight."""
    project = with_features(classic(), FEATURES[:7])
    while len(read(project).hidden) < 6:
        project = add_layer(project)
    for column in read(project).hidden:
        project = with_units(project, column.id, 8)
    return project


def measured(window: StudioWindow, project: Project, centre: str) -> dict[str, float]:
    """Milliseconds to show and paint a moment, over all moments of a run."""
    window.studio.document.open(structs.replace(project, groups=()))
    window.show_work()
    window.show_panel(centre)
    window.docks.raise_panel("curves")
    window.docks.raise_panel("map")
    live(800)
    studio = window.studio
    studio.training.train()
    while studio.replay.moments < MOMENTS:
        live(50)
    studio.training.stop()
    live(500)
    times, busy = [], []
    for index in range(studio.replay.moments):
        begin, worked = perf_counter(), thread_time()
        studio.replay.show(index)
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        times.append(1000 * (perf_counter() - begin))
        busy.append(1000 * (thread_time() - worked))
    studio.replay.live()
    percentiles = dict(zip(("p50", "p95", "p99"), np.percentile(times, [50, 95, 99]), strict=True))
    figures = percentiles | {"max": max(times), "busy_p99": np.percentile(busy, 99)}
    return {"moments": len(times), **{name: round(float(value), 1) for name, value in figures.items()}}


def main() -> None:
    """Measures both networks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--centre", default="network", help="panel in the centre")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    application()
    watching.SMALL_INTERVAL = 1 / 500  # a thousand moments in some seconds, not in half a minute
    with tempfile.TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder, "settings.ini")), QSettings.Format.IniFormat)
        window = StudioWindow(settings)
        window.show()
        result: dict[str, object] = {"name": "replay", "unit": "ms", "centre": options.centre}
        for name, project in (("default", classic()), ("largest", largest())):
            result[name] = measured(window, project, options.centre)
        window.studio.document.mark_saved(Path(folder, "none"))
        window.close()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
