"""Every tab in both languages and both colour schemes: no serious fault by axe-core, nothing that
overflows. Pictures of them: `python tests/bench/screenshots.py DIR`.
"""

import pytest
from playwright.sync_api import expect

from tests.bench import prepared_workspace
from tests.journeys import hands

pytestmark = pytest.mark.browser


@pytest.fixture(params=["en", "zh"])
def language(request):
    return request.param


@pytest.mark.timeout(240)
def test_no_serious_fault_on_any_tab(desk, browser, language, monkeypatch):
    """By axe-core, on a used workspace, in both schemes on one page: in the other scheme only the
    contrast can be another.
    """
    from axe_playwright_python.sync_playwright import Axe

    monkeypatch.setenv("INKWELL_HOME", str(desk.folder / "home"))
    prepared_workspace.build(desk.workspace, language)
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="zh-CN" if language == "zh" else "en-GB",
        color_scheme={"en": "light", "zh": "dark"}[language],
    )
    page, found, overflowing = context.new_page(), [], []

    def other_scheme():
        """The other colours, once their transitions have come to an end."""
        page.evaluate(
            "async () => { document.body.classList.toggle('dark'); await new Promise(done => "
            "requestAnimationFrame(() => setTimeout(done))); "
            "await Promise.allSettled(document.getAnimations().map(one => one.finished)); }"
        )

    def look(tab, scheme, **rules):
        # Gradio's own error toast cannot be mended from outside (measured with 6.31).
        result = Axe().run(
            page,
            context={"exclude": [[".toast-wrap"]]},
            options={"resultTypes": ["violations"]} | rules,
        )
        for fault in result.response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                nodes = [(n["html"][:160], n["any"][:1]) for n in fault["nodes"][:3]]
                found.append((tab, scheme, fault["id"], nodes))

    desk.enter(page)
    for tab in hands.TABS:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        if tab == "library":
            page.locator("#library-list tbody tr").first.click()
        look(tab, "first")
        wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1")
        overflowing += [tab] if wide else []
        other_scheme()
        look(tab, "other", runOnly=["color-contrast"])
        other_scheme()
    context.close()
    assert not found, found
    assert not overflowing


def test_the_page_asks_the_web_for_nothing(desk, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    desk.enter(page)
    for tab in hands.TABS:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
    assert asked and not [url for url in asked if not url.startswith((desk.url, "data:", "blob:"))]


def test_the_language_is_switched_without_a_restart_and_remembered(desk, page):
    desk.enter(page)
    page.locator("#language").click()
    page.locator("#tabs").get_by_text("分块").first.wait_for(timeout=30000)
    page.reload()
    page.locator("#tabs").get_by_text("分块").first.wait_for(timeout=30000)


def test_gradios_own_words_follow_the_language(desk, page):
    desk.enter(page)
    box = page.locator("#chunk-upload, #chunking-upload").first
    labels = page.locator("[aria-label='File upload'], [aria-label='More tabs']")
    expect(box).to_contain_text("Drop File Here")
    page.locator("#language").click()
    expect(box).to_contain_text("将文件拖放到此处")
    expect(labels).to_have_count(0)
    page.reload()
    page.locator("#tabs:not([inert])").wait_for()
    expect(box).to_contain_text("将文件拖放到此处")
    page.locator("#language").click()
    expect(box).to_contain_text("Drop File Here")
    expect(labels).not_to_have_count(0)


def test_at_900_pixels_the_form_stands_above(desk, page):
    page.set_viewport_size({"width": 880, "height": 900})
    desk.enter(page)
    form, result = (
        page.locator(".left").first.bounding_box(),
        page.locator(".right").first.bounding_box(),
    )
    assert form["y"] + form["height"] <= result["y"] + 1


def test_the_yaml_of_a_form_unfolds_under_the_mouse(desk, page):
    """Nothing lies over the form's headings: the upload box once took their clicks."""
    desk.enter(page)
    page.locator("#chunking-yaml button").first.click(timeout=30000)
    page.locator("#chunking-yaml").get_by_text("kind").first.wait_for(timeout=30000)
