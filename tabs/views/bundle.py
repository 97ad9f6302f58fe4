"""The page's scripts as one script: ES modules, linked when the window starts.

The page gets them inside itself, so it asks for nothing more: no request that a login or a guard
could refuse, and nothing from the web. Each module becomes a function that is run once, after those
that it imports; what it exports is an object. The files are read as they are written here and in
`vendor/`: imports and exports stand at the beginning of a line, or at the end of a minified file.
"""

import re
from pathlib import Path

ENTRY = "main.js"
IMPORT = re.compile(
    r"^import\s+(?:(?P<what>[\w\s{},*$]+?)\s+from\s+)?['\"](?P<path>\.[^'\"]+)['\"];?[ \t]*$", re.M
)
DECLARED = re.compile(
    r"^export\s+(?P<kind>(?:async\s+)?function\*?|const|class)\s+(?P<name>[\w$]+)", re.M
)
DEFAULT = re.compile(r"(?:^|(?<=[;}]))export\s+default\s+", re.M)
LISTED = re.compile(r"(?:^|(?<=[;}]))export\s*\{(?P<names>[^}]*)\};?", re.M)
LEFT = re.compile(r"^(?:import|export)\b", re.M)
# Comments that have a line of their own, and the types of a parameter or a value.
COMMENTS = (
    re.compile(r"^[ \t]*//.*$", re.M),
    re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.M | re.S),
    re.compile(r"/\*\* @type [^*]*\*/ ?"),
)
INDENTED = re.compile(r"^[ \t]+", re.M)
DEFAULT_NAME = "default_export"


def bundled(folder: Path, entry: str = ENTRY) -> str:
    """The script that runs `entry` of `folder` and all that it imports.

    Raises ValueError where a module imports itself over others, uses a form of import or export
    that is not known here, or holds what would end the script within a page.
    """
    order: list[Path] = []
    _visit((folder / entry).resolve(), order, ())
    names = {path: f"module_{number}" for number, path in enumerate(order)}
    text = "\n".join(
        f"const {names[path]} = (() => {{ // {path.relative_to(folder.resolve()).as_posix()}\n"
        f"{_linked(path, names)}\n}})();"
        for path in order
    )
    if re.search(r"</script|<!--|\{%-?\s*endraw", text, re.I):
        raise ValueError("A script of the page holds what ends a script in a page.")
    return text


def _visit(path: Path, order: list[Path], above: tuple[Path, ...]) -> None:
    """Add a module behind those that it imports."""
    if path in above:
        raise ValueError(f"{path.name} imports itself: {' → '.join(p.name for p in above)}.")
    if path in order:
        return
    for found in IMPORT.finditer(path.read_text(encoding="utf-8")):
        _visit((path.parent / found["path"]).resolve(), order, (*above, path))
    order.append(path)


def _plain(path: Path) -> str:
    """A module's text without the comments and the indentation that a browser has no use for, line
    by line as before; what others wrote stays as it is.
    """
    text = path.read_text(encoding="utf-8")
    if "vendor" in path.parts:
        return text
    for comment in COMMENTS:
        text = comment.sub(lambda found: "\n" * found[0].count("\n"), text)
    return INDENTED.sub("", text)


def _linked(path: Path, names: dict[Path, str]) -> str:
    """A module's text as the body of a function that returns what it exports."""
    text = _plain(path)
    exported: dict[str, str] = {}

    def taken(found: re.Match[str]) -> str:
        source = names[(path.parent / found["path"]).resolve()]
        # As many lines as before: a place in the linked script is one in the file.
        return _bindings(found["what"] or "", source) + "\n" * found[0].count("\n")

    def listed(found: re.Match[str]) -> str:
        for part in filter(None, map(str.strip, found["names"].split(","))):
            inner, _, outer = part.partition(" as ")
            exported[outer.strip() or inner] = inner.strip()
        return ""

    text = IMPORT.sub(taken, text)
    for found in DECLARED.finditer(text):
        exported[found["name"]] = found["name"]
    text = DECLARED.sub(r"\g<kind> \g<name>", text)
    text, defaults = DEFAULT.subn(f"const {DEFAULT_NAME} = ", text)
    if defaults:
        exported["default"] = DEFAULT_NAME
    text = LISTED.sub(listed, text)
    if left := LEFT.search(text):
        raise ValueError(f"{path.name} has an import or export that is not known: {left[0]}.")
    pairs = ", ".join(f"{outer}: {inner}" for outer, inner in exported.items())
    return f"{text}\nreturn {{{pairs}}};"


def _bindings(what: str, source: str) -> str:
    """The names of an import clause as constants of the module's function."""
    parts = []
    for clause in re.findall(r"\{[^}]*\}|\*\s+as\s+[\w$]+|[\w$]+", what):
        if clause.startswith("{"):
            inner = clause[1:-1].replace(" as ", ": ")
            parts.append(f"{{{' '.join(inner.split()).rstrip(', ')}}} = {source}")
        elif clause.startswith("*"):
            parts.append(f"{clause.split()[-1]} = {source}")
        else:
            parts.append(f"{clause} = {source}.default")
    return f"const {', '.join(parts)};" if parts else ""
