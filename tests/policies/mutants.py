"""Small mistakes put into the rules on purpose, to see whether the policies' own cases notice each of them.

A mutant is one module of ``policies/rules`` or ``policies/views`` with a single change: a comparison turned
round, a constant that is another, ``&`` for ``|``, a ``~`` left out, a yes for a no. It is loaded in place of
the original, and judged by the same cases; it is caught when a case no longer gets what it was written for.
What a policy says of itself (its decorator, its docstring, its messages) is left alone: no case is about it.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

import policies
from plan.resource import Plan, Resource
from plan.value import Value
from policies.edit import mended
from policies.evaluate import Judge
from policies.outcome import Finding, Outcome
from policies.policy import RECORD, Policy
from policies.registry import Registry, load
from policies.testing import Case, cases

__all__ = ["MODULES", "Mutant", "is_caught", "mutants"]

ROOT: Final = Path(policies.__file__).parent
MODULES: Final = tuple(
    path
    for room in ("rules", "views")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.stem != "__init__"
)
Mistake: TypeAlias = "Callable[[Any], None]"
OTHERWISE: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
BOUNDARY: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPERATORS: Final[Mapping[type[ast.AST], type[ast.AST]]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
NEIGHBOUR: Final = {"YES": "NO", "NO": "YES", "UNKNOWN": "NO", "some": "every", "every": "some"}
UNTOLD: Final = {"__all__", "message", "said", "text", "what"}
"""Names of what is exported, and of messages for people."""
TOLD: Final = {"fail_if": 2, "not_applicable": 0}
"""Functions that take a message for people, and at which place."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one mistake."""

    path: Path
    line: int
    change: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT.parent)}:{self.line}: {self.change}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module."""
    original = ast.parse(path.read_text(encoding="utf-8"))
    for number, node in enumerate(ast.walk(original)):
        if id(node) in _left_alone(original):
            continue
        for change, apply in _mistakes(node):
            tree = copy.deepcopy(original)
            twin = next(one for count, one in enumerate(ast.walk(tree)) if count == number)
            apply(twin)
            yield Mutant(path, getattr(node, "lineno", 0), change, ast.fix_missing_locations(tree))


@cache
def _left_alone(tree: ast.Module) -> frozenset[int]:
    """The nodes that no case is about."""
    spared: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            spared += [one for one in node.decorator_list if "defaults" not in ast.dump(one)]
            spared += [
                word.value
                for one in node.decorator_list
                if isinstance(one, ast.Call)
                for word in one.keywords
                if word.arg != "defaults"
            ]
            taken = (*node.args.args, *node.args.kwonlyargs)
            spared += [one for one in (node.returns, *(arg.annotation for arg in taken)) if one]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spared.append(node)
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr)):
            spared.append(node)
        if isinstance(node, ast.AnnAssign):
            spared.append(node.annotation)
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") in UNTOLD for one in node.targets):
            spared.append(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
            spared += node.args[TOLD[node.func.id] : TOLD[node.func.id] + 1]
    return frozenset(id(inner) for one in spared for inner in ast.walk(one))


def _mistakes(node: ast.AST) -> Iterator[tuple[str, Mistake]]:
    """What can be done wrong at a node: in words, and how."""
    match node:
        case ast.Compare(ops=[op]):
            for table in (OTHERWISE, BOUNDARY):
                if type(op) in table:
                    yield (
                        f"{type(op).__name__} is {table[type(op)].__name__}",
                        _putting(ops=[table[type(op)]()]),
                    )
        case ast.Constant(value=value):
            yield from _other_values(value)
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in OPERATORS:
            other = OPERATORS[type(op)]
            yield f"{type(op).__name__} is {other.__name__}", _putting(op=other())
        case ast.UnaryOp(op=ast.Invert()):
            yield "~ is left out", lambda twin: _set(twin, operand=ast.UnaryOp(ast.Invert(), twin.operand))
        case ast.Attribute(value=ast.Name(id="Truth"), attr=name) if name in NEIGHBOUR:
            yield f"{name} is {NEIGHBOUR[name]}", _putting(attr=NEIGHBOUR[name])
        case ast.Name(id=name) if name in NEIGHBOUR:
            yield f"{name} is {NEIGHBOUR[name]}", _putting(id=NEIGHBOUR[name])
        case _:
            return


def _other_values(value: object) -> Iterator[tuple[str, Mistake]]:
    if isinstance(value, bool):
        yield f"{value} is {not value}", _putting(value=not value)
    elif isinstance(value, int | float):
        yield f"{value} is {value + 1}", _putting(value=value + 1)
    elif isinstance(value, str) and value:
        yield f"{value!r} is another text", _putting(value=value + "~")


def _putting(**fields: object) -> Mistake:
    return lambda twin: _set(twin, **fields)


def _set(node: ast.AST, **fields: object) -> None:
    for name, value in fields.items():
        setattr(node, name, value)


def is_caught(mutant: Mutant) -> bool:
    """Whether a case no longer gets what it was written for, or the module cannot even be loaded."""
    try:
        with _loaded(mutant) as found:
            registry = _registry(mutant, found)
            return not all(_holds(case, registry) for case in cases() if case.policy in found)
    except Exception:  # noqa: BLE001 - a mistake that breaks the module is seen at once
        return True


def _registry(mutant: Mutant, found: Mapping[str, Policy]) -> Registry:
    """The mutant's policies alone, which is faster; all of them for a rule that asks what others watch."""
    everybody = {policy.id: policy for policy in load()} if "watched" in ast.dump(mutant.tree) else {}
    return Registry({**everybody, **found}.values())


