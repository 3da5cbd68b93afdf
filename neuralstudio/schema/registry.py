"""Finds the kinds of a family by looking at the files of its folder: nothing lists them by hand."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar, Union

import msgspec

from neuralstudio.schema.kind import Kind
from neuralstudio.schema.problem import Problem, ProblemError

K = TypeVar("K", bound=Kind)


class Registry(Generic[K]):
    """All kinds below ``base`` declared in the modules of ``package``, in the order of their module names.

    Modules whose name begins with an underscore hold what the kinds share and declare none.
    """

    def __init__(self, base: type[K], package: str, noun: str) -> None:
        self.base = base
        self.noun = noun
        self._package = package

    @cached_property
    def kinds(self) -> tuple[type[K], ...]:
        """The kinds found."""
        package = importlib.import_module(self._package)
        found: list[type[K]] = []
        names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
        for name in (name for name in names if not name.startswith("_")):
            module = importlib.import_module(f"{self._package}.{name}")
            for value in vars(module).values():
                is_declared_here = isinstance(value, type) and value.__module__ == module.__name__
                if is_declared_here and issubclass(value, self.base):
                    found.append(value)
        return tuple(found)

    @property
    def union(self) -> Any:
        """``Union`` of the kinds: the type msgspec decodes a tagged object into."""
        return Union[self.kinds]  # noqa: UP007 - built at run time

    def __iter__(self) -> Iterator[type[K]]:
        return iter(self.kinds)

    def __getitem__(self, tag: str) -> type[K]:
        for kind in self.kinds:
            if kind.tag() == tag:
                return kind
        known = ", ".join(kind.tag() for kind in self.kinds)
        raise ProblemError(Problem(tag, f"There is no {self.noun} of this name", f"Known are: {known}."))

    def decode(self, data: object) -> K:
        """A kind's value from plain data such as ``{"kind": "dense", "units": 10}``."""
        return msgspec.convert(data, self.union)  # type: ignore[no-any-return]
