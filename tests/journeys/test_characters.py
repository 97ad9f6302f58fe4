"""The characters as a table in a real browser: found, joined, set right, refused, taken out and in
again.
"""

import contextlib
import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import hands
from tests.waiting import until

pytestmark = pytest.mark.browser
STORY = Path(__file__).resolve().parents[2] / "presets" / "samples" / "story.en.md"
WAIT = 20000


def begin(desk, page):
    """The window at the characters, with a text chosen."""
    page.set_default_timeout(WAIT)
    desk.enter(page)
    hands.open_tab(page, "dialogue")
    page.locator("#dialogue-upload input[type=file]").set_input_files(STORY)
    expect(page.locator("#dialogue-documents .token")).to_have_count(1, timeout=WAIT)


def found(desk, page):
    """The same after a search for speakers."""
    begin(desk, page)
    page.locator("#dialogue-find").click()
    expect(page.locator("#cast-view tbody tr")).to_have_count(12, timeout=WAIT)


def rows(page):
    """The table as it stands at one moment: name → (aliases, gender, colour's word)."""
    return {
        name: (aliases, gender, colour)
        for name, aliases, gender, colour in page.evaluate(
            """() => [...document.querySelectorAll('#cast-view tbody tr')].map((row) => [
          row.querySelector('[data-part=name]').value,
          [...row.querySelectorAll('.ink-alias > button:first-child')].map((one) => one.innerText),
          row.querySelector('select').value, row.querySelector('[data-part=colour]').title])"""
        )
    }


def holds(page, wanted):
    """The table comes to say what is wanted; what it says else is shown."""
    with contextlib.suppress(AssertionError):
        until(lambda: rows(page) == wanted, WAIT / 1000)
    assert rows(page) == wanted


def row(page, name):
    """One person's row."""
    names = [box.input_value() for box in page.locator("#cast-view tbody [data-part=name]").all()]
    return page.locator("#cast-view tbody tr").nth(names.index(name))


def take_in(page, file):
    """A file through the import button."""
    with page.expect_file_chooser() as chooser:
        page.locator("#cast-import").click()
    chooser.value.set_files([file])


def text(page):
    return page.locator("#dialogue-characters textarea")


def says(page, *parts):
    for part in parts:
        expect(text(page)).to_have_value(part, timeout=WAIT)


