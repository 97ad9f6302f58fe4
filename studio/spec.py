"""Spec: the base of all job specs.

A field is written once, here in its spec class, and that one line makes the form, reads it back,
checks it, fills it from a preset and helps to fill it in. Its label, and its help in other
languages than English, stand in `words/` under `fields.<name>`, or `fields_of.<kind>.<name>` where
one kind means something else by it.
"""

import difflib
import hashlib
import json
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_of
from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.errors import Problem, SpecError

if TYPE_CHECKING:
    from studio.workspace import Workspace

# What pydantic finds, by the beginning of its name for it, in words that a person knows; {name} is
# a bound or list of its.
WRONG = {
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "int": "a whole number is needed",
    "float": "a number is needed",
    "bool": "true or false is needed",
    "literal": "one of {expected}",
    "string": "a text is needed",
    "list": "a list is needed",
    "dict": "a table is needed",
    "missing": "is missing",
    "finite": "a number is needed",
}


class Wrong(ValueError):
    """Raised in a spec's own checks: what is wrong with which fields (see `Problem`)."""

    def __init__(self, what: str, *fields: str, **values: Any) -> None:
        self.problem = Problem(
            fields, what, tuple((key, str(value)) for key, value in values.items())
        )
        super().__init__(self.problem.sentence(what, {name: f"`{name}`" for name in fields}, ": "))


def field(
    default: Any = ...,
    *,
    help: str = "",
    group: str = "main",
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    widget: str = "",
    source: str = "",
    lines: int = 1,
    preset: bool = True,
    example: Any = None,
    overruled_by: str = "",
    counts_with: Mapping[str, tuple[Any, ...]] | None = None,
    factory: Any = None,
) -> Any:
    """One field of a spec with all a form needs to know.

    help: one line for the person who fills it in, without a full stop; `words/zh.yaml` has its
    translation.
    group: "main" fields stand open, others fold under their group's name, "hidden" makes no input.
    unit: unit key shown with the help ("tokens", "characters"); low/high: inclusive range.
    source: name of a list that only the workspace knows (documents, datasets, adapters…).
    preset: whether choosing a preset sets it, to its default where the preset does not name it; not
    so for what is of the work at hand, such as its documents and its name.
    example: what it may hold, where its default alone will not do; for `run --explain`.
    overruled_by: the field that takes its place once it is set (see `is_set`), as `max_steps` does
    that of `num_train_epochs`.
    counts_with: it counts only while each of these fields holds one of the values named.
    widget: overrides the component chosen from the type ("slider", "text", "several" of a source,
    which a text holds with commas between them).
    """
    extra: dict[str, Any] = {
        "group": group,
        "unit": unit,
        "step": step,
        "widget": widget,
        "source": source,
        "lines": lines,
        "preset": preset,
        "example": example,
        "overruled_by": overruled_by,
        "counts_with": {name: list(values) for name, values in (counts_with or {}).items()},
    }
    given: dict[str, Any] = {"default_factory": factory} if factory else {"default": default}
    if help:
        given["description"] = help
    given |= {name: bound for name, bound in (("ge", low), ("le", high)) if bound is not None}
    return Field(**given, json_schema_extra=extra)


@dataclass(frozen=True)
class FieldRow:
    """What a form knows of one field; made from the spec class by `Spec.rows()`."""

    name: str
    type: str  # "bool", "int", "float", "str", "choice", "list"
    default: Any
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    step: float | None
    unit: str
    group: str
    widget: str
    source: str
    lines: int
    optional: bool
    help: str
    preset: bool
    required: bool
    example: Any
    overruled_by: str = ""
    counts_with: Mapping[str, Sequence[Any]] = field_of(default_factory=dict)


