"""What may be said about who comes in, what is watched, what is kept, and what happens when all is lost.

As in `config.sections`: where environments differ, `config.environments` gives the value.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from config.base import Section, because, immutable
from config.types import Cidr, Email, Money, Repository

__all__ = ["Access", "Alerts", "Audit", "Backup", "Budget", "ClusterRole", "Edge", "Pipeline", "Recovery"]


ClusterRole = Literal["viewer", "operator", "on-call", "deployer", "auditor"]
"""What people and programs are in the cluster: `components.k8s.rbac` says what each may do."""


class Edge(Section):
    """The one way in for those who use the platform."""

    open_to: tuple[Cidr, ...] = Field(
        description="Networks that may reach the entry; none: only from inside and through the VPN.",
        json_schema_extra=because("What the internet cannot reach it cannot attack."),
    )
    blocking: bool = Field(
        description="The web application firewall refuses what it recognises; false: it only counts.",
        json_schema_extra=because("New rules are watched before they may refuse a customer."),
    )
    requests_per_five_minutes: Annotated[int, Field(ge=100, le=2_000_000)] = Field(
        description="More from one address are refused.",
        json_schema_extra=because(
            "A rate rule of AWS WAF takes 10 to 2 000 000 000; less than 100 is a mistake."
        ),
    )
    ddos_advanced: Money | None = Field(
        None,
        description="The cloud's paid protection, acknowledged by its monthly price: 3000 USD on AWS.",
        json_schema_extra=because("It about doubles the bill, so nobody should switch it on by a word."),
    )


class Access(Section):
    """How people reach what is private."""

    groups: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] = Field(
        description="Groups of the company's directory that may use the VPN; none builds no VPN.",
        json_schema_extra=because("A VPN for everybody is a hole in the wall."),
    )
    roles: dict[ClusterRole, tuple[Annotated[str, Field(min_length=1, max_length=255)], ...]] = Field(
        default_factory=dict,
        description="Who may do what in the cluster: by role, IAM roles (AWS) or groups' addresses (Google).",
        json_schema_extra=because("Administrators may do all; everybody else needs a role that says what."),
    )
    client_cidr: Cidr = immutable(
        description="Addresses of the VPN's clients, a half for each region: /12 to /21.",
        replaces="the VPN's endpoints: every client needs its new profile",
        why="A client's address must not be an address inside the network.",
    )

    @field_validator("roles")
    @classmethod
    def _in_one_order(cls, roles: dict[ClusterRole, tuple[str, ...]]) -> dict[ClusterRole, tuple[str, ...]]:
        """By name: the engine hands the program its keys sorted, a file has them as somebody wrote them."""
        return dict(sorted(roles.items()))


class Pipeline(Section):
    """The repository whose pipelines preview and deploy, with no key."""

    issuer: Literal["github", "gitlab"] = Field("github", description="Who vouches for the pipeline.")
    repository: Repository = Field(
        description="Only this repository's pipelines are let in.",
        json_schema_extra=because("A role for a whole organisation is a role for its careless corner."),
    )


class Audit(Section):
    """What is recorded about the account itself. The trail of API calls is always on."""

    manage_account_baseline: bool = Field(
        description="This stack runs the account's own services: GuardDuty, Security Hub, Config.",
        json_schema_extra=because("There is one of each in an account: two stacks would fight over them."),
    )


class Backup(Section):
    """The tier against ransomware and for the long term; replicas and PITR are faster."""

    daily_days: Annotated[int, Field(ge=1, le=35)] = Field(
        description="Daily recovery points are kept so long.",
        json_schema_extra=because("A continuous backup reaches back 35 days at most."),
    )
    monthly_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        description="Monthly recovery points are kept so long; 0 makes none.",
        json_schema_extra=because("Auditors ask for months, not for days."),
    )
    restore_tests: bool = Field(
        description="A copy is restored regularly, so that a backup is known to be one.",
        json_schema_extra=because("A backup that was never restored is a hope."),
    )


class Recovery(Section):
    """What stands ready in the second region, and how long people take to decide."""

    decision_minutes: Annotated[int, Field(ge=0, le=60)] = Field(
        description="From the alarm to the decision to move.",
        json_schema_extra=because("It counts against the fifteen minutes like everything else."),
    )
    nodes: Annotated[int, Field(ge=0, le=1000)] = Field(
        description="Machines that stand ready there.",
        json_schema_extra=because("Machines that must boot first are minutes late."),
    )
    database_instances: Annotated[int, Field(ge=0, le=15)] = Field(
        description="Database instances there; 0 keeps the data and no server.",
        json_schema_extra=because("Without a server the data is safe and away for a quarter of an hour."),
    )
    replicas: Annotated[int, Field(ge=0, le=100)] = Field(
        description="Copies of each service that stand ready there.",
        json_schema_extra=because("A copy that runs has its image and its identity already."),
    )


class Budget(Section):
    """What the environment may cost."""

    monthly: Money = Field(
        description="Alarms at 50, 80 and 100 % of it, and when the forecast passes it.",
        json_schema_extra=because("An amount without its currency is a guess."),
    )
    anomalies: bool = Field(
        True,
        description="Look for unusual days. Off in a member account of an organisation.",
        json_schema_extra=because("There AWS lets only the account that pays watch a cost tag."),
    )


class Alerts(Section):
    """Who is told."""

    email: Email = Field(
        description="Where the budget's and the cloud's alarms go.",
        json_schema_extra=because("An alarm that nobody receives is none."),
    )
