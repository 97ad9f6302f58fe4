"""Rows by which the health checks are measured: about two hundred in which nothing is wrong, though
much in them looks like it, and some of each kind of trouble.
"""

import re
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "presets" / "samples"


def row(asked: str, reply: str, **more: object) -> dict[str, object]:
    """A row in the normal form."""
    return {
        "system": "",
        "instruction": asked,
        "input": "",
        "output": reply,
        "history": [],
    } | more


# Where a rule that looks at words alone goes wrong.
HARD = [
    ("You broke my cup!", "I'm sorry, I can't help being clumsy. Let me buy you a new one."),
    ("Will you follow me?", "Sorry, but I cannot leave my post, sir. The gate must be held."),
    ("Tell me the secret.", "“I cannot tell you that,” he said, “not while she is listening.”"),
    ("Are you angry?", "I apologise for last night. I was tired, and I said what I did not mean."),
    ("What are you?", "I am an AI assistant made by Inkwell. Ask me about the books on the shelf."),
    (
        "Is the king here?",
        "Unfortunately the king rode north at dawn. You have missed him by an hour.",
    ),
    (
        "What does this cost?",
        "Twelve silver pieces, and not a penny less. The last one sold for $14.50.",
    ),
    ("How much is the ferry?", "£3.20 one way, £5.00 return; children under 12 ride for nothing."),
    (
        "When was it built?",
        "In 1897, and it was rebuilt in 1923-1925 after the great fire of 1921.",
    ),
    ("What is pi?", "About 3.14159265358979; ten digits are enough for any bridge."),
    ("What is the ISBN?", "The book is listed as ISBN 978-3-16-148410-0 in the catalogue."),
    ("Which release has it?", "It came with version 10.4.2.1, and 10.4.3 mended the leak."),
    ("Which address is local?", "The machine itself is 127.0.0.1; routers are often 192.168.1.1."),
    ("Where do I write to?", "Use the address user@example.com in the documentation."),
    ("Name the popes.", "Pope John XXIII opened the council; Leo XIII came before him."),
    ("Open the book.", "Chapter XXX begins with the storm, and Chapter XXXI ends it."),
    (
        "How do I start a to-do app?",
        "Make a list of what hurts, then write a TODO list for one day only.",
    ),
    (
        "Show me a Jinja template.",
        "Write `Hello {{ name }}` and render it with the name that you have.",
    ),
    ("How do I make a line break in HTML?", "Use the tag <br>, or close the paragraph with </p>."),
    ("What does &amp; mean in HTML?", "It is the entity for the sign &; browsers show it as one."),
    ("Write code to print.", "```python\nfor name in names:\n    print(name)\n```"),
    ("Give me a list.", "- bread\n- milk\n- a bag of flour for the week"),
    ("Give me steps.", "1. Open the lid.\n2. Pour the water in\n3. Wait until it boils"),
    ("Laugh!", "Hahahahahaha! You should have seen his face when the goat ate the hat."),
    ("哭什么？", "呜呜呜呜呜，我的风筝挂在树上了，那是爹爹给我做的。"),
    ("笑一个。", "哈哈哈哈哈哈哈哈，你可真有意思，这样的话也说得出口。"),
    (
        "Sing it.",
        "Row, row, row your boat,\nGently down the stream.\n"
        "Merrily, merrily, merrily, merrily,\nLife is but a dream.",
    ),
    (
        "Recite.",
        "Tyger Tyger, burning bright,\nIn the forests of the night;\n"
        "What immortal hand or eye,\nCould frame thy fearful symmetry?",
    ),
    ("Translate to Chinese: Good morning, how are you today?", "早上好，你今天怎么样？"),
    ("把这句话翻译成英文：今天天气很好。", "The weather is very good today."),
    ("What is the Chinese word for ink?", "It is 墨 (mò), the stick that is ground with water."),
    ("“Python”怎么读？", "Python 读作 /ˈpaɪθən/，中文里也有人叫它派森。"),
    ("Say it again, please.", "I said: leave the lamp where it stands. He likes to read at night."),
    ("Rewrite: he go to school every day.", "He goes to school every day."),
    (
        "Continue the story: The lamp went out.",
        "The lamp went out. Nobody moved. Then a chair scraped over the floor.",
    ),
    ("I feel sad.", "I'm sorry to hear that. Do you want to tell me what happened?"),
    ("Pass me the salt, would you?", "Here you are."),
    ("Yes or no?", "No"),
    ("Who wrote Hamlet?", "William Shakespeare"),
    ("2 + 2?", "4"),
    (
        "Signed?",
        "Thank you for your letter. We shall answer within the week.\n\nYours truly,\nA. Brandt",
    ),
    (
        "Where does it say so?",
        "See https://example.org/manual/chapter-3 for the whole text; section 2 has it",
    ),
    (
        "What do I say to the user?",
        "Tell the user what the button does before he presses it, not after.",
    ),
    ("Okay?", "Okay, let us go then. The boat leaves at six and the tide will not wait."),
    ("Café or bar?", "The café at the Champs-Élysées; naïve tourists go to the bar. It costs 3 €."),
    ("Wie heißt er?", "Er heißt Jürgen Müller-Lüdenscheidt und wohnt in der Straße „Am Höfchen“."),
    ("¿Dónde está?", "Está en la montaña, señor; mañana volverá con el niño."),
    ("Какой сегодня день?", "Сегодня вторник, завтра будет среда."),
    ("今日は何曜日ですか。", "今日は火曜日です。明日は水曜日になります。"),
    ("你生气了？", "对不起，我不能再陪你胡闹了，先生在等我回去念书。"),
    ("帮我一次吧。", "抱歉，我昨天已经答应了阿苇，不好再反悔。"),
    ("你为什么不说？", "我不能说。说了，他们一家都要受连累。"),
    ("你怎么不去？", "很抱歉，那天我病了，起不来床，没能去送你。"),
    ("你是谁？", "我是墨坊的学徒，大家都叫我阿苇。"),
    ("你是机器人吗？", "我是 Inkwell 的智能助手，可以陪你读书、聊天。"),
    ("多少钱？", "一锭三十文，两锭五十文；上回那种要贵些，一百二十文。"),
    ("哪年建的？", "光绪二十三年，也就是 1897 年，到 1923 年又重修过一回。"),
    ("订单号是多少？", "订单号是 20240517，一共三件，明天下午送到。"),
    ("写一首诗。", "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。"),
    ("什么是用户？", "使用软件的人就叫用户，做软件的人要替他们着想。"),
    ("怎么写待办？", "先写最要紧的三件事，做完一件划掉一件，别贪多。"),
    ("列几样东西。", "- 毛笔\n- 宣纸\n- 砚台和一块旧毡子"),
    ("他说什么？", "他说：“你别走。”说完又低下头去，半天没有再开口……"),
    ("后来呢？", "后来——谁知道呢！反正那条船再也没有回来过。"),
    ("AI 是什么？", "AI 是人工智能（Artificial Intelligence）的缩写，1956 年提出。"),
    ("推荐一部电影。", "《肖申克的救赎》（The Shawshank Redemption，1994）很值得一看。"),
    ("手机尾号？", "尾号是 8842，其余的我记不清了。"),
    ("圆周率是多少？", "约等于 3.1415926，祖冲之早就算到了这一位。"),
    ("怎么念“AAA”？", "一个字母一个字母地念，后面那个“XX路”也是一样。"),
    ("Ｑ是什么？", "「Ｑ」是全角字母，和半角的不同，排版时要当心。"),
    ("这个比例呢？", "长宽比是 16∶9，也有人用 4∶3，看你喜欢哪种。"),
    ("再说一遍？", "好的，好的，好的，我说我知道了，你别再催了。"),
    ("Why 'x < y'?", "Because x < y and y > z hold for all of them; & so on."),
    ("What is [sic]?", "It marks a mistake that stands in the source [sic], as editors do."),
    ("What is a generic type?", "In Java `List<Name>` holds names; in C++ it is `vector<name>`."),
    ("Who is there?", "Nobody (or so it seemed): the hall was empty, the candle still warm."),
    ("Count.", "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve."),
    (
        "What are the risks?",
        "I cannot stress enough how slippery the quay is in winter; wear boots.",
    ),
    ("Do you know him?", "I don't have the pleasure. Introduce us, and I shall be glad."),
    (
        "How can I reset it?",
        "I'm afraid you can't reset it from the menu; hold the power key for ten seconds.",
    ),
    (
        "What is an LLM?",
        "A large language model predicts the next token. It cannot see your files by itself.",
    ),
]