class Spec(BaseModel):
    """Base of all job specs: unknown keys are refused, every problem is told at once."""

    # The fields that stand first in the form, where a spec adds its own to those it inherits.
    FIRST: ClassVar[tuple[str, ...]] = ()
    # Former name → present name of each field that was renamed. The former names are still read,
    # and they are what work is identified by, so that what was begun under them goes on.
    FORMER: ClassVar[Mapping[str, str]] = {}

    # The hidden field that keeps which keys of another program's file were passed over.
    NOTED: ClassVar[str] = ""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())
    KIND: ClassVar[str] = ""
    # The TypedDict of what the job gives when it is done.
    RESULT: ClassVar[type] = dict

    @classmethod
    def rows(cls) -> list[FieldRow]:
        """The field table, hidden fields included: those that FIRST names, then the others in the
        order of writing.
        """
        first = [name for name in cls.FIRST if name in cls.model_fields]
        names = dict.fromkeys([*first, *cls.model_fields])
        return [_row(name, cls.model_fields[name]) for name in names]

    @classmethod
    def row(cls, name: str) -> FieldRow:
        """One field's row of the table. Raises KeyError."""
        return _row(name, cls.model_fields[name])

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """A checked spec from plain data. Raises SpecError with every problem in one sentence."""
        if not isinstance(data, dict):
            raise SpecError("The spec is not a table of fields.", "Write it as `key: value` lines.")
        values = {key: value for key, value in data.items() if key != "kind"}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _mistake(cls, error) from error

    @classmethod
    def notes(cls, data: dict[str, Any]) -> dict[str, str]:
        """Keys of another program's file that are read without being told as mistakes → what
        happens instead of what they ask for.
        """
        return {}

    @classmethod
    def present_names(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Plain data with each field under its present name."""
        return {cls.FORMER.get(key, key): value for key, value in data.items()}

    @classmethod
    def first_names(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Plain data with each field under the name that it had first, which stays the same: what
        identifies work is made from it.
        """
        former = {new: old for old, new in cls.FORMER.items()}
        return {former.get(key, key): value for key, value in data.items()}

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, data: Any) -> Any:
        """Raises Wrong for a field that stands under both of its names."""
        if not cls.FORMER or not isinstance(data, dict):
            return data
        for old, new in cls.FORMER.items():
            if old in data and new in data:
                raise Wrong("given under its former name {former} too", new, former=f"`{old}`")
        return cls.present_names(data)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Each field's default; None for a field that has none."""
        return {row.name: row.default for row in cls.rows()}

    @classmethod
    def stand_ins(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """The examples of the fields that must be filled in and that plain data leaves empty: with
        them the rest of a spec can be read before all of it is there.
        """
        return {
            row.name: row.example
            for row in cls.rows()
            if row.example is not None and not data.get(row.name)
        }

    @classmethod
    def without_effect(cls, data: Mapping[str, Any]) -> dict[str, str]:
        """The fields that change nothing in a spec of these values, the others at their defaults:
        name → the field that decides so.
        """
        values = cls.defaults() | cls.present_names(data)
        found = {}
        for row in cls.rows():
            if row.overruled_by and is_set(values[row.overruled_by]):
                found[row.name] = row.overruled_by
            for other, among in row.counts_with.items():
                if values[other] not in among:
                    found.setdefault(row.name, other)
        return found

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise the StudioError that this spec would end in as a job, where that can be told
        beforehand and at once.

        Called before a job is made, also for each step of a pipeline. later: fields whose value an
        earlier step will give, which are not to be judged. work: what identifies the work, the same
        when it is done again.
        Reads the store and looks for files; loads no heavy library and asks nobody on the network.
        """

    def plain(self) -> dict[str, Any]:
        """The spec as plain data with its kind first, as it is written to YAML."""
        head = {"kind": self.KIND} if self.KIND else {}
        return head | self.model_dump(mode="json")

    def as_yaml(
        self,
        *,
        only_changed: bool = False,
        also: Collection[str] = (),
        without: Collection[str] = (),
    ) -> str:
        """The spec as YAML; `only_changed`: without the fields that are read back all the same,
        save those of `also`; `without`: leaves those fields out.
        """
        found = self.model_dump(mode="json", exclude_defaults=only_changed)
        if only_changed:
            found |= self._not_restored(found)
            found |= self.model_dump(mode="json", include=set(also))
        names = [row.name for row in self.rows() if row.name in found and row.name not in without]
        body = {name: found[name] for name in names}
        head = {"kind": self.KIND} if self.KIND else {}
        return str(yaml.safe_dump(head | body, allow_unicode=True, sort_keys=False))

    def _not_restored(self, found: dict[str, Any]) -> dict[str, Any]:
        """The fields that read back from `found` differ, since a default hangs on others."""
        again = self.read(found).model_dump(mode="json")
        return {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if again[name] != value
        }

    def fingerprint(self) -> str:
        """SHA-256 over kind and values: two equal specs are the same work."""
        return digest(self.first_names(self.plain()))


def several(text: Any) -> list[str]:
    """What a text holds with commas between, without blanks around each."""
    return [part.strip() for part in str(text or "").split(",") if part.strip()]


def is_set(value: Any) -> bool:
    """Whether a field that overrules another one is set: a number above 0, a text, true."""
    return value > 0 if isinstance(value, int | float) else bool(value)


def digest(data: Any) -> str:
    """SHA-256 hex over canonical JSON: the key under which a unit of work is remembered."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _row(name: str, info: Any) -> FieldRow:
    extra = info.json_schema_extra or {}
    kind, choices, optional = _shape(info.annotation)
    low = next((m.ge for m in info.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in info.metadata if hasattr(m, "le")), None)
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return FieldRow(
        name=name,
        type=kind,
        default=default,
        choices=choices,
        low=low,
        high=high,
        step=extra.get("step"),
        unit=extra.get("unit", ""),
        group=extra.get("group", "main"),
        widget=extra.get("widget", ""),
        source=extra.get("source", ""),
        lines=extra.get("lines", 1),
        optional=optional,
        help=info.description or "",
        preset=extra.get("preset", True),
        required=info.is_required(),
        example=extra.get("example"),
        overruled_by=extra.get("overruled_by", ""),
        counts_with=extra.get("counts_with", {}),
    )


def _shape(annotation: Any) -> tuple[str, tuple[str, ...], bool]:
    """(type name, choices, may be empty) of a field's annotation."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, UnionType):
        kept = [a for a in args if a is not type(None)]
        kind, choices, _ = _shape(kept[0])
        return kind, choices, True
    if origin is Literal:
        return "choice", tuple(args), False
    if origin is list:
        _, choices, _ = _shape(args[0]) if args else ("str", (), False)
        return "list", choices, False
    names = {bool: "bool", int: "int", float: "float", str: "str", dict: "dict"}
    return names.get(origin or annotation, "object"), (), False


def _mistake(cls: type[Spec], error: ValidationError) -> SpecError:
    """The SpecError with every problem, each under the name of its field as it stands in YAML."""
    found = [_problem(cls, item) for item in error.errors()]
    made = SpecError(
        "The {kind} spec has a mistake: {problems}.",
        "Correct it and start again.",
        kind=cls.KIND or cls.__name__,
        problems="; ".join(told for told, _ in found),
    )
    made.problems = tuple(problem for _, problem in found)
    return made.about(
        cls.KIND, *dict.fromkeys(name for problem in made.problems for name in problem.fields)
    )


def _problem(cls: type[Spec], item: Any) -> tuple[str, Problem]:
    """One pydantic error in YAML's words, naming the nearest known key for a misspelt one, and for
    the window.
    """
    where = ".".join(str(part) for part in item["loc"]) or "spec"
    name = str(item["loc"][0]) if item["loc"] else ""
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where, cls.model_fields, n=1)
        hint = f", did you mean `{near[0]}`?" if near else ""
        return f"unknown key `{where}`{hint}", Problem((), "unknown key `{key}`", (("key", where),))
    context = item.get("ctx") or {}
    if isinstance(context.get("error"), Wrong):
        own = context["error"].problem
        problem = Problem(own.fields or ((name,) if name else ()), own.what, own.values)
        told = problem.sentence(own.what, {one: f"`{one}`" for one in problem.fields}, ": ")
        return told, problem
    what = next((told for kind, told in WRONG.items() if item["type"].startswith(kind)), "")
    message = what or item["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    problem = Problem(
        (name,) if name else (),
        message,
        tuple((key, figure(value)) for key, value in context.items()),
    )
    told = problem.sentence(message, {name: f"`{where}`"}, ": ")
    if item["type"] in ("missing", "value_error"):
        return told.replace("`: is", "` is"), problem
    shown = repr(item.get("input"))
    return f"{told}, not {shown if len(shown) <= 60 else shown[:57] + '…'}", problem


def figure(value: Any) -> str:
    """A bound as people write it: 16 instead of 16.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
