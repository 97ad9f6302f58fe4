"""What a person's hands do in the window, for the journeys."""

from playwright.sync_api import Locator, Page, expect

TABS = (
    "start",
    "chunking",
    "dialogue",
    "instructions",
    "preferences",
    "dataset",
    "training",
    "chat",
    "library",
)
FIRST = "chunking"  # the first step of the way


def enter(page: Page, url: str, *, begin: bool = True) -> None:
    """Open the window and wait until it has filled itself.

    begin: go on from the start page, where it opens on that, to the first step of the way.
    """
    page.goto(url)
    page.locator("#tab-chunking-button, [id$=chunk-start]").first.wait_for(timeout=30000)
    expect(page.locator("#memory")).not_to_be_empty(timeout=30000)
    page.locator("#tabs:not([inert])").wait_for(timeout=30000)
    if begin and page.locator("#tab-start-button[aria-selected=true]").count():
        open_tab(page, FIRST)


def change_to(page: Page, name: str) -> None:
    """Open another workspace of the window."""
    box = page.locator("#workspace input").first
    box.fill(name)
    box.press("Enter")
    page.wait_for_function(
        "name => ink.keep.workspace === name && ink.keep.base !== null", arg=name
    )


def open_tab(page: Page, name: str) -> None:
    """Click a tab, where there is no room for it in the menu of those that are left."""
    button = page.locator(f"#tab-{name}-button")
    menu = page.locator("#tabs > .tab-wrapper .overflow-menu > button:visible")
    button.or_(menu).first.wait_for(timeout=30_000)
    if button.count():
        button.click()
        return
    menu.click()
    page.locator("#tabs .overflow-dropdown button").nth(TABS.index(name) - len(TABS)).click()


def asks(page: Page, count: int) -> None:
    """Wait until the page has asked so often what has changed."""
    for _ in range(count):
        with page.expect_response(
            lambda response: response.url.endswith("/inkwell/changes"), timeout=30_000
        ):
            pass


def settled(page: Page, name: str) -> None:
    """Wait until a tab that was opened has drawn what it holds."""
    expect(page.locator(f"#tab-{name}-button")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => ink.pulse.settled() && ink.mended()")


def choose(page: Page, elem_id: str, option: str) -> None:
    """Choose an option of a dropdown by (the beginning of) its label."""
    page.locator(f"#{elem_id} input").first.click()
    page.get_by_role("option", name=option).first.click()


def fill(page: Page, elem_id: str, text: str) -> None:
    """Type into a field."""
    box = page.locator(f"#{elem_id} textarea, #{elem_id} input").first
    box.fill(text)
    box.blur()


def unfold(page: Page, title: str) -> None:
    """Open a folded group by its title, and wait as long as a hand would take to the first field:
    Gradio gives the fields of a group that opens their values once more a frame later."""
    page.locator(".tabitem:visible button.label-wrap", has_text=title).first.click()
    page.evaluate(
        "async () => { for (let n = 0; n < 4; n++) await new Promise(done => "
        "requestAnimationFrame(() => setTimeout(done))); }"
    )


def done(page: Page, kind: str, timeout_s: float = 120) -> None:
    """Wait until the newest job of a kind is done."""
    expect(job(page, kind, "done")).to_be_visible(timeout=timeout_s * 1000)


def job(page: Page, kind: str, state: str = "") -> Locator:
    """The status line, where it shows a job of that kind, and in that state if one is named."""
    wanted = f"[data-state={state}]" if state else ""
    return page.locator(f"#job-status .ink-status[data-kind={kind}]{wanted}")


def history(page: Page) -> Locator:
    """Open the history of jobs at the one in the status line; the open job."""
    page.locator("#job-status [data-part=open]").click()
    opened = page.locator("#job-history .ink-job")
    expect(opened).to_be_visible()
    return opened