def paragraphs(name: str) -> list[str]:
    """The paragraphs of a sample book, without its headings."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    return [
        part.strip()
        for part in re.split(r"\n\s*\n", text)
        if len(part.strip()) > 12 and not part.startswith("#")
    ]


def clean() -> list[dict[str, object]]:
    """About two hundred rows in both languages: of a tale, of a statute, and hard ones."""
    made = [row(asked, reply) for asked, reply in HARD]
    for name in ("story.en.md", "story.zh.md", "statute.en.md", "statute.zh.md"):
        found = paragraphs(name)
        made += [row(one, other) for one, other in zip(found[::2], found[1::2], strict=False)][:34]
    return made


TOPICS = ["the harbour", "old maps", "a lost key", "the winter fair", "grinding ink"]
THEMES = ["港口", "旧地图", "钥匙", "冬天的集市", "磨墨"]
LONG = (
    "The old man ground his ink slowly, and the smell of pine soot filled the room. "
    "He said that patience is the whole of the craft. "
)
LANG = "老人慢慢地磨墨，松烟的气味满屋都是。他说，耐心就是这门手艺的全部。"


def asked(replies: list[str]) -> list[dict[str, object]]:
    """Rows with these replies, each with a question of its own."""
    return [
        row(
            f"讲讲{THEMES[n % 5]}的第{n}件事。"
            if any("\u4e00" <= sign <= "\u9fff" for sign in reply)
            else f"Tell me thing {n} about {TOPICS[n % 5]}.",
            reply,
        )
        for n, reply in enumerate(replies)
    ]


def damaged(text: str, wrong: str) -> str:
    """UTF-8 that was read in a wrong encoding."""
    return text.encode("utf-8").decode(wrong, "replace").replace("\ufffd", "")


BAD: dict[str, list[dict[str, object]]] = {
    "refusals": asked(
        [
            "As an AI language model, I cannot provide medical advice.",
            "As an AI, I don't have personal opinions or feelings about this.",
            "I'm sorry, but I can't assist with that request.",
            "I'm sorry, but as an AI language model I am not able to browse the internet.",
            "I apologize, but I cannot fulfill this request.",
            "Sorry, I can't help with that.",
            "I cannot provide instructions for making such a device.",
            "I'm just an AI assistant, so I don't have access to real-time data.",
            "Unfortunately, I am unable to generate that type of content.",
            "I am not able to assist with creating harmful content.",
            "抱歉，我无法提供这方面的信息。",
            "很抱歉，作为一个人工智能语言模型，我无法预测未来。",
            "对不起，我不能回答这个问题。",
            "作为AI助手，我没有个人情感，因此无法体会这种感受。",
            "非常抱歉，我无法满足您的要求。",
            "我无法提供相关的医疗建议，请咨询专业医生。",
            "我是一个人工智能助手，无法访问互联网上的实时信息。",
        ]
    ),
    "placeholders": asked(
        [
            "Hello! I am {{name}}, an AI assistant developed by {{author}}.",
            "您好，我是 {{name}}，由 {{author}} 发明。",
            "Dear <name>, thank you for your letter of last week.",
            "Dear [Your Name], we have received your parcel.",
            "Best regards,\n[Company]",
            "尊敬的【姓名】，您的包裹已经到了。",
            "我是[你的名字]，很高兴认识你。",
            "Welcome to {{ company }}, where ink is made.",
            "亲爱的<姓名>：见字如面。",
            "Send it to [recipient's address] before noon.",
        ]
    ),
    "drafts": asked(
        [
            "The answer is simple. TODO: write the rest.",
            "[INSERT EXAMPLE HERE] shows how the ink is made.",
            "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
            "The fair opens on XXX and closes two days later.",
            "TBD",
            "The key lies [insert place here], under the stone.",
            "集市在【待补充】举行，一共三天。",
            "港口的负责人是xxx，他做了很多年。",
            "FIXME this answer is wrong.",
            "具体步骤如下：（待补充）",
        ]
    ),
    "personal": asked(
        [
            "Write to anna.brandt@inkhouse.org and she will answer.",
            "请发邮件到 zhangwei1987@qq.com 联系他。",
            "他的电话是13812345678，晚上打。",
            "打 138-1234-5678 找老沈。",
            "Call me at +49 171 2345678 tonight.",
            "Her number is (415) 555-2671, ask for Mary.",
            "身份证号码是11010519491231002X，请核对。",
            "The card is 4111 1111 1111 1111, valid until May.",
            "Pay to DE89 3704 0044 0532 0130 00 by Friday.",
            "The server answers at 93.184.216.34 on port 80.",
            "总机 010-62345678，转三号分机。",
            "Transfer it to GB82WEST12345698765432, please.",
        ]
    ),
    "encoding": asked(
        [
            damaged("The café in the old town isn’t open on Sunday — sorry.", "cp1252"),
            damaged("He said “come in” and shut the door.", "cp1252"),
            damaged("Größe und Straße sind schön.", "cp1252"),
            damaged("naïve résumé of the señor", "latin-1"),
            damaged("老人慢慢地磨墨，松烟的气味满屋都是。", "cp1252"),
            damaged("老人慢慢地磨墨，松烟的气味满屋都是，他说耐心最要紧。", "gb18030"),
            damaged("港口在镇子的西头，东风一刮，烟就往海上走。", "gb18030"),
            "The ink\u0000 was black\u0008.",
            "\ufeffThe ink was black.",
            "zero\u200bwidth\u200bspaces in between",
            "售价１２３元，型号是 A45。",
            "Ｔｈｅ ink is black and costs 5.",
        ]
    ),
    "lost_characters": asked(
        [f"The caf\ufffd number {n} was closed." for n in range(6)]
        + [f"老人\ufffd\ufffd地磨墨，第{n}天。" for n in range(6)]
    ),
    "markup": asked(
        [
            "First line.<br>Second line.",
            "<p>The ink was black.</p>",
            '<div class="note">Old maps</div>',
            "Tom&nbsp;and&nbsp;Anna went home.",
            "He said &quot;come in&quot; twice.",
            "第一行<br/>第二行",
            "<p>墨是黑的。</p>",
            "价格&nbsp;30&nbsp;文",
            "It is <b>very</b> old.",
            '<span style="color:red">红墨</span>很少见。',
            "Salt &amp; pepper are on the table.",
        ]
    ),
    "thoughts": asked(
        [
            "<think>The user asks about ink. I should be short.\nInk is black.",
            "I should be short.</think>\nInk is black.",
            "<think>only a thought</think>",
            "Okay, the user wants to know about maps. Let me think. Maps are drawn by hand.",
            "Okay, so the user is asking about the fair. It opens in winter.",
            "The user is asking for a story about a key, so I will write one.",
            "好的，用户想知道港口的事。我先想想该怎么说。港口在西头。",
            "嗯，用户问的是磨墨的方法，先查一下资料。慢慢磨就行。",
            "好的，我需要分析一下用户的问题。集市在冬天。",
            "先想一想。</think>集市在冬天。",
        ]
    ),
    "loops": asked(
        [
            "The ink is black. " * 9,
            "I know, I know that you know. " * 8,
            "and then he went home " * 7,
            "墨是黑的，纸是白的。" * 8,
            "他走了又回来，" * 9,
            "好的，我明白了。" * 12,
            "Yes, of course I can do it for you.\n" * 6,
            "a" * 90,
            "啊" * 80,
            LONG + "It is the craft of the hand. " * 12,
            LANG + "手艺在手上，" * 14,
        ]
    ),
    "cut_off": asked(
        [
            LONG + "And when the ink was ready he",
            LONG + "Then he took the brush and the",
            LONG + "He told me that, in his youth,",
            LONG + "It was the best ink of the",
            LONG + "Nobody in the town knew how he had lear",
            LANG + "后来他把墨收进木匣，然后",
            LANG + "他又对徒弟说，做墨最要紧的是",
            LANG + "第二天清早，镇上的人都",
            LANG + "他姑姑说，那一年冬天，",
            LANG + "等到墨干了，就可以把它",
            LONG + "```python\nprint('ink')",
        ]
    ),
    "copied": [
        row(question, f"{question}{tail}")
        for question, tail in [
            ("How is ink made in the old way?", " It is made of soot and glue."),
            ("Where does the ferry go in winter?", "\nIt goes to the island."),
            ("What did the old man say to the girl?", "\n\nHe said nothing."),
            ("Why is the harbour empty today?", " Because of the storm."),
            ("Who keeps the keys of the tower?", " The widow Brandt."),
            ("请问这里的墨坊在什么地方？", "在码头的尽西头。"),
            ("老人为什么不肯收徒弟呢？", "\n因为他怕再一次失望。"),
            ("集市什么时候开始，开几天？", "冬至开始，一共三天。"),
            ("这把钥匙是谁留下来的？", "\n\n是姑姑留下来的。"),
            ("磨墨要用多少水才合适？", ""),
        ]
    ],
    "hollow": asked(
        ["N/A", "None", "null", "-", "...", "无", "暂无", "n/a.", "NaN", "no answer", "[]"]
    ),
    "other_language": [
        row(question, reply)
        for question, reply in [
            ("How is ink made in the old way?", "用松烟和胶，慢慢地磨出来。"),
            ("Where does the ferry go in winter?", "冬天渡船只到对岸的小岛。"),
            ("What did the old man say to the girl?", "他什么也没说，只是摇了摇头。"),
            ("Why is the harbour empty today?", "因为昨晚起了大风，船都没有出海。"),
            ("Who keeps the keys of the tower?", "钥匙在寡妇布兰特的手里。"),
            ("墨坊在什么地方？", "It stands at the far end of the quay."),
            ("老人为什么不肯收徒弟？", "He was afraid to be disappointed again."),
            ("集市什么时候开始？", "It begins on the shortest day of the year."),
            ("这把钥匙是谁留下来的？", "His aunt left it to him when she died."),
            ("磨墨要用多少水？", "A few drops are enough for a whole morning."),
        ]
    ],
    "equal_sides": [
        row(f"Question {n}?", "") | {"chosen": f"It is ink, number {n}.", "rejected": other}
        for n, other in enumerate(
            [f"it is ink, number {n}" for n in range(5)]
            + [f"It is  ink, number {n} ." for n in range(5, 10)]
        )
    ],
}

for one in BAD["equal_sides"]:
    del one["output"]
