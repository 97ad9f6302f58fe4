"""The pipeline's spec: variables, steps, and `${…}` references between them.

`${name}` stands for a variable, `${step.key}` for a value in the result of an earlier step. A
string that is one reference alone keeps the value's type; inside a longer string it is put in as
text.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from pydantic import model_validator

from studio.errors import SpecError
from studio.jobs.kinds import KINDS, spec_class
from studio.pipeline.results import not_given
from studio.spec import Spec, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

REFERENCE = re.compile(r"\$\{([A-Za-z_][\w-]*)(?:\.([\w.-]+))?\}")


class PipelineResult(TypedDict):
    """What a pipeline gives: step → the step's result."""

    steps: dict[str, Any]


class PipelineJob(Spec):
    """Steps in order; each is a job spec with an `id` beside its fields."""

    KIND: ClassVar[str] = "pipeline"
    RESULT: ClassVar[type] = PipelineResult

    name: str = field("", help="Optional; the result is listed under it")
    vars: dict[str, Any] = field(
        factory=dict, group="hidden", help="Values for ${name} in the steps"
    )
    steps: list[dict[str, Any]] = field(
        group="hidden",
        example=[{"id": "cut", "kind": "chunk", "documents": ["sample:story.en.md"]}],
        help="Job specs with an id each; ${id.key} is what an earlier step gave",
    )

    @model_validator(mode="after")
    def _steps_fit(self) -> "PipelineJob":
        seen: dict[str, type[Spec]] = {}
        if not self.steps:
            raise ValueError("a pipeline needs at least one step")
        for number, step in enumerate(self.steps, start=1):
            name = step.get("id")
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][\w-]*", name):
                raise ValueError(f"step {number} needs an `id` of letters, digits, _ and -")
            if name in seen or name in self.vars:
                raise ValueError(f"the name {name} is used twice")
            seen[name] = self._check_step(step, seen)
        return self

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise what any step would be refused for, as far as its fields do not hang on earlier
        steps.
        """
        from studio.jobs.records import step_key
        from studio.jobs.workers import check

        for step in self.steps:
            spec, later_fields = self._stood_in(step)
            check(workspace, spec, step_key(self.fingerprint(), step["id"]), later_fields)

    @classmethod
    def first_names(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Also the fields of each step under the names that they had first."""
        found = super().first_names(data)
        steps = [
            spec_class(step["kind"]).first_names(step) if step.get("kind") in KINDS else step
            for step in found.get("steps") or []
        ]
        return found | {"steps": steps}

    def _stood_in(self, step: dict[str, Any]) -> tuple[Spec, frozenset[str]]:
        """A step's spec with stand-ins for what earlier steps give, and the fields that have
        them.
        """

        def look(name: str, key: str | None) -> Any:
            return self.vars[name] if key is None else "x"

        made, fields = spec_class(step["kind"]), body(step)
        waiting = frozenset(
            name for name, value in made.present_names(fields).items() if _refers(value)
        )
        return made.read(resolve(_standing_in(made, fields), look)), waiting

    def _check_step(self, step: dict[str, Any], earlier: dict[str, type[Spec]]) -> type[Spec]:
        """Read the step's spec with stand-ins, and look whether earlier steps give what it refers
        to, so that a mistake is told before the first step runs. Its spec's class.
        """

        def look(name: str, key: str | None) -> Any:
            if key is None and name in self.vars:
                return self.vars[name]
            why = "no variable or earlier step has"
            if key is not None and name in earlier:
                why = not_given(earlier[name], key)
                if not why:
                    return "x"
            shown = name if key is None else f"{name}.{key}"
            raise ValueError(f"step {step['id']} refers to {shown}, which {why}")

        try:
            made = spec_class(step.get("kind", ""))
            resolve(body(step), look)
            made.read(resolve(_standing_in(made, body(step)), look))
            return made
        except SpecError as error:
            raise ValueError(f"step {step['id']}: {error.what.rstrip('.')}") from error


def _standing_in(made: type[Spec], fields: dict[str, Any]) -> dict[str, Any]:
    """Fields that are one earlier result alone, by something of their type: of a number or a tick,
    the default.
    """
    types = {row.name: row.type for row in made.rows()}
    types |= {old: types[new] for old, new in made.FORMER.items()}

    def alone(value: Any) -> bool:
        found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        return bool(found and found[2])

    listed = {
        key: [value] if alone(value) and types.get(key) == "list" else value
        for key, value in fields.items()
    }
    return {
        key: value
        for key, value in listed.items()
        if not alone(value) or types.get(key, "str") == "str"
    }


def _refers(value: Any) -> bool:
    """Whether a value has a reference to an earlier step's result anywhere in it."""
    if isinstance(value, dict | list):
        return any(map(_refers, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and any(found[2] for found in REFERENCE.finditer(value))


def body(step: dict[str, Any]) -> dict[str, Any]:
    """A step without its id and kind: the fields of its spec."""
    return {key: value for key, value in step.items() if key not in ("id", "kind")}


def resolve(value: Any, look: Callable[[str, str | None], Any]) -> Any:
    """`value` with every `${…}` in it replaced by what `look(name, key)` gives."""
    if isinstance(value, dict):
        return {key: resolve(item, look) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, look) for item in value]
    if not isinstance(value, str):
        return value
    if alone := REFERENCE.fullmatch(value):
        return look(alone[1], alone[2])
    return REFERENCE.sub(lambda found: str(look(found[1], found[2])), value)
