"""Alerts about money: what the cluster has cost this month, and will if it goes on so.

Databases, caches and traffic are not in it: OpenCost sees what is inside. The cloud's own budget sees all,
a day later.
"""

from __future__ import annotations

from decimal import Decimal

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, literal

__all__ = ["cost"]


def cost(limits: Limits) -> Group:
    """Against the month's budget."""
    budget = literal(limits.budget)
    warning = literal(limits.budget * Decimal("0.8"))
    spent = '{{ $value | printf "%.0f" }} of ' + budget + " dollars"
    return Group(
        name="alerts-cost",
        interval="1m",
        rules=(
            Alert(
                name="CostBudget80",
                expr=f"cluster:cost_dollars:month_to_date > {warning}",
                for_="1h",
                severity="ticket",
                summary="80 % of the month's budget is spent",
                description=f"The cluster has cost {spent} this month.",
            ),
            Alert(
                name="CostBudgetSpent",
                expr=f"cluster:cost_dollars:month_to_date > {budget}",
                for_="1h",
                severity="ticket",
                summary="The month's budget is spent",
                description=f"The cluster has cost {spent} this month.",
            ),
            Alert(
                name="CostRunRateHigh",
                expr=f"cluster:cost_dollars_per_month:run_rate > {budget}",
                for_="6h",
                severity="ticket",
                summary="The cluster costs more than its budget",
                description=f"As it is now, a month costs {spent}.",
            ),
            Alert(
                name="CostUnknown",
                expr="absent(node_total_hourly_cost)",
                for_="1h",
                severity="ticket",
                summary="Nobody knows what the cluster costs",
                description="OpenCost reports no prices.",
            ),
        ),
    )
