"""Bytes → text: byte-order marks, UTF-8, UTF-16, the two Chinese families, and the rest by charset-normalizer.

The text is exactly what the bytes say, less a byte-order mark: line ends and spaces stay as they are.
"""

import codecs
from dataclasses import dataclass

from studio.errors import InputError

# The longest first: UTF-32's mark begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a page says of itself, by the name that browsers give it (WHATWG, "Encoding", labels).
SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "us-ascii": "cp1252", "ascii": "cp1252", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
}
# Characters so common that any page of Chinese holds many of them, in both scripts.
COMMON = set(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實軍無與長機業關點將兩間問應戰頭體產話門員論處義幾條氣題爾變總電數報結務場計許統區隊馬書聽卻達強難權設記類據張該規萬覺術領確傳師觀讓識帶導爭運"
)
SAMPLE_BYTES = 1 << 18
# cp1252's letters and typographic marks that occur in Western books.
WESTERN = set("‘’“”–—…•©«»°£¡¿ àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœÀÁÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÛÜŒß")


@dataclass(frozen=True)
class Decoded:
    """A text and the encoding it was in; `damaged` counts bytes that no longer meant anything."""

    text: str
    encoding: str
    damaged: int = 0

    @property
    def told(self) -> str:
        """The encoding, and how many bytes of it were damaged."""
        return f"{self.encoding}, {self.damaged} damaged" if self.damaged else self.encoding


def decode(data: bytes, name: str, declared: str = "") -> Decoded:
    """The text of a file; `declared` is the encoding that it claims for itself, believed if it fits.

    A byte-order mark and valid UTF-8 go before the claim: many a page in UTF-8 still says gb2312.
    Raises InputError for what is not text, naming the kinds of file that work.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _checked(_strict(data[len(mark):], encoding), encoding, name)
    zeros = b"\0" in data
    if not zeros and (text := _strict(data, "utf-8")) is not None:
        return _checked(text, "utf-8", name)
    if (claim := _known(declared)) and not zeros and (text := _strict(data, claim)) is not None:
        return _checked(text, claim, name)
    if encoding := _wide(data):
        return _checked(_strict(data, encoding), encoding, name)
    if zeros:
        raise _not_text(name)
    return _legacy(data, name, _known(declared))


def _known(declared: str) -> str | None:
    """Python's name of a declared text encoding; None for none, an unknown one and the UTF-16 that was tried before."""
    try:
        found = codecs.lookup(SUPERSETS.get(declared.strip().lower(), declared.strip() or "-")).name
        b"".decode(found)  # refuses the codecs that are no text's, such as zlib
    except (LookupError, ValueError):
        return None
    return None if found.startswith(("utf-16", "utf-32", "utf-7")) else found


def _legacy(data: bytes, name: str, claim: str | None = None) -> Decoded:
    """One of the encodings from before Unicode, judged by what each makes of the bytes."""
    sample = _sample(data)
    found = _western(sample) or _japanese(sample) or _chinese(sample) or _guessed(sample)
    if found and (text := _strict(data, found)) is not None:
        return _checked(text, found, name)
    # A book that has been copied for twenty years may hold a few broken bytes: show each as U+FFFD.
    for encoding in dict.fromkeys([*([claim] if claim else []), "utf-8", *([found] if found else []), "gb18030", "big5hkscs"]):
        text = data.decode(encoding, "replace")
        damaged = text.count("\ufffd")
        if damaged * 1000 <= max(len(text), 1000):
            checked = _checked(text, encoding, name)
            return Decoded(checked.text, encoding, damaged)
    raise InputError(
        "The characters of {name} could not be recognised.", "Save it as UTF-8 text and add it again.", name=name
    )


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _sample(data: bytes) -> bytes:
    """The first 256 KB, ended at a line so that no character is halved."""
    if len(data) <= SAMPLE_BYTES:
        return data
    end = data.rfind(b"\n", 0, SAMPLE_BYTES)
    return data[: end + 1] if end > 0 else data[:SAMPLE_BYTES]


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: half of the zero bytes' places are empty, or the text reads as Chinese."""
    if len(data) % 2 or not data:
        return None
    piece = data[: SAMPLE_BYTES]
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        text = _strict(piece, encoding)
        if text is None or "\0" in text:
            continue
        ascii_share = sum(1 for byte in piece[high::2] if byte == 0) / max(1, len(text))
        if ascii_share > 0.7 and piece[1 - high :: 2].count(0) == 0:
            return encoding
        if common_share(text) > 0.25:
            return encoding
    return None


def _western(sample: bytes) -> str | None:
    """cp1252 for a text that is nearly all ASCII and whose other bytes are its letters and quotes."""
    high = [byte for byte in sample if byte >= 0x80]
    text = _strict(sample, "cp1252")
    if text is None or not high or len(high) > 0.12 * len(sample):
        return None
    odd = sum(1 for c in text if ord(c) >= 0x80 and c not in WESTERN)
    if odd > 0.05 * len(high):
        return None
    # Chinese among much ASCII: its bytes come in pairs, a Western book's mostly alone.
    alone = sum(
        1 for i, byte in enumerate(sample)
        if byte >= 0x80 and sample[i - 1 : i] < b"\x80" and sample[i + 1 : i + 2] < b"\x80"
    )
    return "cp1252" if alone >= 0.5 * len(high) else None


def _chinese(sample: bytes) -> str | None:
    """gb18030 or big5, whichever gives more of the common characters; None if neither reads as Chinese."""
    scored = []
    for encoding in ("gb18030", "big5hkscs"):
        text = sample.decode(encoding, "replace")
        if text.count("\ufffd") * 200 <= max(len(text), 200):
            scored.append((common_share(text), encoding))
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.15 else None


def common_share(text: str) -> float:
    """The share of common ones among the characters that are neither ASCII nor Chinese marks."""
    letters = [c for c in text if ord(c) >= 0x80 and c.isalpha()]
    return sum(c in COMMON for c in letters) / len(letters) if letters else 0.0


def _japanese(sample: bytes) -> str | None:
    """EUC-JP or Shift-JIS where it gives the hiragana that every Japanese sentence has."""
    for encoding in ("euc_jp", "cp932"):
        text = _strict(sample, encoding) or ""
        letters = sum(ord(c) >= 0x80 and c.isalpha() for c in text)
        if letters and sum("\u3041" <= c <= "\u3093" for c in text) > 0.25 * letters:
            return encoding
    return None


def _guessed(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else None


def _checked(text: str | None, encoding: str, name: str) -> Decoded:
    """Raises InputError for text that is empty, broken, or full of control characters."""
    if text is None:
        raise InputError(
            "{name} is damaged: it is not valid {encoding}.", "Save it as UTF-8 text and add it again.",
            name=name, encoding=encoding,
        )
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InputError("The file {name} is empty.", "Choose a file with text.", name=name)
    head = text[:100_000]
    controls = sum(1 for c in head if c < " " and c not in "\t\n\r\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f")
    if "\0" in text or controls * 100 > len(head):
        raise _not_text(name)
    return Decoded(text, encoding)


def _not_text(name: str) -> InputError:
    return InputError(
        "{name} is not text, nor any kind of file that can be read here.",
        "Save it as txt, md, html, docx, pdf, epub, srt, csv or jsonl and add that.", name=name,
    )
