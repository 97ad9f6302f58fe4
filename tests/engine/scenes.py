"""A script and a novel in a few lines, with their people."""

from studio.dialogue import Character

EMPEROR = [Character("皇帝", ["皇上", "四郎"])]
SCRIPT = """第1幕
（皇帝坐在案前）
徐进良：（跪）请皇上翻牌子。
皇帝：（不耐烦）哪来那么多话？（放下笔）下去吧。
小厦子；皇上，太后来了。
皇上：快，请太后进来。
太后：皇帝近来可好？
皇帝：儿臣……
（起身行礼）
给太后请安。

第2幕
旁白：三日之后。
皇帝：传华妃。
甄嬛：臣妾在。
四郎：免礼。
"""
NOVEL = """“你怎么来了？”王平推开门，吃惊地说。

“我来看看你，”李静笑道，“顺便还你的书。”

“书？什么书？”

“上次借的那本。”她把书放在桌上。

王平说：“坐吧。”

* * *

“早啊。”王平道。

李静回答：“早。”
他把那本“天书”收了起来。
"""
PEOPLE = [Character("王平", gender="m"), Character("李静", gender="f")]