@contextmanager
def _loaded(mutant: Mutant) -> Generator[Mapping[str, Policy]]:
    """The policies that differ by it, on record for a while."""
    load()
    name, before, record = _name(mutant.path), dict(sys.modules), dict(RECORD)
    RECORD.clear()
    try:
        _execute(name, mutant.tree)
        for path in _users(name):
            _execute(_name(path), ast.parse(path.read_text(encoding="utf-8")))
        yield dict(RECORD)
    finally:
        RECORD.clear()
        RECORD.update(record)
        for changed in [key for key, module in sys.modules.items() if before.get(key) is not module]:
            if changed in before:
                sys.modules[changed] = before[changed]


def _execute(name: str, tree: ast.Module) -> None:
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(tree, name, "exec"), vars(module))  # noqa: S102 - our own source, with one change


@cache
def _users(name: str) -> Sequence[Path]:
    """The modules that import one, views before rules, so that each gets the mutant."""
    found: list[Path] = []
    wanted = {name}
    for path in (
        *(one for one in MODULES if "views" in one.parts),
        *(one for one in MODULES if "rules" in one.parts),
    ):
        imported = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        if imported & wanted and _name(path) != name:
            wanted.add(_name(path))
            found.append(path)
    return found


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)


def _findings(case: Case, registry: Registry) -> list[Finding]:
    """What the policies of a registry, not those of the project, say about the judged resource."""
    overrides = {case.policy: case.config}
    judge = Judge(case.environment, registry=registry, overrides=overrides, tags=case.tags)
    resources = [(one, _provider(case.plan, one)) for one in case.plan]
    found = [finding for one, provider in resources for finding in judge.resource(one, provider)]
    found += judge.stack(resources)
    return [one for one in found if (one.policy, one.urn) == (case.policy, case.subject.urn)]


def _provider(plan: Plan, resource: Resource) -> Mapping[str, Value] | None:
    provider = plan.provider_of(resource)
    return provider.inputs if provider is not None else None


def _holds(case: Case, registry: Registry) -> bool:
    """Whether the case gets what it was written for; a rule that breaks never does."""
    found = _findings(case, registry)
    outcomes = {one.outcome for one in found}
    failed = [one for one in found if one.outcome is Outcome.FAIL]
    if any("rule error" in place.message for one in found for place in one.places):
        return False
    match case.kind:
        case "good":
            return Outcome.PASS in outcomes <= {Outcome.PASS, Outcome.NOT_APPLICABLE}
        case "bad":
            right = len(failed) == 1 and case.part in ("", failed[0].part) and bool(failed[0].message)
            return right and _mends(case, failed, registry)
        case "unknown":
            return Outcome.UNKNOWN in outcomes and not failed
        case _:
            return outcomes <= {Outcome.NOT_APPLICABLE}


def _mends(case: Case, failed: Sequence[Finding], registry: Registry) -> bool:
    if registry[case.policy].fix.kind != "auto":
        return True
    edits = [edit for one in failed for edit in one.edits]
    first, *others = case.plan
    fixed = replace(first, inputs=mended(first.inputs, edits))
    again = replace(case, plan=replace(case.plan, resources=(fixed, *others)))
    return bool(edits) and not any(one.outcome is Outcome.FAIL for one in _findings(again, registry))
