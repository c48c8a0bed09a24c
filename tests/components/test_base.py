from __future__ import annotations

import pulumi
import pytest

from components.base import Part
from plan.record import record_program
from plan.value import UNKNOWN


class Room(Part):
    told: pulumi.Output[str]
    _hidden: int

    def __init__(self, name: str, told: str | None, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        if told is not None:
            self.told = pulumi.Output.from_input(told)
        self.finish()


def test_a_part_registers_what_it_annotates_and_nothing_private() -> None:
    (room,) = [
        resource for resource in record_program(lambda: Room("room", "yes")) if resource.name == "room"
    ]
    assert room.outputs == {"told": "yes"}
    assert room.id in {"", UNKNOWN}


def test_a_part_that_forgets_an_output_fails_where_it_is_made() -> None:
    with pytest.raises(AttributeError, match="told"):
        record_program(lambda: Room("room", None))


def test_a_childs_name_holds_its_parts_name_because_a_urn_holds_only_types() -> None:
    names: list[str] = []
    record_program(lambda: names.append(Room("aws-network", "yes").named("vpc")))
    assert names == ["aws-network-vpc"]
