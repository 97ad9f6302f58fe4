"""The table of persons as text and as files: nothing is lost on the way, and what cannot be is told
in one sentence.
"""

import json

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.dialogue import Character, Found, find_characters, format_characters, parse_characters
from studio.dialogue.characters.cast_files import read_cast, write_cast
from studio.dialogue.characters.merge import join, with_found
from studio.dialogue.characters.table import Cast
from studio.dialogue.characters.validate import check, tidy
from studio.dialogue.spec import DialogueJob
from studio.errors import InputError, StudioError

COURT = [
    Character("皇帝", ["皇上", "四郎"], "m", 3),
    Character("甄嬛", ["莞嫔"], "f"),
    Character("华妃", [], None, 0),
]
NAMES = st.text(
    st.one_of(
        st.sampled_from("甲乙 Tomá\"'“,，、;；/|:：=＝#()（）mf男3 \t\n\u2028🐱-"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=20,
)
PERSONS = st.lists(
    st.builds(
        Character,
        NAMES,
        st.lists(NAMES, max_size=4),
        st.sampled_from(["m", "f", None]),
        st.sampled_from([*range(8), None]),
    ),
    max_size=6,
)


def fit(people):
    """Those of made-up persons that a table may hold, as it holds them."""
    kept = []
    for person in map(tidy, people):
        try:
            check([*kept, person])
        except InputError:
            continue
        kept.append(person)
    return kept


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("皇帝 (m, 3): 皇上, 四郎", Character("皇帝", ["皇上", "四郎"], "m", 3)),
        ("皇帝（3，男）：皇上、四郎", Character("皇帝", ["皇上", "四郎"], "m", 3)),
        ("皇帝(f)", Character("皇帝", [], "f")),
        ("Tom ( 7 ) = Tommy / T. # the piper's son", Character("Tom", ["Tommy", "T."], None, 7)),
        ("Man (old): he", Character("Man (old)", ["he"])),
        ("King (1550)", Character("King (1550)")),
        ("Man (old) (m)", Character("Man (old)", [], "m")),
        (
            '"Smith, John" (m): "J. Smith: the elder", Jack',
            Character("Smith, John", ["J. Smith: the elder", "Jack"], "m"),
        ),
        ('"士兵（1）": "the ""first"" one"', Character("士兵（1）", ['the "first" one'])),
        ("Smith, John", Character("Smith, John")),
        ('Robert "Bob" Smith: Bob', Character('Robert "Bob" Smith', ["Bob"])),
    ],
)
def test_a_line_is_a_person(line, wanted):
    assert parse_characters(line) == [wanted]
    assert parse_characters(format_characters([wanted])) == [wanted]


@settings(max_examples=100, deadline=None)
@given(PERSONS)
@example(
    [Character('"'), Character('a"b', ['"c"', '"d', 'e"']), Character("x (m, 3)", ["(2)"], "f", 7)]
)
def test_text_and_back(people):
    people = fit(people)
    assert parse_characters(format_characters(people)) == people
    # The text form is a fixed point, and what a spec makes of a YAML list is the same.
    spec = DialogueJob.read(
        {
            "characters": [
                {"name": p.name, "aliases": p.aliases, "gender": p.gender, "colour": p.colour}
                for p in people
            ]
        }
    )
    assert spec.characters == format_characters(people) and spec.people() == people
    assert DialogueJob.read(yaml.safe_load(spec.as_yaml())) == spec


@settings(max_examples=60, deadline=None)
@given(PERSONS, st.sampled_from(["csv", "json", "yaml", "txt"]))
def test_file_and_back(tmp_path_factory, people, form):
    if not (people := fit(people)):
        return
    path = tmp_path_factory.mktemp("cast") / f"人物.{form}"
    write_cast(people, path)
    assert read_cast(path) == people


@pytest.mark.parametrize("text", ["皇帝: 皇上\n康熙：皇上", "皇上 (m)\n皇帝: 皇上"])
def test_a_name_under_two_persons_is_refused_and_both_are_named(text):
    with pytest.raises(InputError) as refused:
        parse_characters(text)
    assert all(
        name in refused.value.sentence for name in ("皇帝" if "皇帝" in text else "康熙", "皇上")
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("皇帝\n皇帝 (m): 四郎", "皇帝 stands twice"),
        ("……: 甲", "…… has no letter"),
        ("甲: 、\n乙: !!!", "!!! has no letter"),
        (": 甲", "Line 1 "),
        ("甲\n(m): 乙", "Line 2 "),
        ("甲 (m, 9)", "colour 9 of 甲"),
        ("甲 (8)", "colour 8 of 甲"),
        ("甲 (m, f)", "more than one gender"),
        ("甲 (1, 2)", "more than one gender or colour"),
        ("话" * 200, "话… is too long"),
    ],
)
def test_what_cannot_be_a_person_is_told_in_one_sentence(text, told):
    with pytest.raises(InputError, match=told):
        parse_characters(text)
    with pytest.raises(StudioError, match=told):
        DialogueJob.read({"characters": text})


