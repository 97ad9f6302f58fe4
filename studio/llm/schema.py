"""JSON answers from models that may or may not keep to a schema.

Only flat objects are asked for: every provider keeps those, and deep ones fail most
(JSONSchemaBench). The checker knows what such schemas use: required, type, enum, minLength,
maxLength.
"""

import json
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
BREAKS_OFF = "the answer breaks off before its end"


def describe(schema: dict[str, Any]) -> str:
    """The line that asks for the object in words; some servers demand the word JSON in the
    prompt.
    """
    keys = ", ".join(
        f'"{name}" ({rule.get("type", "string")})'
        for name, rule in schema.get("properties", {}).items()
    )
    return f"Answer with one JSON object and nothing else. Its keys: {keys}."


def read(text: str, schema: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """(object, "") if the text holds one that fits the schema, else (None, what is wrong with
    it).
    """
    data = parse(text)
    if not isinstance(data, dict):
        return None, BREAKS_OFF if breaks_off(text) else "the answer is not a JSON object"
    wrong = problem(data, schema)
    return (None, wrong) if wrong else (data, "")


def parse(text: str) -> Any:
    """The JSON value in `text`, mended by json-repair where it is damaged; None if there is none,
    or if it breaks off: what is missing of it nobody can mend.
    """
    begin = text.find("{")
    for read_whole, part in (
        (json.loads, text),
        (lambda found: json.JSONDecoder().raw_decode(found)[0], text[max(begin, 0) :]),
    ):
        try:
            return read_whole(part)
        except ValueError:
            continue
    if begin < 0 or breaks_off(text):
        return None
    import json_repair

    found = json_repair.loads(text[begin:])
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else found


def breaks_off(text: str) -> bool:
    """Whether an object is begun and its last text, or what follows on it, is never closed."""
    begin = text.find("{")
    return begin >= 0 and "}" not in text[max(begin, text.rfind('"')) :]


def problem(data: dict[str, Any], schema: dict[str, Any]) -> str:
    """The first way in which `data` does not fit, as a clause for the model; "" if it fits."""
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in data:
            return f'the key "{name}" is missing'
    if schema.get("additionalProperties") is False and (extra := set(data) - set(properties)):
        return f'the key "{min(extra)}" does not belong there'
    for name, rule in properties.items():
        if name in data and (wrong := _wrong_value(data[name], rule)):
            return f'"{name}" {wrong}'
    return ""


def _wrong_value(value: Any, rule: dict[str, Any]) -> str:
    kind = rule.get("type")
    if kind in TYPES and (
        not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        return f"must be of type {kind}"
    if "enum" in rule and value not in rule["enum"]:
        return f"must be one of {rule['enum']}"
    if isinstance(value, str) and len(value.strip()) < rule.get("minLength", 0):
        return "must not be empty"
    if isinstance(value, str) and len(value) > rule.get("maxLength", len(value)):
        return f"must have at most {rule['maxLength']} characters"
    return ""
