"""Forms generated from declared fields: one for any kind, with an editor for each of its fields."""

from neuralstudio.ui.forms.form import KindForm

__all__ = ["KindForm"]
