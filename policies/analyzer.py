"""The policies as the Pulumi engine asks for them: its Analyzer protocol, served over gRPC.

The engine starts ``__main__.py`` beside this file, reads a port from its standard output, and calls.
Each request is decoded once and judged by the same `Judge` as the offline check, so that both say the
same. Why this does not use the SDK's ``PolicyPack``: docs/adr/0004-policy-analyzer.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto import analyzer_pb2_grpc as rpc
from pulumi.runtime.proto import plugin_pb2

from plan.resource import Options, Resource
from plan.saved import HIDDEN
from plan.value import decode, encode
from policies import exemptions as exemption_rules
from policies import settings
from policies.configuration import LEVEL_KEY, ConfigError, schema
from policies.evaluate import Judge
from policies.exemption import Exemption
from policies.exemptions import FILE, ExemptionError, read
from policies.outcome import Finding, Outcome
from policies.policy import ENVIRONMENTS
from policies.registry import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from plan.value import Value
    from policies.policy import Policy

__all__ = ["NAME", "VERSION", "Analyzer", "diagnostic", "environment_of", "serve"]

NAME: Final = "trading-platform"
VERSION: Final = "0.1.0"
"""Of the pack, as PulumiPolicy.yaml has it."""
STRICTEST: Final = "prod"
LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes: the engine's own limit. A whole stack comes in one message."""
WORKERS: Final = 4
LEVELS: Final = {
    "advisory": wire.ADVISORY,
    "mandatory": wire.MANDATORY,
    "disabled": wire.DISABLED,
}
LEVEL_NAMES: Final = {
    wire.ADVISORY: "advisory",
    wire.MANDATORY: "mandatory",
    wire.REMEDIATE: "remediate",
    wire.DISABLED: "disabled",
}
SEVERITIES: Final = {
    "low": wire.POLICY_SEVERITY_LOW,
    "medium": wire.POLICY_SEVERITY_MEDIUM,
    "high": wire.POLICY_SEVERITY_HIGH,
    "critical": wire.POLICY_SEVERITY_CRITICAL,
}
TYPES: Final = {"resource": wire.POLICY_TYPE_RESOURCE, "stack": wire.POLICY_TYPE_STACK}


def environment_of(stack: str, config: Mapping[str, str], tags: Mapping[str, str]) -> str:
    """The environment of a stack: its tag, else the program's own setting, else how its name begins.

    A stack that says nothing of the kind is judged as the strictest, production.
    """
    settings = [value for key, value in config.items() if key.endswith(":environment")]
    for said in (tags.get("environment", ""), *settings, stack.rpartition("/")[2].partition("-")[0]):
        if said in ENVIRONMENTS:
            return said
    return STRICTEST


def diagnostic(finding: Finding, policy: Policy) -> wire.AnalyzeDiagnostic:
    """A finding as the engine shows it. Only a violation without exemption has its full weight."""
    message = finding.message
    if finding.outcome is Outcome.UNKNOWN:
        message = f"unknown until deployed: {message}"
    elif finding.exemption:
        message = f"exempt until {finding.exemption.expires} ({finding.exemption.reason}): {message}"
    lines = [f"{finding.name}: {message}", f"fix: {policy.fix.line or policy.fix.steps}", f"see {policy.url}"]
    return wire.AnalyzeDiagnostic(
        policyName=policy.id,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=policy.title,
        message="\n".join(lines),
        urn=finding.urn,
        severity=SEVERITIES[policy.severity],
        enforcementLevel=wire.MANDATORY if finding.is_blocking else wire.ADVISORY,
    )


