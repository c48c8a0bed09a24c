"""How people reach what is private in one AWS region: a VPN that asks the company's directory.

Nothing private has a door to the internet: not the cluster's API, not a database, not an entry for
colleagues. Who is in a named group of the directory logs in there, gets an address for eight hours,
and reaches, in the networks of that group, what `AccessArgs.doors` opens and the cloud's own private
endpoints, as a machine would; the rest of the person's traffic stays outside. Every connection is
recorded with its name.

Who must enter while the directory is away breaks the glass: a role of the account, and a network in
``cluster.public_access_cidrs``. That is a page of the runbook and not a second way in that waits here.

Sources: AWS Client VPN administrator guide, *Rules and best practices*, *Authorization rules*,
*Single sign-on (SAML 2.0)*, *Target networks*; the pinned SDK's docstrings for defaults.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, ec2, ec2clientvpn, vpc

from components.aws.network import LETTERS
from components.base import Part
from components.cidr import AddressPlan
from components.naming import Naming

__all__ = ["Access", "AccessArgs", "Door", "authorizations"]

HTTPS: Final = 443
SESSION_HOURS: Final = 8
"""A working day: who leaves the company in the evening is out in the morning. AWS takes no less."""
_WIDEST, _NARROWEST = 12, 22
_READABLE: Final = 30
"""Characters of a group that its rules are called by; a directory's groups are up to 255 long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One port of what stands behind a security group."""

    group_id: pulumi.Input[str]
    port: int = HTTPS


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessArgs:
    """Who may come, from which addresses, and what is open to them."""

    naming: Naming
    network_id: pulumi.Input[str]
    network_cidr: str
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones, one a zone."""
    associations: int
    """Zones that the VPN stands in, from the first on. Each is paid by the hour, used or not; people
    whose zone is lost connect again and are in another."""
    client_cidr: str
    """Addresses of the people's machines: /12 to /22, half of them in use, none of them the network's.
    AWS decides it once, when it makes the endpoint."""
    saml_provider_arn: str
    """The company's directory, as IAM knows it; the team that keeps identities made it."""
    self_service_provider_arn: str | None = None
    """The same directory's second application, for the page where people fetch their client and profile;
    none: they get the profile from a colleague."""
    certificate_arn: pulumi.Input[str]
    """Of the VPN's own name, issued, in this region."""
    groups: Mapping[str, Sequence[str]]
    """By the group's name or id in the directory: the parts of the network that it reaches."""
    doors: Mapping[str, Door]
    """By a name: what people may talk to, for example the cluster's API."""
    log_key_arn: pulumi.Input[str]
    log_days: int


