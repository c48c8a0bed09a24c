"""Alerts about what is needed on the worst day: backups, the other region, the tests of both."""

from __future__ import annotations

from typing import Final

from components.k8s.backup import LAST_SUCCESS, OLDEST
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group

__all__ = ["recovery"]

FREQUENT: Final = ("hourly", "daily")
"""Schedules of which each has made a backup once a cluster is older than a day."""


def recovery(limits: Limits) -> Group:
    """Backups everywhere; lag and tests where another region stands by."""
    standby = _standby(limits) if limits.standby else ()
    return Group(name="alerts-recovery", interval="1m", rules=(*_backups(), *standby))


def _backups() -> tuple[Alert, ...]:
    missing = [
        f'time() - max by (schedule) ({LAST_SUCCESS}{{schedule="{name}"}}) > {seconds}'
        for name, seconds in OLDEST.items()
    ]
    never = [f'absent({LAST_SUCCESS}{{schedule="{name}"}})' for name in FREQUENT]
    return (
        Alert(
            name="BackupMissing",
            expr=" or ".join(missing),
            for_="5m",
            severity="page",
            summary="No backup of {{ $labels.schedule }} for too long",
            description="The last whole backup of {{ $labels.schedule }} is "
            "{{ $value | humanizeDuration }} old.",
        ),
        Alert(
            name="BackupNeverMade",
            expr=" or ".join(never),
            for_=f"{OLDEST['daily'] // 3600}h",
            severity="page",
            summary="A schedule has made no backup at all",
            description="Velero reports no whole hourly or no whole daily backup, or is not there.",
        ),
        Alert(
            name="BackupFailed",
            expr="""
                sum by (schedule) (increase(velero_backup_failure_total[1h])) > 0
                or sum by (schedule) (increase(velero_backup_partial_failure_total[1h])) > 0
                or sum by (schedule) (increase(velero_backup_validation_failure_total[1h])) > 0""",
            for_="0s",
            severity="ticket",
            summary="A backup of {{ $labels.schedule }} is not whole",
            description="A backup of {{ $labels.schedule }} failed or misses something; half a backup is "
            "none.",
        ),
        Alert(
            name="BackupLocationUnavailable",
            expr="min by (backup_location_name) (velero_backup_location_status_gauge) == 0",
            for_="15m",
            severity="page",
            summary="Backups cannot be written",
            description="Velero cannot reach {{ $labels.backup_location_name }}: neither backup nor "
            "restore is possible.",
        ),
    )


def _standby(limits: Limits) -> tuple[Alert, ...]:
    test = "max(dr_last_test_timestamp_seconds)"
    return (
        Alert(
            name="ReplicationLagHigh",
            expr=f"max by (namespace) (database_replica_lag_seconds) > {limits.rpo_seconds}",
            for_="2m",
            severity="page",
            summary="The other region is too far behind",
            description="The standby database is {{ $value | humanizeDuration }} behind; "
            f"{limits.rpo_seconds} s may be lost.",
        ),
        Alert(
            name="ReplicationLagUnknown",
            expr="absent(database_replica_lag_seconds)",
            for_="15m",
            severity="ticket",
            summary="Nobody knows how far the other region is behind",
            description="The lag of the standby database is not reported; a failover would be a leap in "
            "the dark.",
        ),
        Alert(
            name="RecoveryTestOverdue",
            expr=f"time() - {test} > {limits.recovery_test_days * 86_400}",
            for_="1h",
            severity="ticket",
            summary="Recovery was not tested for too long",
            description="The last successful test was {{ $value | humanizeDuration }} ago.",
        ),
        Alert(
            name="RecoveryNeverTested",
            expr="absent(dr_last_test_timestamp_seconds)",
            for_="1d",
            severity="ticket",
            summary="Recovery was never tested",
            description="No test of the other region is on record.",
        ),
        Alert(
            name="RecoveryTooSlow",
            expr=f"max(dr_last_rto_seconds) > {limits.rto_seconds}",
            for_="5m",
            severity="ticket",
            summary="The last recovery took too long",
            description=f"It took {{{{ $value | humanizeDuration }}}}; {limits.rto_seconds} s are promised.",
        ),
        Alert(
            name="RecoveryLostTooMuch",
            expr=f"max(dr_last_rpo_seconds) > {limits.rpo_seconds}",
            for_="5m",
            severity="ticket",
            summary="The last recovery lost too much",
            description=f"{{{{ $value | humanizeDuration }}}} were lost; {limits.rpo_seconds} s are allowed.",
        ),
    )