class Analyzer(rpc.AnalyzerServicer):
    """One pack for one stack. The engine says first which stack, then with which settings."""

    def __init__(
        self, exemptions: Sequence[Exemption] = (), settings: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """``settings``: this platform's own, by policy id; they become the defaults that the engine sees."""
        self._lock = Lock()
        self._exemptions = tuple(exemptions)
        self._settings = settings or {}
        self._overrides: dict[str, dict[str, Any]] = {}
        self._environment = environment_of(os.environ.get("PULUMI_STACK", ""), {}, {})
        self._tags: dict[str, str] = {}
        self._judge: Judge | None = None
        self._inputs: dict[str, Mapping[str, Value]] = {}
        """What `Analyze` was told: a resource of a provider that is not there yet has no outputs."""
        self.stopped = Event()

    # --- the pack introduces itself ---

    def GetAnalyzerInfo(self, request: empty_pb2.Empty, context: object) -> wire.AnalyzerInfo:
        """All policies, with the levels of the stack's environment."""
        _ = request, context
        return wire.AnalyzerInfo(
            name=NAME,
            displayName="Trading platform",
            version=VERSION,
            description=f"Policies of the trading platform, as {self._environment} wants them",
            supportsConfig=True,
            policies=[
                _info(policy, self._environment, self._settings.get(policy.id, {})) for policy in load()
            ],
        )

    def GetPluginInfo(self, request: empty_pb2.Empty, context: object) -> plugin_pb2.PluginInfo:
        """The pack's version."""
        _ = request, context
        return plugin_pb2.PluginInfo(version=VERSION)

    # --- the engine says what it wants ---

    def Handshake(
        self, request: wire.AnalyzerHandshakeRequest, context: object
    ) -> wire.AnalyzerHandshakeResponse:
        """Nothing to agree on: the pack asks nothing of the engine."""
        _ = request, context
        return wire.AnalyzerHandshakeResponse()

    def ConfigureStack(
        self, request: wire.AnalyzerStackConfigureRequest, context: object
    ) -> wire.AnalyzerStackConfigureResponse:
        """Which stack it is, and so which environment."""
        _ = context
        with self._lock:
            self._environment = environment_of(request.stack, request.config, request.tags)
            self._tags = dict(request.tags)
            self._judge = None
        return wire.AnalyzerStackConfigureResponse()

    def Configure(
        self, request: wire.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Settings and levels by policy, with the engine's defaults; what no policy takes is refused."""
        with self._lock:
            self._overrides = {
                name: {**decode(given.properties), LEVEL_KEY: LEVEL_NAMES[given.enforcementLevel]}
                for name, given in request.policyConfig.items()
            }
            self._judge = None
        try:
            self._asked()
        except ConfigError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return empty_pb2.Empty()

    # --- the engine asks ---

    def Analyze(self, request: wire.AnalyzeRequest, context: object) -> wire.AnalyzeResponse:
        """The resource policies on one resource, from its inputs; of an exemption, what it exempts."""
        _ = context
        asked = _resource(request)
        self._inputs[asked.urn] = asked.inputs
        judge = self._asked()
        response = _response(judge.resource(asked, _provider(request)))
        if asked.type == exemption_rules.TYPE:
            try:
                judge.declare(asked)
            except ExemptionError as error:
                response.diagnostics.append(_of_exemption("exemption-void", asked.urn, str(error)))
        return response

    def AnalyzeStack(self, request: wire.AnalyzeStackRequest, context: object) -> wire.AnalyzeResponse:
        """The stack policies on all resources, from what the cloud answered; then what is to be tidied."""
        _ = context
        resources = [
            (_in_stack(resource, self._inputs.get(resource.urn, {})), _provider(resource))
            for resource in request.resources
        ]
        judge = self._asked()
        response = _response(judge.stack(resources))
        response.diagnostics.extend(_idle(judge))
        return response

    def Remediate(self, request: wire.AnalyzeRequest, context: object) -> wire.RemediateResponse:
        """The resource as the policies leave it whose level is ``remediate``. No other changes anything."""
        _ = context
        judge, registry, response = self._asked(), load(), wire.RemediateResponse()
        if not judge.remedying:
            return response  # the engine asks about every resource: none is decoded for nothing
        for finding, left in judge.remedied(_resource(request), _provider(request)):
            response.remediations.add(
                policyName=finding.policy,
                policyPackName=NAME,
                policyPackVersion=VERSION,
                description=registry[finding.policy].title,
                properties=encode(left.inputs),
            )
        return response

    def Cancel(self, request: empty_pb2.Empty, context: object) -> empty_pb2.Empty:
        """The engine is done with the pack."""
        _ = request, context
        self.stopped.set()
        return empty_pb2.Empty()

    def _asked(self) -> Judge:
        with self._lock:
            if self._judge is None:
                overrides = {
                    name: {**self._settings.get(name, {}), **self._overrides.get(name, {})}
                    for name in {*self._settings, *self._overrides}
                }
                self._judge = Judge(
                    self._environment, overrides=overrides, exemptions=self._exemptions, tags=self._tags
                )
            return self._judge


def _info(policy: Policy, environment: str, settings: Mapping[str, Any]) -> wire.PolicyInfo:
    info = wire.PolicyInfo(
        name=policy.id,
        displayName=policy.title,
        description=policy.title,
        message=policy.violation,
        enforcementLevel=LEVELS[policy.level(environment)],
        policy_type=TYPES[policy.scope],
        severity=SEVERITIES[policy.severity],
        tags=[policy.category, *policy.soc2, *policy.cis],
        remediation_steps=policy.fix.steps,
        url=policy.url,
    )
    if policy.defaults:
        # with our own settings as the defaults: the engine sends them back, and they would win over ours
        info.configSchema.properties.update(schema({**policy.defaults, **settings}))
    return info


def _response(findings: Iterable[Finding]) -> wire.AnalyzeResponse:
    registry = load()
    response = wire.AnalyzeResponse()
    silent: dict[str, list[Finding]] = {}
    for finding in findings:
        silent.setdefault(finding.policy, []).append(finding)
        if finding.outcome in (Outcome.FAIL, Outcome.UNKNOWN):
            response.diagnostics.append(diagnostic(finding, registry[finding.policy]))
    for name, found in silent.items():
        if all(finding.outcome is Outcome.NOT_APPLICABLE for finding in found):
            response.not_applicable.add(policy_name=name, reason=found[0].message)
    return response


def _idle(judge: Judge) -> Iterator[wire.AnalyzeDiagnostic]:
    """The program's exemptions that have ended, or that covered nothing of what was judged."""
    for urn, exemption in judge.declared.items():
        if not exemption.is_live(judge.today):
            text = f"the exemption from {exemption.policy} ended {exemption.expires}: its finding is back"
            yield _of_exemption("exemption-expired", urn, text)
        elif exemption not in judge.used:
            text = f"the exemption from {exemption.policy} covers nothing: remove it"
            yield _of_exemption("exemption-unused", urn, text)


def _of_exemption(kind: str, urn: str, message: str) -> wire.AnalyzeDiagnostic:
    """What is wrong with an exemption itself. A void one stops the deployment, as one in the file does."""
    return wire.AnalyzeDiagnostic(
        policyName=kind,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description="Exemptions say enough, and cover something",
        message=message,
        urn=urn,
        severity=wire.POLICY_SEVERITY_MEDIUM,
        enforcementLevel=wire.MANDATORY if kind == "exemption-void" else wire.ADVISORY,
    )


def _resource(request: wire.AnalyzeRequest | wire.AnalyzerResource) -> Resource:
    options = request.options
    return Resource(
        urn=request.urn,
        type=request.type,
        name=request.name,
        custom=True,
        inputs={name: _undecrypted(value) for name, value in decode(request.properties).items()},
        parent=options.parent,
        provider=request.provider.urn,
        options=Options(
            protect=options.protect,
            delete_before_replace=options.deleteBeforeReplace,
            ignore_changes=tuple(options.ignoreChanges),
            additional_secret_outputs=tuple(options.additionalSecretOutputs),
            aliases=tuple(options.aliases),
        ),
    )


def _undecrypted(value: Value) -> Value:
    """What the engine shows in place of a secret of a state that it cannot decrypt is that secret."""
    if value == HIDDEN.value:
        return HIDDEN
    if isinstance(value, dict):
        return {key: _undecrypted(item) for key, item in value.items()}
    return [_undecrypted(item) for item in value] if isinstance(value, list) else value


def _in_stack(resource: wire.AnalyzerResource, asked: Mapping[str, Value]) -> Resource:
    plain = _resource(resource)
    return Resource(
        urn=plain.urn,
        type=plain.type,
        name=plain.name,
        custom=True,
        inputs=asked,
        outputs=plain.inputs,
        parent=resource.parent,
        provider=plain.provider,
        dependencies=tuple(resource.dependencies),
        property_dependencies={
            key: tuple(found.urns) for key, found in resource.propertyDependencies.items()
        },
        options=plain.options,
    )


def _provider(request: wire.AnalyzeRequest | wire.AnalyzerResource) -> Mapping[str, Value] | None:
    return decode(request.provider.properties) if request.HasField("provider") else None


def serve() -> None:
    """Serve until the engine cancels. The first line on standard output is the port, as the engine expects.

    Raises:
        SystemExit: an exemption is void or a setting is none; standard error says which and why.
    """
    try:
        exemptions = read(FILE, load(), datetime.now(tz=UTC).date())
        told = settings.read(settings.FILE, load())
    except (ConfigError, ExemptionError) as error:
        raise SystemExit(str(error)) from None
    analyzer = Analyzer(exemptions, told)
    limits = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS), options=limits)
    rpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    analyzer.stopped.wait()
    server.stop(grace=1).wait()