class Access(Part):
    """The VPN's endpoint, where it stands, who may use it, what it opens, and its log."""

    endpoint_id: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    dns_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._plan = AddressPlan(args.network_cidr)
        _check(args)
        group = self._security_group()
        endpoint = self._endpoint(group)
        for index, subnet in enumerate(args.subnet_ids[: args.associations]):
            ec2clientvpn.NetworkAssociation(
                self.named(LETTERS[index]),
                client_vpn_endpoint_id=endpoint.id,
                subnet_id=subnet,
                opts=ResourceOptions(parent=self),
            )
        self._rules(endpoint)
        self._doors(group)
        self.endpoint_id = endpoint.id
        self.security_group_id = group.id
        self.dns_name = endpoint.dns_name
        self.finish()

    def _endpoint(self, group: ec2.SecurityGroup) -> ec2clientvpn.Endpoint:
        args = self._args
        log, stream = self._log()
        return ec2clientvpn.Endpoint(
            self.named("endpoint"),
            description=f"People of {args.naming.prefix}",
            authentication_options=[
                ec2clientvpn.EndpointAuthenticationOptionArgs(
                    type="federated-authentication",
                    saml_provider_arn=args.saml_provider_arn,
                    self_service_saml_provider_arn=args.self_service_provider_arn,
                )
            ],
            self_service_portal="enabled" if args.self_service_provider_arn else "disabled",
            server_certificate_arn=args.certificate_arn,
            client_cidr_block=args.client_cidr,
            vpc_id=args.network_id,
            security_group_ids=[group.id],
            dns_servers=[self._plan.resolver],  # private endpoints are found by name, and only here
            split_tunnel=True,
            transport_protocol="udp",
            vpn_port=HTTPS,
            session_timeout_hours=SESSION_HOURS,
            disconnect_on_session_timeout=True,  # else the client logs in again by itself
            client_login_banner_options=ec2clientvpn.EndpointClientLoginBannerOptionsArgs(
                enabled=True,
                banner_text=f"{args.naming.prefix}: for those who work on it. Connections are recorded.",
            ),
            connection_log_options=ec2clientvpn.EndpointConnectionLogOptionsArgs(
                enabled=True, cloudwatch_log_group=log.name, cloudwatch_log_stream=stream.name
            ),
            opts=ResourceOptions(parent=self),
        )

    def _log(self) -> tuple[cloudwatch.LogGroup, cloudwatch.LogStream]:
        group = cloudwatch.LogGroup(
            self.named("connections"),
            name=f"/{self._args.naming.of('log-group', 'vpn')}",
            retention_in_days=self._args.log_days,
            kms_key_id=self._args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        stream = cloudwatch.LogStream(
            self.named("connections"),
            name="connections",
            log_group_name=group.name,
            opts=ResourceOptions(parent=self),
        )
        return group, stream

    def _rules(self, endpoint: ec2clientvpn.Endpoint) -> None:
        for group, networks in authorizations(self._args.groups, self._plan.resolver).items():
            for network in networks:
                ec2clientvpn.AuthorizationRule(
                    self.named(f"{_label(group)}-{re.sub('[./]', '-', network)}"),
                    client_vpn_endpoint_id=endpoint.id,
                    access_group_id=group,
                    target_network_cidr=network,
                    opts=ResourceOptions(parent=self),
                )

    def _security_group(self) -> ec2.SecurityGroup:
        """No rule lets anything in: the service hands over who is logged in, with an address of a subnet."""
        group = ec2.SecurityGroup(
            self.named("security-group"),
            name=self._args.naming.of("security-group", "vpn"),
            description="People, on their way into the network",
            vpc_id=self._args.network_id,
            opts=ResourceOptions(parent=self),
        )
        vpc.SecurityGroupEgressRule(
            self.named("network"),
            security_group_id=group.id,
            cidr_ipv4=self._args.network_cidr,
            ip_protocol="-1",
            opts=ResourceOptions(parent=self),
        )
        return group

    def _doors(self, group: ec2.SecurityGroup) -> None:
        for name, door in self._args.doors.items():
            vpc.SecurityGroupIngressRule(
                self.named(f"door-{name}"),
                security_group_id=door.group_id,
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=door.port,
                to_port=door.port,
                opts=ResourceOptions(parent=self),
            )


def authorizations(groups: Mapping[str, Sequence[str]], resolver: str) -> dict[str, list[str]]:
    """The rules that give each group its networks, and names in them: group to target networks.

    AWS looks only at the rules of the *narrowest* network that holds an address. So a group that may
    reach a wide network loses every narrower one that another group is given, unless it has a rule for
    that one too; and who may reach a part of the network could ask no name.
    """
    wanted = {group: {IPv4Network(cidr) for cidr in cidrs} for group, cidrs in groups.items()}
    names = IPv4Network(resolver)
    for networks in wanted.values():
        if not any(names.subnet_of(network) for network in networks):
            networks.add(names)
    targets = {network for networks in wanted.values() for network in networks}
    return {
        group: [str(one) for one in sorted(targets) if any(one.subnet_of(network) for network in networks)]
        for group, networks in wanted.items()
    }


def _check(args: AccessArgs) -> None:
    """Refuse what AWS refuses half-way through, and what would open more than was meant."""
    network, clients = IPv4Network(args.network_cidr), IPv4Network(args.client_cidr)
    if clients.overlaps(network) or not _WIDEST <= clients.prefixlen <= _NARROWEST:
        msg = (
            f"the VPN's clients have {clients}, expected a /{_WIDEST} to /{_NARROWEST} that is apart from "
            f"the network's {network}: a client with the address of a machine would take its place. "
            'For example access: {client_cidr: "10.112.0.0/21"}'
        )
        raise ValueError(msg)
    if not 1 <= args.associations <= len(args.subnet_ids):
        msg = (
            f"the VPN stands in {args.associations} zone(s), expected 1 to {len(args.subnet_ids)}: "
            "it is reached through private subnets, one a zone"
        )
        raise ValueError(msg)
    for group, cidrs in args.groups.items():
        for cidr in cidrs:
            if not IPv4Network(cidr).subnet_of(network):
                msg = (
                    f"the group {group} reaches {cidr}, expected a part of {network}: "
                    "the VPN leads into this network and nowhere else"
                )
                raise ValueError(msg)


def _label(group: str) -> str:
    """A group in a logical name. What had to be changed for it keeps a digest, so that no two are one."""
    clean = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")[:_READABLE]
    return clean if clean == group else f"{clean}-{hashlib.sha256(group.encode()).hexdigest()[:7]}"
