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
