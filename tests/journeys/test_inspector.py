"""The form in a real browser: one line a field, help by key, YAML in and out, presets that say what
they do, the bar at the top; in both languages and at three widths.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import hands

pytestmark = pytest.mark.browser
WITH_FORM = tuple(tab for tab in hands.TABS if tab not in ("start", "library"))
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
UNFOLD_ALL = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  for (let round = 0; round < 3; round++) {
    for (const fold of document.querySelectorAll('.left button.label-wrap:not(.open)'))
      if (fold.offsetParent) fold.click();
    for (let n = 0; n < 4; n++) await frame();
  }
}"""
MEASURE = """() => [...document.querySelectorAll('.left .ink-field:not(.passage)')]
  .filter(field => field.offsetParent)
  .map(field => {
    const place = element => element.getBoundingClientRect();
    const label = place(field.querySelector('[data-testid=block-info], .label-text'));
    const control = place([...field.querySelectorAll('input')].at(-1));
    const box = place(field), column = place(field.closest('.left'));
    return {id: field.id, height: box.height, label: label.height,
      chosen: field.querySelectorAll('.token').length,
      apart: label.right <= control.left + 1, within: box.right <= column.right + 1};
  })"""


def opened(browser, desk, language, width=1280, height=800):
    """A page in a language, in a context of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[language],
        color_scheme={"en": "light", "zh": "dark"}[language],
    )
    page = context.new_page()
    desk.enter(page)
    return page


def paste(page, kind, text):
    """Put a text in place of the YAML of a form, and apply it."""
    page.locator(f"#{kind}-yaml .cm-content").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)
    page.locator(f"#{kind}-yaml-apply").click()


def notice(page):
    return page.locator(".tabitem:visible .ink-notice").first


def forms_unfolded(page):
    """Each tab with all folds of its form open, the second of two inner tabs too."""
    for tab in WITH_FORM:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        inner = page.locator(".tabitem:visible .left .inner-tabs button[role=tab]")
        for n in range(max(1, inner.count())):
            if inner.count():
                inner.nth(n).click()
            page.evaluate(UNFOLD_ALL)
            yield tab


@pytest.mark.parametrize("language", LOCALES)
def test_every_field_is_one_line(desk, browser, language):
    page = opened(browser, desk, language)
    seen = []
    for tab in forms_unfolded(page):
        fields = page.evaluate(MEASURE)
        wrong = [
            f
            for f in fields
            if (f["height"] > 34 and f["chosen"] < 2)  # several choices make it grow
            or f["label"] > 32
            or not f["apart"]
            or not f["within"]
        ]
        assert fields and not wrong, (tab, wrong)
        seen += [f["id"] for f in fields]
    assert {"train-lora_dropout", "clean-mask_style", "attribute-votes", "chat-top_k"} <= set(seen)
    page.context.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", LOCALES)
def test_no_unfolded_form_has_a_serious_fault(desk, browser, language):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, desk, language)
    for tab in forms_unfolded(page):
        faults = Axe().run(
            page,
            context={"include": [[".tabitem:not([style*='display: none']) .left"]]},
            options={"resultTypes": ["violations"]},
        )
        serious = [
            (f["id"], [n["html"][:160] for n in f["nodes"][:3]])
            for f in faults.response["violations"]
            if f["impact"] in ("serious", "critical")
        ]
        assert not serious, (tab, serious)
    page.context.close()


def test_the_primary_button_stands_in_one_place(desk, page):
    desk.enter(page)
    places = {}
    for tab in WITH_FORM:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        box = page.locator(".left .foot button.primary:visible").bounding_box()
        places[tab] = (round(box["x"]), round(box["y"]), round(box["height"]))
        assert box["width"] < 240  # sized to its text
    assert len(set(places.values())) == 1, places


def test_help_is_reached_by_key_and_read_with_its_field(desk, page):
    desk.enter(page)
    hands.open_tab(page, "training")
    hands.settled(page, "training")
    epochs = page.get_by_role("spinbutton", name="Epochs", exact=True)
    expect(epochs).to_have_accessible_description(
        re.compile(r"^How often every row is seen\..*too many.*\(0–1,000 epochs\)$")
    )
    help_box = page.locator("#ink-help")
    epochs.focus()
    expect(help_box).not_to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(help_box).to_be_visible()
    expect(help_box).to_have_text(
        re.compile(r"^How often every row is seen\..*\(0–1,000 epochs\)$")
    )
    page.keyboard.press("Escape")
    expect(help_box).not_to_be_visible()
    page.locator("#train-stage .info-text").hover()
    expect(help_box).to_have_text(
        "pt: plain text; sft: examples; rm: a reward model; dpo, kto: preferences; grpo, rloo: "
        "scores of the model's own answers, where older tools had PPO"
    )
    page.locator("#language").click()
    expect(page.locator("#tabs")).to_contain_text("分块")
    expect(page.get_by_role("spinbutton", name="训练轮数", exact=True)).to_be_visible()


YAML = {
    "chunking": ("chunking", "method: tokens\noverlap: 20", "chunk-method", "Fixed tokens"),
    "cleaning": ("chunking", "own_patterns: See page *", "clean-own_patterns", "See page *"),
    "dialogue": ("dialogue", "characters: 'Ann: Annie'", "dialogue-characters", "Ann: Annie"),
    "attribute": ("dialogue", "votes: 3", "attribute-votes", "3"),
    "instructions": (
        "instructions",
        "questions_per_chunk: 5",
        "instructions-questions_per_chunk",
        "5",
    ),
    "preferences": (
        "preferences",
        "base_url: http://a.b/v1",
        "preferences-base_url",
        "http://a.b/v1",
    ),
    "dataset": ("dataset", "name: voice", "dataset-name", "voice"),
    "training": ("training", "cutoff_len: 2048\ntemplate: qwen", "train-cutoff_len", "2048"),
}


@pytest.mark.parametrize(
    "kinds",
    [("training",), pytest.param(tuple(YAML), marks=[pytest.mark.slow, pytest.mark.timeout(240)])],
    ids=["one", "every"],
)
def test_yaml_is_pasted_into_a_form_and_read_out_again(desk, page, kinds):
    desk.enter(page)
    for kind in kinds:
        tab, text, field, value = YAML[kind]
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        if kind == "attribute":
            page.get_by_role("tab", name="Ask a model").click()
        page.evaluate(UNFOLD_ALL)
        code = page.locator(f"#{kind}-yaml .cm-content")
        expect(code).to_contain_text("kind:")  # what the button would start
        paste(page, kind, text)
        expect(notice(page)).to_contain_text("The YAML is applied")
        expect(page.locator(f"#{field} textarea, #{field} input").first).to_have_value(value)
        if kind == "training":
            expect(notice(page)).to_contain_text(
                "Passed over: template (the chat template that comes with the model is used)"
            )
        fold = page.locator(f"#{kind}-yaml > button.label-wrap")
        fold.click()
        fold.click()
        expect(code).to_contain_text(text.partition("\n")[0])


def test_yaml_with_a_mistake_changes_nothing(desk, page):
    desk.enter(page)
    hands.open_tab(page, "training")
    hands.unfold(page, "YAML")
    expect(page.locator("#training-yaml .cm-content")).to_contain_text("kind: train")
    paste(page, "training", "cutoff_len: 2048\nlearning_rate: 7\nlora_ranks: 8")
    expect(notice(page)).to_contain_text("Learning rate: at most 1")
    expect(notice(page)).to_contain_text("Unknown key `lora_ranks`")
    expect(notice(page)).to_contain_text("nothing has been filled in")
    expect(page.locator("#train-cutoff_len input")).to_have_value("1024")
    expect(page.locator(".ink-wrong")).to_have_count(0)  # the form itself is right
    page.locator("#language").click()
    expect(page.locator("#tabs")).to_contain_text("分块")
    page.locator("#training-yaml-apply").click()
    expect(notice(page)).to_contain_text("学习率：不能大于 1")


def test_a_preset_dims_what_it_overrules_and_sets_the_model_in_the_bar(desk, page):
    desk.enter(page)
    hands.open_tab(page, "training")
    epochs = page.locator("#train-num_train_epochs")
    expect(epochs).not_to_have_attribute("data-off", "set by Max steps")
    hands.choose(page, "training-preset", "Quick try on a CPU")
    expect(epochs).to_have_attribute("data-off", "set by Max steps")
    expect(page.locator("#training-changed")).to_contain_text("Learning rate 0.001")
    expect(epochs.locator("input")).to_have_accessible_description(
        re.compile(r"^How often every row is seen.* Max steps is set and counts instead\.$")
    )
    hands.unfold(page, "Steps and learning rate")
    hands.fill(page, "train-max_steps", "0")
    expect(page.locator("#train-num_train_epochs[data-off]")).to_have_count(0)
    hands.choose(page, "training-memory-preset", "GPU 8 GB")
    expect(page.locator("#training-preset input")).to_have_value("")  # it names its own model
    hands.choose(page, "training-preset", "Role style")
    expect(page.locator("#finetuning-type input")).to_have_value("QLoRA")
    expect(page.locator("#quantization input")).to_have_value("4-bit")
    expect(page.locator("#model input")).to_have_value(re.compile("^Qwen3 4B Instruct · 8.0 GB · "))
    expect(page.locator("#train-learning_rate input")).to_have_value("0.0002")
    told = page.locator("#training-changed")
    expect(told).to_contain_text("The largest Qwen3 that trains in 8 GB")
    told.locator("summary").click()
    expect(told).to_contain_text("LoRA learns best at about ten times the rate")
    hands.choose(page, "training-memory-preset", "GPU 48 GB")  # the task stays
    expect(page.locator("#model input")).to_have_value(re.compile("^Qwen3 14B · "))
    expect(page.locator("#quantization input")).to_have_value("None")
    expect(notice(page)).to_contain_text("in the bar at the top: Model")
    hands.choose(page, "training-preset", "Quick try on a CPU")
    expect(page.locator("#model input")).to_have_value("SmolLM2 135M Instruct")
    expect(page.locator("#quantization input")).to_have_value("None")
    page.locator("#language").click()
    expect(epochs).to_have_attribute("data-off", "由最大步数决定")


def test_each_model_says_what_it_takes_before_it_is_fetched_and_is_chosen_there(desk, page):
    desk.enter(page)
    page.locator("#model .ink-about").click()
    table = page.get_by_role("dialog", name="Which model fits?")
    line = table.locator("tr", has_text="Qwen3 1.7B")
    expect(line).to_contain_text("3.4 GB")
    expect(table.locator("tbody tr")).to_have_count(9)
    page.keyboard.press("Escape")
    expect(table).to_have_count(0)
    page.locator("#language").click()
    expect(page.locator("#tabs")).to_contain_text("分块")
    page.locator("#model .ink-about").click()
    table = page.get_by_role("dialog", name="哪个模型放得下？")
    expect(table).to_contain_text("6 GB 显存即可学角色口吻")
    table.get_by_role("button", name="选用: Qwen3 1.7B").click()
    expect(page.locator("#model input")).to_have_value(re.compile("^Qwen3 1.7B · 3.4 GB · "))
    expect(table).to_have_count(0)


def test_a_value_of_a_training_is_explained_beside_its_field(desk, page):
    desk.enter(page)
    hands.open_tab(page, "training")
    page.locator("#train-learning_rate .ink-about").click()
    dialog = page.locator(".ink-guide[open]")
    first = dialog.locator("[data-guide-part=values] section[data-key=learning_rate]")
    expect(first).to_be_in_viewport()
    expect(first).to_contain_text("Too high")


def test_a_field_in_a_fold_that_does_not_count_says_so_once_it_is_opened(desk, page):
    desk.enter(page)
    hands.choose(page, "chunk-method", "Structure")
    hands.unfold(page, "Limits")
    expect(page.locator("#chunk-similarity_threshold")).to_have_attribute("data-off", "not used")
    expect(page.locator("#chunk-structure_unit[data-off]")).to_have_count(0)


def test_the_sentence_stands_under_the_wrong_field_whose_frame_is_whole(desk, page):
    desk.enter(page)
    hands.open_tab(page, "training")
    hands.fill(page, "train-cutoff_len", "1")
    page.locator("#train-start").click()
    field = page.locator("#train-cutoff_len.ink-wrong")
    expect(field).to_have_attribute("data-wrong", "Cutoff length: at least 4.")
    shown = field.evaluate("field => getComputedStyle(field, '::after').content")
    assert "at least 4" in shown
    line, box = field.bounding_box(), field.locator("input").bounding_box()
    assert line["x"] <= box["x"] and box["x"] + box["width"] <= line["x"] + line["width"] + 1
    assert field.evaluate("field => getComputedStyle(field).overflow") == "visible"


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("width", [900, 1280, 1920])
def test_the_bar_cuts_nothing_off_and_nothing_overflows(desk, browser, language, width):
    page = opened(browser, desk, language, width)
    hands.settled(page, "chunking")
    cut = page.evaluate(
        """() => [...document.querySelectorAll('#top .pick')].flatMap(pick => {
          const input = pick.querySelector('input');
          const label = pick.querySelector('[data-testid=block-info]');
          const clipped = e => e.scrollWidth > e.clientWidth + 1;
          const whole = pick.id === 'workspace' || !clipped(input);
          return label && label.offsetHeight && !clipped(label) && whole ? [] : [pick.id];
        })"""
    )
    assert not cut
    for tab in WITH_FORM:
        hands.open_tab(page, tab)
        hands.settled(page, tab)
        wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1")
        assert not wide, tab
    if width == 900:
        form = page.locator(".left:visible").bounding_box()
        result = page.locator(".right:visible").first.bounding_box()
        assert form["y"] + form["height"] <= result["y"] + 1
    page.context.close()
