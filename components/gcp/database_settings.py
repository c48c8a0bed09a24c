"""How an instance of Cloud SQL is set: what its machine says of it, its flags, its windows.

An original has backups and windows; a copy has those of its original and may say none, so it gets
them only when it is promoted (docs/runbooks/region-loss-gcp.md).

Sources: Cloud SQL for PostgreSQL, *Editions*, *Database flags* (the default of ``max_connections``),
*Use advanced disaster recovery* (which flags must not be smaller on the copy), *Create and manage
backups*; CIS Google Cloud Foundations Benchmark 6.2; the pinned SDK's docstrings for defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pulumi_gcp import sql

from components.tagging import Tags
from config.connections import google_connections

__all__ = ["BACKUP_START", "DISK_GROWTH", "FREEZE", "MAINTENANCE_DAY", "Edition", "Machine", "settings"]

Edition = Literal["ENTERPRISE", "ENTERPRISE_PLUS"]

BACKUP_START: Final = "21:00"
"""UTC: New York has closed, in summer and in winter. Google begins within four hours."""
MAINTENANCE_DAY, MAINTENANCE_HOUR = 6, 6
"""Saturday, UTC: the day on which no exchange trades."""
FREEZE: Final = ("12-10", "12-31")
"""Every year: books are closed, and nobody wants a surprise."""
FINAL_DAYS: Final = 30
"""The backup that is taken before a protected instance goes is kept so long."""
DISK_GROWTH: Final = 10
"""The disk grows by itself to so many times its first size: not for ever, because a loop pays for it."""
DISK_LIMIT_GIB: Final = 65536
ENTERPRISE_LOG_DAYS: Final = 7
"""In the edition Enterprise, point-in-time recovery reaches no further back. Daily backups do."""

PLUS_MACHINES: Final = ("db-perf-optimized-N-",)
MACHINES: Final = ("db-custom-", "db-f1-micro", "db-g1-small")

FLAGS: Final = (
    ("cloudsql.enable_pgaudit", "on"),
    ("cloudsql.iam_authentication", "on"),
    ("log_checkpoints", "on"),
    ("log_connections", "on"),
    ("log_disconnections", "on"),
    ("log_lock_waits", "on"),
    ("log_min_duration_statement", "-1"),  # a slow query's text holds customers' data; Insights has its form
    ("log_min_error_statement", "error"),
    ("log_min_messages", "warning"),
    ("log_statement", "ddl"),
    ("log_temp_files", "0"),
    ("pgaudit.log", "ddl,role"),
)
"""Who came, who went, who changed a table or a right, and what made others wait."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine's name says of its instance."""

    name: str

    def __post_init__(self) -> None:
        """Refuse what neither edition has."""
        if not self.name.startswith((*PLUS_MACHINES, *MACHINES)):
            msg = (
                f"machine is {self.name!r}, expected one of Enterprise Plus (db-perf-optimized-N-4) or of "
                "Enterprise (db-custom-2-7680)"
            )
            raise ValueError(msg)

    @property
    def plus(self) -> bool:
        """Enterprise Plus: a copy elsewhere that takes over and gives back, and a pool of readers."""
        return self.name.startswith(PLUS_MACHINES)

    @property
    def edition(self) -> Edition:
        """Google takes each machine in one edition only."""
        return "ENTERPRISE_PLUS" if self.plus else "ENTERPRISE"

    @property
    def connections(self) -> int:
        """So many at once, and no more."""
        return google_connections(self.name)

    def log_days(self, backup_days: int) -> int:
        """Point-in-time recovery reaches so far back."""
        return backup_days if self.plus else min(backup_days, ENTERPRISE_LOG_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What only an original has."""

    disk_gib: int
    backup_days: int
    backup_location: str | None


def disk_limit(disk_gib: int) -> int:
    """The disk grows to so many GiB by itself."""
    return min(disk_gib * DISK_GROWTH, DISK_LIMIT_GIB)


def settings(
    machine: Machine,
    *,
    tags: Tags,
    project: str,
    availability: Literal["REGIONAL", "ZONAL"] | None,
    limit_gib: int,
    protect: bool,
    own: Own | None,
) -> sql.DatabaseInstanceSettingsArgs:
    """The settings of an instance; ``own`` is None for a copy. A read pool's nodes are its availability."""
    return sql.DatabaseInstanceSettingsArgs(
        tier=machine.name,
        edition=machine.edition,
        activation_policy="ALWAYS",
        availability_type=availability,
        # No `location_preference`: after a standby has taken over it would be a wish to go back.
        disk_type="PD_SSD",
        disk_size=own.disk_gib if own else None,  # a copy has the disk of its original
        disk_autoresize=True,
        disk_autoresize_limit=limit_gib,
        data_cache_config=(
            sql.DatabaseInstanceSettingsDataCacheConfigArgs(data_cache_enabled=True) if machine.plus else None
        ),
        ip_configuration=_ip(project),
        # Services speak PostgreSQL itself, with a token for a password: no proxy beside each pod.
        connector_enforcement="NOT_REQUIRED",
        data_api_access="DISALLOW_DATA_API",
        database_flags=[
            sql.DatabaseInstanceSettingsDatabaseFlagArgs(name=name, value=value)
            for name, value in sorted((*FLAGS, ("max_connections", str(machine.connections))))
        ],
        insights_config=sql.DatabaseInstanceSettingsInsightsConfigArgs(
            query_insights_enabled=True, record_application_tags=True, record_client_address=True
        ),
        deletion_protection_enabled=protect,
        user_labels=tags.as_map(),
        backup_configuration=_backups(machine, own) if own else None,
        maintenance_window=(
            sql.DatabaseInstanceSettingsMaintenanceWindowArgs(
                day=MAINTENANCE_DAY, hour=MAINTENANCE_HOUR, update_track="stable"
            )
            if own
            else None
        ),
        deny_maintenance_period=(
            sql.DatabaseInstanceSettingsDenyMaintenancePeriodArgs(
                start_date=FREEZE[0], end_date=FREEZE[1], time="00:00:00"
            )
            if own
            else None
        ),
        final_backup_config=(
            sql.DatabaseInstanceSettingsFinalBackupConfigArgs(
                enabled=protect, retention_days=FINAL_DAYS if protect else None
            )
            if own
            else None
        ),
        retain_backups_on_delete=protect if own else None,  # Google's default takes the backups with it
        password_validation_policy=_passwords() if own else None,
    )


def _ip(project: str) -> sql.DatabaseInstanceSettingsIpConfigurationArgs:
    return sql.DatabaseInstanceSettingsIpConfigurationArgs(
        ipv4_enabled=False,
        # Not TRUSTED_CLIENT_CERTIFICATE_REQUIRED: a service would have to keep a private key, and proves
        # who it is by its identity's token, which Google takes only through TLS.
        ssl_mode="ENCRYPTED_ONLY",
        # The instance's own certificate authority signs no names: a client could not tell who answers.
        server_ca_mode="GOOGLE_MANAGED_CAS_CA",
        server_certificate_rotation_mode="AUTOMATIC_ROTATION_DURING_MAINTENANCE",
        psc_configs=[
            sql.DatabaseInstanceSettingsIpConfigurationPscConfigArgs(
                psc_enabled=True,
                allowed_consumer_projects=[project],
                # Google's names need its connection policy: `components.gcp.door` makes ours.
                psc_auto_dns_enabled=False,
            )
        ],
    )


def _backups(machine: Machine, own: Own) -> sql.DatabaseInstanceSettingsBackupConfigurationArgs:
    return sql.DatabaseInstanceSettingsBackupConfigurationArgs(
        enabled=True,
        start_time=BACKUP_START,
        location=own.backup_location,
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=machine.log_days(own.backup_days),
        backup_retention_settings=sql.DatabaseInstanceSettingsBackupConfigurationBackupRetentionSettingsArgs(
            retained_backups=own.backup_days, retention_unit="COUNT"
        ),
    )


def _passwords() -> sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs:
    """Nobody here has one; whoever makes a user by hand takes no weak one."""
    return sql.DatabaseInstanceSettingsPasswordValidationPolicyArgs(
        enable_password_policy=True,
        min_length=16,
        complexity="COMPLEXITY_DEFAULT",
        disallow_username_substring=True,
        reuse_interval=5,
    )