@pytest.mark.timeout(180)
def test_found_joined_coloured_refused_and_through_a_file(desk, page):
    found(desk, page)
    made = rows(page)
    assert made["Tibby"] == ([], "f", "automatic") and made["Oren"][0] == ["Oren Pell"]
    assert row(page, "Tibby").locator("td.num").inner_text() == "24"
    # Two persons are one: by the button, with the keyboard alone; the figures are added.
    row(page, "Fenn").locator("[data-part=merge]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("hask")
    page.keyboard.press("Enter")
    expect(page.locator("#cast-view tbody tr")).to_have_count(11, timeout=WAIT)
    says(page, re.compile(r"^Hask \(m\): .*Fenn", re.MULTILINE))
    # By dragging: Mrs. Marrow is not Mr. Bright, but a table must do what it is told, and undo it.
    row(page, "Mrs. Marrow").locator(".ink-grip > span").drag_to(
        row(page, "Mr. Bright").locator("[data-part=name]")
    )
    says(page, re.compile(r"^Mr\. Bright \(m\): Mrs\. Marrow$", re.MULTILINE))
    page.locator("#cast-view [data-tool=undo]").click()
    says(page, re.compile(r"^Mrs\. Marrow \(f\)$", re.MULTILINE))
    # Gender and colour.
    row(page, "Hask").locator("select").select_option("f")
    row(page, "Hask").locator("[data-part=colour]").click()
    page.locator(".ink-palette").get_by_text("plum").click()
    says(page, re.compile(r"^Hask \(f, 3\): ", re.MULTILINE))
    # A name of two persons is refused, both are told; what was typed stays, the text does not take
    # it.
    before = text(page).input_value()
    row(page, "Tibby").locator("[data-part=add]").fill("Tib, oren pell,")
    expect(page.locator(".left .ink-notice")).to_contain_text(
        "Oren Pell is given to both Tibby and Oren", timeout=WAIT
    )
    assert rows(page)["Tibby"][0] == ["Tib", "oren pell"] and text(page).input_value() == before
    expect(page.locator("#cast-view .ink-alias.bad")).to_have_count(2)
    hands.asks(page, 2)  # what comes with the answers draws nothing over it
    assert rows(page)["Tibby"][0] == ["Tib", "oren pell"]
    row(page, "Tibby").locator(".ink-alias.bad .ink-x").click()
    says(page, re.compile(r"^Tibby \(f\): Tib$", re.MULTILINE))
    expect(page.locator(".left .ink-notice")).to_have_count(0)
    # Out into a file and, after the field is emptied, in again.
    whole, wanted = rows(page), text(page).input_value()
    page.locator("#cast-export").click()
    with page.expect_download() as download:
        page.locator("#cast-download").click()
    data = download.value.path().read_bytes()
    table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert {r["name"]: r["colour"] for r in table}["Hask"] == "3"
    hands.fill(page, "dialogue-characters", "")
    expect(page.locator("#cast-view tbody tr")).to_have_count(0, timeout=WAIT)
    take_in(page, {"name": "表.csv", "mimeType": "text/csv", "buffer": data})
    says(page, wanted)
    expect(page.locator("#cast-view tbody tr")).to_have_count(11, timeout=WAIT)
    holds(page, whole)
    take_in(page, {"name": "bad.json", "mimeType": "text/plain", "buffer": b"["})
    expect(page.locator(".left .ink-notice")).to_contain_text("bad.json is damaged", timeout=WAIT)
    # The fields are there again with the page, and the table with them.
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    hands.open_tab(page, "dialogue")
    page.get_by_role("tab", name="Characters").click()
    expect(page.locator("#cast-view tbody tr")).to_have_count(11, timeout=WAIT)
    expect(text(page)).to_have_value(wanted)
    holds(page, whole)


@pytest.mark.timeout(150)
def test_the_text_and_the_table_write_each_other(desk, page):
    begin(desk, page)
    page.get_by_role("tab", name="Characters").click()
    text(page).press_sequentially("Tibby (f): the girl\nOren (1): Oren Pell", delay=5)
    expect(page.locator("#cast-view tbody tr")).to_have_count(2, timeout=WAIT)
    holds(page, {"Tibby": (["the girl"], "f", "automatic"), "Oren": (["Oren Pell"], "", "amber")})
    # What cannot be read in the text is told above the table, which shows the rest.
    text(page).press_sequentially("\nTom: the girl", delay=5)
    expect(page.locator("#cast-view .ink-notice")).to_contain_text(
        "the girl is given to both Tibby and Tom", timeout=WAIT
    )
    text(page).press_sequentially(" of the ferry", delay=5)
    expect(page.locator("#cast-view .ink-notice")).to_have_count(0, timeout=WAIT)
    # In the table: a name typed and left by a click on another row's button; both count.
    row(page, "Tom").locator("[data-part=name]").fill("Tom Hask")
    row(page, "Oren").locator("[data-part=remove]").click()
    says(page, "Tibby (f): the girl\nTom Hask: the girl of the ferry")
    # Quick typing with the keyboard alone: a new person and three names, none lost.
    page.locator("#cast-view [data-tool=new]").click()
    page.keyboard.type("Fenn, the inspector")
    page.keyboard.press("Enter")
    page.keyboard.type("Lucas Fenn,Mr. Fenn,the man in grey")
    page.keyboard.press("Tab")
    says(
        page,
        (
            '"Fenn, the inspector": Lucas Fenn, Mr. Fenn, the man in grey\nTibby (f): the girl\n'
            "Tom Hask: the girl of the ferry"
        ),
    )
    assert page.evaluate("document.activeElement.dataset.part") == "gender"
    # How often each speaks stands in the table when the lines are there; the colour is the
    # review's, too.
    row(page, "Tibby").locator("[data-part=colour]").click()
    page.locator(".ink-palette").get_by_text("teal").click()
    says(page, re.compile(r"Tibby \(f, 4\)"))
    page.locator("#dialogue-start").click()
    expect(page.locator("#dialogue-view .ink-speech").first).to_be_visible(
        timeout=60000
    )  # the lines are shown when they come
    page.get_by_role("tab", name="Characters").click()
    expect(page.locator("#cast-view th", has_text="Lines")).to_be_visible(timeout=60000)
    expect(row(page, "Tibby").locator("td.num").first).not_to_have_text("0", timeout=WAIT)
    hands_on = page.locator("#cast-view tbody [data-part=name]")
    assert hands_on.first.input_value() == "Tibby"
    # Emptied, the people of the lines that are shown are there for the asking.
    wanted = text(page).input_value()
    hands.fill(page, "dialogue-characters", "")
    page.get_by_role("button", name="Take the characters of the lines shown (3)").click()
    says(page, wanted)
    expect(page.locator("#cast-view tbody tr")).to_have_count(3, timeout=WAIT)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("locale", "scheme"),
    [pytest.param("en-GB", "light", marks=pytest.mark.slow), ("zh-CN", "dark")],
)
def test_no_serious_fault(desk, browser, locale, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale=locale, color_scheme=scheme
    )
    page = context.new_page()
    found(desk, page)
    row(page, "Tibby").locator("[data-part=add]").fill("Oren,")
    expect(page.locator("#cast-view .ink-alias.bad")).to_have_count(1, timeout=WAIT)
    row(page, "Hask").locator("[data-part=colour]").click()
    result = Axe().run(
        page, context={"exclude": [[".toast-wrap"]]}, options={"resultTypes": ["violations"]}
    )
    assert not [
        (f["id"], [n["html"][:160] for n in f["nodes"][:3]])
        for f in result.response["violations"]
        if f["impact"] in ("serious", "critical")
    ]
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1")
    context.close()


