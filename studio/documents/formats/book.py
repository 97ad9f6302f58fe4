"""EPUB → text in the order of its spine; each entry of the table of contents is a place and a
heading.

After EPUB 3.3: META-INF/container.xml names the package, its manifest the files, its spine their
order.
"""

import io
import posixpath
import re
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from studio.documents.formats.archive_limits import ZIP_FAULTS, checked_zip
from studio.documents.formats.blocks import flowing
from studio.documents.formats.book_titles import CLOSE, OPEN, Page, Title, read_page
from studio.documents.formats.html_pages import decoded_page, tree
from studio.documents.formats.records import LARGEST_BYTES, Extracted, Writer, damaged, no_text
from studio.errors import InputError

if TYPE_CHECKING:
    from lxml.etree import _Element

# Fonts may be disguised; a page that is encrypted is a page that cannot be read.
FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
OPS_TYPE = "{http://www.idpf.org/2007/ops}type"


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
    writer, label = Writer(), ""
    places: list[tuple[int, int, str]] = []
    waiting: list[Title] = []  # of pages without words, such as a picture: they name what follows
    for path in book.spine():
        own = titles.get(path, [])
        if own and (not own[0].fragment or own[0].leaf):
            waiting = [title for title in waiting if not title.leaf]
        page = _page(book, path, [*waiting, *own])
        waiting = page.waiting
        first = re.match(r"#+ (.+)", page.text)
        if not page.marks:
            # A file that the contents do not name goes on with the chapter before it.
            label = first[1] if first and not own else label or posixpath.basename(path)
        start, end = writer.add(page.text)
        if end > start:
            label = _add_places(places, start, end, page.marks, label)
    if not places:
        raise no_text(name)
    return Extracted(writer.text(), "epub", "epub", places)


def _add_places(
    places: list[tuple[int, int, str]],
    start: int,
    end: int,
    marks: list[tuple[int, str]],
    label: str,
) -> str:
    """The places of one page: from each of its titles to the next, before them the chapter that
    goes on; the label of the last.
    """
    starts = [(start + at, text) for at, text in marks]
    if not starts or starts[0][0] > start:
        starts.insert(0, (start, label or starts[0][1]))
    ends = [*(at for at, _ in starts[1:]), end]
    places += [(at, to, text) for (at, text), to in zip(starts, ends, strict=True) if to > at]
    return starts[-1][1]


def _page(book: "_Book", path: str, titles: list[Title]) -> Page:
    """The text of one file of the spine."""
    data = book.read(path)
    source = decoded_page(path, data).text if data and data.strip() else ""
    root = tree(source.replace(OPEN, "").replace(CLOSE, "")) if source else None
    return read_page(root, titles) if root is not None else Page("", [], titles)


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

    def titles(self) -> dict[str, list[Title]]:
        """Path → the titles that the table of contents has in it, in order: of the NCX of EPUB 2,
        or of the nav of EPUB 3.
        """
        for item in self.items.values():
            if item.get("media-type") == "application/x-dtbncx+xml":
                place = self.path(item.get("href", ""), self.base)
                if (root := self.xml(place)) is not None and (found := self._ncx(root, place)):
                    return found
        for item in self.items.values():
            if "nav" in (item.get("properties") or "").split():
                place = self.path(item.get("href", ""), self.base)
                if (root := self.xml(place)) is not None:
                    return self._nav(root, place)
        return {}

    def _ncx(self, root: "_Element", place: str) -> dict[str, list[Title]]:
        points = [
            (point, point.find("{*}navLabel/{*}text"), point.find("{*}content"))
            for point in root.iter("{*}navPoint")
        ]
        return self._titles(points, "src", posixpath.dirname(place))

    def _nav(self, root: "_Element", place: str) -> dict[str, list[Title]]:
        """Of the contents alone: a nav page may list the printed pages too."""
        navs = list(root.iter("{*}nav"))
        contents = [one for one in navs if "toc" in one.get(OPS_TYPE, "").split()]
        points = []
        for item in (contents or navs[:1] or [root])[0].iter("{*}li"):
            link = item.find("{*}a")
            label = link
            if link is None and (label := item.find("{*}span")) is not None:
                link = item.find(".//{*}a")  # a part without a page begins with its first chapter
            points.append((item, label, link))
        return self._titles(points, "href", posixpath.dirname(place))

    def _titles(
        self,
        points: "list[tuple[_Element, _Element | None, _Element | None]]",
        key: str,
        base: str,
    ) -> dict[str, list[Title]]:
        found: dict[str, list[Title]] = {}
        for point, label, link in points:
            if label is None or link is None:
                continue
            text = flowing("".join(label.itertext())).replace("\n", " ")
            href = link.get(key, "")
            if text and href:
                title = Title(
                    text,
                    1 + sum(1 for _ in point.iterancestors(point.tag)),
                    unquote(urlsplit(href).fragment),
                    next(point.iterdescendants(point.tag), None) is None,
                )
                found.setdefault(self.path(href, base), []).append(title)
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
