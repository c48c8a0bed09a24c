"""The one shape of every component: ``Part(name, args, opts)``.

A part takes a frozen dataclass of arguments, makes its children with
``ResourceOptions(parent=self)`` and nothing merged in, and gives annotated attributes to the
outside. Read `components.aws.network` for an example of each.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import ClassVar

import pulumi

from config.base import NAMESPACE

__all__ = ["Part"]


class Part(pulumi.ComponentResource):
    """A component whose type is its address: ``components.aws.network.Network`` is ``…:aws:Network``.

    Subclasses annotate their outputs, assign them in ``__init__`` and end it with ``self.finish()``.
    """

    type_token: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        room = cls.__module__.removeprefix("components.").split(".")[0]
        cls.type_token = f"{NAMESPACE}:{room}:{cls.__name__}"

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.type_token, name, None, opts)
        self.name = name

    def named(self, child: str) -> str:
        """The logical name of a child: unique in the stack, because it starts with the part's own."""
        return f"{self.name}-{child}"

    def finish(self) -> None:
        """Register the annotated outputs; a part that forgets one fails here, in its own line."""
        names = [name for name in type(self).__annotations__ if not name.startswith("_")]
        self.register_outputs({name: _registrable(getattr(self, name)) for name in names})


def _registrable(value: object) -> object:
    """A group of outputs, such as `components.contracts.BucketOutputs`, as the map that the engine takes."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return value
