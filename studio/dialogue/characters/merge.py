"""Two lists of persons made one: a file beside the table, and the speakers found in a text beside
both.
"""

from collections.abc import Iterable
from dataclasses import replace

from studio.dialogue.characters.validate import check, key, tidy
from studio.dialogue.records import Character, Found
from studio.errors import InputError

LEAST, SURE, MOST = (
    3,
    12,
    60,
)  # lines of a speaker who comes into the table; how many come in any case; how many at most


def join(first: Iterable[Character], more: Iterable[Character]) -> list[Character]:
    """The persons of both lists; who stands in both, by the same name, keeps what is known and
    gains what is new.

    Raises InputError where a name then belongs to two persons.
    """
    people = {key(person.name): tidy(person) for person in first}
    for person in map(tidy, more):
        known = people.get(key(person.name))
        people[key(person.name)] = (
            person
            if known is None
            else tidy(
                replace(
                    known,
                    aliases=[*known.aliases, *person.aliases],
                    gender=known.gender or person.gender,
                    colour=known.colour if known.colour is not None else person.colour,
                )
            )
        )
    made = list(people.values())
    check(made)
    return made


def with_found(
    characters: Iterable[Character], found: Iterable[Found]
) -> tuple[list[Character], list[Found]]:
    """The table with the speakers found in a text added, and those left out because they speak once
    or twice, or are no one person but a group.

    A person who stands in the table keeps every name and gains those found for them; a name that
    belongs to somebody is never taken away. Of the first 60 found come in: the first 12, then
    whoever has three lines.
    """
    people = [tidy(person) for person in characters]
    owner = {key(name): at for at, person in enumerate(people) for name in person.names}
    rare: list[Found] = []
    rank = -1  # of the persons among those found; groups take nobody's place
    for new in filter(_usable, found):
        rank += not new.group
        names = list(dict.fromkeys((new.name, *new.aliases)))
        holders = {owner[key(name)] for name in names if key(name) in owner}
        fresh = [name for name in names if key(name) not in owner]
        if len(holders) > 1:
            continue
        seldom = rank >= MOST or (rank >= SURE and new.count < LEAST)
        if not holders and (seldom or new.group):
            rare.append(new)
            continue
        if holders:
            at = holders.pop()
            people[at] = tidy(
                replace(
                    people[at],
                    aliases=[*people[at].aliases, *fresh],
                    gender=people[at].gender or new.gender,
                )
            )
        else:
            at = len(people)
            people.append(Character(fresh[0], fresh[1:], new.gender))
        owner |= {key(name): at for name in fresh}
    return people, rare


def _usable(found: Found) -> bool:
    """Whether the names found can stand in a table: a label of marks alone, such as ？？？,
    cannot.
    """
    try:
        check([Character(found.name, list(found.aliases))])
    except InputError:
        return False
    return True
