"""A kind (layer, data set, loss, optimiser, trainer …) is declared once, as a frozen struct."""

import inspect
from typing import ClassVar, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class KindMeta(msgspec.StructMeta):
    """Tells type checkers that subclasses of a frozen kind are frozen, as they are at run time."""


class Kind(msgspec.Struct, metaclass=KindMeta, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of everything a person can choose and set.

    Fields are ``Annotated`` with ``msgspec.Meta``: ``title`` and ``description``, ``ge``/``le`` or
    ``gt``/``lt``, and in ``extra`` the ``unit``, the ``scale`` ("log") and ``shown_when``. Constraints are
    checked when a value is decoded or converted, so edits go through
    :func:`neuralstudio.schema.fields.replaced`.
    """

    title: ClassVar[str] = ""
    group: ClassVar[str] = ""

    @classmethod
    def tag(cls) -> str:
        """The name used in files and on the command line, for example ``dense``."""
        return str(cls.__struct_config__.tag)

    @classmethod
    def summary(cls) -> str:
        """First line of the docstring: what the kind is, in one sentence."""
        return (inspect.getdoc(cls) or "").split("\n", 1)[0]

    def check(self) -> None:
        """Raises ``ProblemError`` for a text that is not of its form, which a declaration cannot tell."""
