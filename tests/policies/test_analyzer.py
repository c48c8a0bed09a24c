"""The pack as the engine runs it: a process, asked over gRPC, and always of the offline check's opinion."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto import analyzer_pb2_grpc as rpc

from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret, Value, decode, encode
from policies import analyzer as pack
from policies import settings as platform
from policies.analyzer import diagnostic, environment_of
from policies.evaluate import evaluate
from policies.outcome import Outcome
from policies.policy import ENVIRONMENTS
from policies.registry import load
from policies.testing import Case, cases

ROOT = Path(__file__).parents[2]
SOME = 250
OURS = platform.read(platform.FILE, load())
"""What this platform tells its policies: the pack starts with it."""
Heard: TypeAlias = tuple[str, str, str, wire.EnforcementLevel.ValueType, wire.PolicySeverity.ValueType]
"""Policy, URN, message, level and severity."""


@pytest.fixture(scope="module")
def engine() -> Iterator[rpc.AnalyzerStub]:
    """The pack, started with the engine's own command line."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(ROOT / "policies")]
    with subprocess.Popen(command, cwd=ROOT / "policies", stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield rpc.AnalyzerStub(channel)
            rpc.AnalyzerStub(channel).Cancel(empty_pb2.Empty())
        assert process.wait(timeout=10) == 0


def configure(engine: rpc.AnalyzerStub, environment: str, settings: dict[str, dict[str, Any]]) -> None:
    """What the engine does before it asks: the stack, then each policy's level and settings with defaults."""
    config = {"trading-platform:environment": environment}
    engine.ConfigureStack(wire.AnalyzerStackConfigureRequest(stack="some", config=config))
    request = wire.ConfigureAnalyzerRequest()
    for info in engine.GetAnalyzerInfo(empty_pb2.Empty()).policies:
        given = request.policyConfig[info.name]
        given.enforcementLevel = info.enforcementLevel
        given.properties.update({key: said["default"] for key, said in info.configSchema.properties.items()})
        told = dict(settings.get(info.name, {}))
        if level := told.pop("enforcementLevel", None):
            given.enforcementLevel = wire.EnforcementLevel.Value(level.upper())
        given.properties.update(told)
    engine.Configure(request)


def provider_of(plan: Plan, resource: Resource) -> wire.AnalyzerProviderResource | None:
    provider = plan.provider_of(resource)
    if provider is None:
        return None
    return wire.AnalyzerProviderResource(
        urn=provider.urn, type=provider.type, name=provider.name, properties=encode(provider.inputs)
    )


def asked(engine: rpc.AnalyzerStub, plan: Plan) -> tuple[set[Heard], set[str]]:
    """All diagnostics of a plan, and the policies that did not apply to something."""
    answers: list[wire.AnalyzeResponse] = []
    in_stack: list[wire.AnalyzerResource] = []
    for resource in plan:
        options = wire.AnalyzerResourceOptions(
            protect=resource.options.protect, ignoreChanges=resource.options.ignore_changes
        )
        same: dict[str, Any] = {
            "urn": resource.urn,
            "type": resource.type,
            "name": resource.name,
            "options": options,
            "provider": provider_of(plan, resource),
        }
        answers.append(engine.Analyze(wire.AnalyzeRequest(properties=encode(resource.inputs), **same)))
        depends = {
            key: wire.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in resource.property_dependencies.items()
        }
        properties = encode({**resource.outputs, **resource.inputs})
        in_stack.append(wire.AnalyzerResource(properties=properties, propertyDependencies=depends, **same))
    answers.append(engine.AnalyzeStack(wire.AnalyzeStackRequest(resources=in_stack)))
    found = [said for answer in answers for said in answer.diagnostics]
    said = {(one.policyName, one.urn, one.message, one.enforcementLevel, one.severity) for one in found}
    return said, {one.policy_name for answer in answers for one in answer.not_applicable}


def offline(
    plan: Plan, environment: str, config: dict[str, dict[str, object]]
) -> tuple[set[Heard], set[str]]:
    verdict = evaluate(plan, environment=environment, config=config)
    said = [
        diagnostic(finding, load()[finding.policy])
        for finding in verdict.findings
        if finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
    ]
    outcomes: defaultdict[tuple[str, str], set[Outcome]] = defaultdict(set)
    for finding in verdict.findings:
        if finding.urn:
            # A resource policy answers for one resource at a time, a stack policy for all of them at once.
            scope = finding.urn if load()[finding.policy].scope == "resource" else ""
            outcomes[finding.policy, scope].add(finding.outcome)
    silent = {policy for (policy, _), found in outcomes.items() if found == {Outcome.NOT_APPLICABLE}}
    return {
        (one.policyName, one.urn, one.message, one.enforcementLevel, one.severity) for one in said
    }, silent


def together(chosen: Sequence[Case]) -> Plan:
    """Many cases as one stack, each under its own names."""
    resources: list[Resource] = []
    for number, case in enumerate(chosen):
        mark = f"-{number}"
        resources += [
            Resource(
                urn=resource.urn + mark,
                type=resource.type,
                name=resource.name + mark,
                custom=True,
                inputs=resource.inputs,
                outputs={"id": UNKNOWN, "arn": f"arn{mark}"},
                provider=resource.provider and resource.provider + mark,
                property_dependencies={
                    key: tuple(urn + mark for urn in urns)
                    for key, urns in resource.property_dependencies.items()
                },
                options=resource.options,
            )
            for resource in case.plan
        ]
    return Plan("trading-platform", "some", "preview", tuple(resources))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_engine_hears_exactly_what_the_offline_check_says(
    engine: rpc.AnalyzerStub, environment: str
) -> None:
    """Every case in one of the three environments."""
    configure(engine, environment, {})
    everything: set[Heard] = set()
    for chosen in batched(cases()[ENVIRONMENTS.index(environment) :: len(ENVIRONMENTS)], SOME):
        plan = together(chosen)
        heard, silent = asked(engine, plan)
        assert (heard, silent) == offline(plan, environment, OURS)
        everything |= heard
    assert {level for *_, level, _ in everything} == {wire.ADVISORY, wire.MANDATORY}
    assert any("unknown until deployed" in message for _, _, message, *_ in everything)


def batched(found: Sequence[Case], many: int) -> Iterator[Sequence[Case]]:
    """A few hundred at a time: a stack of thousands is nobody's."""
    for start in range(0, len(found), many):
        yield found[start : start + many]


def test_what_is_told_to_remedy_is_handed_back_put_right_with_its_secrets(engine: rpc.AnalyzerStub) -> None:
    configure(engine, "prod", {})
    request = wire.ConfigureAnalyzerRequest()
    request.policyConfig["aws-kms-rotation"].enforcementLevel = wire.REMEDIATE
    engine.Configure(request)
    inputs: dict[str, Value] = {
        "enableKeyRotation": False,
        "description": Secret("word"),
        "policy": UNKNOWN,
    }
    key = wire.AnalyzeRequest(type="aws:kms/key:Key", urn="urn:key", name="key", properties=encode(inputs))
    (told,) = engine.Remediate(key).remediations
    assert told.policyName == "aws-kms-rotation"
    assert decode(told.properties) == {**inputs, "enableKeyRotation": True}
    key.properties.CopyFrom(told.properties)
    assert not engine.Remediate(key).remediations, "there is nothing to do twice"


def test_nothing_is_remedied_where_nobody_asked_for_it(engine: rpc.AnalyzerStub) -> None:
    configure(engine, "prod", {})
    for case in [case for case in cases() if case.kind == "bad"][:100]:
        one = case.subject
        request = wire.AnalyzeRequest(
            type=one.type, urn=one.urn, name=one.name, properties=encode(one.inputs)
        )
        assert not engine.Remediate(request).remediations, case


def test_settings_reach_the_pack_as_they_reach_the_offline_check(engine: rpc.AnalyzerStub) -> None:
    for case in [case for case in cases() if case.config]:
        settings = {case.policy: dict(case.config)}
        configure(engine, case.environment, settings)
        told = {**OURS, case.policy: {**OURS.get(case.policy, {}), **settings[case.policy]}}
        assert asked(engine, case.plan) == offline(case.plan, case.environment, told), case


def test_a_setting_that_no_policy_takes_is_refused_in_words(engine: rpc.AnalyzerStub) -> None:
    with pytest.raises(grpc.RpcError, match="did you mean 'ports'"):
        configure(engine, "prod", {"aws-sg-no-public-admin": {"port": [22]}})


def test_a_policy_can_be_disabled_over_the_wire(engine: rpc.AnalyzerStub) -> None:
    case = next(case for case in cases() if str(case) == "k8s-no-privileged bad 1")
    configure(engine, "prod", {})
    request = wire.ConfigureAnalyzerRequest()
    request.policyConfig["k8s-no-privileged"].enforcementLevel = wire.DISABLED
    engine.Configure(request)
    heard, _ = asked(engine, case.plan)
    assert heard
    assert "k8s-no-privileged" not in {policy for policy, *_ in heard}


def test_no_properties_can_make_the_call_fail(engine: rpc.AnalyzerStub) -> None:
    configure(engine, "prod", {})
    strange = struct_pb2.Struct()
    strange.update(
        {"spec": [1, "two", None], "metadata": "text", "tags": 3, "ingress": {"a": [[]]}, "policy": "{"}
    )
    for token in (
        "kubernetes:apps/v1:Deployment",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:iam/policy:Policy",
    ):
        answer = engine.Analyze(wire.AnalyzeRequest(type=token, urn=f"urn:{token}", properties=strange))
        assert not [one for one in answer.diagnostics if "rule error" in one.message]


def test_the_pack_introduces_every_policy_with_its_page_and_levels(engine: rpc.AnalyzerStub) -> None:
    configure(engine, "dev", {})
    info = engine.GetAnalyzerInfo(empty_pb2.Empty())
    assert {policy.name for policy in info.policies} == {policy.id for policy in load()}
    assert all((ROOT / policy.url).is_file() for policy in info.policies)
    levels = {policy.name: policy.enforcementLevel for policy in info.policies}
    assert levels["ops-protect-stateful"] == wire.DISABLED
    assert levels["k8s-no-privileged"] == wire.MANDATORY
    stack_policies = {policy.name for policy in info.policies if policy.policy_type == wire.POLICY_TYPE_STACK}
    assert stack_policies == {policy.id for policy in load() if policy.scope == "stack"}


def test_the_pack_has_one_version() -> None:
    manifest = yaml.safe_load((ROOT / "policies" / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    assert manifest["version"] == pack.VERSION


def test_the_environment_is_the_tags_else_the_settings_else_the_names_else_the_strictest() -> None:
    setting = {"trading-platform:environment": "staging"}
    assert environment_of("prod", setting, {"environment": "dev"}) == "dev"
    assert environment_of("prod", setting, {}) == "staging"
    assert environment_of("org/project/dev-eu", {}, {}) == "dev"
    assert environment_of("playground", {}, {}) == "prod"
    assert environment_of("", {"aws:region": "dev"}, {}) == "prod"


def test_a_void_exemption_stops_the_pack_before_it_serves(tmp_path: Path) -> None:
    void = tmp_path / "exemptions.yaml"
    void.write_text(
        "- {policy: k8s-no-privileged, urn: '*::api', owner: me, expires: 2030-01-01}", encoding="utf-8"
    )
    program = "import policies.analyzer as a, pathlib, sys; a.FILE = pathlib.Path(sys.argv[1]); a.serve()"
    run = subprocess.run(
        [sys.executable, "-c", program, str(void)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert "exemption 1 is void: it has no reason" in run.stderr
    assert "Traceback" not in run.stderr
