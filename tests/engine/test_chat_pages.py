"""HTML exports of chats: each message behind its writer, no times, no notices, no reactions."""

import time

import pytest

from studio.dialogue import find_utterances
from studio.documents.formats import extract

SAID = [("Mia", "are you in?"), ("leo_7", "no: out"), ("leo_7", "at six"), ("Mia", "ok")]

TELEGRAM = """<!DOCTYPE html><html><body><div class="history">
<div class="message service" id="m0"><div class="body details">1 May 2024</div></div>
<div class="message default clearfix" id="m1"><div class="pull_left userpic_wrap"><div
 class="initials">M</div></div><div class="body"><div class="pull_right date details"
 title="01.05.2024 12:03:11">12:03</div><div class="from_name">Mia</div><div class="text">are
 <strong>you</strong> in?</div></div></div>
<div class="message default clearfix" id="m2"><div class="body"><div class="pull_right date
 details">12:04</div><div class="from_name">leo_7</div><div class="reply_to details">In reply to <a
 href="#m1">this message</a></div><div class="text">no: out</div><span class="reactions"><span
 class="emoji">👍</span></span></div></div>
<div class="message default clearfix joined" id="m3"><div class="body"><div class="pull_right date
 details">12:05</div><div class="text">at six</div></div></div>
<div class="message service" id="m4"><div class="body details">Mia pinned this message</div></div>
<div class="message default clearfix" id="m5"><div class="body"><div class="from_name">Mia</div>
<div class="media_wrap"><div class="title bold">Photo</div></div></div></div>
<div class="message default clearfix joined" id="m6"><div class="body"><div class="text">ok</div>
</div></div></div></body></html>"""

DISCORD = """<!DOCTYPE html><html><body><div class="preamble"><div>Guild</div></div><div
class="chatlog"><div class="chatlog__message-group"><div class="chatlog__message-container"><div
class="chatlog__header"><span class="chatlog__author" title="mia#1">Mia</span> <span
class="chatlog__timestamp">5/1/2024 12:03 PM</span></div><div class="chatlog__content
 chatlog__markdown"><span class="chatlog__markdown-preserve">are you in?</span> <span
class="chatlog__edited-timestamp">(edited)</span></div></div></div>
<div class="chatlog__message-group"><div class="chatlog__header"><span
class="chatlog__author">leo_7</span></div><div class="chatlog__content">no: out</div><div
class="chatlog__reactions">👍 1</div><div class="chatlog__message-container"><div
class="chatlog__short-timestamp">12:05</div><div class="chatlog__content">at six</div></div></div>
<div class="chatlog__message-group"><div class="chatlog__header"><span
class="chatlog__system-notification-author">leo_7</span><span
class="chatlog__system-notification-content">pinned a message.</span></div></div>
<div class="chatlog__message-group"><div class="chatlog__header"><span
class="chatlog__author">Mia</span></div><div class="chatlog__content">ok</div></div>
</div></body></html>"""

MEMOTRACE = """<html><body><div id="x"></div><script>const chatMessages = [
{ type:1, text: 'are you in?',is_send:0,avatar_path:'a.jpg',timestamp:1714564991,displayname:'Mia'},
{ type:3, text: 'b.jpg',is_send:0,avatar_path:'a.jpg',timestamp:1714564992,displayname:'Mia'},
{ type:1, text: 'no: out<br>at six',is_send:1,timestamp:1714564993,displayname:'leo_7'},
{"type": 1, "text": "o\\u006b", "is_send": 0, "timestamp": 1714564994, "displayname": "Mia"},
{ type:10000, text: 'Mia tickled leo_7',is_send:0,displayname:''},
];</script></body></html>"""

QQ_ROW = (
    "<tr><td><div style=color:#42B475;padding-left:10px;><div style=float:left;margin-right:6px;>"
    "{}</div>12:03:11</div><div style=padding-left:20px;><font color='000000'>{}</font></div></td>"
    "</tr>"
)
QQ = (
    "<html><body><table><tr><td style=padding-left:10px;>消息对象:walks</td></tr><tr><td>日期: "
    "2024-05-01</td></tr>" + "".join(QQ_ROW.format(*one) for one in SAID) + "</table></body></html>"
)
MHT = (
    "From: <Save by Tencent MsgMgr>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
    '\ttype="text/html"; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n'
    "Content-Transfer-Encoding: 7bit\r\n\r\n{}\r\n\r\n--x\r\nContent-Type: image/jpeg\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n/9j/\r\n--x--\r\n"
)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("messages.html", TELEGRAM),
        ("d.html", DISCORD),
        ("w.html", MEMOTRACE),
        ("q.html", QQ),
        ("q.mht", MHT.format(QQ)),
    ],
)
def test_pages_of_many_programs(name, page):
    made = extract(name, page.encode())
    assert [(u.speaker, u.text) for u in find_utterances(made.text)] == SAID
    assert made.places[0][2] == "row 1"
    assert [made.text[start:end] for start, end, _ in made.places][0] == "Mia: are you in?"


def test_a_page_that_only_speaks_of_chats_is_a_page():
    page = "<html><body><p>chatlog__content and from_name</p><div class=text>words</div></body>"
    assert extract("p.html", page.encode()).text == "chatlog__content and from_name\n\nwords"


@pytest.mark.parametrize(
    "page",
    [
        "<html><script>chatMessages = [" + "{type:'" * 100_000,
        "<html><script>chatMessages = [" + "type: 1, text: '\\" * 50_000,
        "<html>" + '<div class="message default"><div class="from_name">' * 5_000,
        "<html>" + "<table><tr><td><div style=float:left;margin-right:6px;>" * 5_000,
    ],
)
def test_hostile_pages_cost_no_time(page):
    began = time.process_time()
    try:
        extract("p.html", page.encode())
    except Exception as error:
        assert type(error).__name__ == "InputError"
    assert time.process_time() - began < 8
