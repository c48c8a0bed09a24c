from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import kms

from components.exemptions import Exemption, ExemptionArgs
from plan.record import record_program
from policies.evaluate import evaluate
from policies.exemptions import TYPE

if TYPE_CHECKING:
    from plan.resource import Plan

ARGS = ExemptionArgs(
    policy="aws-kms-rotation",
    resource="partner",
    reason="the partner imports key material by hand",
    owner="keys@example.com",
    expires=date(2030, 3, 2),
)


def declared() -> Plan:
    def program() -> None:
        noted = Exemption("partner-rotation", ARGS)
        other = kms.Key("other", enable_key_rotation=True)
        kms.Key("partner", opts=pulumi.ResourceOptions(depends_on=noted.before(other)))

    return record_program(program)


def test_it_says_all_that_the_policies_want_to_hear_under_the_type_that_they_know() -> None:
    (noted,) = declared().of_type(TYPE)
    assert Exemption.type_token == TYPE
    assert not noted.custom
    assert noted.inputs == {
        "policy": "aws-kms-rotation",
        "resource": "partner",
        "reason": "the partner imports key material by hand",
        "owner": "keys@example.com",
        "expires": "2030-03-02",
    }


def test_what_it_covers_is_registered_after_it_and_depends_on_the_others_alone() -> None:
    plan = declared()
    order = [resource.name for resource in plan]
    assert order.index("partner-rotation") < order.index("partner")
    (partner,) = [resource for resource in plan if resource.name == "partner"]
    assert [plan[urn].name for urn in partner.dependencies] == ["other"]


def test_the_policies_take_it_for_what_it_is() -> None:
    verdict = evaluate(declared(), environment="prod", today=date(2030, 1, 1))
    assert [(one.policy, one.urn.rpartition("::")[2]) for one in verdict.findings if one.exemption] == [
        ("aws-kms-rotation", "partner")
    ]
    assert verdict.unused == ()