def test_five_hundred_persons():
    many = [
        Character(f"人物{n}号", [f"别名{n}甲", f"Alias {n}"], "f" if n % 2 else None, n % 8)
        for n in range(500)
    ]
    assert parse_characters(format_characters(many)) == many
    assert [m.name for m in Cast(many).find("别名499甲和 Alias 7 走了")] == ["人物499号", "人物7号"]


@pytest.mark.parametrize(
    "listed",
    [
        [
            {"name": "皇帝", "aliases": "皇上, 四郎", "gender": "male", "colour": 3},
            "甄嬛 (f): 莞嫔",
            {"name": "华妃", "color": "0"},
        ],
        {
            "皇帝 (m, 3)": ["皇上", "四郎"],
            "甄嬛": {"aliases": ["莞嫔"], "gender": "女"},
            "华妃": {"colour": 0},
        },
    ],
)
def test_persons_in_yaml(listed):
    assert DialogueJob.read({"characters": listed}).people() == COURT


@pytest.mark.parametrize(
    "listed",
    [
        [{"name": "甲", "colour": 8}],
        [{"name": "甲", "gender": "blue"}],
        [{"name": "甲", "age": 3}],
        [7],
        [{"name": "甲", "aliases": 3}],
    ],
)
def test_what_is_no_person_in_yaml(listed):
    with pytest.raises(StudioError, match="`characters`"):
        DialogueJob.read({"characters": listed})


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "a.csv",
            "姓名,别名,性别,颜色\n皇帝,皇上|四郎,男,3\n甄嬛,莞嫔,女,\n华妃,,,0\n".encode("gb18030"),
        ),
        (
            "a.csv",
            '\ufeffname;colour;aliases;sex\n皇帝;3;"皇上;四郎";M\n\n甄嬛;;莞嫔;F\n华妃;0;;'.encode(),
        ),
        (
            "a.tsv",
            (
                "name\taliases\tgender\tcolour\tnote\n皇帝\t皇上，四郎\tmale\t3.0\tx\n"
                "甄嬛\t莞嫔\tfemale\n华妃\t\t\t0\n"
            ).encode("utf-16"),
        ),
        (
            "a.json",
            json.dumps(
                [
                    {"name": "皇帝", "aliases": ["皇上", "四郎"], "gender": "m", "colour": 3},
                    {"name": "甄嬛", "aliases": ["莞嫔"], "gender": "f"},
                    {"name": "华妃", "aliases": [], "gender": None, "colour": 0},
                ]
            ).encode(),
        ),
        ("a.yaml", "皇帝 (m, 3): [皇上, 四郎]\n甄嬛 (女): 莞嫔\n华妃 (0):\n".encode()),
        (
            "a.yml",
            (
                "kind: dialogue\ncharacters: |\n  皇帝 (m, 3): 皇上, 四郎\n  甄嬛 (f): 莞嫔\n"
                "  华妃 (0)\n"
            ).encode(),
        ),
        (
            "a.txt",
            "皇帝（男，3）：皇上、四郎\r\n甄嬛（女）：莞嫔\r\n华妃（0）\r\n".encode("gb18030"),
        ),
    ],
)
def test_files_as_people_have_them(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert read_cast(tmp_path / name) == COURT


def test_names_that_yaml_takes_for_something_else(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "- {name: Yes, aliases: [007, null, 1e3]}\n- {name: 2024-01-01}\n"
    )
    assert [(p.name, p.aliases) for p in read_cast(tmp_path / "a.yaml")] == [
        ("Yes", ["007", "null", "1e3"]),
        ("2024-01-01", []),
    ]


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.xlsx", b"PK", "a.xlsx"),
        ("a.csv", b"", "no character in a.csv"),
        ("a.csv", b"\xef\xbb\xbf", "a.csv"),
        ("a.csv", b"who,what\nx,y", "no column of names"),
        ("a.csv", b"name\n", "no character"),
        ("a.csv", b"Main Name,Aliases\nTom,\"{'a', (}\"", "damaged"),
        ("a.json", b"{", "damaged"),
        ("a.json", b"7", "cannot be read"),
        ("a.json", b"[" * 100_000, "damaged"),
        ("a.yaml", b"a: [b", "not valid YAML"),
        ("a.yaml", b"a: &x [b]\nc: *x\n", "uses YAML aliases"),
        ("a.yaml", b"[[x]]", "cannot be read"),
        ("a.txt", bytes(range(256)) * 9, "a.txt"),
        (
            "a.json",
            b'["Tom", {"name": "Tim", "aliases": ["tom"]}]',
            "tom is given to both Tom and Tim",
        ),
        ("a.json", b'["\\ud800"]', "no letter"),
        ("a.csv", b"name,gender\nTom,blue", "gender blue of Tom"),
        ("a.csv", b"name,colour\nTom,9", "colour 9 of Tom"),
        ("a.txt", b"x" * 2_000_001, "too large"),
    ],
)
def test_bad_files_are_told_in_one_sentence(tmp_path, name, data, told):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StudioError, match=told):
        read_cast(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="none.csv"):
        read_cast(tmp_path / "none.csv")
    with pytest.raises(InputError, match="a.docx"):
        write_cast(COURT, tmp_path / "a.docx")


