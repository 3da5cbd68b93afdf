"""The help says something about everything there is."""

from neuralstudio.data.registry import DATASETS
from neuralstudio.layers.registry import LAYERS
from neuralstudio.schema.fields import fields
from neuralstudio.views.help import help_pages


def test_help_begins_with_first_steps() -> None:
    assert next(iter(help_pages())) == "First steps"


def test_every_layer_and_its_fields_are_explained() -> None:
    page = help_pages()["Layers"]
    for kind in LAYERS:
        assert f"## {kind.title}" in page
        assert kind.summary() in page
        for field in fields(kind):
            assert f"**{field.title}**" in page


def test_every_data_set_is_explained() -> None:
    page = help_pages()["Data sets"]
    for kind in DATASETS:
        assert kind.summary() in page