TALE = (
    "却说汉中有一谋士，姓沈名策，字文渊。沈策道：“兵少。”文渊笑道：“不妨。”沈策问道：“何日？”"
    "文渊答道：“三日。”沈策道：“来。”文渊道：“走。”沈策道：“坐。”\n"
    "陆青凤走来。陆青凤道：“来了。”陆青凤笑道：“坐。”凤姐道：“吃茶。”凤姐问道：“冷么？”\n"
)


def test_names_that_may_be_one_person_are_joined_on_a_press(desk, page, tmp_path):
    page.set_default_timeout(WAIT)
    desk.enter(page)
    hands.open_tab(page, "dialogue")
    (tmp_path / "tale.txt").write_text(TALE * 3, encoding="utf-8")
    page.locator("#dialogue-upload input[type=file]").set_input_files(tmp_path / "tale.txt")
    expect(page.locator("#dialogue-documents .token")).to_have_count(1, timeout=WAIT)
    page.locator("#dialogue-find").click()
    proposals = page.locator(".ink-perhaps li")
    expect(proposals).to_have_count(2, timeout=WAIT)
    said = proposals.filter(has_text="沈策 = 文渊")
    expect(said).to_contain_text("姓沈名策，字文渊")
    said.get_by_role("button", name="文渊 is another name of 沈策").click()
    expect(proposals).to_have_count(1)
    until(lambda: rows(page).get("沈策", ([],))[0] == ["文渊"])
    until(lambda: "沈策: 文渊" in page.locator("#dialogue-characters textarea").input_value())
    page.locator("#cast-view [data-tool=undo]").click()
    expect(proposals).to_have_count(2)
    assert {"沈策", "文渊"} <= set(rows(page))
    proposals.filter(has_text="凤姐").get_by_role("button", name="are two persons").click()
    expect(proposals).to_have_count(1)
    assert {"陆青凤", "凤姐"} <= set(rows(page))
