"""EPUB → text in the order of its spine; each chapter file is one place, called by the table of
contents.

After EPUB 3.3: META-INF/container.xml names the package, its manifest the files, its spine their
order.
"""

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from studio.documents.formats.archive_limits import ZIP_FAULTS, checked_zip
from studio.documents.formats.blocks import flowing, write_tree
from studio.documents.formats.html_pages import decoded_page, tree
from studio.documents.formats.records import LARGEST_BYTES, Extracted, Writer, damaged, no_text
from studio.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

# Fonts may be disguised; a page that is encrypted is a page that cannot be read.
FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
TITLE_LINES = 3


@dataclass(frozen=True)
class Title:
    """A chapter's title in the table of contents and how deep it stands there, from 1."""

    text: str
    depth: int


def read(name: str, data: bytes) -> Extracted:
    """The text of a book.

    A line that is the chapter's title becomes a heading. Raises InputError.
    """
    checked_zip(name, data, "EPUB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(name, _Book(archive, name))
    except ZIP_FAULTS as error:
        raise damaged(name, "EPUB") from error


def _read(name: str, book: "_Book") -> Extracted:
    titles = book.titles()
    writer, places, label = Writer(), [], ""
    for path in book.spine():
        title = titles.get(path)
        text = _chapter(book, path, title)
        first = re.match(r"#+ (.+)", text)
        # A file that the contents do not name goes on with the chapter before it.
        label = title.text if title else first[1] if first else label or posixpath.basename(path)
        start, end = writer.add(text)
        if end > start:
            places.append((start, end, label))
    if not places:
        raise no_text(name)
    return Extracted(writer.text(), "epub", "epub", places)


def _chapter(book: "_Book", path: str, title: Title | None) -> str:
    """The text of one file of the spine."""
    page = book.read(path)
    root = tree(decoded_page(path, page).text) if page and page.strip() else None
    if root is None:
        return ""
    writer = Writer()
    write_tree(root, writer)
    lines = writer.text().split("\n")
    if title and not any(line.startswith("#") for line in lines[: 2 * TITLE_LINES]):
        for number, line in enumerate(lines[: 2 * TITLE_LINES]):
            if _same(line) and _same(line) == _same(title.text):
                lines[number] = "#" * min(title.depth, 6) + " " + line.strip()
                break
    return "\n".join(lines)


def _same(text: str) -> str:
    return "".join(text.split()).casefold()


class _Book:
    """The files of a book, by the paths that the package gives them."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self.archive, self.name = archive, name
        self.names = {
            unquote(info.filename).casefold(): info.filename for info in archive.infolist()
        }
        self._refuse_locked()
        container = self.xml("META-INF/container.xml")
        root = next(container.iter("{*}rootfile"), None) if container is not None else None
        opf = (
            unquote(root.get("full-path", ""))
            if root is not None
            else next((n for n in self.names.values() if n.endswith(".opf")), "")
        )
        package = self.xml(opf)
        if package is None:
            raise damaged(name, "EPUB")
        self.package, self.base = package, posixpath.dirname(opf)
        self.items = {item.get("id", ""): item for item in package.iter("{*}item")}

    def read(self, path: str) -> bytes | None:
        """One file; None if the archive lacks it, or it is too large for a page."""
        real = self.names.get(path.casefold())
        return (
            self.archive.read(real)
            if real and self.archive.getinfo(real).file_size <= LARGEST_BYTES
            else None
        )

    def xml(self, path: str) -> "_Element | None":
        """One file parsed as XML, without entities; None if it is missing or beyond repair."""
        from lxml import etree

        data = self.read(path)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, recover=True, huge_tree=False
        )
        try:
            return etree.fromstring(data, parser) if data else None
        except (etree.LxmlError, ValueError):
            return None

    def spine(self) -> list[str]:
        """Paths of the pages in reading order, without the navigation page."""
        found = [
            self.items.get(reference.get("idref", ""))
            for reference in self.package.iter("{*}itemref")
        ]
        pages = [item for item in found if item is not None] or [
            i for i in self.items.values() if i.get("media-type") in PAGES
        ]
        kept = [
            self.path(item.get("href", ""), self.base)
            for item in pages
            if "nav" not in (item.get("properties") or "").split()
        ]
        return list(dict.fromkeys(kept))

    def path(self, href: str, base: str) -> str:
        """A link as a path in the archive, without its fragment."""
        return posixpath.normpath(posixpath.join(base, unquote(urlsplit(href).path)))

    def titles(self) -> dict[str, Title]:
        """Path → the first title that the table of contents has for it: the NCX of EPUB 2, or the
        nav of EPUB 3.
        """
        for item in self.items.values():
            place = self.path(item.get("href", ""), self.base)
            if (
                item.get("media-type") == "application/x-dtbncx+xml"
                and (root := self.xml(place)) is not None
            ):
                points = (
                    (p, p.find("{*}navLabel/{*}text"), p.find("{*}content"), "src")
                    for p in root.iter("{*}navPoint")
                )
                return self._titles(points, "{*}navPoint", posixpath.dirname(place))
        for item in self.items.values():
            place = self.path(item.get("href", ""), self.base)
            if (
                "nav" in (item.get("properties") or "").split()
                and (root := self.xml(place)) is not None
            ):
                links = (
                    (li, li.find("{*}a"), li.find("{*}a"), "href") for li in root.iter("{*}li")
                )
                return self._titles(links, "{*}li", posixpath.dirname(place))
        return {}

    def _titles(self, points: object, nested: str, base: str) -> dict[str, Title]:
        found: dict[str, Title] = {}
        for point, label, link, key in points:  # type: ignore[attr-defined]
            text = (
                flowing("".join(label.itertext())).replace("\n", " ") if label is not None else ""
            )
            if text and link is not None:
                depth = 1 + sum(1 for _ in point.iterancestors(nested))
                found.setdefault(self.path(link.get(key, ""), base), Title(text, depth))
        return found

    def _refuse_locked(self) -> None:
        rights = self.xml("META-INF/encryption.xml")
        methods = (
            [m.get("Algorithm", "") for m in rights.iter("{*}EncryptionMethod")]
            if rights is not None
            else []
        )
        if any(method not in FONTS_ONLY for method in methods):
            raise InputError(
                "{name} is protected by DRM and cannot be read.",
                "Use an edition without copy protection.",
                name=self.name,
            )
