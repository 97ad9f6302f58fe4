"""A section's plan, by the spec's method."""

from dataclasses import replace

from studio.chunking.atoms import Begins, Plan
from studio.chunking.methods.by_paragraph import paragraphs
from studio.chunking.methods.filling import by_strongest, fill, lengthen
from studio.chunking.methods.sentence_units import sentence_units
from studio.chunking.methods.settle import settle
from studio.chunking.methods.strengths import strengths
from studio.chunking.methods.structure import structure
from studio.chunking.methods.token_windows import windows
from studio.chunking.spec import ChunkSpec
from studio.chunking.tokens.counting import Tokens
from studio.text.wrapping import wrap_width

# The last chunks, which text behind the section may still change.
OPEN_END = 3


def plan(
    text: str,
    borders: list[int],
    tokens: Tokens,
    spec: ChunkSpec,
    known: Begins | None = None,
) -> Plan:
    """How `text` is cut by structure, paragraph, recursive, length or tokens; see `Plan`.

    borders: where its sentences begin, with len(text) last. known: what is known of those places
    from a longer text. A chunk has room for the overlap that
    is put in front of it afterwards, so that none passes max_tokens.
    """
    if not text:
        return Plan(sentence_units(text, borders, tokens, 1))
    note = ""
    if spec.method == "structure" and spec.structure_unit == "auto":
        spec, note = settle(text, spec)
    most = tokens.units(spec.max_tokens - spec.overlap)
    least = min(tokens.units(spec.min_tokens), most)
    if spec.method == "tokens":
        units, firsts = windows(text, borders, tokens, most, tokens.units(spec.overlap), known)
        return Plan(units, firsts, len(firsts) - 1)
    units = sentence_units(text, borders, tokens, most, known)
    sizes = tokens.sums[units.places].tolist()
    if spec.method == "structure":
        return replace(structure(text, units, sizes, spec.structure_unit, most), note=note)
    strong = strengths(text, units)
    if spec.method == "paragraph":
        firsts = paragraphs(sizes, strong, least, most, wrap_width(text) > 0)
    elif spec.method == "recursive":
        firsts = lengthen(sizes, strong, by_strongest(sizes, strong, most), least, most)
    else:
        firsts = fill(sizes, strong, least, most)
    return Plan(units, firsts, max(0, len(firsts) - OPEN_END), note)
