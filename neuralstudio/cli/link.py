"""The command that prints a Playground link for a project, and says what it cannot hold."""

import sys

from neuralstudio.cli.source import Source, open_source
from neuralstudio.project.playground.link import share


def link(source: Source) -> None:
    """Print a link that opens the project as a playground, here or on playground.tensorflow.org."""
    opened = open_source(source)
    shared = share(opened.project, is_trained=opened.run is not None)
    print(shared.url)
    if shared.left_out:
        print(f"The link cannot hold: {'; '.join(shared.left_out)}.", file=sys.stderr)
