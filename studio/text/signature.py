"""What a file is by its first bytes, for what is neither text nor a format that is read here."""

from studio.errors import InputError

HEAD_BYTES = 4096
# The first bytes of files, and what they are called everywhere.
SIGNATURES = {
    b"\xd0\xcf\x11\xe0": "DOC/XLS/PPT",
    b"{\\rtf": "RTF",
    b"AT&TFORM": "DjVu",
    b"ITSF": "CHM",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"8BPS": "PSD",
    b"\0\0\1\0": "ICO",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7Z",
    b"Rar!\x1a": "RAR",
    b"BZh": "BZIP2",
    b"\xfd7zXZ\0": "XZ",
    b"\x28\xb5\x2f\xfd": "ZSTD",
    b"SQLite format 3\0": "SQLite",
    b"GGUF": "GGUF",
    b"\x93NUMPY": "NPY",
    b"\x89HDF": "HDF5",
    b"ARROW1": "Feather",
    b"Obj\1": "Avro",
    b"ORC": "ORC",
    b"\x7fELF": "ELF",
    b"\xfe\xed\xfa\xce": "Mach-O",
    b"\xfe\xed\xfa\xcf": "Mach-O",
    b"\xce\xfa\xed\xfe": "Mach-O",
    b"\xcf\xfa\xed\xfe": "Mach-O",
    b"\xca\xfe\xba\xbe": "Mach-O",
    b"\0asm": "WebAssembly",
    b"ID3": "MP3",
    b"\xff\xfb": "MP3",
    b"\xff\xf3": "MP3",
    b"\xff\xf2": "MP3",
    b"OggS": "OGG",
    b"fLaC": "FLAC",
    b"\x1aE\xdf\xa3": "MKV",
    b"wOFF": "WOFF",
    b"wOF2": "WOFF",
    b"OTTO": "OTF",
}
# Of these the letters could begin a text: there is a zero byte soon after in the real thing.
LETTERED = {
    b"\xff\xfb",
    b"\xff\xf3",
    b"\xff\xf2",
    b"BZh",
    b"BM",
    b"ORC",
    b"ID3",
    b"MZ",
    b"GGUF",
    b"ITSF",
    b"OggS",
    b"wOFF",
    b"wOF2",
    b"OTTO",
    b"8BPS",
    b"fLaC",
    b"Obj\1",
    b"ARROW1",
}
PICTURES = {"PNG", "JPEG", "GIF", "TIFF", "PSD", "ICO", "BMP", "WEBP", "HEIC", "DjVu"}
PACKED = {"7Z", "RAR", "GZIP", "BZIP2", "XZ", "ZSTD", "TAR"}
PROGRAMS = {"ELF", "Mach-O", "EXE", "WebAssembly"}
MEDIA = {"MP3", "OGG", "FLAC", "MKV", "MP4", "WAV", "AVI"}


def kind_of_bytes(head: bytes) -> str:
    """ELF, EXE, PNG, GZIP and so on from a file's first 4096 bytes; "" for text and for what this
    does not know.
    """
    for signature, kind in SIGNATURES.items():
        if head.startswith(signature) and (
            signature not in LETTERED or b"\0" in head[:512] or _binary(head)
        ):
            return kind
    if head[:2] == b"MZ" and b"\0" in head[:64]:
        return "EXE"
    if head[:2] == b"BM" and b"\0" in head[6:14]:
        return "BMP"
    if head[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"WAVE": "WAV", b"AVI ": "AVI"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return "HEIC" if head[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "MP4"
    if head[257:262] == b"ustar":
        return "TAR"
    if head[60:68] == b"BOOKMOBI":
        return "MOBI"
    return "Feather" if head[:4] == b"\xff\xff\xff\xff" and b"\0" in head[4:16] else ""


def _binary(head: bytes) -> bool:
    """Whether bytes stand here that no text has: control characters, beyond ASCII and not UTF-8."""
    return any(byte < 9 or 13 < byte < 27 for byte in head[:64])


def other_kind(name: str, kind: str) -> InputError:
    """Of a file that is something else than a text: `kind` says what; each has its own way out."""
    what = "{name} is a {form} file, which cannot be read here."
    if kind in PACKED:
        return InputError(
            what, "Unpack it and add the files, or pack them as a zip.", name=name, form=kind
        )
    if kind in PICTURES:
        return InputError(what, "Run OCR over it first, then add the result.", name=name, form=kind)
    if kind in ("XLSX", "XLSB"):
        return InputError(
            what,
            "Save the sheet as csv in the program that made it and add that.",
            name=name,
            form=kind,
        )
    if kind == "MOBI":
        return InputError(what, "Convert it to epub and add that.", name=name, form=kind)
    if kind in PROGRAMS:
        return InputError(
            "{name} is a program ({form}), not a text.",
            "Choose a file with text.",
            name=name,
            form=kind,
        )
    if kind in MEDIA:
        return InputError(
            "{name} is a sound or a film ({form}), not a text.",
            "Add its subtitles or a transcript.",
            name=name,
            form=kind,
        )
    if kind in ("Feather", "Avro", "ORC", "NPY", "HDF5", "SQLite"):
        return InputError(
            what, "Save its rows as parquet, csv or jsonl and add that.", name=name, form=kind
        )
    return InputError(
        what,
        "Save it as docx, pdf or txt in the program that made it and add that.",
        name=name,
        form=kind,
    )


def refuse_no_text(name: str, head: bytes) -> None:
    """Raises InputError, saying what it is, for a program, picture, archive and the like; `head`:
    the first 4096 bytes.
    """
    if kind := kind_of_bytes(head):
        raise other_kind(name, kind)
