"""A pack of as many policies as ours in Pulumi's own SDK, each looking at nothing: what its loop costs.

Run by `bench.policies` in an environment of its own, because `pulumi-policy` wants an older protobuf than the
project: ``python stock_pack.py RESOURCE_POLICIES STACK_POLICIES``. It prints a port, as every pack does.
"""

import sys

from pulumi_policy import (  # pyright: ignore[reportMissingImports] - see above
    EnforcementLevel,
    PolicyPack,
    ResourceValidationPolicy,
    StackValidationPolicy,
)


def _nothing(_args: object, _report: object) -> None:
    """Look at nothing."""


def main(resource_policies: int, stack_policies: int) -> None:
    """Serve until the caller hangs up."""
    PolicyPack(
        name="stock",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[
            *(
                ResourceValidationPolicy(f"r{number}", "nothing", _nothing)
                for number in range(resource_policies)
            ),
            *(StackValidationPolicy(f"s{number}", "nothing", _nothing) for number in range(stack_policies)),
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
