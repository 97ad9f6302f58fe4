"""Scenes in the manner of a classical novel, made from a list of names: every line is tagged by one
character of the speaker's name. Seeded, so that two runs give the same text.
"""

import random
from dataclasses import dataclass

# Full names of the old histories; of each the last character stands alone in the tags.
NAMES = (
    "曹操 周瑜 鲁肃 吕布 诸葛亮 孙权 张昭 荀彧 郭嘉 黄忠 魏延 庞统 "
    "司马懿 夏侯惇 陈宫 袁绍 袁术 公孙瓒 贾诩 程昱 甘宁 吕蒙 陆逊 姜维 "
    "邓艾 钟会 马超 张松 法正 刘璋 刘表 蔡瑁 蒋干 阚泽 徐庶 许褚 "
    "典韦 李儒 王允 董卓 卢植 田丰 沮授 审配 关羽 张飞 赵云 刘备 "
    "孟获 杨修 华歆"
).split()
INTRODUCTIONS = (
    "却说{a}在营中闲坐，忽报{b}到。",
    "{a}引军到江边，{b}出迎。",
    "次日，{a}请{b}入帐议事。",
    "且说{b}辞了众人，来见{a}。",
    "当日{a}升帐，聚众商议，{b}在侧。",
    "是夜，{a}与{b}对坐饮酒。",
)
TAGS = (
    "{x}曰：",
    "{x}问曰：",
    "{x}惊曰：",
    "{x}笑曰：",
    "{x}大怒曰：",
    "{x}大笑曰：",
    "{x}答曰：",
    "{x}叹曰：",
    "{x}又曰：",
    "{x}拱手曰：",
    "{x}谢曰：",
    "{x}谓{y}曰：",
    "{x}问{y}曰：",
    "{x}笑谓{y}曰：",
    "{x}沉吟半晌，乃曰：",
    "{x}大喜，谓{y}曰：",
    "{x}视之，大惊曰：",
    "{x}低声谓{y}曰：",
    "{x}道：",
    "{x}喝道：",
    "{x}冷笑道：",
    "{x}急问曰：",
    "{x}正色曰：",
    "{x}愤然曰：",
    "{x}从容对曰：",
    "{x}叱曰：",
    "{x}谢罪曰：",
    "{x}抚掌大笑曰：",
    "{x}暗思曰：",
    "言未毕，{x}曰：",
)
LINES = (
    "今番出兵，何时可回？",
    "粮草未足，不可轻动。",
    "公之高见，正合吾意。",
    "此计虽妙，只恐有失。",
    "愿闻其详。",
    "某愿往。",
    "彼军远来疲惫，可一战而破。",
    "汝欲何为？",
    "城中兵少，如之奈何？",
    "事不宜迟，速行之。",
)
BETWEEN = ("", "", "", "众皆无言。", "左右皆退。", "时值隆冬，江风正紧。")


@dataclass(frozen=True)
class Scene:
    """A text with what each of its quotes says and who says it, in order."""

    text: str
    speakers: tuple[tuple[str, str], ...]


def classical_scenes(count: int, seed: int = 7) -> list[Scene]:
    """`count` scenes of two persons each, six to ten lines long."""
    dice = random.Random(seed)
    return [_scene(dice) for _ in range(count)]


def _scene(dice: random.Random) -> Scene:
    a, b = dice.sample(NAMES, 2)
    while a[-1] == b[-1] or a[0] == b[0]:
        a, b = dice.sample(NAMES, 2)
    body = "　　" + dice.choice(INTRODUCTIONS).format(a=a, b=b)
    spoken = []
    for turn in range(dice.randint(6, 10)):
        # two lines of one speaker in a row now and then, so that turns alone do not tell
        who, other = (a, b) if (turn + (dice.random() < 0.15)) % 2 else (b, a)
        line = dice.choice(LINES)
        body += dice.choice(TAGS).format(x=who[-1], y=other[-1]) + f"“{line}”"
        spoken.append((line, who))
        body += dice.choice(BETWEEN)
        if dice.random() < 0.2:
            body += "\n　　"
    return Scene(body.rstrip("\n　") + "\n", tuple(spoken))
