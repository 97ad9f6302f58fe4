"""Texts in the encodings of their languages, short and long: what the one decoder is measured
on.
"""

CHINESE = {
    "short": "问,答",
    "line": "老周说：“来了，你们怎么还在这里？”",
    "row": "你叫什么名字？,我叫小明，今年十岁。",
    "names": "姓名,别名\n孙悟空,行者\n猪八戒,悟能\n",
    "words": "你好，世界。",
    "law": "第一条　为了惩罚犯罪，保护人民，根据宪法，制定本法。",
}
TRADITIONAL = {
    "line": "老周說：「來了，你們怎麼還在這裡？」",
    "row": "你叫什麼名字？,我叫小明，今年十歲。",
    "short": "問,答",
    "words": "我們說：「好。」",
    "long": (
        "第一回 靈根育孕源流出 心性修持大道生。詩曰：混沌未分天地亂，茫茫渺渺無人見。"
        "自從盤古破鴻濛，開闢從茲清濁辨。"
    ),
}
JAPANESE = {
    "line": "「行こう」と彼は言った。それから二人は黙った。",
    "row": "質問,答え\nお名前は？,太郎です。\n",
    "short": "はい、そうです。",
    "long": (
        "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
        "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。"
    ),
}
KOREAN = {
    "line": "나는 어제 학교에 갔습니다. 그리고 친구를 만났습니다.",
    "row": "질문,답변\n이름이 뭐예요?,저는 민수입니다.\n",
    "short": "안녕하세요.",
    "long": (
        "옛날 옛적에 깊은 산속에 호랑이 한 마리가 살고 있었습니다. "
        "호랑이는 배가 고파서 마을로 내려왔습니다."
    ),
}
RUSSIAN = {
    "line": "Он сказал, что придёт завтра утром. Она не ответила.",
    "row": "вопрос,ответ\nКак тебя зовут?,Меня зовут Иван.\n",
    "short": "Привет, мир.",
    "long": (
        "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива "
        "по-своему. Всё смешалось в доме Облонских."
    ),
}
WESTERN = {
    "french": "Où est-il allé ? À l’école, je crois. C’était déjà l’été.",
    "german": "Für Elise: ein schöner Größenunterschied, süß.",
    "spanish": "¿Qué pasó? El niño comió mañana.",
    "portuguese": "Não há informação sobre as eleições.",
    "quotes": "“Well,” said Tom, “it’s late.”",
    "accents": "They sat in the café and were naïve.",
    "row": "question,answer\nWo wohnt sie?,In München.\n",
    "one": "the façade\n",
    "italian": "Così è, però più tardi. La città è là.",
    "danish": "Hun så på ham og sagde: »Kære ven, øen er smuk.«",
    "swedish": "Hon såg på honom. Där är älven, sade hon, och ön.",
    "finnish": "Hän tuli myöhään, eikä kukaan nähnyt häntä.",
    "where": "Où ?",
}
POLISH = {
    "line": "„Zażółć gęślą jaźń” – powiedział, a ona się roześmiała.",
    "row": "pytanie,odpowiedź\nJak się nazywasz?,Nazywam się Łukasz.\n",
    "short": "Dziękuję, już idę.",
    "long": (
        "Litwo! Ojczyzno moja! ty jesteś jak zdrowie. Ile cię trzeba cenić, ten tylko się dowie, "
        "kto cię stracił. Dziś piękność twą w całej ozdobie widzę i opisuję, bo tęsknię po tobie."
    ),
}
CZECH = {
    "line": "„Příliš žluťoučký kůň úpěl ďábelské ódy,“ řekla.",
    "row": "otázka,odpověď\nJak se jmenuješ?,Jmenuji se Jiří.\n",
    "short": "Děkuji, už jdu.",
    "long": (
        "Bylo pozdě večer, když K. přišel. Vesnice ležela v hlubokém sněhu. Zámecký vrch nebylo "
        "vidět, zahalovala ho mlha a tma, ani nejslabší světélko nenaznačovalo velký zámek."
    ),
}
HUNGARIAN = {
    "line": "Árvíztűrő tükörfúrógép – mondta ő.",
    "long": "Egyszer volt, hol nem volt, volt egyszer egy szegény ember, annak három fia: erős, "
    "ügyes és bölcs. Elküldte őket, hogy keressenek tündérkertet az Óperencián túl.",
}
SLOVAK = {
    "line": "Kde bolo, tam bolo, žil raz jeden kráľ a ten mal dcéru, ktorá sa nevedela smiať.",
}
CROATIAN = {
    "line": "Živio je čovjek koji nije mogao naći sreću ni u kući ni u šumi, pa je pošao dalje.",
}
TURKISH = {
    "line": "Bir varmış bir yokmuş; eski günlerde küçük bir köyde yaşlı bir değirmenci yaşarmış.",
}
LITHUANIAN = {
    "line": "Gyveno senelis ir senelė, jie turėjo vištelę, kuri dėjo auksinius kiaušinius čia.",
}
LATVIAN = {
    "line": "Reiz dzīvoja vecs vīrs, kam bija trīs dēli: divi gudri, bet trešais muļķis.",
}
SETS = {
    "gb18030": CHINESE,
    "gbk": CHINESE,
    "big5": TRADITIONAL,
    "cp932": JAPANESE,
    "euc_jp": JAPANESE,
    "euc_kr": KOREAN,
    "koi8_r": RUSSIAN,
    "cp1251": RUSSIAN,
    "cp1252": WESTERN,
    "cp866": RUSSIAN,
    "iso8859_5": RUSSIAN,
    "cp1250": {
        **{f"polish {name}": text for name, text in POLISH.items()},
        **{f"czech {name}": text for name, text in CZECH.items()},
        **{f"hungarian {name}": text for name, text in HUNGARIAN.items()},
        **{f"slovak {name}": text for name, text in SLOVAK.items()},
        **{f"croatian {name}": text for name, text in CROATIAN.items()},
    },
    "iso8859_2": {
        name: text.translate(str.maketrans("„“”–", '"""-'))
        for name, text in {
            **{f"polish {name}": text for name, text in POLISH.items()},
            **{f"czech {name}": text for name, text in CZECH.items()},
        }.items()
    },
    "cp1254": TURKISH,
    "cp1257": {"lithuanian": LITHUANIAN["line"], "latvian": LATVIAN["line"]},
    **dict.fromkeys(
        ("utf-8", "utf-8-sig", "utf-16"),
        CHINESE | TRADITIONAL | JAPANESE | KOREAN | RUSSIAN | WESTERN,
    ),
}
BEFORE = {
    "alone": "",
    "after a line": "question,answer\n",
    "after 350 KB": "He walked down to the mill and nobody spoke to him at all.\n" * 6000,
}
CASES = [
    (encoding, label, where, BEFORE[where] + text * times)
    for encoding, texts in SETS.items()
    for label, text in texts.items()
    for where in BEFORE
    for times in (1, 30)
]
