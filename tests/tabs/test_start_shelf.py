"""What the shelf says of each book, and what came last."""

from dataclasses import replace

from studio.inventory import Ref, Thing
from tabs.start import shelf


def thing(family, name, kind, at, made_from=(), count=None):
    return Thing(
        ref=Ref(family, name), kind=kind, name=name, created=at, count=count, made_from=made_from
    )


def joined(things):
    """Each thing with what it is used in, as the inventory gives it."""
    return [
        replace(one, used_in=tuple(t.ref for t in things if one.ref in t.made_from))
        for one in things
    ]


BOOK = thing("document", "Jane_Eyre.txt", "document", 1, count=1_000_000)
CLEAN = thing("document", "Jane_Eyre.clean.txt", "cleaned", 2, (BOOK.ref,), 990_000)
OLD = thing("set", "old", "chunks", 3, (BOOK.ref,), 900)
CUT = thing("set", "cut", "chunks", 4, (CLEAN.ref,), 214)
LINES = thing("set", "lines", "lines", 5, (CLEAN.ref,), 96)
DATA = thing("dataset", "jane", "dataset", 6, (LINES.ref,), 80)
HELD = thing("dataset", "jane-heldout", "dataset", 6, (LINES.ref,), 8)
RUN = thing("run", "train-1", "run", 7, (DATA.ref, HELD.ref), 30)
ADAPTER = thing("adapter", "train-1", "adapter", 8, (RUN.ref,), 30)
OTHER = thing("document", "刑法.md", "document", 7.5, count=75_000)
PRESET = thing("preset", "chunking/mine", "preset", 9)
ALL = joined([BOOK, CLEAN, OLD, CUT, LINES, DATA, HELD, RUN, ADAPTER, OTHER, PRESET])


def test_a_spine_tells_all_that_was_made_of_its_book():
    first, second = shelf.spines(ALL)
    assert (first.title, first.chars, first.open) == ("Jane Eyre", 1_000_000, CLEAN.ref)
    # Of chunks and lines what the newest set holds, of datasets and adapters how many there are.
    assert first.made == {"chunks": 214, "lines": 96, "dataset": 2, "adapter": 1}
    assert (second.title, second.made) == ("刑法", {})
    assert second.thickness < first.thickness <= 1


def test_the_hue_is_the_names_and_stays():
    before = {spine.title: spine.hue for spine in shelf.spines(ALL)}
    longer = replace(BOOK, count=5, used_in=())
    assert shelf.spines([longer])[0].hue == before["Jane Eyre"]
    assert set(before.values()) <= set(range(shelf.HUES))


def test_what_is_archived_stands_on_no_shelf():
    hidden = [replace(one, archived=one.ref == ADAPTER.ref) for one in ALL]
    assert "adapter" not in shelf.spines(hidden)[0].made
    gone = [replace(one, archived=one.ref == BOOK.ref) for one in ALL]
    assert [spine.title for spine in shelf.spines(gone)] == [
        "Jane Eyre",
        "刑法",
    ]  # the copy is left
    assert ADAPTER.name not in [one.kind for one in shelf.last(hidden)]


def test_the_ten_that_came_last_in_their_order():
    many = [thing("set", f"s{n}", "chunks", 20 + n) for n in range(12)]
    found = shelf.last([*ALL, *many])
    assert [one.name for one in found] == [f"s{n}" for n in range(11, 1, -1)]
    assert PRESET not in shelf.last(ALL)


def test_a_sample_goes_by_its_title():
    assert shelf.title("story.en.md") == "The Winter Batch"
    assert shelf.title("no ending") == "no ending"
    assert shelf.title("A.B. Smith, esq. and more") == "A.B. Smith, esq. and more"