def test_excel_shows_chinese(tmp_path):
    write_cast(COURT, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (
        "\ufeffname,aliases,gender,colour\r\n皇帝,皇上|四郎,m,3\r\n甄嬛,莞嫔,f,\r\n华妃,,,0\r\n"
    ).encode()


def test_the_lists_of_the_corpora(shared):
    names = {p.name: p for p in read_cast(shared / "speakers" / "wp" / "name_list.txt")}
    assert names["孙少平"] == Character("孙少平", ["少平"], "m") and "f" in {
        p.gender for p in names.values()
    }
    for folder in sorted((shared / "speakers" / "pdnc").iterdir()):
        people = read_cast(folder / "character_info.csv")
        assert len(people) > 15 and parse_characters(format_characters(people)) == people
    holmes = next(p for p in people if p.name == "Mr. Sherlock Holmes")
    assert holmes.gender == "m" and {"Holmes", "Sherlock"} <= set(holmes.aliases)


def test_a_file_beside_the_table():
    made = join(COURT, [Character("甄嬛", ["嬛嬛", "莞嫔"], "m", 5), Character("太后")])
    assert made == [
        COURT[0],
        Character("甄嬛", ["莞嫔", "嬛嬛"], "f", 5),
        COURT[2],
        Character("太后"),
    ]
    with pytest.raises(InputError, match="皇上.*皇帝.*康熙"):
        join(COURT, [Character("康熙", ["皇上"])])


def test_found_speakers_join_the_table_and_the_rare_ones_wait():
    found = [
        Found("四郎", 40, "m", ("胤禛",)),
        Found("甄嬛", 30, "f", ("莞嫔", "嬛嬛")),
        Found("？？？", 9),
        Found("太后", 8, "f", ("老佛爷",)),
        *(Found(f"宫女{n}", 3) for n in range(11)),
        *(Found(f"路人{n}", 2) for n in range(5)),
        Found("华妃", 2, "f"),
    ]
    people, rare = with_found(COURT, found)
    assert people[:4] == [
        Character("皇帝", ["皇上", "四郎", "胤禛"], "m", 3),
        Character("甄嬛", ["莞嫔", "嬛嬛"], "f"),
        Character("华妃", [], "f", 0),
        Character("太后", ["老佛爷"], "f"),
    ]
    assert len(people) == 15 and [f.name for f in rare] == [f"路人{n}" for n in range(5)]
    # Pressed again, nothing changes: what a person has joined or named stays.
    assert with_found(people, found) == (people, rare)
    # Two persons that the finder takes for one stay two.
    assert with_found(COURT[:2], [Found("皇上", 5, None, ("莞嫔", "嬛嬛"))]) == (COURT[:2], [])
    crowd = [Found(f"人{n}号", 90 - n) for n in range(80)]
    assert [len(part) for part in with_found([], crowd)] == [60, 20]


def test_found_in_a_novel(shared):
    found = find_characters(
        (shared / "novels" / "journey_to_the_west.txt").read_text(encoding="utf-8")
    )
    people, rare = with_found([], found)
    assert len(people) == 60 and len(rare) > 20
    assert people[0] == Character("行者", ["孙行者"]) and people[1].aliases == ["猪八戒"]
    check(people)
